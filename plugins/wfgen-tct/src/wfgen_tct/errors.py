"""Errors of the engine; all are `wfgen.errors.WfgenError`."""

from __future__ import annotations

from attrs import define

from wfgen.errors import WfgenError

__all__ = ["GrammarLimitError", "PatternError", "SchemaError", "UnsatisfiableSchemaError"]


@define(kw_only=True, eq=False)
class SchemaError(WfgenError):
    """A schema cannot be compiled.

    Attributes:
        pointer: JSON pointer of the place in the schema; '' for the whole.
    """

    pointer: str = ""

    @property
    def where(self) -> str:
        """The place in the schema."""
        return f"schema at {self.pointer or '/'}"


@define(kw_only=True, eq=False)
class PatternError(SchemaError):
    """A regular expression is malformed, or uses what no finite automaton can do."""


@define(kw_only=True, eq=False)
class UnsatisfiableSchemaError(SchemaError):
    """No finite document is valid."""


@define(kw_only=True, eq=False)
class GrammarLimitError(SchemaError):
    """A schema asks for more than a limit allows; the cause names the limit."""
