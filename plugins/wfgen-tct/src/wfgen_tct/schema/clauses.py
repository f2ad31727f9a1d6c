"""One keyword of one subschema, as the function that reads it sees it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from attrs import frozen

from wfgen_tct.errors import SchemaError
from wfgen_tct.formulas import Same
from wfgen_tct.schema.building import Builder
from wfgen_tct.schema.dialects import Dialect
from wfgen_tct.schema.exact import shown
from wfgen_tct.schema.keywords import KEYWORDS, Keyword
from wfgen_tct.schema.places import Place
from wfgen_tct.schema.uris import join
from wfgen_tct.schema.values import exact_number, scalar_text

__all__ = ["Clause", "check_shape"]


@frozen(eq=False)
class Clause:
    """A keyword with its place.

    Attributes:
        name: of the keyword, one of the place's dialect.
        place: the subschema that has it.
        builder: numbers other subschemas.
    """

    name: str
    place: Place
    builder: Builder

    @property
    def keyword(self) -> Keyword:
        """What the dialect says of it."""
        return KEYWORDS[self.place.dialect][self.name]

    @property
    def value(self) -> Any:
        """What stands behind it; `check_shape` has seen it."""
        return self.place.keywords[self.name]

    @property
    def pointer(self) -> str:
        """Where it stands."""
        return join(self.place.pointer, self.name)

    def beside(self, name: str) -> Clause | None:
        """Another keyword of the same subschema, if it is there.

        Raises:
            SchemaError: its value does not have its shape.
        """
        if name not in self.place.keywords or name not in KEYWORDS[self.place.dialect]:
            return None
        other = Clause(name, self.place, self.builder)
        check_shape(other)
        return other

    def keys(self, name: str) -> frozenset[str]:
        """The keys in the value of another keyword; none where it is not there."""
        other = self.beside(name)
        if other is None:
            return frozenset()
        return frozenset(other.text(key, key) for key in other.value)

    # Values ---------------------------------------------------------------------------------

    def number(self) -> Decimal:
        """The value as an exact number."""
        return exact_number(self.value, self.pointer, self.builder.limits.num_digits)

    def count(self) -> int:
        """The value as a whole number."""
        return int(self.number())

    def text(self, text: Any, *path: str | int) -> str:
        """A string in the value, or a key of it, that documents may have too."""
        return scalar_text(text, join(self.pointer, *path))

    # Subschemas -----------------------------------------------------------------------------

    def schema(self, *path: str | int) -> int:
        """The number of a subschema in the value.

        Raises:
            SchemaError: no schema stands there.
        """
        return self.builder.index(self.inner(*path))

    def same(self, *path: str | int) -> Same:
        """That the value at hand meets a subschema in the value."""
        return Same(self.schema(*path))

    def inner(self, *path: str | int) -> Place:
        """The place of a subschema in the value.

        Raises:
            SchemaError: no schema stands there.
        """
        pointer = join(self.pointer, *path)
        found = self.builder.places.find(pointer)
        if found is None:
            raise _no_schema(pointer, self._at(path), "give an object or a boolean")
        is_old = self.place.dialect == Dialect.DRAFT4
        if is_old and isinstance(found.value, bool) and not self.keyword.may_be_boolean:
            hint = "write {} for true and {'not': {}} for false, or declare a later draft"
            raise _no_schema(pointer, found.value, hint)
        return found

    def _at(self, path: tuple[str | int, ...]) -> Any:
        value = self.value
        for token in path:
            value = value[token]
        return value


def _no_schema(pointer: str, value: Any, hint: str) -> SchemaError:
    return SchemaError(pointer=pointer, cause=f"{shown(value)} is no schema here", hint=hint)


def check_shape(clause: Clause) -> None:
    """Raise SchemaError if the value of a keyword is not what its dialect allows."""
    shape = clause.keyword.shape
    if not shape.fits(clause.value):
        raise SchemaError(
            pointer=clause.pointer,
            cause=f"{clause.name} is {shown(clause.value)}, which is not {shape.wanted}",
            hint=clause.keyword.hint or f"give {shape.wanted}, or take the keyword out",
        )
