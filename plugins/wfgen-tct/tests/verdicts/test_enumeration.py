"""Small schemas on all documents of a small world, against another validator, and by random walks.

The validator's set equals the grammar's; each step of an accepted document is among the choices;
from each state that a walk comes to some choice leads on, and what a walk writes is valid.
"""

import random

import pytest

from wfgen.errors import WfgenError
from wfgen_tct import UnsatisfiableSchemaError, UnsupportedSchemaError

_7 = "http://json-schema.org/draft-07/schema#"
_2019 = "https://json-schema.org/draft/2019-09/schema"
_2020 = "https://json-schema.org/draft/2020-12/schema"

_ENUM = {"enum": [1, "a", None, 1.5, [1.0], {"a": [True]}]}
_TREE = {"properties": {"a": {"$ref": "#"}, "b": {"type": "integer"}}, "type": "object"}

# By hand, each for what is hard about it; a list is of draft 2020-12 where it says prefixItems.
_HARD = [
    # properties, negated and mixed
    {"not": {"properties": {"a": {"type": "string"}}}},
    {"not": {"properties": {"a": {"const": 1}, "b": {"const": 2}}}},
    {"not": {"required": ["a"], "properties": {"b": {"type": "null"}}}, "type": "object"},
    {"not": {"patternProperties": {"^a": {"type": "string"}}}},
    {"not": {"additionalProperties": {"type": "string"}, "properties": {"a": {}}}},
    {"not": {"propertyNames": {"maxLength": 1}}},
    {"not": {"not": {"not": {"minProperties": 2}}}, "type": "object"},
    {"properties": {"a": False, "b": {"not": {}}}, "minProperties": 1},
    {"patternProperties": {"^a": {"type": "string"}, "b$": {"maxLength": 1}}, "type": "object"},
    {"patternProperties": {"^a": {}}, "additionalProperties": False, "minProperties": 2},
    {"properties": {"ab": {"minLength": 1}}, "patternProperties": {"a": {"type": "string"}}},
    {"properties": {"a": {"type": "integer"}}, "additionalProperties": {"type": "string"}},
    {"propertyNames": {"enum": ["a", "ab"]}, "minProperties": 2},
    {"propertyNames": {"enum": ["a", "ab"]}, "minProperties": 1, "not": {"required": ["a"]}},
    {"propertyNames": {"pattern": "^[ab]{1,2}$"}, "minProperties": 5, "type": "object"},
    {"propertyNames": {"pattern": "^[ab]$"}, "minProperties": 2, "type": "object"},
    {"propertyNames": {"pattern": "^[ab]$"}, "required": ["a"], "maxProperties": 2},
    {"propertyNames": {"maxLength": 0}, "type": "object"},
    {"propertyNames": {"not": {"const": "a"}}, "maxProperties": 1},
    {"minProperties": 2, "maxProperties": 2, "required": ["a"], "type": "object"},
    {"minProperties": 1, "maxProperties": 3, "additionalProperties": {"enum": [1, "a"]}},
    {"dependencies": {"a": ["b"], "b": ["c"]}, "type": "object"},
    {"dependencies": {"a": {"required": ["b"], "properties": {"b": {"const": 1}}}}},
    {"dependencies": {"a": ["b"], "b": ["a"]}, "maxProperties": 1, "type": "object"},
    # branches
    {"oneOf": [{"required": ["a"]}, {"required": ["b"]}], "type": "object"},
    {"oneOf": [{"required": ["a"]}, {"required": ["b"]}, {"required": ["a", "b"]}]},
    {"oneOf": [{"type": "integer"}, {"minimum": 2}]},
    {"oneOf": [{"properties": {"a": {"const": 1}}}, {"properties": {"a": {"type": "integer"}}}]},
    {"oneOf": [_ENUM, {"type": "string"}, {"type": "array", "maxItems": 1}]},
    {"oneOf": [{"minProperties": 1}, {"maxProperties": 1}], "type": "object"},
    {"oneOf": [{"items": {"type": "string"}}, {"items": {"maxLength": 1}}], "type": "array"},
    {"oneOf": [{"multipleOf": 2}, {"multipleOf": 3}], "type": "number"},
    {"anyOf": [{"required": ["a"]}, {"properties": {"b": False}}], "type": "object"},
    {"anyOf": [_TREE, {"type": "array", "items": {"$ref": "#"}}], "properties": {}},
    {"allOf": [{"anyOf": [{"type": "string"}, {"minimum": 1}]}, {"not": {"const": "a"}}]},
    {"if": {"required": ["a"]}, "then": {"required": ["b"]}, "else": {"maxProperties": 1}},
    {"if": {"properties": {"a": {"const": 1}}}, "then": {"required": ["b"]}, "type": "object"},
    {"if": {"contains": {"const": 1}}, "then": {"minItems": 2}, "else": {"maxItems": 1}},
    {"if": {"type": "string"}, "then": {"minLength": 2}, "else": {"enum": [1, 2.0, [], {}]}},
    # listed values
    _ENUM,
    {"const": 1.0},
    {"const": {"a": {"b": [1, "a"]}}},
    {"enum": [1, 1.5, "1", [1], [1.5], {"a": 1}, {"a": 1, "b": 2}], "not": {"const": 1}},
    {"not": {"enum": [1, "a", [], {}, {"a": 1}, [1]]}},
    {"not": {"const": ["a", {"a": "b"}]}, "type": ["array", "object"]},
    {"enum": ["a", "ab", "abc", ""], "minLength": 1, "maxLength": 2},
    {"anyOf": [{"enum": ["a", "b"]}, {"type": "string", "minLength": 2}]},
    {"enum": ["a"], "type": ["string", "null"], "pattern": "^a"},
    # strings and numbers
    {"type": "string", "minLength": 1, "maxLength": 2, "pattern": "^a|b$"},
    {"type": "string", "pattern": "^(a|b)*$", "not": {"pattern": "^a"}},
    {"type": "string", "not": {"enum": ["", "a", "b"]}, "maxLength": 1},
    {"type": "string", "allOf": [{"pattern": "a"}, {"pattern": "b"}, {"maxLength": 2}]},
    {"type": "number", "multipleOf": 0.5, "minimum": -1, "exclusiveMaximum": 2},
    {"type": "integer", "minimum": 0, "maximum": 2},
    {"type": "number", "not": {"multipleOf": 0.5}},
    {"type": "number", "not": {"type": "integer"}, "minimum": 0, "maximum": 2},
    # arrays
    {"items": [{"type": "string"}, {"type": "integer"}], "additionalItems": False},
    {"items": [{"const": "a"}, {"const": 1}], "additionalItems": {"type": "null"}, "minItems": 1},
    {"items": {"type": "string"}, "minItems": 2, "maxItems": 2},
    {"not": {"items": {"type": "string"}}, "type": "array", "maxItems": 2},
    {"not": {"items": [{"const": 1}, {"const": 2}]}, "type": "array", "maxItems": 2},
    {"contains": {"const": 1}, "maxItems": 2},
    {"not": {"contains": {"type": "integer"}}, "type": "array", "minItems": 1},
    {"allOf": [{"contains": {"const": c}} for c in (1, "a", None)], "maxItems": 3},
    {"allOf": [{"contains": {"const": 1}}, {"contains": {"type": "integer"}}], "maxItems": 1},
    {"items": [{"items": [{"const": 1}], "minItems": 1}], "minItems": 1, "type": "array"},
    # unique items
    {"uniqueItems": True, "items": {"enum": [1, 2, "a"]}, "minItems": 3},
    {"uniqueItems": True, "items": {"enum": [1, 1.5]}, "type": "array", "contains": {"const": 1}},
    {"uniqueItems": True, "items": {"type": "boolean"}, "minItems": 2},
    {"uniqueItems": True, "items": {"type": "integer", "minimum": 0, "maximum": 2}, "minItems": 3},
    {"uniqueItems": True, "items": {"pattern": "^[ab]?$", "type": "string"}, "minItems": 2},
    {"uniqueItems": True, "type": "array", "items": [{"enum": [1, 2]}, {"enum": [1]}]},
    {"uniqueItems": True, "minItems": 2, "not": {"items": [{}, {"not": {"const": 1}}]}},
    {"uniqueItems": True, "minItems": 2, "items": [{"type": "boolean"}, {"const": True}]},
    {"uniqueItems": True, "items": {"type": "array", "items": {"type": "integer"}}},
    {"uniqueItems": True, "items": {"type": "object", "minProperties": 1}},
    {"uniqueItems": True, "items": {"type": ["number", "string"]}, "type": "array"},
    {"anyOf": [{"uniqueItems": True}, {"maxItems": 2}], "items": {"enum": [1, 2]}},
    {"anyOf": [{"uniqueItems": True}, {"contains": {"const": 1}}], "items": {"enum": [1, 2, 3]}},
    {"not": {"uniqueItems": True}, "items": {"enum": [1, 2, "a"]}, "type": "array"},
    {"not": {"uniqueItems": True, "minItems": 1}, "items": {"type": "string"}, "type": "array"},
    {"oneOf": [{"uniqueItems": True}, {"items": {"type": "string"}}], "type": "array"},
    # recursion
    _TREE,
    {"type": "object", "properties": {"a": {"$ref": "#"}}, "additionalProperties": False},
    {"type": ["array", "null"], "items": {"$ref": "#"}},
    {"type": "array", "items": {"$ref": "#"}, "uniqueItems": True},
    {"properties": {"a": {"not": {"$ref": "#"}}}, "type": "object", "maxProperties": 1},
    {"anyOf": [{"type": "integer"}, {"type": "array", "items": {"$ref": "#"}, "minItems": 1}]},
    {"oneOf": [{"const": "a"}, {"required": ["a"], "properties": {"a": {"$ref": "#"}}}]},
]

