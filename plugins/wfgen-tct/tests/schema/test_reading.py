"""What is read, what is refused, and what is left out where that is allowed."""

import copy
import pickle
from decimal import Decimal

import pytest

from wfgen_tct import formulas as f
from wfgen_tct.errors import GrammarLimitError, SchemaError
from wfgen_tct.schema.dialects import DIALECTS
from wfgen_tct.schema.limits import SchemaLimits
from wfgen_tct.schema.reading import read_schema
from wfgen_tct.schema.report import UnsupportedSchemaError

_4, _6, _7, _2019, _2020 = DIALECTS


def _in(dialect, **keywords):
    return {"$schema": dialect.uri, **keywords}


def _root(schema):
    definitions, _ = read_schema(schema)
    return definitions.schemas[0].formula


# Forms of input ---------------------------------------------------------------------------------


@pytest.mark.parametrize("schema", [{"type": "null"}, '{"type": "null"}', b'{"type": "null"}'])
def test_values_and_texts_are_read_alike(schema):
    assert _root(schema) == f.Kinds(frozenset({"null"}))


@pytest.mark.parametrize(("schema", "truth"), [(True, True), (False, False), ({}, True)])
def test_the_shortest_schemas(schema, truth):
    assert _root(schema) == f.Constant(truth)


def test_the_schema_is_left_as_it_was():
    schema = {"$defs": {"a": {"enum": [[1], {"b": 2}]}}, "$ref": "#/$defs/a"}
    before = copy.deepcopy(schema)
    read_schema(schema)
    assert schema == before


def test_the_root_comes_first_and_every_pointer_is_its_own():
    schema = {"const": {"a": 1}, "allOf": [{"$ref": "#/const"}]}
    definitions, _ = read_schema(schema)
    pointers = [schema.pointer for schema in definitions.schemas]
    assert pointers[0] == ""
    assert len(set(pointers)) == len(pointers)


# Exactness --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "read"),
    [
        (1, "1"),
        (1.0, "1"),
        (0.1, "0.1"),
        (1e22, "1" + "0" * 22),
        (2**70 + 1, "1180591620717411303425"),
        (Decimal("1e-40"), "1e-40"),
    ],
)
def test_numbers_are_exact_decimals(number, read):
    assert _root({"minimum": number}) == f.AtLeast(Decimal(read))


def test_equal_numbers_are_one():
    assert _root({"const": 1.0}) == _root({"const": 1}) == _root('{"const": 1.00}')


def test_what_is_listed_has_the_kind_it_has(accepts):
    definitions, _ = read_schema({"enum": [0, "1", True, [False], {"a": None}]})
    for value in (0, 0.0, "1", True, [False], {"a": None}):
        assert accepts(definitions, value)
    for value in (False, 1, "0", "true", [0], [], [False, False], {}, {"a": 0}, {"b": None}):
        assert not accepts(definitions, value)


