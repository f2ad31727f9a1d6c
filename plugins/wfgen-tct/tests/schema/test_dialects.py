"""Small schemas of each dialect, against the verdicts of another validator."""

import jsonschema_rs
import pytest

from wfgen_tct.schema.dialects import DIALECTS, Dialect
from wfgen_tct.schema.reading import read_schema

_4, _6, _7, _2019, _2020 = DIALECTS

_VALUES = [
    None,
    True,
    False,
    0,
    1,
    2,
    -3,
    2.5,
    0.3,
    1e30,
    "",
    "a",
    "ab",
    "é",
    "😀",
    [],
    [1],
    [1, 1.0],
    [1, "a"],
    ["a", "b", "c"],
    [[], {}],
    [None, True, 2],
    [{"a": 1, "b": 2}, {"b": 2, "a": 1}],
    {},
    {"a": 1},
    {"a": "x"},
    {"b": 2},
    {"a": 1, "b": 2},
    {"a": 1, "b": 2, "c": 3},
    {"a": {"a": {"a": 1}}},
    {"a": {"a": {"b": 1}}},
    {"next": {"next": {}}},
    {"next": {"next": 1}},
    {"kind": "x", "size": 1},
    {"kind": "y", "size": 1},
    {"kind": "x", "size": "1"},
    {"$ref": "a"},
]

_A, _B = {"required": ["a"]}, {"required": ["b"]}
_STRING, _NUMBER = {"type": "string"}, {"type": "number"}