_NEW = [
    {"prefixItems": [{"type": "string"}], "items": {"type": "integer"}, "minItems": 1},
    {"prefixItems": [{"const": 1}, {"const": 2}], "items": False, "type": "array"},
    {"contains": {"type": "string"}, "minContains": 2, "maxContains": 2, "maxItems": 3},
    {"contains": {"const": 1}, "minContains": 0, "maxContains": 1, "type": "array"},
    {"contains": {"type": "integer"}, "maxContains": 1, "items": {"enum": [1, 2, "a"]}},
    {"not": {"contains": {"const": 1}, "minContains": 2}, "type": "array", "maxItems": 3},
    {
        "allOf": [
            {"contains": {"type": "integer"}, "maxContains": 1},
            {"contains": {"minimum": 2}, "maxContains": 2},
        ],
        "minItems": 3,
        "items": {"type": ["integer", "string"]},
    },
    {
        "items": {"enum": [1, 2, 3, 4]},
        "uniqueItems": True,
        "minItems": 4,
        "contains": {"minimum": 3},
        "maxContains": 2,
    },
    {"contains": {"type": "string"}, "minContains": 10, "maxItems": 9, "minItems": 0},
    {"anyOf": [{"properties": {"a": {}}, "required": ["b"]}, {"properties": {"c": {}}}]}
    | {"unevaluatedProperties": {"type": "string"}},
    {"prefixItems": [{}], "contains": {"const": "a"}, "unevaluatedItems": {"type": "integer"}},
    {"dependentSchemas": {"a": {"maxProperties": 2}}, "dependentRequired": {"b": ["a"]}},
]