# Malformed schemas ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schema", "pointer", "cause", "hint"),
    [
        ([], "", "the schema is an empty array", "give an object"),
        ("[1]", "", "the schema is an array", "give an object"),
        ("{", "", "the text is no JSON", "mend the text"),
        (b"\xff", "", "the text is no JSON", "mend the text"),
        ('{"a": 1, "a": 2}', "", "the key 'a' stands twice", "mend the text"),
        ({"type": 12}, "/type", "type is 12, which is not one of array", "take the keyword out"),
        ({"type": "int"}, "/type", "type is 'int'", "give one of"),
        ({"enum": 1}, "/enum", "enum is 1", "array of values"),
        ({"const": {1, 2}}, "/const", "a Python set is no value of JSON", "document"),
        ({"enum": [1, float("nan")]}, "/enum/1", "nan is no value of JSON", "document"),
        ({"minLength": 1.5}, "/minLength", "minLength is 1.5", "whole number"),
        ({"minItems": True}, "/minItems", "minItems is true", "whole number"),
        ({"multipleOf": 0}, "/multipleOf", "multipleOf is 0", "above 0"),
        ({"pattern": None}, "/pattern", "pattern is null", "a string"),
        ({"allOf": []}, "/allOf", "allOf is an empty array", "one at least"),
        ({"allOf": [{}, 1]}, "/allOf/1", "1 is no schema here", "object or a boolean"),
        ({"properties": {"a/b": 1}}, "/properties/a~1b", "1 is no schema here", "object"),
        ({"not": {"items": {"not": 1}}}, "/not/items/not", "not is 1", "a schema"),
        ({"required": True}, "/required", "required is true", "list the required names"),
        ({"items": [{}]}, "/items", "items is an array", "prefixItems"),
        ({"minimum": 1, "exclusiveMinimum": True}, "/exclusiveMinimum", "is true", "draft 4"),
        (_in(_4, exclusiveMinimum=1), "/exclusiveMinimum", "is 1", "later draft"),
        (_in(_4, properties={"a": True}), "/properties/a", "true is no schema here", "write {}"),
        (_in(_7, dependencies={"a": 1}), "/dependencies", "is an object", "arrays of strings"),
        ({"$schema": "http://json-schema.org/draft-07/shema"}, "/$schema", "no dialect", "did you"),
        ({"$schema": 7}, "/$schema", "$schema is 7", "there are http"),
        ({"$ref": 1}, "/$ref", "$ref is 1", "a string"),
        ({"$ref": "#/$defs/a"}, "/$ref", "there is no '$defs' in /", "let it name"),
        (
            {"$defs": {"address": {}}, "$ref": "#/$defs/adress"},
            "/$ref",
            "did you mean 'address'",
            "let it name",
        ),
        ({"$ref": "#nowhere"}, "/$ref", "names no anchor: there is no 'nowhere'", "let it name"),
        ({"$ref": "#/%ff"}, "/$ref", "no UTF-8", "let it name"),
        ({"title": "t", "$ref": "#/title"}, "/$ref", "names 't', which is no schema", "let it"),
        ({"allOf": [{}], "$ref": "#/allOf/00"}, "/$ref", "there is no '00' in /allOf", "let it"),
        ({"const": "\ud800"}, "/const", "half of a surrogate pair", "both halves"),
        ({"required": ["a", "\udc00"]}, "/required/1", "half of a surrogate pair", "both halves"),
        ({"properties": {1: {}}}, "/properties/1", "the key 1 is not a string", "as strings"),
        ({2: 1}, "", "the key 2 is not a string", "as strings"),
    ],
)
def test_malformed_schemas_are_refused_with_a_way_out(schema, pointer, cause, hint):
    with pytest.raises(SchemaError) as caught:
        read_schema(schema)
    error = caught.value
    assert error.pointer == pointer
    assert cause in error.cause
    assert hint in error.hint
    assert not isinstance(error, UnsupportedSchemaError)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


# What cannot be made exact ----------------------------------------------------------------------

_TREE = {
    "$id": "http://a.example/root",
    "$defs": {
        "one": {
            "$id": "one",
            "$dynamicAnchor": "node",
            "properties": {"next": {"$dynamicRef": "#node"}},
        },
        "two": {"$id": "two", "$dynamicAnchor": "node", "$ref": "one"},
    },
    "anyOf": [{"$ref": "one"}, {"$ref": "two"}],
}
_UNSUPPORTED = {
    "a remote reference": (
        {"properties": {"a": {"$ref": "http://b.example/c.json#/d"}}},
        ["/properties/a/$ref"],
        "remote: 'http://b.example/c.json' is another document, and nothing is fetched",
    ),
    "a metaschema": (
        _in(_7, items={"$ref": "http://json-schema.org/draft-07/schema#"}),
        ["/items/$ref"],
        "remote: it names the metaschema of draft 7, and nothing is fetched",
    ),
    "itself": ({"$ref": "#"}, ["/$ref"], "circular: it leads back to itself on the same value"),
    "a ring": (
        {
            "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/b"}]}, "b": {"not": {"$ref": "#/$defs/a"}}},
            "$ref": "#/$defs/a",
        },
        ["/$defs/a/anyOf/0/$ref", "/$defs/b/not/$ref"],
        "circular: it leads back to itself on the same value",
    ),
    "a target that depends on the path": (
        _TREE,
        ["/$defs/one/properties/next/$dynamicRef"],
        "dynamic: what it names depends on the path that leads to it",
    ),
    "two of one name": (
        {"$defs": {"a": {"$anchor": "x"}, "b": {"$anchor": "x"}}, "$ref": "#x"},
        ["/$ref"],
        "ambiguous: '#x' is the name of /$defs/a and /$defs/b",
    ),
    "leftovers of what is unknown": (
        {"allOf": [{"$ref": "http://b.example/"}], "unevaluatedProperties": False},
        ["/allOf/0/$ref", "/unevaluatedProperties"],
        "",
    ),
    "a dialect that is unknown": (
        {"$defs": {"a": {"$id": "a", "$schema": "http://b.example/"}}, "$ref": "a"},
        ["/$defs/a/$schema"],
        "'http://b.example/' names no dialect known here",
    ),
}