# (first dialect, last dialect, schema)
_CASES = [
    # any value
    (_4, _2020, {}),
    (_4, _2020, {"type": "number"}),
    (_4, _2020, {"type": ["null", "boolean", "array"]}),
    (_6, _2020, {"type": ["integer", "string"]}),
    (_4, _2020, {"type": ["integer", "number"]}),
    (_4, _2020, {"enum": [None, False, 1, "a", [1], {"a": 1}]}),
    (_4, _2020, {"enum": [[{"b": 2, "a": 1}, {"a": 1, "b": 2}], {}, []]}),
    (_6, _2020, {"const": {"a": {"a": {"a": 1.0}}}}),
    (_6, _2020, {"const": [None, True, 2.0]}),
    (_6, _2020, {"const": "😀"}),
    (_4, _2020, {"allOf": [_A, _B]}),
    (_4, _2020, {"anyOf": [_A, _B]}),
    (_4, _2020, {"oneOf": [_A, _B]}),
    (_4, _2020, {"not": {"anyOf": [_A, {"type": "array"}]}}),
    (_7, _2020, {"if": _A, "then": {"maxProperties": 1}, "else": {"minProperties": 1}}),
    (_7, _2020, {"if": _A, "then": False}),
    (_7, _2020, {"if": {"type": "object"}, "else": False}),
    (_4, _6, {"if": _A, "then": {"type": "null"}}),
    (_7, _2020, {"then": False, "else": False}),
    # strings and numbers
    (_4, _2020, {"minLength": 1, "maxLength": 1}),
    (_4, _2020, {"pattern": "^a"}),
    (_4, _2020, {"minimum": 1, "maximum": 2.5}),
    (_4, _4, {"minimum": 1, "exclusiveMinimum": True, "maximum": 2.5, "exclusiveMaximum": True}),
    (_4, _4, {"minimum": 1, "exclusiveMinimum": False}),
    (_6, _2020, {"exclusiveMinimum": 1, "exclusiveMaximum": 2.5}),
    (_4, _2020, {"multipleOf": 0.1}),
    (_4, _2020, {"multipleOf": 2, "format": "ipv4"}),
    # arrays
    (_4, _2020, {"items": _NUMBER}),
    (_4, _2019, {"items": [_NUMBER, _STRING]}),
    (_4, _2019, {"items": [_NUMBER], "additionalItems": _STRING}),
    (_4, _2019, {"items": _NUMBER, "additionalItems": False}),
    (_4, _2019, {"items": [_NUMBER], "additionalItems": False}),
    (_2020, _2020, {"prefixItems": [_NUMBER], "items": _STRING}),
    (_2020, _2020, {"prefixItems": [_NUMBER], "additionalItems": False}),
    (_4, _2019, {"prefixItems": [_STRING]}),
    (_6, _2020, {"contains": _NUMBER}),
    (_6, _7, {"contains": _NUMBER, "minContains": 2, "maxContains": 2}),
    (_2019, _2020, {"contains": _NUMBER, "minContains": 2}),
    (_2019, _2020, {"contains": _NUMBER, "minContains": 0, "maxContains": 1}),
    (_2019, _2020, {"minContains": 2, "maxContains": 0}),
    (_4, _2020, {"minItems": 1, "maxItems": 2}),
    (_4, _2020, {"uniqueItems": True}),
    (_4, _2020, {"uniqueItems": False}),
    # objects
    (_4, _2020, {"properties": {"a": _NUMBER}, "required": ["b"]}),
    (_4, _2020, {"properties": {"a": {}}, "additionalProperties": False}),
    (_4, _2020, {"patternProperties": {"^[ab]$": {}}, "additionalProperties": _STRING}),
    (_6, _2020, {"propertyNames": {"maxLength": 1, "enum": ["a", "b"]}}),
    (_4, _2020, {"minProperties": 1, "maxProperties": 2}),
    (_4, _2020, {"dependencies": {"a": ["b"], "next": {"maxProperties": 0}}}),
    (_4, _2020, {"dependencies": {"a": {"type": "null"}}}),
    (_2019, _2020, {"dependentRequired": {"a": ["b"]}, "dependentSchemas": {"b": _A}}),
    (_4, _7, {"dependentRequired": {"a": ["b"]}}),
    # booleans
    (_6, _2020, {"properties": {"a": False}}),
    (_6, _2020, {"items": False}),
    (_6, _2020, {"not": True}),
    # references
    (_4, _2020, {"properties": {"a": {"$ref": "#"}}, "additionalProperties": False}),
    (_4, _2020, {"definitions": {"a/b": {}, "%": _A}, "allOf": [{"$ref": "#/definitions/%25"}]}),
    (_4, _2020, {"definitions": {"a/b~c": _B}, "allOf": [{"$ref": "#/definitions/a~1b~0c"}]}),
    (_4, _7, {"definitions": {"a": _A}, "allOf": [{"$ref": "#/definitions/a", "not": {}}]}),
    (_2019, _2020, {"$defs": {"a": _A}, "$ref": "#/$defs/a", "maxProperties": 1}),
    (_4, _7, {"$defs": {"a": _A}, "allOf": [{"$ref": "#/$defs/a"}]}),
    (_4, _2020, {"properties": {"$ref": {"type": "number"}}}),
    (_4, _2019, {"items": [_NUMBER, {"$ref": "#/items/0"}]}),
    (_4, _4, {"definitions": {"x": {"id": "#x", **_A}}, "allOf": [{"$ref": "#x"}]}),
    (_6, _7, {"definitions": {"x": {"$id": "#x", **_A}}, "allOf": [{"$ref": "#x"}]}),
    (_2019, _2020, {"$defs": {"x": {"$anchor": "x", **_A}}, "$ref": "#x"}),
    (
        _6,
        _2020,
        {
            "$id": "http://a.example/b/c.json",
            "definitions": {"d": {"$id": "d.json", "definitions": {"e": _A}}},
            "allOf": [{"$ref": "http://a.example/b/d.json#/definitions/e"}],
        },
    ),
    (
        _6,
        _2020,
        {
            "$id": "urn:a:b",
            "not": {"type": "array"},
            "definitions": {
                "d": {"$id": "http://x.example/d", "not": _A, "items": {"$ref": "#/not"}}
            },
            "anyOf": [{"$ref": "http://x.example/d"}, {"type": "array"}],
        },
    ),
    (
        _2019,
        _2020,
        {
            "$id": "http://a.example/",
            "$defs": {
                "one": {"$id": "one", "$defs": {"x": {"$anchor": "x", **_A}}, "$ref": "#x"},
                "two": {"$id": "two", "$defs": {"x": {"$anchor": "x", **_B}}, "$ref": "#x"},
            },
            "anyOf": [{"$ref": "one"}, {"$ref": "two"}],
        },
    ),
    # references whose target depends on where they are met
    (
        _2019,
        _2019,
        {
            "$id": "http://a.example/strict",
            "$recursiveAnchor": True,
            "$ref": "loose",
            "unevaluatedProperties": False,
            "$defs": {
                "loose": {
                    "$id": "loose",
                    "$recursiveAnchor": True,
                    "properties": {"a": {"$recursiveRef": "#"}},
                }
            },
        },
    ),
    (_2019, _2019, {"properties": {"next": {"$recursiveRef": "#"}}, "type": "object"}),
    (
        _2020,
        _2020,
        {
            "$id": "http://a.example/strict",
            "$dynamicAnchor": "node",
            "$ref": "loose",
            "unevaluatedProperties": False,
            "$defs": {
                "loose": {
                    "$id": "loose",
                    "$dynamicAnchor": "node",
                    "properties": {"a": {"$dynamicRef": "#node"}},
                }
            },
        },
    ),
    (_2020, _2020, {"$defs": {"x": {"$anchor": "x", **_A}}, "$dynamicRef": "#x"}),
    (_2020, _2020, {"$defs": {"x": {"$dynamicAnchor": "x", **_A}}, "$dynamicRef": "#/$defs/x"}),
    # what is left over
    (_2019, _2020, {"properties": {"a": {}}, "unevaluatedProperties": False}),
    (_2019, _2020, {"allOf": [{"properties": {"a": {}}}], "unevaluatedProperties": _STRING}),
    (
        _2019,
        _2020,
        {
            "anyOf": [
                {"properties": {"a": _NUMBER}, **_A},
                {"patternProperties": {"^b": {}}, **_B},
            ],
            "unevaluatedProperties": False,
        },
    ),
    (
        _2019,
        _2020,
        {
            "if": {"properties": {"kind": {"enum": ["x"]}}, "required": ["kind"]},
            "then": {"properties": {"size": _NUMBER}},
            "else": {"properties": {"a": {}, "b": {}}},
            "unevaluatedProperties": False,
        },
    ),
    (
        _2019,
        _2020,
        {
            "dependentSchemas": {"a": {"properties": {"a": {}, "b": {}}}},
            "unevaluatedProperties": False,
        },
    ),
    (_2019, _2020, {"not": {"properties": {"a": _STRING}}, "unevaluatedProperties": False}),
    (
        _2019,
        _2020,
        {
            "$ref": "#/$defs/a",
            "$defs": {"a": {"additionalProperties": _NUMBER}},
            "unevaluatedProperties": False,
        },
    ),
    (
        _2019,
        _2020,
        {"anyOf": [_A, {"unevaluatedProperties": True}], "unevaluatedProperties": False},
    ),
    (_2019, _2019, {"items": [_NUMBER], "unevaluatedItems": False}),
    (
        _2019,
        _2019,
        {"anyOf": [{"items": [_NUMBER]}, {"items": [{}, {}]}], "unevaluatedItems": False},
    ),
    (_2020, _2020, {"prefixItems": [_NUMBER], "unevaluatedItems": _STRING}),
    (_2020, _2020, {"contains": _NUMBER, "unevaluatedItems": _STRING}),
    (
        _2020,
        _2020,
        {"oneOf": [{"contains": _NUMBER}, {"items": _STRING}], "unevaluatedItems": False},
    ),
    (
        _2020,
        _2020,
        {"dependentSchemas": {"a": {"prefixItems": [{}]}}, "unevaluatedItems": False},
    ),
]

