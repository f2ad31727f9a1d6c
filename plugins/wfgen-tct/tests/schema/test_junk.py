"""Whatever is given as a schema is read, or refused with an error that says why."""

import json
import time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wfgen.errors import WfgenError
from wfgen_tct.errors import GrammarLimitError, SchemaError
from wfgen_tct.formulas import Same, leaves
from wfgen_tct.schema.dialects import DIALECTS
from wfgen_tct.schema.keywords import KEYWORDS
from wfgen_tct.schema.reading import read_schema

_names = st.sampled_from(sorted({name for table in KEYWORDS.values() for name in table}))
_keys = _names | st.sampled_from(["a", "b", "/", "~", "\ud800", "title"])
_references = st.sampled_from(
    ["", "#", "#/", "#a", "#/a", "#/allOf/0", "#/allOf/00", "#/definitions/a", "#/properties"]
) | st.sampled_from(["#/enum/0", "#%ff", "urn:a:b", "http://x/y#z", "../a/./b", "//", "?", "a#b"])
_numbers = (
    st.sampled_from([0, 1, 2.0, -1, 1.5, float("nan"), float("inf")])
    | st.sampled_from(["1e999999999", "1e-999999999", "NaN", "1e40"]).map(Decimal)
    | st.just(5_000).map(lambda size: 10**size)  # too long for Python to show
)
_scalars = (
    st.none()
    | st.booleans()
    | _numbers
    | _references
    | st.sampled_from(["object", "integer", "^a", "[", "\ud800", *(d.uri for d in DIALECTS)])
    | st.sampled_from([(), frozenset(), b"a", {1: {}}])
)
_junk = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=4),
    max_leaves=25,
)
_schemas = st.tuples(st.sampled_from(DIALECTS), st.dictionaries(_keys, _junk, max_size=5)).map(
    lambda drawn: {**drawn[1], "$schema": drawn[0].uri}
)


def _check(definitions, report):
    pointers = [schema.pointer for schema in definitions.schemas]
    rows = [row.pointer for row in report.rows]
    assert len(set(pointers)) == len(pointers)
    assert len(set(rows)) == len(rows)
    assert set(report.sources.values()) <= set(rows)
    assert report.as_text()
    _check_order(definitions)


def _check_order(definitions):
    """All that a schema says of the same value can be put in an order."""
    below = [
        {leaf.schema for leaf in leaves(schema.formula) if isinstance(leaf, Same)}
        for schema in definitions.schemas
    ]
    left = set(range(len(below)))
    while left:
        done = {index for index in left if not below[index] & left}
        assert done
        left -= done


@settings(deadline=None)
@given(_schemas | _junk, st.booleans())
def test_junk_is_read_or_refused(schema, allow_approximate):
    try:
        definitions, report = read_schema(schema, allow_approximate=allow_approximate)
    except WfgenError as error:
        assert str(error)
    else:
        assert allow_approximate or not report.unsupported
        _check(definitions, report)


@settings(deadline=None)
@given(st.text() | st.binary())
def test_texts_are_read_or_refused(text):
    try:
        read_schema(text)
    except SchemaError as error:
        assert str(error)


def test_a_cyclic_dict_is_too_deep():
    schema = {}
    schema["properties"] = {"a": schema, "b": schema}
    with pytest.raises(GrammarLimitError, match="deeper"):
        read_schema(schema)


def test_a_cyclic_value_is_too_deep():
    value = []
    value += [value, value]
    with pytest.raises(GrammarLimitError, match="deeper"):
        read_schema({"const": value})


def _chain(size, link):
    chain = {f"d{i}": link(f"#/definitions/d{i + 1}") for i in range(size)}
    return {"definitions": {**chain, f"d{size}": {}}, "$ref": "#/definitions/d0"}


_HARD = {
    "a chain of references": lambda: _chain(5_000, lambda to: {"$ref": to}),
    "a chain with leftovers": lambda: _chain(
        2_000, lambda to: {"$ref": to, "unevaluatedProperties": False}
    ),
    "two ways at each step": lambda: {
        **_chain(60, lambda to: {"anyOf": [{"$ref": to}, {"$ref": to}]}),
        "unevaluatedProperties": False,
    },
    "leftovers of many": lambda: {
        "anyOf": [{"properties": {f"a{i}": {}}} for i in range(50)],
        "unevaluatedItems": False,
        "unevaluatedProperties": False,
    },
    "wide": lambda: {"properties": {f"a{i}": {"type": "string"} for i in range(20_000)}},
    "long keys": lambda: {"properties": {"a" * 10_000: _chain(3_000, lambda to: {"$ref": to})}},
    "a ring": lambda: {"allOf": [_chain(2_000, lambda to: {"$ref": to}), {"$ref": "#"}]},
    "a long enum": lambda: {"enum": [[i, {"a": i}] for i in range(10_000)]},
    "many wrong references": lambda: {
        "definitions": {f"d{i}": {"$ref": f"#/definitions/e{i}"} for i in range(1_000)}
    },
}


@pytest.mark.parametrize("name", _HARD)
def test_no_schema_takes_long(name):
    start = time.perf_counter()
    try:
        read_schema(_HARD[name]())
    except SchemaError as error:
        assert str(error)
    assert time.perf_counter() - start < 30


def test_a_deep_text_is_too_deep():
    text = '{"not":' * 100_000 + "{}" + "}" * 100_000
    with pytest.raises(GrammarLimitError, match="nested deeper"):
        read_schema(text)


def test_a_text_loses_no_digit():
    text = json.dumps({"maximum": 0}).replace("0", "0.1000000000000000000000000000000000000001")
    definitions, _ = read_schema(text)
    (leaf,) = leaves(definitions.schemas[0].formula)
    assert leaf.bound == Decimal("0.1000000000000000000000000000000000000001")
