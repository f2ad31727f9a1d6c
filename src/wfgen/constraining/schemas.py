"""A JSON Schema that is being rewritten for an engine: its references, and notes of what changed.

Engines read parts of JSON Schema, each others. A plugin writes what its engine reads, and notes
what that loses; no change makes a schema stricter, so that no valid document is refused for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from attrs import define, field, frozen

from wfgen.errors import CapabilityError

__all__ = ["Note", "Source", "rewritten", "step", "whole_number"]

# Up to draft 7 a reference is all that counts of its schema (draft-handrews-json-schema-01, 8.3).
_OLD_DRAFTS = re.compile(r"json-schema\.org/draft-0[3467]/")

_LACKING = frozenset(
    {"not", "if", "contains", "uniqueItems", "propertyNames", "unevaluatedItems"}
    | {"unevaluatedProperties", "dependencies", "dependentRequired", "dependentSchemas"}
    | {"$dynamicRef", "$recursiveRef"}
)
"""Keywords that assert something and that llguidance 1.9 and xgrammar 0.2 lack, or have wrong."""

_VOID = ("uniqueItems", False)


@frozen(kw_only=True)
class Note:
    """One change that a rewrite made.

    Attributes:
        pointer: JSON pointer of the place in the schema as it was.
        change: what was done, and why.
        is_looser: whether values pass now that did not; False where the meaning is the same. No
            change makes a schema stricter.
    """

    pointer: str
    change: str
    is_looser: bool = True

    def __str__(self) -> str:
        return f"{self.pointer or 'the root'}: {self.change}"


def step(pointer: str, *names: str | int) -> str:
    """The pointer to a member below."""
    escaped = (str(name).replace("~", "~0").replace("/", "~1") for name in names)
    return "".join([pointer, *(f"/{name}" for name in escaped)])


def whole_number(value: Any) -> Any:
    """2 for 2.0, which engines take for no count; any other value as it is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def rewritten(
    engine: str, schema: Mapping[str, Any], write: Callable[[Source], dict[str, Any]]
) -> tuple[dict[str, Any], tuple[Note, ...]]:
    """What `write` makes of a schema, and the notes that it left.

    Args:
        engine: the registry name, for errors.
        schema: a JSON Schema of draft 4 to 2020-12 whose references stay inside it.
        write: gives the whole schema for the engine.

    Raises:
        CapabilityError: `write` raises it, or the schema is nested too deep.
    """
    source = Source(engine=engine, root=schema)
    try:
        written = write(source)
    except RecursionError:
        raise source.refuse("", "it is nested too deep") from None
    return written, tuple(source.notes)


@define(kw_only=True)
class Source:
    """The schema that is read, and what has been found out about it.

    Attributes:
        engine: the registry name, for errors.
        root: the whole schema.
        notes: in the order of the changes.
    """

    engine: str
    root: Mapping[str, Any]
    notes: list[Note] = field(factory=list)
    _names: dict[str, str] = field(factory=dict)
    _waiting: list[str] = field(factory=list)

    @property
    def ignores_siblings(self) -> bool:
        """Whether the schema's draft takes no notice of what stands beside a reference."""
        return bool(_OLD_DRAFTS.search(str(self.root.get("$schema", ""))))

    def note(self, pointer: str, change: str, *, is_looser: bool = True) -> None:
        """Add a note."""
        self.notes.append(Note(pointer=pointer, change=change, is_looser=is_looser))

    def forget(self, pointer: str) -> None:
        """Drop the notes of a place, and of those below, that is left out after all."""
        below = step(pointer, "")
        self.notes = [note for note in self.notes if not f"{note.pointer}/".startswith(below)]

    def note_left_out(self, schema: Mapping[str, Any], pointer: str) -> None:
        """Note the keywords of a schema that no engine checks."""
        for keyword, value in schema.items():
            place = step(pointer, keyword)
            if keyword == "format":
                self.note(place, "format is left out: it annotates", is_looser=False)
            elif keyword in _LACKING and (keyword, value) != _VOID:
                self.note(place, f"{keyword} is left out: the engine lacks it")

    def reference(self, target: Any, pointer: str) -> str:
        """The reference to write in place of `target`; what it names is then a definition.

        Raises:
            CapabilityError: it leads outside the schema, or to nothing.
        """
        place = self._local(target, pointer)
        if place not in self._names:
            self.at(place)
            self._names[place] = self._free_name(place)
            self._waiting.append(place)
        return f"#/definitions/{self._names[place]}"

    def definitions(self, write: Callable[[Any, str], Any]) -> dict[str, Any]:
        """Every schema that is referred to, by name, as `write(schema, pointer)` gives it."""
        written = {}
        while self._waiting:
            place = self._waiting.pop(0)
            written[self._names[place]] = write(self.at(place), place)
        return written

    def target(self, reference: Any, pointer: str) -> Any:
        """The schema that a reference leads to; raises as `reference` does."""
        return self.at(self._local(reference, pointer))

    def at(self, pointer: str) -> Any:
        """The schema at a pointer; raises CapabilityError where there is none."""
        value: Any = self.root
        for name in pointer.split("/")[1:]:
            key = name.replace("~1", "/").replace("~0", "~")
            try:
                value = value[int(key)] if isinstance(value, list) else value[key]
            except (KeyError, IndexError, ValueError, TypeError):
                raise self.refuse(pointer, "a reference leads here, and there is nothing") from None
        return value

    def members(self, schema: Mapping[str, Any], keyword: str, pointer: str) -> dict[str, Any]:
        """The schemas by name under a keyword; none where it is missing."""
        value = schema.get(keyword, {})
        if not isinstance(value, dict):
            raise self.refuse(pointer, f"{keyword} is no object")
        return value

    def several(self, schema: Mapping[str, Any], keyword: str, pointer: str) -> list[Any]:
        """What is listed under a keyword; nothing where it is missing."""
        value = schema.get(keyword, [])
        if not isinstance(value, list):
            raise self.refuse(pointer, f"{keyword} is no array")
        return value

    def keywords(self, schema: Any, pointer: str) -> dict[str, Any]:
        """The schema, which is no mere `true` or `false`.

        Raises:
            CapabilityError: it is no schema, or has an address, so that references in it mean other
                places. The root may have one; an address that is a mere fragment moves nothing.
        """
        if not isinstance(schema, dict):
            raise self.refuse(pointer, f"{json.dumps(schema)} is no schema")
        address = schema.get("$id", "#")
        if pointer and not str(address).startswith("#") and "$ref" not in schema:
            raise self.refuse(pointer, f"it is a schema of its own, {address!r}")
        return schema

    def refuse(self, pointer: str, cause: str) -> CapabilityError:
        """The error of a schema that cannot be rewritten."""
        where = f"at {pointer}" if pointer else "at the root"
        cause = f"the schema cannot be rewritten {where}: {cause}"
        return CapabilityError(name=self.engine, capability="constrain", cause=cause)

    def _local(self, target: Any, pointer: str) -> str:
        base = str(self.root.get("$id", self.root.get("id", ""))).rstrip("#")
        document, _, place = str(target).partition("#")
        if document not in ("", base) or (place and not place.startswith("/")):
            raise self.refuse(pointer, f"the reference {target!r} is not a pointer in the schema")
        return unquote(place)

    def _free_name(self, place: str) -> str:
        """The name of the definition; for another place, letters and digits of its pointer."""
        plain = re.sub(r"^/(definitions|\$defs)/", "", place)
        base = re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-") or "root"
        names, number, name = set(self._names.values()), 1, base
        while name in names:
            number += 1
            name = f"{base}-{number}"
        return name