_PARAMS = [pytest.param({"$schema": _7, **each}, id=f"7-{n}") for n, each in enumerate(_HARD)]
_PARAMS += [
    pytest.param({"$schema": uri, **each}, id=f"{uri[-13:-7]}-{n}")
    for n, each in enumerate(_NEW)
    for uri in (_2020, _2019)
    if uri == _2020 or not {"prefixItems"} & set(each)
]


def _try(  # noqa: PLR0917
    schema, one, universe, rng, num_walks, size
):
    one.check(universe(schema, rng, size))
    written = {one.check_walk(rng) for _ in range(num_walks)} - {None}
    assert written


@pytest.mark.parametrize("schema", _PARAMS)
def test_hard_schemas_mean_what_they_say(schema, subject, universe, is_deep):
    rng = random.Random(1)
    num_walks, size = (100, 2_000) if is_deep else (6, 250)
    try:
        one = subject(schema)
    except UnsatisfiableSchemaError:
        assert schema.get("minContains") == 10
        return
    except UnsupportedSchemaError as error:
        # Arrays of unique arrays may run out, as there are few small ones.
        assert schema.get("items") == {"$ref": "#"}
        assert [row.keyword for row in error.report.unsupported] == ["uniqueItems"]
        return
    _try(schema, one, universe, rng, num_walks, size)


# At random --------------------------------------------------------------------------------------

_NAMES = ["a", "b", "ab", "c"]
_PATTERNS = ["a", "^b", "b$", "^a+$", "^[ab]$", "^[ab]{1,2}$", "^$", "."]
_TYPES = ["null", "boolean", "number", "integer", "string", "array", "object"]
_VALUES = [None, True, False, 0, 1, 1.5, "", "a", "b", "ab", [], [1], [1.0, "a"], {}, {"a": 1}]


