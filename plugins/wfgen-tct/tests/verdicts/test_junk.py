"""Whatever is given as a schema compiles, or is refused with an error that says why."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfgen.errors import WfgenError
from wfgen_tct import compile_schema
from wfgen_tct.schema.dialects import DIALECTS
from wfgen_tct.schema.keywords import KEYWORDS

_names = st.sampled_from(sorted({name for table in KEYWORDS.values() for name in table}))
_keys = _names | st.sampled_from(["a", "b", "/", "~"])
_scalars = (
    st.none()
    | st.booleans()
    | st.sampled_from([0, 1, 2, 3, -1, 1.5, 0.1, 1e300, 10**40])
    | st.sampled_from(["", "#", "#/definitions/a", "#/properties/a", "a", "^a", "[", "(a|b)*"])
    | st.sampled_from(["object", "array", "string", "integer", "number", "null"])
)
_junk = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=4),
    max_leaves=25,
)
_schemas = st.tuples(st.sampled_from(DIALECTS), st.dictionaries(_keys, _junk, max_size=5)).map(
    lambda drawn: {**drawn[1], "$schema": drawn[0].uri}
)


@given(_schemas | _junk, st.booleans())
def test_junk_compiles_or_is_refused(schema, allow_approximate):
    try:
        grammar = compile_schema(schema, allow_approximate=allow_approximate)
    except WfgenError as error:
        assert str(error)
    else:
        assert not grammar.report.unsupported


def _object(number, inner):
    return {"properties": {f"a{at}": inner for at in range(number)}, "additionalProperties": False}


_HARD = {
    "many that must be there": lambda: {"required": [f"a{at}" for at in range(3_000)]},
    "many branches": lambda: {
        "anyOf": [{"required": [f"a{at}"], "maxProperties": 3} for at in range(40)]
    },
    "many of which one": lambda: {"oneOf": [{"required": [f"a{at}"]} for at in range(30)]},
    "many conditions": lambda: {
        "allOf": [
            {"if": {"required": [f"a{at}"]}, "then": {"required": [f"b{at}"]}} for at in range(40)
        ]
    },
    "many to contain": lambda: {"allOf": [{"contains": {"const": at}} for at in range(12)]},
    "many to contain in little room": lambda: {
        "allOf": [{"contains": {"minimum": at}, "maxItems": 11} for at in range(12)]
    },
    "much to contain": lambda: {"contains": {"const": 1}, "minContains": 500, "maxItems": 499},
    "a long array": lambda: {"type": "array", "minItems": 100_000, "items": {"const": 1}},
    "long and unique": lambda: {"uniqueItems": True, "minItems": 200, "items": {"maximum": 1e9}},
    "too long for unique": lambda: {
        "type": "array",
        "uniqueItems": True,
        "minItems": 200,
        "items": {"type": "integer", "minimum": 0, "maximum": 150},
    },
    "many keys of few": lambda: {
        "type": "object",
        "minProperties": 200,
        "propertyNames": {"pattern": "^[a-j]{1,2}$"},
    },
    "a long string": lambda: {"type": "string", "minLength": 50_000, "maxLength": 60_000},
    "deep": lambda: _nested(200),
    "no end": lambda: {"type": "array", "minItems": 1, "items": {"$ref": "#"}},
    "wide": lambda: _object(5_000, {"type": "string"}),
    "patterns at once": lambda: {
        "type": "string",
        "allOf": [{"pattern": f"(a|b)*a(a|b){{{at}}}"} for at in range(8)],
    },
}


def _nested(depth):
    schema = {"type": "string"}
    for _ in range(depth):
        schema = {"properties": {"a": schema}, "required": ["a"], "type": "object"}
    return schema


@pytest.mark.parametrize("name", _HARD)
def test_hard_schemas_compile_or_are_refused(name):
    try:
        compile_schema(_HARD[name]())
    except WfgenError as error:
        assert str(error)
