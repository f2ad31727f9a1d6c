"""Limits, JSON values, and what reader and writer share: decoding and places in a text."""

from __future__ import annotations

import re
import sys
from typing import TypeAlias

from attrs import Attribute, field, frozen

from wfgen.errors import FileTooLargeError, LoneSurrogateError, NotUtf8Error, SettingError

JsonValue: TypeAlias = "dict[str, JsonValue] | list[JsonValue] | str | int | float | bool | None"

# int() and str() refuse more decimal digits than this, because both are quadratic (CPython's
# sys.int_info); a caller may lower the interpreter's limit, so it is asked again on each use.
_MAX_DIGITS = sys.int_info.default_max_str_digits
# The longest number orjson writes: -1.2345678901234567e-300.
LONGEST_ORJSON_NUMBER = 25
SURROGATE = re.compile("[\ud800-\udfff]")


def _check_limit(_: object, attribute: Attribute[int], value: int) -> None:
    highest = _MAX_DIGITS if attribute.name == "num_digits" else None
    if type(value) is not int or value < 1:
        cause, hint = f"{value!r} is not a whole number above 0", "give a number of 1 or more"
    elif highest is not None and value > highest:
        cause = f"Python turns no text of more than {highest} digits into a number"
        hint = f"give {highest} or less"
    else:
        return
    raise SettingError(name=attribute.name, cause=cause, hint=hint)


@frozen(kw_only=True)
class Limits:
    """How large a document may be; each limit has its own error.

    Attributes:
        num_bytes: bytes of the text that is read, and of the canonical form that is written.
        depth: objects and arrays open at once; a scalar document has depth 0, `[]` has 1.
        num_nodes: values (keys are not counted); a YAML alias counts as all it stands for.
        num_digits: characters of one number, sign, point and exponent included; at most 4300,
            the most that Python's `int()` reads by default.

    Raises:
        SettingError: a limit is not a whole number, is under 1, or is over what Python can do.
    """

    num_bytes: int = field(default=4 * 1024 * 1024, validator=_check_limit)
    depth: int = field(default=64, validator=_check_limit)
    num_nodes: int = field(default=200_000, validator=_check_limit)
    num_digits: int = field(default=400, validator=_check_limit)

    @property
    def digits_here(self) -> int:
        """`num_digits`, or the interpreter's own limit where that is lower."""
        return min(self.num_digits, sys.get_int_max_str_digits() or self.num_digits)


DEFAULT_LIMITS = Limits()


def decode_utf8(text: bytes | str, *, path: str, limits: Limits) -> str:
    """`text` as a str of Unicode scalar values within `limits.num_bytes`, without a leading BOM.

    Raises:
        FileTooLargeError, NotUtf8Error, LoneSurrogateError: what the names say.
    """
    if len(text) > limits.num_bytes:
        raise too_large(path, limits)
    if isinstance(text, str):
        found = None if text.isascii() else SURROGATE.search(text)
        if found:
            line, column = line_and_column(text, found.start())
            raise LoneSurrogateError(
                path=path, line=line, column=column, cause=lone_surrogate(found.group())
            )
        if len(text) * 4 > limits.num_bytes and len(text.encode()) > limits.num_bytes:
            raise too_large(path, limits)
        return text.removeprefix("\ufeff")
    try:
        return text.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line, column = line_and_column(text[: error.start].decode(), error.start)
        cause = f"byte 0x{text[error.start]:02x} is not UTF-8 ({error.reason})"
        hint = "save the file as UTF-8"
        raise NotUtf8Error(path=path, line=line, column=column, cause=cause, hint=hint) from None


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Line and column of the character at `offset`, both counted from 1; lines end at LF."""
    start = text.rfind("\n", 0, offset) + 1
    return text.count("\n", 0, offset) + 1, min(offset, len(text)) - start + 1


def excerpt(text: str, num_chars: int = 40) -> str:
    """`text` in quotes for an error message, printable and cut to about `num_chars`."""
    cut = text if len(text) <= num_chars else text[:num_chars] + "..."
    return ascii(cut) if not cut.isprintable() else repr(cut)


def too_large(path: str, limits: Limits) -> FileTooLargeError:
    """The error for a text over `limits.num_bytes`."""
    return FileTooLargeError(
        path=path,
        limit=limits.num_bytes,
        cause=f"the document has more than {limits.num_bytes} bytes",
        hint=over_limit_hint("num_bytes", "read"),
    )


def over_limit_hint(name: str, verb: str) -> str:
    """The way out for a document over `Limits.{name}`: the field, and the command line's flag."""
    return f"raise Limits.{name} (--limit-{name.removeprefix('num_')}) to {verb} it"


def lone_surrogate(char: str) -> str:
    """The cause of a LoneSurrogateError about `char`."""
    return f"\\u{ord(char):04x} is half of a surrogate pair and no character"
