"""Recursion up to the limit of depth: what is allowed near it, at what cost, and what it writes."""

from __future__ import annotations

import random
from math import inf

import numpy as np
import pytest

import wfgen_tct
from wfgen.errors import ConstraintError, EncodeError
from wfgen_tct.grammar.walk import MAX_DEPTH

_FLAT = {"type": "array", "minItems": 1, "maxItems": 1}
_LEAF = {**_FLAT, "items": {**_FLAT, "items": {**_FLAT, "items": {"enum": ["x", "y"]}}}}

# With the number of levels that the least of their documents has.
RECURSIVE = {
    "list": ({"type": "array", "items": {"$ref": "#"}, "maxItems": 1}, 1),
    "list or null": ({"anyOf": [{"type": "null"}, {**_FLAT, "items": {"$ref": "#"}}]}, 0),
    "deep leaves": (
        {
            "anyOf": [
                _LEAF,
                {
                    "type": "object",
                    "properties": {"a": {"$ref": "#"}, "b": {"enum": [1, "z"]}},
                    "additionalProperties": False,
                    "minProperties": 2,
                },
            ]
        },
        3,
    ),
    "two ways down": (
        {
            "type": "object",
            "required": ["a"],
            "properties": {
                "a": {"anyOf": [{"$ref": "#"}, {**_FLAT, "items": {"$ref": "#"}}, {"const": "x"}]}
            },
            "additionalProperties": False,
        },
        1,
    ),
}


def deepest(subject, rng, budget=None):
    """States on a way that takes what is furthest from the end, from near the limit on."""
    _, state = subject.tokenizer.constrain().start()
    while not state.is_accepting():
        if len(state._walk.frames) > MAX_DEPTH - 5:
            yield state.fork()
        costs = {}
        for token in subject.mask(state, budget):
            costs.setdefault(cost_behind(state, token), []).append(token)
        state.advance(rng.choice(sorted(costs[max(costs)])))


@pytest.fixture(scope="module", params=RECURSIVE)
def case(request, trial):
    schema, least = RECURSIVE[request.param]
    return trial.learned(schema, b"1.0", random.Random(1), 0), least


def test_near_the_limit_all_is_allowed_that_leads_to_an_end(case):
    subject, _ = case
    for number, state in enumerate(deepest(subject, random.Random(2))):
        walk = state._walk
        ends = {}
        for token in subject.allowed(walk):
            behind = subject.cost(subject.take(walk, token), 3 * MAX_DEPTH, most_states=2_000)
            if behind != inf:
                ends[token] = behind
        assert None not in ends.values()
        assert subject.mask(state) == set(ends)
        cost = 1 + min(ends.values())
        assert state.cost_to_finish() == cost
        for budget in (cost, cost + 1, cost + 3):
            assert subject.mask(state, budget) == {t for t, c in ends.items() if c < budget}
        for token in set(range(subject.tokenizer.vocab_size)) - set(ends):
            with pytest.raises(ConstraintError):
                state.advance(token)
        assert state.cost_to_finish() == cost
        if number > 12:
            break


def test_the_limit_is_reached_and_not_passed(case):
    subject, _ = case
    depths = {len(state._walk.frames) for state in deepest(subject, random.Random(3))}
    assert max(depths) == MAX_DEPTH


def test_what_is_too_deep_says_so(case):
    subject, least = case
    for state in deepest(subject, random.Random(4)):
        refused = set(subject.allowed(state._walk)) - subject.mask(state)
        for token in refused:
            with pytest.raises(ConstraintError, match=f"{MAX_DEPTH} levels"):
                state.advance(token)
        if refused:
            return
    assert least < 2  # else some opening is refused that could not be finished


def test_what_was_found_far_from_the_limit_does_not_count_near_it(case):
    subject, _ = case
    for state in deepest(subject, random.Random(5), budget=1_000):
        every = subject.mask(state)
        assert subject.mask(state, 1_000) == every
        for token in every:
            fork = state.fork()
            fork.advance(token)
            assert len(fork._walk.frames) <= MAX_DEPTH


def test_a_walk_that_goes_as_deep_as_it_may_comes_to_an_end(case):
    subject, _ = case
    _, state = subject.tokenizer.constrain().start()
    budget, ids = state.cost_to_finish() + 3 * MAX_DEPTH, []
    while not state.is_accepting():
        ids.append(max(subject.mask(state, budget), key=lambda t: (cost_behind(state, t), t)))
        state.advance(ids[-1])
        budget -= 1
    document = subject.tokenizer.decode(np.array(ids))
    assert subject.tokenizer.encode(document, strict=True).tolist() == ids


def cost_behind(state, token):
    fork = state.fork()
    fork.advance(token)
    return fork.cost_to_finish()


@pytest.mark.parametrize("depth", [1, MAX_DEPTH - 1, MAX_DEPTH, MAX_DEPTH + 1])
@pytest.mark.parametrize("frame", ["[{}]", '{{"a":{}}}', '[{{"zz":{}}}]'])
def test_documents_as_deep_as_may_be_come_back(depth, frame):
    tokenizer = wfgen_tct.learn(wfgen_tct.compile_schema({"properties": {"a": {"$ref": "#"}}}))
    document = "1"
    levels = frame.count("[") + frame.count("{{")
    for _ in range(depth // levels):
        document = frame.format(document)
    document = (f"[{document}]" if depth % levels else document).encode()
    if depth > MAX_DEPTH:
        with pytest.raises(EncodeError, match="deep"):
            tokenizer.encode(document)
        return
    ids = tokenizer.encode(document, strict=True)
    assert tokenizer.decode(ids) == document
    _, state = tokenizer.constrain().start()
    for token in ids.tolist():
        state.advance(token)
    assert state.is_accepting()
