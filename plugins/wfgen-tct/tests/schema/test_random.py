"""Random schemas and values, against the verdicts of another validator."""

import jsonschema_rs
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from wfgen_tct.errors import GrammarLimitError
from wfgen_tct.schema.dialects import DIALECTS, Dialect
from wfgen_tct.schema.reading import read_schema
from wfgen_tct.schema.report import UnsupportedSchemaError

_names = st.sampled_from(["a", "b", "ab", "c"])
_scalars = st.sampled_from([None, True, False, 0, 1, 2, -1, 1.5, 0.1, "", "a", "b", "ab", "aa"])
_values = st.recursive(
    _scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(_names, inner, min_size=1, max_size=3)
    ),
    max_leaves=8,
)
_types = st.sampled_from(["null", "boolean", "number", "string", "array", "object"])
_counts = st.integers(0, 3)
_numbers = st.sampled_from([0, 1, 1.5, 2])


def _one(name, values):
    return st.fixed_dictionaries({name: values})


def _flat(dialect):
    yield _one("type", _types | st.lists(_types, min_size=1, max_size=2, unique=True))
    yield _one("enum", st.lists(_values, min_size=1, max_size=3, unique_by=repr))
    yield _one("required", st.lists(_names, min_size=1, max_size=2, unique=True))
    yield _one("pattern", st.sampled_from(["a", "^b", "b$", "^a+$"]))
    yield _one("uniqueItems", st.booleans())
    yield _one("multipleOf", st.sampled_from([1, 2, 0.5, 0.1]))
    for kind in ("Length", "Items", "Properties"):
        yield _one(f"min{kind}", _counts)
        yield _one(f"max{kind}", _counts)
    yield _one("maximum", _numbers)
    yield _one("$ref", st.sampled_from(["#/definitions/x", "#/definitions/y"]))
    if dialect == Dialect.DRAFT4:
        yield st.fixed_dictionaries({"minimum": _numbers, "exclusiveMinimum": st.booleans()})
    else:
        yield _one("const", _values)
        yield _one("exclusiveMinimum", _numbers)
    if dialect >= Dialect.DRAFT2019_09:
        yield _one("dependentRequired", st.dictionaries(_names, st.just(["a"]), min_size=1))


def _nested(dialect, inner):
    some = st.lists(inner, min_size=1, max_size=2)
    mapped = st.dictionaries(_names, inner, min_size=1, max_size=2)
    for name in ("allOf", "anyOf", "oneOf"):
        yield _one(name, some)
    for name in ("not", "items", "additionalProperties"):
        yield _one(name, inner)
    yield _one("properties", mapped)
    yield _one("patternProperties", st.dictionaries(st.sampled_from(["a", "^b"]), inner))
    yield _one("dependencies", st.dictionaries(_names, inner | st.just(["a"]), min_size=1))
    if dialect <= Dialect.DRAFT2019_09:
        yield st.fixed_dictionaries({"items": some}, optional={"additionalItems": inner})
    else:
        yield _one("prefixItems", some)
        yield st.fixed_dictionaries({"contains": inner, "minContains": _counts})
    if dialect >= Dialect.DRAFT6:
        yield _one("propertyNames", inner)
    if dialect in (Dialect.DRAFT6, Dialect.DRAFT7):  # see the test of matched items elsewhere
        yield _one("contains", inner)
    if dialect >= Dialect.DRAFT7:
        yield st.fixed_dictionaries({"if": inner}, optional={"then": inner, "else": inner})
    if dialect >= Dialect.DRAFT2019_09:
        yield _one("dependentSchemas", mapped)
        yield _one("unevaluatedProperties", inner)
        yield _one("unevaluatedItems", inner)


def _merged(dialect, inner):
    keywords = [*_flat(dialect), *(_nested(dialect, inner) if inner is not None else ())]
    parts = st.lists(st.one_of(keywords), max_size=4)
    return parts.map(lambda found: {key: part[key] for part in found for key in part})


def _schemas(dialect):
    leaf = _merged(dialect, None)
    if dialect > Dialect.DRAFT4:
        leaf |= st.booleans()
    return st.recursive(leaf, lambda inner: _merged(dialect, inner), max_leaves=10)


@st.composite
def _documents(draw):
    dialect = draw(st.sampled_from(DIALECTS))
    schemas = _schemas(dialect)
    x, y, root = draw(schemas), draw(schemas), draw(schemas)
    uri = dialect.uri + ("#" if dialect <= Dialect.DRAFT7 else "")
    whole = [root] if isinstance(root, dict) else [{"items": root}]
    return {"$schema": uri, "definitions": {"x": x, "y": y}, "allOf": whole}


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(schema=_documents(), values=st.lists(_values, min_size=4, max_size=12))
def test_verdicts_are_those_of_another_validator(schema, values, accepts):
    try:
        definitions, _ = read_schema(schema)
    except (UnsupportedSchemaError, GrammarLimitError):
        assume(False)
    other = jsonschema_rs.validator_for(schema, validate_formats=False)
    ours = [accepts(definitions, value) for value in values]
    assert ours == [other.is_valid(value) for value in values]
