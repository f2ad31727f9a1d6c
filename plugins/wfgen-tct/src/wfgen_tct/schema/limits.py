"""How large a schema may be."""

from __future__ import annotations

from attrs import Attribute, field, frozen

from wfgen.errors import SettingError
from wfgen_tct.errors import GrammarLimitError

__all__ = ["DEFAULT_SCHEMA_LIMITS", "SchemaLimits", "over_limit"]


def _check(_: object, attribute: Attribute[int], value: int) -> None:
    if type(value) is not int or value < 1:
        raise SettingError(
            name=attribute.name,
            cause=f"{value!r} is not a whole number above 0",
            hint="give a number of 1 or more",
        )


@frozen(kw_only=True)
class SchemaLimits:
    """How large a schema may be; each limit has its own error, a GrammarLimitError.

    Attributes:
        num_subschemas: subschemas, those made from the values of `enum` and `const` included.
        depth: objects and arrays open at once, from the root of the schema to a subschema or a
            listed value.
        num_listed: values of one `enum` or `const`, those inside arrays and objects included.
        num_digits: digits of one number, written without an exponent.
        num_branches: subschemas that may or may not apply, beside one `unevaluatedProperties` or
            `unevaluatedItems`; its formula grows as 2 to this power.
        num_bytes: of a schema that is given as a text.

    Raises:
        SettingError: a limit is no whole number, or is under 1.
    """

    num_subschemas: int = field(default=100_000, validator=_check)
    depth: int = field(default=400, validator=_check)
    num_listed: int = field(default=100_000, validator=_check)
    num_digits: int = field(default=1_000, validator=_check)
    num_branches: int = field(default=6, validator=_check)
    num_bytes: int = field(default=64 * 1024 * 1024, validator=_check)


DEFAULT_SCHEMA_LIMITS = SchemaLimits()


def over_limit(pointer: str, cause: str, name: str) -> GrammarLimitError:
    """The error for what is over `SchemaLimits.{name}`."""
    hint = f"raise SchemaLimits.{name}, or make the schema smaller"
    return GrammarLimitError(pointer=pointer, cause=cause, hint=hint)