class _Maker:
    """Makes schemas at random."""

    def __init__(self, rng, *, is_new):
        self.rng = rng
        self.is_new = is_new
        self._depth = 2

    def whole(self):
        rng = self.rng
        definitions = {"x": self._inner(), "y": self._inner()}
        kinds = {"type": rng.choice(["array", "object", ["array", "object"]])}
        declared = {"$schema": _2020 if self.is_new else _7, "definitions": definitions}
        return {**declared, **(kinds if rng.random() < 0.5 else {}), "allOf": [self._merged()]}

    def _merged(self):
        found = {}
        for _ in range(self.rng.choice([1, 1, 2, 2, 3])):
            makers = self._FLAT if self._depth <= 0 else self._FLAT + 2 * self._DEEP
            found |= self.rng.choice(makers)(self)
        return found

    def _inner(self):
        self._depth -= 1
        found = self.rng.random() < 0.5 if self.rng.random() < 0.06 else self._merged()
        self._depth += 1
        return found

    def _some(self, least=1, most=3):
        return [self._inner() for _ in range(self.rng.randint(least, most))]

    def _named(self, names):
        return {name: self._inner() for name in self.rng.sample(names, self.rng.randint(1, 2))}

    def _one_of(self, name, values):
        return {name: self.rng.choice(values)}

    def _type(self):
        rng = self.rng
        return {"type": rng.choice(_TYPES) if rng.random() < 0.6 else rng.sample(_TYPES, 2)}

    def _enum(self):
        return {"enum": self.rng.sample(_VALUES, self.rng.randint(1, 4))}

    def _required(self):
        return {"required": self.rng.sample(_NAMES, self.rng.randint(1, 2))}

    def _count(self):
        kind = self.rng.choice(["Length", "Items", "Properties"])
        return {f"{self.rng.choice(['min', 'max'])}{kind}": self.rng.randint(0, 3)}

    def _bound(self):
        names = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]
        return {self.rng.choice(names): self.rng.choice([0, 1, 2, 1.5, -1])}

    def _reference(self):
        return self._one_of("$ref", ["#/definitions/x", "#/definitions/y"])

    def _tuple(self):
        names = ("prefixItems", "items") if self.is_new else ("items", "additionalItems")
        found = {names[0]: self._some()}
        return {**found, names[1]: self._inner()} if self.rng.random() < 0.5 else found

    def _contains(self):
        found = {"contains": self._inner()}
        if self.is_new:
            found |= self._one_of("minContains", [0, 1, 2])
            found |= self._one_of("maxContains", [1, 2, 3])
        return found

    def _branches(self):
        return {self.rng.choice(["allOf", "anyOf", "oneOf"]): self._some()}

    def _condition(self):
        return {"if": self._inner(), "then": self._inner(), "else": self._inner()}

    def _dependencies(self):
        name = "dependentSchemas" if self.is_new else "dependencies"
        return {name: self._named(_NAMES)}

    def _left_over(self):
        kind = self.rng.choice(["Items", "Properties"])
        return {f"unevaluated{kind}": self._inner()} if self.is_new else {}

    _FLAT = (
        _type,
        _enum,
        _required,
        _count,
        _count,
        _bound,
        _reference,
        lambda self: self._one_of("const", _VALUES),
        lambda self: self._one_of("pattern", _PATTERNS),
        lambda self: self._one_of("multipleOf", [1, 2, 0.5, 0.1]),
        lambda self: self._one_of("uniqueItems", [True]),
    )
    _DEEP = (
        _tuple,
        _contains,
        _branches,
        _branches,
        _condition,
        _dependencies,
        _left_over,
        lambda self: {"properties": self._named(_NAMES)},
        lambda self: {"properties": self._named(_NAMES)},
        lambda self: {"patternProperties": self._named(_PATTERNS)},
        lambda self: {"additionalProperties": self._inner()},
        lambda self: {"propertyNames": self._inner()},
        lambda self: {"items": self._inner()},
        lambda self: {"not": self._inner()},
    )


def test_schemas_made_at_random_mean_what_they_say(subject, universe, is_deep):
    num_exact = num_valid = 0
    for seed in range(2_000 if is_deep else 120):
        rng = random.Random(seed)
        schema = _Maker(rng, is_new=seed % 2 > 0).whole()
        try:
            one = subject(schema)
        except WfgenError as error:
            assert str(error)
            continue
        num_exact += 1
        num_valid += one.check(universe(schema, rng, 1_000 if is_deep else 120))
        for _ in range(50 if is_deep else 4):
            one.check_walk(rng)
    assert num_exact > (1_500 if is_deep else 90)
    assert num_valid > 20 * num_exact
