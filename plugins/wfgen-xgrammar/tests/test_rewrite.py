"""What a schema becomes, and what is noted."""

from __future__ import annotations

import copy
import json

import pytest

from wfgen.corpus.schema import workflow_schema
from wfgen.errors import CapabilityError
from wfgen_xgrammar import rewrite
from wfgen_xgrammar.patterns import is_plain

DRAFT7 = {"$schema": "http://json-schema.org/draft-07/schema#"}
ANY = {"$ref": "#/definitions/any_value"}
CLOSED = {"type": "object", "additionalProperties": False}
A_AND_B = {"properties": {"a": {"type": "null"}, "b.c": True}, "required": ["a"]}


# What is written --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schema", "expected", "noted"),
    [
        ({"type": "string", "title": "x", "default": 1}, {"type": "string"}, []),
        ({"type": "string", "format": "uri"}, {"type": "string"}, ["/format"]),
        ({"type": "array", "maxItems": 2.0}, {"type": "array", "items": ANY, "maxItems": 2}, []),
        ({"type": "string", "pattern": "^a+$"}, {"type": "string", "pattern": "^a+$"}, []),
        ({"type": "string", "pattern": "a"}, {"type": "string"}, ["/pattern"]),
        ({"type": "string", "minLength": 1}, {"type": "string"}, ["/minLength"]),
        ({"type": "integer", "multipleOf": 2.0}, {"type": "integer", "multipleOf": 2}, []),
        ({"type": "number", "multipleOf": 2}, {"type": "number"}, ["/multipleOf"]),
        ({"not": {"type": "null"}}, ANY, ["/not"]),
        ({"type": "null", "uniqueItems": False}, {"type": "null"}, []),
        ({"oneOf": [{"const": 1}, False]}, {"anyOf": [{"enum": [1]}]}, ["/oneOf"]),
        ({"anyOf": [{"const": 1}, True]}, ANY, []),
        ({"type": "string", "enum": ["a", 1]}, {"enum": ["a"]}, []),
        ({"maximum": 1, "enum": [1, 2]}, {"enum": [1, 2]}, [""]),
        ({"allOf": [{"not": {}}, {"type": "null"}]}, {"type": "null"}, ["/allOf/0/not"]),
        (
            {"type": "array", "anyOf": [{"minItems": 1}, {"type": ["null", "array"]}]},
            {
                "anyOf": [
                    {"type": "array", "items": ANY, "minItems": 1},
                    {"type": "array", "items": ANY},
                ]
            },
            [],
        ),
        (
            {"type": "array", "items": [{"const": 1}, False, {}]},
            {"type": "array", "prefixItems": [{"enum": [1]}], "items": False},
            [],
        ),
        (
            CLOSED | {"properties": {"a": True, "b": False}, "required": ["a"]},
            CLOSED | {"properties": {"a": ANY}, "minProperties": 1},
            ["/required", ""],
        ),
        (
            CLOSED
            | {"properties": {"a": True}, "oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
            CLOSED | {"properties": {"a": ANY}},
            ["", ""],
        ),
        (
            CLOSED | {"patternProperties": {"^a$": {"const": 1}}},
            CLOSED | {"patternProperties": {"^a$": {"enum": [1]}}},
            [""],
        ),
        (
            CLOSED | {"patternProperties": {"^a": {"const": 1}}},
            {"type": "object", "additionalProperties": {"enum": [1]}},
            ["/patternProperties/^a", ""],
        ),
        (
            {
                "type": "object",
                "patternProperties": {"^a$": {"const": 1}},
                "additionalProperties": {"const": 2},
            },
            {"type": "object", "additionalProperties": {"anyOf": [{"enum": [2]}, {"enum": [1]}]}},
            ["/patternProperties/^a$", ""],
        ),
    ],
)
def test_each_keyword(schema, expected, noted):
    before = copy.deepcopy(schema)
    rewritten, notes = rewrite(schema)
    rewritten.pop("definitions", None)
    assert rewritten == expected
    assert [note.pointer for note in notes] == noted
    assert schema == before