_PARAMS = [
    pytest.param(dialect, schema, id=f"{dialect.title}-{number}")
    for number, (first, last, schema) in enumerate(_CASES)
    for dialect in DIALECTS
    if first <= dialect <= last
]


def _declared(dialect: Dialect, schema):
    return {"$schema": dialect.uri + ("#" if dialect <= Dialect.DRAFT7 else ""), **schema}


@pytest.mark.parametrize(("dialect", "schema"), _PARAMS)
def test_verdicts_are_those_of_another_validator(dialect, schema, accepts):
    declared = _declared(dialect, schema)
    definitions, report = read_schema(declared)
    other = jsonschema_rs.validator_for(declared, validate_formats=False)
    assert report.dialect == dialect.title
    ours = [accepts(definitions, value) for value in _VALUES]
    assert ours == [other.is_valid(value) for value in _VALUES]


def test_without_a_dialect_it_is_the_last(accepts):
    definitions, report = read_schema({"prefixItems": [_STRING], "items": False})
    assert report.dialect == "2020-12"
    assert accepts(definitions, ["a"])
    assert not accepts(definitions, ["a", "b"])


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_number_without_a_fraction_is_an_integer(dialect, accepts):
    definitions, _ = read_schema(_declared(dialect, {"type": "integer"}))
    assert accepts(definitions, 1.0)
    assert not accepts(definitions, 1.5)


def test_matched_items_are_looked_at_since_2020_12_only(accepts):
    schema = {"contains": _NUMBER, "unevaluatedItems": False}
    verdicts = []
    for dialect in (_2019, _2020):
        definitions, _ = read_schema(_declared(dialect, schema))
        verdicts.append(accepts(definitions, [1]))
    assert verdicts == [False, True]


def test_a_resource_has_a_dialect_of_its_own(accepts):
    schema = {
        "$id": "http://a.example/new",
        "$defs": {
            "old": {
                "$id": "old",
                "$schema": _7.uri,
                "items": [_STRING],
                "dependentRequired": {"a": ["b"]},
            }
        },
        "$ref": "old",
    }
    definitions, report = read_schema(schema)
    assert accepts(definitions, {"a": 1})
    assert not accepts(definitions, [1])
    notes = {row.pointer: row.note for row in report.rows}
    assert notes["/$defs/old/dependentRequired"] == "no keyword of draft 7, but one since 2019-09"