@pytest.mark.parametrize("name", _UNSUPPORTED)
def test_what_cannot_be_exact_is_refused(name):
    schema, pointers, note = _UNSUPPORTED[name]
    with pytest.raises(UnsupportedSchemaError) as caught:
        read_schema(schema)
    error = caught.value
    assert sorted(row.pointer for row in error.report.unsupported) == sorted(pointers)
    assert error.pointer in pointers
    assert "allow_approximate" in error.hint
    assert not note or {row.note for row in error.report.unsupported} == {note}


@pytest.mark.parametrize("name", _UNSUPPORTED)
def test_what_cannot_be_exact_can_be_left_out(name):
    schema, pointers, _ = _UNSUPPORTED[name]
    _, report = read_schema(schema, allow_approximate=True)
    assert sorted(row.pointer for row in report.approximated) == sorted(pointers)
    assert not report.unsupported


def test_what_is_left_out_counts_as_met(accepts):
    schema = {"type": "object", "properties": {"a": {"$ref": "http://b.example/", "minimum": 1}}}
    definitions, _ = read_schema(schema, allow_approximate=True)
    assert accepts(definitions, {"a": 1})
    assert not accepts(definitions, {"a": 0})


def test_only_what_closes_a_ring_is_left_out():
    schema = {
        "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}, "c": {"type": "null"}},
        "allOf": [{"$ref": "#/$defs/a"}, {"$ref": "#/$defs/c"}],
    }
    _, report = read_schema(schema, allow_approximate=True)
    assert [row.pointer for row in report.approximated] == ["/$defs/a/$ref", "/$defs/b/$ref"]


def test_a_schema_of_parts_may_hold_itself(accepts):
    definitions, _ = read_schema({"type": "array", "items": {"$ref": "#"}})
    assert accepts(definitions, [[], [[]]])
    assert not accepts(definitions, [[1]])


# Limits -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limits", "schema"),
    [
        ({"num_subschemas": 3}, {"properties": {key: {} for key in "abc"}}),
        ({"num_subschemas": 3}, {"const": [[], [], []]}),
        ({"depth": 3}, {"not": {"not": {"not": {}}}}),
        ({"depth": 3}, {"const": [[[[]]]]}),
        ({"depth": 3}, '{"default": [[[]]]}'),
        ({"num_listed": 3}, {"enum": [1, 2, 3, 4]}),
        ({"num_listed": 3}, {"const": {"a": [1, 2]}}),
        ({"num_digits": 3}, {"minimum": 1234}),
        ({"num_digits": 3}, {"const": [0.0001]}),
        ({"num_digits": 3}, {"maxLength": 1000}),
        (
            {"num_branches": 1},
            {"anyOf": [{"properties": {k: {}}} for k in "ab"], "unevaluatedProperties": False},
        ),
        ({"num_bytes": 10}, '{"type": "null"}'),
    ],
)
def test_limits(limits, schema):
    with pytest.raises(GrammarLimitError) as caught:
        read_schema(schema, limits=SchemaLimits(**limits))
    assert f"raise SchemaLimits.{next(iter(limits))}" in caught.value.hint
    read_schema(schema)


def test_branches_that_look_at_nothing_new_do_not_count():
    schema = {
        "properties": {"a": {}},
        "anyOf": [{"properties": {"a": {"const": i}}} for i in range(20)],
        "unevaluatedProperties": False,
    }
    read_schema(schema)
