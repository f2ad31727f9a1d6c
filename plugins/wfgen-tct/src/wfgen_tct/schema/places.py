"""The places of a schema: where subschemas stand, in which dialect, and what names they have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import evolve, frozen

from wfgen_tct.errors import GrammarLimitError
from wfgen_tct.schema.dialects import Dialect, dialect_of, find_dialect
from wfgen_tct.schema.keywords import KEYWORDS, subschemas_of
from wfgen_tct.schema.limits import SchemaLimits, over_limit
from wfgen_tct.schema.uris import START, join, resolve
from wfgen_tct.schema.values import key_text

__all__ = ["Place", "Places", "Slot", "step"]

_MOST_CHARS = 2**28
_LONGEST_SHOWN = 1_000
_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")


@frozen(kw_only=True, eq=False)
class Place:
    """A subschema where it stands.

    Attributes:
        pointer: JSON pointer from the root of the document.
        value: what stands there.
        dialect: in which it is written.
        base: the URI that its references are relative to, without a fragment.
        resource: pointer of the subschema that `base` names.
    """

    pointer: str
    value: dict[str, Any] | bool
    dialect: Dialect
    base: str = START
    resource: str = ""

    @property
    def keywords(self) -> Mapping[str, Any]:
        """Its keywords with their values, but for those that a `$ref` beside them silences."""
        if isinstance(self.value, bool):
            return {}
        if self.is_silenced:
            return {"$ref": self.value["$ref"]}
        return self.value

    @property
    def is_silenced(self) -> bool:
        """Whether it has a `$ref` beside which nothing counts."""
        is_old = self.dialect <= Dialect.DRAFT7
        return is_old and isinstance(self.value, dict) and "$ref" in self.value


@frozen
class Slot:
    """A keyword of a place."""

    place: Place
    keyword: str

    @property
    def pointer(self) -> str:
        """JSON pointer of the keyword."""
        return join(self.place.pointer, self.keyword)


class Places:
    """All places of a document.

    Attributes:
        root: the whole.
        dynamic: the places that `$dynamicAnchor` gives a name; `$recursiveAnchor` gives the name
            ''. Where the root's own resource has the name, only the places in it: every path
            starts there, and the outermost place counts.

    Args:
        schema: the document.
        limits: how many places there may be, and how deep.

    Raises:
        SchemaError: `$schema` names no dialect, or a key is no string.
        GrammarLimitError: there are more, or deeper ones.
    """

    def __init__(self, schema: dict[str, Any] | bool, limits: SchemaLimits) -> None:
        self._limits = limits
        self._places: dict[str, Place] = {}
        self._in_order: list[Place] = []
        self._num_chars = 0
        self._slots: list[Slot] = []
        self._resources: dict[str, list[Place]] = {}
        self._anchors: dict[tuple[str, str], list[Place]] = {}
        outside = Place(pointer="", value=True, dialect=dialect_of(schema))
        self.root = _entered(outside, "", schema)
        self._resources[START] = [self.root]
        self._walk(self.root)
        dynamic: dict[str, list[Place]] = {}
        for place in self._in_order:
            self._name(place)
            for given in _dynamic_names(place):
                dynamic.setdefault(given, []).append(place)
        self.dynamic: Mapping[str, list[Place]] = {
            given: [place for place in named if not place.resource] or named
            for given, named in dynamic.items()
        }

    def __iter__(self) -> Iterator[Place]:
        """In the order of the document; places that only a reference makes come last.

        Places that are made meanwhile come too.
        """
        return iter(self._in_order)

    @property
    def slots(self) -> Iterator[Slot]:
        """Every keyword, in the same order."""
        return iter(self._slots)

    def find(self, pointer: str) -> Place | None:
        """The place at a pointer, if a subschema stands there."""
        return self._places.get(pointer)

    def resources(self, uri: str) -> list[Place]:
        """The roots of what a URI names; more than one if it is given twice."""
        return self._resources.get(uri, [])

    def anchored(self, uri: str, name: str) -> list[Place]:
        """The places that a plain-name fragment names."""
        return self._anchors.get((uri, name), [])

    def make(self, around: Place, pointer: str, value: dict[str, Any] | bool) -> Place:
        """The place of what only a reference takes for a schema.

        Args:
            around: the closest place that it stands in.
            pointer: where it stands.
            value: what stands there.
        """
        self._walk(_entered(around, pointer, value))
        return self._places[pointer]

    # The walk -------------------------------------------------------------------------------

    def _walk(self, first: Place) -> None:
        stack: list[Place | Slot] = [first]
        while stack:
            at = stack.pop()
            if isinstance(at, Slot):
                self._slots.append(at)
            elif at.pointer not in self._places:
                self._add(at)
                stack += reversed(list(_below(at)))

    def _add(self, place: Place) -> None:
        if len(self._places) >= self._limits.num_subschemas:
            cause = f"there are more than {self._limits.num_subschemas:,} subschemas"
            raise over_limit(place.pointer, cause, "num_subschemas")
        if place.pointer.count("/") >= self._limits.depth:
            cause = f"it is nested deeper than {self._limits.depth}"
            raise over_limit(place.pointer, cause, "depth")
        size = 1 if isinstance(place.value, bool) else 1 + len(place.value)
        self._num_chars += size * len(place.pointer)
        if self._num_chars > _MOST_CHARS:
            raise GrammarLimitError(
                pointer=place.pointer[:_LONGEST_SHOWN],
                cause=f"the pointers to all keywords have more than {_MOST_CHARS:,} characters",
                hint="make the schema smaller, or its keys shorter",
            )
        self._places[place.pointer] = place
        self._in_order.append(place)

    def _name(self, place: Place) -> None:
        if place.resource == place.pointer and place.base != START:
            self._resources.setdefault(place.base, []).append(place)
        for name in _anchors(place):
            self._anchors.setdefault((place.base, name), []).append(place)


def step(value: Any, token: str) -> Any:
    """What a token of a JSON pointer leads to.

    Raises:
        LookupError: to nothing.
    """
    if isinstance(value, list):
        if not _INDEX.fullmatch(token):
            raise LookupError(token)
        return value[int(token)]
    if isinstance(value, dict):
        return value[token]
    raise LookupError(token)


def _below(place: Place) -> Iterator[Place | Slot]:
    """The keywords of a place, each followed by the places in it."""
    if isinstance(place.value, bool):
        return
    table = KEYWORDS[place.dialect]
    for name, value in place.value.items():
        yield Slot(place, key_text(name, place.pointer))
        if name in table:
            for path, item in subschemas_of(table[name], value):
                yield _entered(place, join(place.pointer, name, *path), item)


def _entered(around: Place, pointer: str, value: dict[str, Any] | bool) -> Place:
    place = evolve(around, pointer=pointer, value=value)
    if isinstance(value, bool):
        return place
    found = find_dialect(value.get("$schema"))
    inner = place if found is None else evolve(place, dialect=found)
    own = _id(inner)
    if not own.partition("#")[0]:
        return place
    return evolve(inner, base=resolve(around.base, own)[0], resource=pointer)


def _id(place: Place) -> str:
    """Its own URI reference, or ''."""
    text = place.keywords.get("id" if place.dialect == Dialect.DRAFT4 else "$id")
    return text if isinstance(text, str) else ""


def _anchors(place: Place) -> Iterator[str]:
    if place.dialect <= Dialect.DRAFT7:
        fragment = _id(place).partition("#")[2]
        if fragment and not fragment.startswith("/"):
            yield fragment
        return
    for keyword in ("$anchor", "$dynamicAnchor"):
        name = place.keywords.get(keyword)
        if isinstance(name, str) and keyword in KEYWORDS[place.dialect]:
            yield name


def _dynamic_names(place: Place) -> Iterator[str]:
    name = place.keywords.get("$dynamicAnchor")
    if place.dialect == Dialect.DRAFT2020_12 and isinstance(name, str):
        yield name
    is_recursive = place.keywords.get("$recursiveAnchor") is True
    is_resource = place.resource == place.pointer
    if place.dialect == Dialect.DRAFT2019_09 and is_recursive and is_resource:
        yield ""
