"""Masks, costs and budgets of small grammars, each state against symbols taken one by one."""

from __future__ import annotations

import random

import pytest

_7 = "http://json-schema.org/draft-07/schema#"
_CLOSED = {"type": "object", "additionalProperties": False}
_NUMERIC = b"0123456789.e+-"


def _array(**keywords):
    return {"type": "array", **keywords}


# Each with the bytes that matter in it, the others being like one of these.
GRAMMARS = {
    "listed": ({"enum": ["a", "ab", 1, 1.5, None, True, [1, "a"], {"a": {"b": 1}}]}, b"ab15.e0"),
    # objects
    "required": (
        {
            **_CLOSED,
            "properties": {"a": {"enum": ["x", "y"]}, "b": {"type": "boolean"}, "c": {"const": 1}},
            "required": ["a", "b"],
        },
        b"1.0",
    ),
    "some of the named": (
        {**_CLOSED, "properties": {k: {"enum": [1, "x"]} for k in "abc"}, "minProperties": 2},
        b"1.0",
    ),
    "few of the named": (
        {"properties": {k: {"type": "boolean"} for k in "abcd"}, "required": ["d"]}
        | {"type": "object", "maxProperties": 2},
        b"ab",
    ),
    "keys in bytes": (
        {"type": "object", "additionalProperties": {"type": "null"}, "minProperties": 3},
        b"ab",
    ),
    "keys that run out": (
        {
            **_CLOSED,
            "properties": {"b": {"type": "null"}, "d": {"enum": [1, 2, True]}},
            "patternProperties": {"^[ac]$": {"type": "null"}},
            "minProperties": 3,
        },
        b"ac12.0",
    ),
    "keys of two letters that run out": (
        {
            **_CLOSED,
            "patternProperties": {"^[ab]$": {"type": "null"}, "^[ab]{2}$": {"type": "boolean"}},
            "minProperties": 4,
        },
        b"ab",
    ),
    "names of keys": (
        {"type": "object", "propertyNames": {"enum": ["a", "ab", "b"]}, "minProperties": 2}
        | {"additionalProperties": {"type": "integer", "minimum": 0, "maximum": 11}},
        b"ab01.-",
    ),
    "named and in bytes": (
        {
            **_CLOSED,
            "properties": {"ab": {"type": "string", "minLength": 2}},
            "patternProperties": {"^a": {"type": ["string", "null"]}},
            "minProperties": 2,
        },
        b"abc",
    ),
    "one key needs another": (
        {**_CLOSED, "properties": {k: {"enum": [True, "x"]} for k in "abc"}, "minProperties": 1}
        | {"dependentRequired": {"a": ["b"], "b": ["c"]}},
        b"a",
    ),
    "not all of them": (
        {**_CLOSED, "properties": {k: {"type": "boolean"} for k in "abc"}, "minProperties": 2}
        | {"not": {"required": ["a", "b"]}},
        b"a",
    ),
    "not one value": (
        {"type": "object", "properties": {"a": {"type": ["string", "null", "boolean"]}}}
        | {"not": {"properties": {"a": {"type": "string"}}}, "maxProperties": 2},
        b"ab",
    ),
    "one of two": (
        {
            **_CLOSED,
            "oneOf": [{"required": ["run"]}, {"required": ["uses"]}],
            "properties": {
                "run": {"type": "string"},
                "uses": {"enum": ["x", "y"]},
                "with": {"type": "object", "additionalProperties": {"type": "null"}},
            },
        },
        b"ab",
    ),
    "a kind known late": (
        {
            **_CLOSED,
            "properties": {"t": {"type": "string"}, "v": {"type": ["string", "number"]}},
            "required": ["t", "v"],
            "oneOf": [
                {"properties": {"t": {"const": "s"}, "v": {"type": "string"}}},
                {"properties": {"t": {"const": "n"}, "v": {"type": "number"}}},
            ],
        },
        b"ab01.e",
    ),
    "if": (
        {
            **_CLOSED,
            "properties": {
                "k": {"enum": ["x", "y"]},
                "n": {"type": "integer", "minimum": 10, "maximum": 20},
                "m": {"type": "string", "minLength": 1},
            },
            "if": {"properties": {"k": {"const": "x"}}, "required": ["k"]},
            "then": {"required": ["n"]},
            "else": {"required": ["m"]},
        },
        b"0129.ab",
    ),
    # arrays
    "places": (
        _array(
            prefixItems=[{"const": "a"}, {"enum": ["x", "y"]}, {"type": "integer", "minimum": 0}],
            items=False,
            minItems=2,
        ),
        b"019.-",
    ),
    "contains": (
        _array(contains={"const": "b"}, items={"enum": ["a", "b", 1]}, minItems=2),
        b"1.0",
    ),
    "contains two": (
        _array(contains={"minimum": 2}, minContains=2, maxContains=2, minItems=3)
        | {"items": {"enum": [1, 2, 3, "a"]}},
        b"123.0e",
    ),
    "if it contains": (
        _array(items={"enum": [1, 2, "a"]}, **{"if": {"contains": {"const": 1}}})
        | {"$schema": _7, "then": {"minItems": 3}, "else": {"minItems": 1}},
        b"12.0",
    ),
    "unique": (
        _array(items={"enum": ["a", "b", "ab", 1, 2]}, uniqueItems=True, minItems=3),
        b"12.0",
    ),
    "unique numbers": (
        _array(items={"type": "integer", "minimum": 8, "maximum": 11}, minItems=3)
        | {"uniqueItems": True},
        b"8910.",
    ),
    "unique texts": (_array(items={"type": "string"}, uniqueItems=True, minItems=3), b"ab"),
    "unique texts that run out": (
        _array(items={"type": "string", "pattern": "^[ab]{0,2}$"}, uniqueItems=True, minItems=4),
        b"ab",
    ),
    "unique, and contains": (
        _array(contains={"minimum": 3}, items={"enum": [1, 2, 3, 4]}, uniqueItems=True, minItems=3),
        b"1234.0",
    ),
    "arrays in arrays": (
        _array(items=_array(items={"enum": [1, 2]}, minItems=1, maxItems=2), minItems=2),
        b"12.0",
    ),
    # recursion
    "tree": (
        {
            **_CLOSED,
            "required": ["v"],
            "properties": {"v": {"type": "boolean"}, "l": {"$ref": "#"}, "r": {"$ref": "#"}},
        },
        b"",
    ),
    "list": ({"type": ["array", "null"], "items": {"$ref": "#"}, "maxItems": 2}, b""),
    "two branches at least": (
        {"anyOf": [{"enum": [1, "a"]}, _array(items={"$ref": "#"}, minItems=2)]},
        b"1.0",
    ),
    # scalars
    "any of": (
        {
            "anyOf": [
                {"type": "string", "minLength": 2, "maxLength": 3},
                _array(items={"type": "boolean"}, minItems=1),
                {"const": "a"},
            ]
        },
        b"abc",
    ),
    "length": ({"type": "string", "minLength": 3}, b"ab"),
    "pattern": ({"type": "string", "pattern": "^(ab|ba){1,3}c?$"}, b"abc"),
    "bounds": ({"type": "number", "minimum": 9.5, "exclusiveMaximum": 12}, _NUMERIC),
    "multiples": (
        {"type": "integer", "multipleOf": 7, "minimum": 13, "maximum": 36},
        _NUMERIC,
    ),
    "halves": ({"type": "number", "multipleOf": 0.5, "minimum": -1, "maximum": 2}, _NUMERIC),
    "anything": ({}, b"a0."),
}  # fmt: skip


@pytest.mark.parametrize("merges", [0, 12], ids=["bare", "merged"])
@pytest.mark.parametrize("name", GRAMMARS)
def test_each_state_is_as_trying_finds_it(name, merges, trial, is_deep):
    schema, letters = GRAMMARS[name]
    rng = random.Random(f"{name}{merges}")
    subject = trial.learned(schema, letters, rng, merges)
    assert subject.check_walks(rng, 200 if is_deep else 12) > 0.3
