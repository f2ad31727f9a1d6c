"""What a schema becomes, and what is noted."""

from __future__ import annotations

import copy
import json

import pytest

from wfgen.corpus.schema import workflow_schema
from wfgen_llguidance import rewrite

DRAFT7 = {"$schema": "http://json-schema.org/draft-07/schema#"}
A_AND_B = {"properties": {"a": {"type": "null"}, "b.c": True}, "required": ["a"]}


# What is written --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schema", "expected", "noted"),
    [
        ({"type": "string", "title": "x", "default": 1}, {"type": "string"}, []),
        ({"format": "uri"}, {}, ["/format"]),
        ({"maxLength": 2.0}, {"maxLength": 2}, []),
        ({"pattern": "^a+$"}, {"pattern": "^a+$"}, []),
        ({"pattern": "^(?!a)"}, {}, ["/pattern"]),
        ({"pattern": r"(a)\1"}, {}, ["/pattern"]),
        ({"not": {"type": "null"}}, {}, ["/not"]),
        ({"uniqueItems": True}, {}, ["/uniqueItems"]),
        ({"uniqueItems": False}, {}, []),
        ({"contains": False}, {}, ["/contains"]),
        ({"oneOf": [{"const": 1}, True]}, {"anyOf": [{"const": 1}, True]}, ["/oneOf"]),
        (
            {"oneOf": [{"const": 1}], "anyOf": [{"const": 2}]},
            {"anyOf": [{"const": 2}], "allOf": [{"anyOf": [{"const": 1}]}]},
            ["/oneOf"],
        ),
        ({"items": [{"title": "x"}, False]}, {"items": [{}, False]}, []),
        (
            A_AND_B,
            {
                "patternProperties": {"^a$": {"type": "null"}, r"^b\.c$": True},
                "minProperties": 1,
            },
            ["/required", ""],
        ),
        (
            {"properties": {"ab": {}}, "patternProperties": {"^a": {"type": "null"}}},
            {"patternProperties": {"^a": {"type": "null"}}},
            ["/properties", ""],
        ),
        (
            {"patternProperties": {"^a": {"const": 1}, "b$": {"const": 2}}},
            {"patternProperties": {"(?:^a)|(?:b$)": {"anyOf": [{"const": 1}, {"const": 2}]}}},
            ["/patternProperties", ""],
        ),
        (
            {"patternProperties": {"^(?!a)": {}}, "additionalProperties": False},
            {"additionalProperties": True},
            ["/patternProperties", ""],
        ),
    ],
)
def test_each_keyword(schema, expected, noted):
    before = copy.deepcopy(schema)
    rewritten, notes = rewrite(schema)
    assert rewritten == expected
    assert [note.pointer for note in notes] == noted
    assert schema == before


def test_in_order_names_and_what_is_required_stay():
    rewritten, notes = rewrite({**A_AND_B, "minProperties": 1}, any_order=False)
    assert rewritten == A_AND_B
    assert [note.pointer for note in notes] == ["/minProperties"]


def test_a_note_says_what_and_where():
    _, notes = rewrite({"properties": {"a/b": {"not": {}}}}, any_order=False)
    assert str(notes[0]) == "/properties/a~1b/not: not is left out: the engine lacks it"
    assert notes[0].is_looser


# References -------------------------------------------------------------------------------------


def test_references_lead_to_definitions_wherever_they_led():
    schema = {
        "$id": "http://example.org/s",
        "items": {"$ref": "#/$defs/a~1b%25"},
        "anyOf": [{"$ref": "http://example.org/s#/$defs/a~1b%25"}, {"$ref": "#"}],
        "$defs": {"a/b%": {"type": "null"}, "unused": {"not": {}}},
    }
    rewritten, notes = rewrite(schema)
    assert rewritten["items"] == rewritten["anyOf"][0] == {"$ref": "#/definitions/a-1b"}
    assert rewritten["anyOf"][1] == {"$ref": "#/definitions/root"}
    assert rewritten["definitions"].keys() == {"a-1b", "root"}
    assert not notes


def test_what_stands_beside_a_reference_counts_from_draft_2019_on():
    schema = {"$ref": "#/$defs/a", "maximum": 3, "$defs": {"a": {"type": "integer"}}}
    reference = {"$ref": "#/definitions/a"}
    definitions = {"a": {"type": "integer"}}
    assert rewrite(schema)[0] == {
        "allOf": [reference, {"maximum": 3}],
        "definitions": definitions,
    }
    assert rewrite(DRAFT7 | schema)[0] == reference | {"definitions": definitions}


def test_the_workflow_schema():
    rewritten, notes = rewrite(workflow_schema())
    assert '"not"' not in json.dumps(rewritten)
    assert {"oneOf", "not", "dependencies", "required"} == {
        note.pointer.rpartition("/")[2] for note in notes if note.pointer
    }
