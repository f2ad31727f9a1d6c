"""Masks, costs and budgets of small schemas made at random, as `test_costs` has them."""

from __future__ import annotations

import random
from itertools import count, islice

from wfgen.errors import WfgenError

_LETTERS = b"abc0128.-"
_KEYS = ["a", "b", "ab", "c"]
_SCALARS = [None, True, False, 0, 1, 2, 1.5, "", "a", "b", "ab"]
_KEY_PATTERNS = ["^[ab]$", "^[ab]{2}$", "^a", "^c[ab]?$"]
_PATTERNS = ["^[ab]$", "^[ab]{2}$", "^(a|ab|ba)$", "^a*b?$", "^a{1,3}$"]


class Maker:
    """Makes small schemas, most of which have documents."""

    def __init__(self, rng):
        self.rng = rng
        self._depth = 2

    def whole(self):
        kinds = [self._object, self._object, self._array, self._either]
        root = self.rng.choice(kinds)() | self._sometimes(0.3, self._logic)
        either = {"anyOf": [{"type": "null"}, self._inner()]}
        return {"$defs": {"r": either}, "allOf": [root]}

    def _sometimes(self, chance, make):
        return make() if self.rng.random() < chance else {}

    def _inner(self):
        self._depth -= 1
        kind = self.rng.choice([self._object, self._object, self._array, self._either])
        is_flat = self._depth < 0 or self.rng.random() < 0.35
        found = self._scalar() if is_flat else kind() | self._sometimes(0.25, self._logic)
        self._depth += 1
        return found

    def _scalar(self):
        rng = self.rng
        number = {"minimum": rng.choice([-1, 0, 8, 9.5]), "maximum": rng.choice([9.5, 11, 12])}
        return rng.choice([
            {"enum": rng.sample(_SCALARS, rng.randint(1, 4))},
            {"const": rng.choice(_SCALARS)},
            {"type": rng.choice(["boolean", "null", ["string", "null"]])},
            {"type": rng.choice(["integer", "number"]), **number},
            {"type": "string", "minLength": rng.randint(0, 2), "maxLength": rng.randint(2, 3)},
            {"type": "string", "pattern": rng.choice(_PATTERNS)},
            {"$ref": "#/$defs/r"},
        ])  # fmt: skip

    def _object(self):
        rng, some = self.rng, self._sometimes
        names = rng.sample(_KEYS, rng.randint(1, 3))
        return {
            "type": "object",
            **some(0.75, lambda: {"properties": {name: self._inner() for name in names}}),
            **some(0.4, lambda: {"required": rng.sample(_KEYS, rng.randint(1, 2))}),
            **some(0.4, lambda: {"minProperties": rng.randint(1, 4)}),
            **some(0.3, lambda: {"maxProperties": rng.randint(2, 4)}),
            **some(0.35, lambda: {"patternProperties": {rng.choice(_KEY_PATTERNS): self._inner()}}),
            **some(0.4, lambda: {"additionalProperties": False}),
            **some(0.2, lambda: {"additionalProperties": self._inner()}),
            **some(0.1, lambda: {"propertyNames": {"enum": ["a", "b", "ba"]}}),
            **some(0.1, lambda: {"propertyNames": {"pattern": "^[ab]{1,2}$"}}),
            **some(0.2, lambda: {"dependentRequired": {rng.choice(_KEYS): [rng.choice(_KEYS)]}}),
        }

    def _array(self):
        rng, some = self.rng, self._sometimes
        return {
            "type": "array",
            **some(0.8, lambda: {"items": self._inner()}),
            **some(0.25, lambda: {"prefixItems": [self._inner()]}),
            **some(0.5, lambda: {"minItems": rng.randint(1, 3)}),
            **some(0.4, lambda: {"maxItems": rng.randint(2, 4)}),
            **some(0.35, lambda: {"uniqueItems": True}),
            **some(0.3, lambda: {"contains": self._inner(), **self._counts()}),
        }

    def _counts(self):
        least = self._sometimes(0.5, lambda: {"minContains": self.rng.randint(0, 2)})
        return least | self._sometimes(0.4, lambda: {"maxContains": self.rng.randint(1, 2)})

    def _either(self):
        branches = [self._inner() for _ in range(self.rng.randint(2, 3))]
        return {self.rng.choice(["anyOf", "oneOf"]): branches}

    def _logic(self):
        return self.rng.choice([
            lambda: {"not": self._inner()},
            lambda: {"if": self._inner(), "then": self._inner(), "else": self._inner()},
            self._either,
        ])()  # fmt: skip


def subjects(trial):
    """Those that have documents and can be done exactly, without end."""
    for seed in count():
        rng = random.Random(seed)
        schema = Maker(rng).whole()
        try:
            yield trial.learned(schema, _LETTERS, rng, rng.choice([0, 5, 15])), rng
        except WfgenError as error:
            assert str(error)


def test_each_state_is_as_trying_finds_it(trial, is_deep):
    number = 1_500 if is_deep else 16
    chosen = islice(subjects(trial), number)
    assert sum(subject.check_walks(rng, 6) for subject, rng in chosen) > 0.3 * number
