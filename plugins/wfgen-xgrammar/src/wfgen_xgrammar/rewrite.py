"""What xgrammar is given in place of a JSON Schema: one form of a schema at a time.

xgrammar reads a reference, a list of values, alternatives, or keywords with a type, and takes no
notice of what stands beside them; it leaves out what it lacks without a word. So a conjunction is
brought down to the one part that says most, and every loss is noted. What it would read more
strictly than JSON Schema does, it is not given: lengths and most expressions (`patterns`), types
that are understood, and values of any kind, which it writes with a blank after each comma.

No change makes a schema stricter, so that no valid document is refused for it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeAlias

from attrs import define

from wfgen.constraining import Note, Source, rewritten, step, whole_number
from wfgen_xgrammar.patterns import is_plain

__all__ = ["NAME", "rewrite"]

NAME = "xgrammar"

Written: TypeAlias = dict[str, Any] | bool
"""A schema as xgrammar reads it; True for any value, False for none."""

_ANY = {"$ref": "#/definitions/any_value"}  # no other definition has an underscore in its name
_ANY_VALUE = {
    "anyOf": [
        {"type": "object", "additionalProperties": _ANY},
        {"type": "array", "items": _ANY},
        *({"type": name} for name in ("string", "number", "boolean", "null")),
    ]
}
_ALL_TYPES = ("object", "array", "string", "number", "boolean", "null")
_OPEN = {"type": list(_ALL_TYPES), "items": _ANY, "additionalProperties": _ANY}
_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_NUMBERS = (*_BOUNDS, "multipleOf")
_STRINGS = ("pattern", "minLength", "maxLength")
_ARRAYS = ("items", "prefixItems", "additionalItems", "minItems", "maxItems")
_OBJECTS = ("properties", "patternProperties", "additionalProperties", "required")
_COUNTS = ("minProperties", "maxProperties")
_TYPED = frozenset((*_NUMBERS, *_STRINGS, *_ARRAYS, *_OBJECTS, *_COUNTS))


def rewrite(
    schema: Mapping[str, Any], *, any_order: bool = True
) -> tuple[dict[str, Any], tuple[Note, ...]]:
    """The schema for xgrammar, and what was changed where.

    Annotations, and keywords that no draft knows, are left out without a note.

    Args:
        schema: a JSON Schema of draft 4 to 2020-12 whose references stay inside it.
        any_order: whether the engine will be told that keys may stand in any order. It then does
            not check which of the required ones are there, only how many there are, nor that none
            stands twice. False is for the order of the schema's `properties`.

    Raises:
        CapabilityError: a reference leads outside the schema or to nothing, or no value is valid.
    """
    return rewritten(
        NAME, schema, lambda source: _Rewriting(source=source, any_order=any_order).whole()
    )


@define(kw_only=True)
class _Rewriting:
    source: Source
    any_order: bool
    has_names: bool = False

    def whole(self) -> dict[str, Any]:
        whole = dict(self._satisfiable(self.source.root, ""))
        definitions = self.source.definitions(self._satisfiable)
        if self.any_order and self.has_names:
            change = "keys may stand in any order, so the engine does not see one that stands twice"
            self.source.note("", change)
        if '"#/definitions/any_value"' in json.dumps([whole, definitions]):
            definitions["any_value"] = _ANY_VALUE
        return whole | ({"definitions": definitions} if definitions else {})

    def _satisfiable(self, schema: Any, pointer: str) -> dict[str, Any]:
        written = self.schema(schema, pointer)
        if written is False:
            raise self.source.refuse(pointer, "no value is valid here")
        return _ANY if written is True else written

    def schema(self, schema: Any, pointer: str) -> Written:
        if isinstance(schema, bool):
            return schema
        schema = self.source.keywords(schema, pointer)
        if "$ref" in schema and self.source.ignores_siblings:
            return self._reference(schema["$ref"], pointer)
        self.source.note_left_out(schema, pointer)
        return self._one_of(self._parts(schema, pointer), pointer)

    def _reference(self, target: Any, pointer: str) -> Written:
        written = {"$ref": self.source.reference(target, pointer)}
        seen = self.source.target(target, pointer)
        return seen if isinstance(seen, bool) else written

    # Conjunctions

    def _parts(self, schema: Mapping[str, Any], pointer: str) -> dict[str, Written]:
        """What has to hold together, what says most in front."""
        own = {k: v for k, v in schema.items() if k == "type" or k in _TYPED}
        is_mere_type = own.keys() == {"type"}
        parts = self._values(schema, own, pointer)
        if own and not is_mere_type:
            parts["keywords"] = self._typed(own, pointer)
        for keyword in ("anyOf", "oneOf"):
            if keyword in schema:
                beside = own if is_mere_type else {}
                parts[keyword] = self._alternatives(schema, keyword, beside, pointer)
        # What stands above has taken a mere type into account.
        has_type = is_mere_type and not parts
        if "$ref" in schema:
            parts["$ref"] = self._reference(schema["$ref"], pointer)
        for number, one in enumerate(self.source.several(schema, "allOf", pointer)):
            parts[f"allOf/{number}"] = self.schema(one, step(pointer, "allOf", number))
        if has_type:
            parts["type"] = self._typed(own, pointer)
        return parts

    def _values(
        self, schema: Mapping[str, Any], own: Mapping[str, Any], pointer: str
    ) -> dict[str, Written]:
        parts: dict[str, Written] = {}
        if "const" in schema:
            parts["const"] = _listed([schema["const"]], own)
        if "enum" in schema:
            parts["enum"] = _listed(self.source.several(schema, "enum", pointer), own)
        return parts

    def _one_of(self, parts: Mapping[str, Written], pointer: str) -> Written:
        if any(written is False for written in parts.values()):
            return False
        saying = {name: written for name, written in parts.items() if written is not True}
        if not saying:
            return True
        kept, *lost = saying
        for name in lost:
            self.source.forget(f"{pointer}/{name}")
            change = f"{name} is left out: the engine reads no more than {kept} here"
            self.source.note(pointer, change)
        return saying[kept]

    def _alternatives(
        self, schema: Mapping[str, Any], keyword: str, beside: Mapping[str, Any], pointer: str
    ) -> Written:
        place = step(pointer, keyword)
        schemas = self.source.several(schema, keyword, pointer)
        if keyword == "oneOf":
            self.source.note(place, "oneOf is read as anyOf: the engine does not count what fits")
        if beside and any(isinstance(one, dict) and "$ref" in one for one in schemas):
            change = "type is left out: the engine reads nothing beside a reference"
            self.source.note(step(pointer, "type"), change)
        written = [
            self.schema(_with_type(one, beside), step(place, number))
            for number, one in enumerate(schemas)
        ]
        possible = [one for one in written if one is not False]
        if any(one is True for one in possible):
            return True
        return {"anyOf": possible} if possible else False

    # Keywords with a type

    def _typed(self, own: Mapping[str, Any], pointer: str) -> Written:
        types = own.get("type", _ALL_TYPES)
        types = [types] if isinstance(types, str) else list(types)
        written: dict[str, Any] = {"type": types[0] if len(types) == 1 else types}
        if "string" in types:
            self._string(written, own, pointer)
        if {"number", "integer"} & set(types):
            self._number(written, own, types, pointer)
        if "array" in types:
            self._array(written, own, pointer)
        if "object" in types:
            self._object(written, own, pointer)
        return True if written == _OPEN else written

    def _string(self, written: dict[str, Any], own: Mapping[str, Any], pointer: str) -> None:
        for keyword in ("minLength", "maxLength"):
            if keyword in own:
                change = f"{keyword} is left out: the engine would refuse escaped characters"
                self.source.note(step(pointer, keyword), change)
        if "pattern" in own:
            if is_plain(own["pattern"]):
                written["pattern"] = own["pattern"]
            else:
                change = "pattern is left out: the engine would match whole texts without escapes"
                self.source.note(step(pointer, "pattern"), change)

    def _number(
        self, written: dict[str, Any], own: Mapping[str, Any], types: list[str], pointer: str
    ) -> None:
        written.update({keyword: own[keyword] for keyword in _BOUNDS if keyword in own})
        if "multipleOf" in own:
            divisor = whole_number(own["multipleOf"])
            if types == ["integer"] and type(divisor) is int:
                written["multipleOf"] = divisor
            else:
                change = "multipleOf is left out: the engine has it for whole numbers only"
                self.source.note(step(pointer, "multipleOf"), change)

    def _array(self, written: dict[str, Any], own: Mapping[str, Any], pointer: str) -> None:
        first, rest, place = _items(own)
        prefix: list[Any] = []
        for number, one in enumerate(first):
            item = self.schema(one, step(pointer, place, number))
            if item is False:  # no array is this long
                rest = False
                break
            prefix.append(_ANY if item is True else item)
        if prefix:
            written["prefixItems"] = prefix
        others = self.schema(rest, step(pointer, "additionalItems" if first else "items"))
        written["items"] = _ANY if others is True else others
        written.update({k: whole_number(own[k]) for k in ("minItems", "maxItems") if k in own})

    # Objects

    def _object(self, written: dict[str, Any], own: Mapping[str, Any], pointer: str) -> None:
        others = self._others(own, pointer)
        names = self._members(own, "properties", others, pointer)
        patterns = self._members(own, "patternProperties", others, pointer)
        for pattern in _unreadable(patterns, names, others):
            others = _either(others, patterns.pop(pattern))
            change = "any other key may have this value: the engine cannot tell these keys here"
            self.source.note(step(pointer, "patternProperties", pattern), change)
        if patterns and (names or others is not False):
            change = "a key that matches may have the value of another keyword instead"
            self.source.note(step(pointer, "patternProperties"), change)
        if others is not False and any(map(_is_escaped, names)):
            change = "a name that JSON escapes may have the value of any other key instead"
            self.source.note(step(pointer, "properties"), change)
        written.update({"properties": names} if names else {})
        written.update({"patternProperties": patterns} if patterns else {})
        written["additionalProperties"] = _ANY if others is True else others
        written.update(
            {keyword: whole_number(own[keyword]) for keyword in _COUNTS if keyword in own}
        )
        self._required(written, own, pointer)

    def _others(self, own: Mapping[str, Any], pointer: str) -> Written:
        place = step(pointer, "additionalProperties")
        return self.schema(own.get("additionalProperties", True), place)

    def _members(
        self, own: Mapping[str, Any], keyword: str, others: Written, pointer: str
    ) -> dict[str, Any]:
        written = {}
        for name, schema in self.source.members(own, keyword, pointer).items():
            self.has_names = True
            place = step(pointer, keyword, name)
            member = self.schema(schema, place)
            if member is not False:
                written[name] = _ANY if member is True else member
            elif others is not False:
                self.source.note(place, "a key that none may have is one of the others")
        return written

    def _required(self, written: dict[str, Any], own: Mapping[str, Any], pointer: str) -> None:
        required = list(dict.fromkeys(self.source.several(own, "required", pointer)))
        place = step(pointer, "required")
        if required and self.any_order:
            change = f"of the required keys only how many, {len(required)}, is checked"
            self.source.note(place, change)
            written["minProperties"] = max(written.get("minProperties", 0), len(required))
            return
        named = [name for name in required if name in written.get("properties", {})]
        if len(named) < len(required):
            unnamed = ", ".join(name for name in required if name not in named)
            self.source.note(place, f"{unnamed} may be missing: properties lacks it")
        written.update({"required": named} if named else {})


def _unreadable(
    patterns: Mapping[str, Any], names: Mapping[str, Any], others: Written
) -> list[str]:
    """The patterns that cannot be kept. Beside no names, the engine forgets the other keys."""
    odd = [pattern for pattern in patterns if not is_plain(pattern)]
    return list(patterns) if not names and (odd or others is not False) else odd


def _is_escaped(name: str) -> bool:
    return json.dumps(name, ensure_ascii=False) != f'"{name}"'


def _items(own: Mapping[str, Any]) -> tuple[list[Any], Any, str]:
    """The schemas of the first items, that of the rest, and the keyword of the first."""
    items = own.get("items", True)
    if isinstance(items, list):
        return items, own.get("additionalItems", True), "items"
    return own.get("prefixItems", []), items, "prefixItems"


def _either(others: Written, member: dict[str, Any]) -> Written:
    if others is True or member is _ANY:
        return True
    return member if others is False else {"anyOf": [others, member]}


def _with_type(schema: Any, beside: Mapping[str, Any]) -> Any:
    """An alternative, and the type that stands beside the alternatives."""
    if not beside or not isinstance(schema, dict) or "$ref" in schema:
        return schema if schema is not True else dict(beside) or True
    both = [name for name in _types(schema) if name in _types(beside)]
    both = [name for name in both if name != "integer" or "number" not in both]
    return {**schema, "type": both} if both else False


def _types(schema: Mapping[str, Any]) -> list[str]:
    """The types by name; a number's types are both "number" and "integer"."""
    types = schema.get("type", _ALL_TYPES)
    types = [types] if isinstance(types, str) else list(types)
    return [*types, "integer"] if "number" in types and "integer" not in types else types


def _listed(values: list[Any], own: Mapping[str, Any]) -> Written:
    """Those of the values that are of the type that stands beside them."""
    types = _types(own)
    possible = [value for value in values if _type_of(value) in types]
    return {"enum": possible} if possible else False


def _type_of(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return "integer"
    names = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}
    return names.get(type(value), "integer" if type(value) is int else "number")
