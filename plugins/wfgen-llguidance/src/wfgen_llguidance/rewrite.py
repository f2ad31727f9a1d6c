"""What llguidance is given in place of a JSON Schema: the keywords that it has, in any key order.

llguidance reads a schema well, and refuses one with a keyword that it lacks. It has each name in
`properties` written in the order of the schema; what `patternProperties` allows may stand in any
order. So names become patterns, and the engine no longer checks which of them are there, or twice.

No change makes a schema stricter, so that no valid document is refused for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from attrs import define

from wfgen.constraining import Note, Source, rewritten, step, whole_number

__all__ = ["NAME", "rewrite"]

NAME = "llguidance"

_PLAIN = frozenset(
    {"type", "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
    | {"multipleOf", "minLength", "maxLength", "minItems", "maxItems"}
)
_ONE = frozenset({"items", "additionalItems"})
_SEVERAL = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})


def rewrite(
    schema: Mapping[str, Any], *, any_order: bool = True
) -> tuple[dict[str, Any], tuple[Note, ...]]:
    """The schema for llguidance, and what was changed where.

    Annotations, and keywords that no draft knows, are left out without a note. The regular
    expressions that the engine takes are found out by asking it.

    Args:
        schema: a JSON Schema of draft 4 to 2020-12 whose references stay inside it.
        any_order: whether keys may stand in any order. The engine then does not check which of the
            required ones are there, only how many there are, nor that none stands twice. False
            keeps those checks and the order of the schema's `properties`.

    Raises:
        CapabilityError: a reference leads outside the schema or to nothing.
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
        body = self.schema(self.source.root, "")
        definitions = self.source.definitions(self.schema)
        if self.any_order and self.has_names:
            change = "keys may stand in any order, so the engine does not see one that stands twice"
            self.source.note("", change)
        whole = body if isinstance(body, dict) else {"allOf": [body]}
        return whole | ({"definitions": definitions} if definitions else {})

    def schema(self, schema: Any, pointer: str) -> dict[str, Any] | bool:
        if isinstance(schema, bool):
            return schema
        schema = self.source.keywords(schema, pointer)
        if "$ref" in schema:
            reference = {"$ref": self.source.reference(schema["$ref"], pointer)}
            if self.source.ignores_siblings or not schema.keys() - {"$ref"}:
                return reference
            # The conjunction, kept apart so that a name of both stays with its own schema.
            beside = self.schema({k: v for k, v in schema.items() if k != "$ref"}, pointer)
            return {"allOf": [reference, beside]} if beside else reference
        return self._conjunction(schema, pointer) | self._object(schema, pointer)

    def _conjunction(self, schema: Mapping[str, Any], pointer: str) -> dict[str, Any]:
        written: dict[str, Any] = {}
        self.source.note_left_out(schema, pointer)
        for keyword in schema:
            self._keyword(written, schema, keyword, pointer)
        alternatives = written.pop("oneOf", None)
        if alternatives is not None:
            change = "oneOf is read as anyOf: the engine does not count what fits"
            self.source.note(step(pointer, "oneOf"), change)
            either = {"anyOf": alternatives}
            is_free = "anyOf" not in written
            written |= either if is_free else {"allOf": [*written.get("allOf", []), either]}
        return written

    def _keyword(
        self, written: dict[str, Any], schema: Mapping[str, Any], keyword: str, pointer: str
    ) -> None:
        value, place = schema[keyword], step(pointer, keyword)
        if keyword in _PLAIN:
            written[keyword] = whole_number(value)
        elif keyword in _SEVERAL or (keyword == "items" and isinstance(value, list)):
            several = enumerate(self.source.several(schema, keyword, pointer))
            written[keyword] = [self.schema(one, step(place, number)) for number, one in several]
        elif keyword in _ONE:
            written[keyword] = self.schema(value, place)
        elif keyword == "pattern" and _takes({"type": "string", "pattern": value}):
            written[keyword] = value
        elif keyword == "pattern":
            self.source.note(place, "pattern is left out: the engine lacks it")

    # Objects

    def _object(self, schema: Mapping[str, Any], pointer: str) -> dict[str, Any]:
        written: dict[str, Any] = {
            keyword: self._members(schema, keyword, pointer)
            for keyword in ("properties", "patternProperties")
            if keyword in schema
        }
        if "additionalProperties" in schema:
            place = step(pointer, "additionalProperties")
            others = self.schema(schema["additionalProperties"], place)
            written["additionalProperties"] = others
        if "patternProperties" in written:
            self._one_pattern_a_key(written, step(pointer, "patternProperties"))
        if self.any_order:
            self._names_as_patterns(written, step(pointer, "properties"))
            return written | self._counts_of_any(schema, pointer)
        return written | self._counts_in_order(schema, pointer)

    def _members(self, schema: Mapping[str, Any], keyword: str, pointer: str) -> dict[str, Any]:
        members = self.source.members(schema, keyword, pointer)
        self.has_names = self.has_names or bool(members)
        return {n: self.schema(one, step(pointer, keyword, n)) for n, one in members.items()}

    def _one_pattern_a_key(self, written: dict[str, Any], place: str) -> None:
        """The engine takes only patterns of which no key matches two."""
        patterns = written["patternProperties"]
        if not all(_are_disjoint(pattern) for pattern in patterns):
            self.source.note(place, "any other key may stand: the engine has no such expressions")
            del written["patternProperties"]
            written["additionalProperties"] = True
        elif not _are_disjoint(*patterns):
            self.source.note(place, "patterns that overlap are read as one, with either schema")
            either = "|".join(f"(?:{pattern})" for pattern in patterns)
            written["patternProperties"] = {either: {"anyOf": list(patterns.values())}}

    def _names_as_patterns(self, written: dict[str, Any], place: str) -> None:
        patterns = written.get("patternProperties", {})
        names = {f"^{_escaped(n)}$": one for n, one in written.pop("properties", {}).items()}
        apart = {n: one for n, one in names.items() if all(_are_disjoint(n, p) for p in patterns)}
        if len(apart) < len(names):
            self.source.note(place, "a name that a pattern matches too is left to the pattern")
        if apart or patterns:
            written["patternProperties"] = apart | patterns

    def _counts_of_any(self, schema: Mapping[str, Any], pointer: str) -> dict[str, int]:
        counts = _counts(schema)
        if required := set(self.source.several(schema, "required", pointer)):
            change = f"of the required keys only how many, {len(required)}, is checked"
            self.source.note(step(pointer, "required"), change)
            counts["minProperties"] = max(counts.get("minProperties", 0), len(required))
        return counts

    def _counts_in_order(self, schema: Mapping[str, Any], pointer: str) -> dict[str, Any]:
        required = list(dict.fromkeys(self.source.several(schema, "required", pointer)))
        counts: dict[str, Any] = _counts(schema)
        if schema.get("properties", {}).keys() - set(required):
            for keyword in counts:
                change = f"{keyword} is left out: the engine counts no names that may be missing"
                self.source.note(step(pointer, keyword), change)
            counts = {}
        return counts | ({"required": required} if required else {})


def _counts(schema: Mapping[str, Any]) -> dict[str, int]:
    return {k: whole_number(schema[k]) for k in ("minProperties", "maxProperties") if k in schema}


def _escaped(name: str) -> str:
    return re.sub(r"[\\^$.*+?()\[\]{}|]", r"\\\g<0>", name)


def _are_disjoint(*patterns: str) -> bool:
    """Whether the engine takes these patterns beside each other: no key matches two."""
    return _takes({"type": "object", "patternProperties": {key: {} for key in patterns}})


def _takes(schema: Mapping[str, Any]) -> bool:
    # Imported late: a list of the installed plugins needs no llguidance.
    from llguidance import LLMatcher  # noqa: PLC0415

    grammar = LLMatcher.grammar_from_json_schema(json.dumps(schema))
    is_error, _ = LLMatcher.validate_grammar_with_warnings(grammar)
    return not is_error