def test_in_order_a_required_key_without_a_place_may_be_missing():
    schema = CLOSED | {"properties": {"a": {"const": 1}}, "required": ["a", "b"]}
    rewritten, notes = rewrite(schema, any_order=False)
    assert rewritten["required"] == ["a"]
    assert [str(note) for note in notes] == ["/required: b may be missing: properties lacks it"]


def test_any_value_is_spelled_out_since_the_engine_puts_blanks_in_its_own():
    rewritten, _ = rewrite({})
    assert rewritten == ANY | {"definitions": {"any_value": rewritten["definitions"]["any_value"]}}
    kinds = [one["type"] for one in rewritten["definitions"]["any_value"]["anyOf"]]
    assert kinds == ["object", "array", "string", "number", "boolean", "null"]


@pytest.mark.parametrize(
    "pattern",
    [
        "^$",
        "^a|b$"[:2] + "$",
        "^(a|b)c?$",
        r"^\d+(\.\d+|\*)?$",
        "^[_a-zA-Z][a-zA-Z0-9_-]*$",
        "^(?:in|ex)$",
    ],
)
def test_plain_expressions(pattern):
    assert is_plain(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "a",
        "^a",
        "a$",
        "^a|b$",
        "^.$",
        "^[^a]$",
        r"^\s$",
        r"^\W$",
        r"^\\$",
        r'^"$',
        "^[ -~]$",
        "^[A-z]$",
        r"^\n$",
        "^\n$",
        "^(?=a)b$",
        "^(?!a)b$",
        r"^(a)\1$",
        r"^\bfoo$",
        "^é$",
        r"^a\$",
        "^(a$",
        "^a^b$",
    ],
)
def test_expressions_that_are_not_plain(pattern):
    assert not is_plain(pattern)


def test_a_note_says_what_and_where():
    _, notes = rewrite({"properties": {"a/b": {"not": {}}}}, any_order=False)
    assert str(notes[0]) == "/properties/a~1b/not: not is left out: the engine lacks it"
    assert notes[0].is_looser


# References -------------------------------------------------------------------------------------


def test_references_lead_to_definitions_wherever_they_led():
    schema = {
        "$id": "http://example.org/s",
        "anyOf": [
            {"items": {"$ref": "#/$defs/a~1b%25"}},
            {"$ref": "http://example.org/s#/$defs/a~1b%25"},
            {"$ref": "#"},
        ],
        "$defs": {"a/b%": {"type": "null"}, "unused": {"not": {}}},
    }
    rewritten, notes = rewrite(schema)
    items, elsewhere, root = rewritten["anyOf"]
    assert items["items"] == elsewhere == {"$ref": "#/definitions/a-1b"}
    assert root == {"$ref": "#/definitions/root"}
    assert rewritten["definitions"].keys() == {"a-1b", "root", "any_value"}
    assert not notes


def test_what_stands_beside_a_reference_is_noted_from_draft_2019_on():
    schema = {"$ref": "#/$defs/a", "type": "integer", "$defs": {"a": {"type": ["integer", "null"]}}}
    expected = {
        "$ref": "#/definitions/a",
        "definitions": {"a": {"type": ["integer", "null"]}},
    }
    rewritten, notes = rewrite(schema)
    assert rewritten == expected
    assert [note.pointer for note in notes] == [""]
    assert rewrite(DRAFT7 | schema) == (expected, ())


def test_a_schema_without_a_valid_value_is_refused():
    with pytest.raises(CapabilityError, match="no value is valid here"):
        rewrite({"allOf": [False]})


def test_the_workflow_schema():
    rewritten, notes = rewrite(workflow_schema())
    assert '"not"' not in json.dumps(rewritten)
    assert {"oneOf", "not", "dependencies", "required", "pattern"} <= {
        note.pointer.rpartition("/")[2] for note in notes if note.pointer
    }
