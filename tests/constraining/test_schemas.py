"""What a rewrite is told of a JSON Schema, and what it leaves in its notes."""

from __future__ import annotations

import pytest

from wfgen.constraining import Note, Source, rewritten, step, whole_number
from wfgen.errors import CapabilityError

DRAFT7 = {"$schema": "http://json-schema.org/draft-07/schema#"}


def source(schema):
    return Source(engine="mine", root=schema)


def write(source):
    """A rewrite that keeps references, arrays and names, and nothing else."""

    def one(schema, pointer):
        schema = source.keywords(schema, pointer)
        source.note_left_out(schema, pointer)
        if "$ref" in schema:
            return {"$ref": source.reference(schema["$ref"], pointer)}
        kept = {}
        if "items" in schema:
            kept["items"] = one(schema["items"], step(pointer, "items"))
        if members := source.members(schema, "properties", pointer):
            places = ((name, step(pointer, "properties", name)) for name in members)
            kept["properties"] = {name: one(members[name], place) for name, place in places}
        if several := source.several(schema, "anyOf", pointer):
            kept["anyOf"] = [one(s, step(pointer, "anyOf", n)) for n, s in enumerate(several)]
        return kept

    body = one(source.root, "")
    definitions = source.definitions(one)
    return body | ({"definitions": definitions} if definitions else {})


# References -------------------------------------------------------------------------------------


def test_references_lead_to_definitions_wherever_they_led():
    schema = {
        "$id": "http://example.org/s",
        "items": {"$ref": "#/$defs/a~1b%25"},
        "anyOf": [{"$ref": "http://example.org/s#/$defs/a~1b%25"}, {"$ref": "#"}],
        "$defs": {"a/b%": {"items": {"$ref": "#/$defs/a-b"}}, "a-b": {}, "unused": {}},
    }
    written, notes = rewritten("mine", schema, write)
    assert written["items"] == written["anyOf"][0] == {"$ref": "#/definitions/a-1b"}
    assert written["anyOf"][1] == {"$ref": "#/definitions/root"}
    assert written["definitions"]["a-1b"] == {"items": {"$ref": "#/definitions/a-b"}}
    assert written["definitions"].keys() == {"a-1b", "a-b", "root"}
    assert notes == ()


def test_definitions_of_alike_pointers_have_names_of_their_own():
    schema = {"$defs": {"a.b": {}, "a b": {}, "a-b": {}}}
    read = source(schema)
    names = [read.reference(f"#/$defs/{name}", "") for name in ("a.b", "a%20b", "a-b", "a.b")]
    assert names == [f"#/definitions/{name}" for name in ("a-b", "a-b-2", "a-b-3", "a-b")]


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"$ref": "http://example.org/"}, "at the root: .* not a pointer"),
        ({"$ref": "#name"}, "not a pointer"),
        ({"$ref": 3}, "not a pointer"),
        ({"$ref": "#/definitions/a"}, "there is nothing"),
        ({"$ref": "#/anyOf/7", "anyOf": [{}]}, "there is nothing"),
        ({"items": {"$id": "http://example.org/"}}, "at /items: it is a schema of its own"),
        ({"items": 3}, "at /items: 3 is no schema"),
        ({"properties": {"a/b": {"properties": 3}}}, "at /properties/a~1b: properties is no"),
        ({"anyOf": {}}, "anyOf is no array"),
    ],
)
def test_what_cannot_be_read_is_named(schema, message):
    with pytest.raises(CapabilityError, match=message) as caught:
        rewritten("mine", schema, write)
    assert caught.value.name == "mine"


def test_a_reference_can_be_looked_at_before_it_is_written():
    read = source({"$ref": "#/$defs/a", "$defs": {"a": True}})
    assert read.target("#/$defs/a", "") is True
    assert read.definitions(lambda schema, _: schema) == {}


def test_a_schema_nested_too_deep_is_refused():
    schema = {}
    for _ in range(5000):
        schema = {"items": schema}
    with pytest.raises(CapabilityError, match="nested too deep"):
        rewritten("mine", schema, write)


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (DRAFT7, True),
        ({"$schema": "http://json-schema.org/draft-04/schema"}, True),
        ({"$schema": "https://json-schema.org/draft/2019-09/schema"}, False),
        ({}, False),
    ],
)
def test_what_stands_beside_a_reference_counts_from_draft_2019_on(schema, expected):
    assert source(schema).ignores_siblings is expected


# Notes ------------------------------------------------------------------------------------------


def test_what_no_engine_checks_is_noted_where_it_stands():
    schema = {
        "format": "uri",
        "uniqueItems": False,
        "title": "x",
        "items": {"not": {}, "uniqueItems": True},
    }
    _, notes = rewritten("mine", schema, write)
    assert [(note.pointer, note.is_looser) for note in notes] == [
        ("/format", False),
        ("/items/not", True),
        ("/items/uniqueItems", True),
    ]


def test_a_note_says_what_and_where():
    note = Note(pointer=step("", "properties", "a/b~", 0), change="it is left out")
    assert str(note) == "/properties/a~1b~0/0: it is left out"
    assert str(Note(pointer="", change="it is left out")) == "the root: it is left out"


def test_what_is_left_out_after_all_leaves_no_note():
    read = source({})
    for pointer in ("/allOf/0", "/allOf/0/not", "/allOf/01", "/allOf/1"):
        read.note(pointer, "it is left out")
    read.forget("/allOf/0")
    assert [note.pointer for note in read.notes] == ["/allOf/01", "/allOf/1"]


@pytest.mark.parametrize("value", [2, 2.5, True, "2", None])
def test_only_whole_floats_become_integers(value):
    assert whole_number(value) is value
    assert type(whole_number(2.0)) is int
