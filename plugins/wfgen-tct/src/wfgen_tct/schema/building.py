"""The formulas of a schema while they are made: one entry for each subschema that is needed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping

from attrs import field, frozen

from wfgen_tct.formulas import (
    AllOf,
    AnyOf,
    Assertion,
    Constant,
    Definitions,
    Formula,
    Same,
    Schema,
    leaves,
)
from wfgen_tct.schema.limits import SchemaLimits, over_limit
from wfgen_tct.schema.places import Place, Places

__all__ = ["Builder", "Entry", "Part", "conjunction", "disjunction"]

_NOTHING = "/~nothing"  # no pointer to a place has a '~' before anything but 0 and 1


@frozen
class Part:
    """What one keyword adds to a subschema.

    Attributes:
        keyword: its name.
        pointer: where it stands.
        formula: what it means.
    """

    keyword: str
    pointer: str
    formula: Formula


@frozen(eq=False)
class Entry:
    """A subschema; its formula is that all parts hold.

    Attributes:
        pointer: where it stands, as `Schema` has it.
        parts: what it says; they come one by one.
    """

    pointer: str
    parts: list[Part] = field(factory=list)


class Builder:
    """Numbers subschemas as they are asked for.

    Attributes:
        places: of the document.
        limits: how much there may be.
        entries: so far; the first is the root.
        work: steps that were spent on `unevaluatedProperties` and `unevaluatedItems`.
    """

    def __init__(self, places: Places, limits: SchemaLimits) -> None:
        self.places = places
        self.limits = limits
        self.entries: list[Entry] = []
        self.work = 0
        self._indexes: dict[Place, int] = {}
        self._pointers: set[str] = set()
        self._unread: deque[Place] = deque()
        self._nothing: int | None = None

    def index(self, place: Place) -> int:
        """The number of a place; what it says is read later."""
        found = self._indexes.get(place)
        if found is None:
            found = self._indexes[place] = self.add(place.pointer)
            self._unread.append(place)
        return found

    def has(self, place: Place) -> bool:
        """Whether a place was asked for."""
        return place in self._indexes

    def add(self, pointer: str) -> int:
        """The number of a new subschema without parts, close to a pointer."""
        if len(self.entries) >= self.limits.num_subschemas:
            cause = f"there are more than {self.limits.num_subschemas:,} subschemas"
            raise over_limit(pointer, cause, "num_subschemas")
        while pointer in self._pointers:
            pointer += "/~more"
        self._pointers.add(pointer)
        self.entries.append(Entry(pointer))
        return len(self.entries) - 1

    def nothing(self) -> int:
        """The number of a subschema that no value meets."""
        if self._nothing is None:
            self._nothing = self.add(_NOTHING)
            self.entries[self._nothing].parts.append(Part("", _NOTHING, Constant(False)))
        return self._nothing

    def unread(self) -> Iterator[tuple[Place, Entry]]:
        """The places that are still to be read, until there are none."""
        while self._unread:
            place = self._unread.popleft()
            yield place, self.entries[self._indexes[place]]

    def definitions(self) -> tuple[Definitions, Mapping[tuple[int, Assertion], str]]:
        """All entries, and which keyword each assertion comes from."""
        sources: dict[tuple[int, Assertion], str] = {}
        for index, entry in enumerate(self.entries):
            for part in entry.parts:
                for leaf in leaves(part.formula):
                    if not isinstance(leaf, Constant | Same):
                        sources.setdefault((index, leaf), part.pointer)
        schemas = (
            Schema(entry.pointer, conjunction([part.formula for part in entry.parts]))
            for entry in self.entries
        )
        return Definitions(tuple(schemas)), sources


def conjunction(formulas: list[Formula]) -> Formula:
    """All of some formulas."""
    said = [formula for formula in formulas if formula != Constant(True)]
    if not said:
        return Constant(True)
    return said[0] if len(said) == 1 else AllOf(tuple(said))


def disjunction(formulas: list[Formula]) -> Formula:
    """Any of some formulas."""
    return formulas[0] if len(formulas) == 1 else AnyOf(tuple(formulas))
