"""States from prompts, cut anywhere, against states that came to the same place by tokens."""

from __future__ import annotations

import random
import re

import pytest

SCHEMAS = {
    "workflow": (
        {
            "type": "object",
            "required": ["on"],
            "properties": {
                "on": {"enum": ["push", "public", ["push"]]},
                "name": {"type": "string"},
                "n": {"type": "number"},
                "jobs": {"type": "object", "additionalProperties": {"type": ["array", "boolean"]}},
            },
            "additionalProperties": False,
        },
        [
            '{"on":"push","name":"a\\"b\\\\é😀\\n","n":12,"jobs":{"on":[1,"x"],"n\\té":true}}',
            '{"n":-7.5,"jobs":{"":[[{}]]},"on":["push"],"name":"\\u0001"}',
        ],
    ),
    "forced": (
        {
            "type": "array",
            "prefixItems": [{"const": {"a": [1, None]}}, {"pattern": "^\\$\\{\\{[ab]+\\}\\}$"}],
            "items": {"type": "integer", "minimum": 10, "maximum": 19},
            "minItems": 3,
            "maxItems": 4,
        },
        ['[{"a":[1,null]},"${{ab}}",15,10.0]', '[{"a":[1.0,null]},true,12]'],
    ),
    "unique": (
        {
            "type": "object",
            "patternProperties": {"^[ab]{1,2}$": {"type": ["string", "integer"]}},
            "additionalProperties": {"items": {"enum": ["a", "ab", 1, 2]}, "uniqueItems": True},
            "minProperties": 2,
        },
        ['{"ab":"x","a":3,"b":"b"}', '{"c":["ab",1,2.0,"a"],"bb":"","abc":[]}'],
    ),
}


_IN_AN_ESCAPE = re.compile(rb"(?s).*[^\\](?:\\\\)*\\(?:u[0-9a-f]{0,3})?")


def is_on_the_way(subject, walk, prefix):
    """Whether tokens lead from a walk to a document that begins with a prefix."""
    written = walk.written
    if written.startswith(prefix):
        return True
    if not prefix.startswith(written):
        return False
    behind = (subject.take(walk, token) for token in subject.allowed(walk))
    return any(is_on_the_way(subject, each, prefix) for each in behind if each is not None)


def check_cut(subject, document, cut, rng):
    tokenizer, prefix = subject.tokenizer, document[:cut]
    ids = tokenizer.encode(document, strict=True).tolist()
    known, state = tokenizer.constrain().start(prefix)
    assert known.tolist() == ids[: len(known)]
    walk = subject.start()
    for token in known.tolist():
        walk = subject.take(walk, token)
    while state._pending:
        behind = {token: subject.take(walk, token) for token in subject.allowed(walk)}
        ways = {t for t, after in behind.items() if is_on_the_way(subject, after, prefix)}
        assert subject.mask(state) == ways
        costs = {}
        for token in ways:
            fork = state.fork()
            fork.advance(token)
            costs[token] = fork.cost_to_finish()
        cost = state.cost_to_finish()
        assert cost == 1 + min(costs.values())
        for budget in (cost, cost + 1):
            assert subject.mask(state, budget) == {t for t, c in costs.items() if c < budget}
        token = rng.choice(sorted(ways))
        state.advance(token)
        walk = behind[token]
        known = [*known, token]
    return state, known


def check_same(subject, state, ids):
    """A state is as one that took the same tokens from the beginning on."""
    _, other = subject.tokenizer.constrain().start()
    for token in ids:
        other.advance(int(token))
    assert state.is_accepting() == other.is_accepting()
    assert subject.mask(state) == subject.mask(other)
    assert state.cost_to_finish() == other.cost_to_finish()
    assert state.state_id == other.state_id


@pytest.mark.parametrize("merges", [0, 24], ids=["bare", "merged"])
@pytest.mark.parametrize("name", SCHEMAS)
def test_a_cut_goes_on_like_tokens_that_agree_with_it(name, merges, trial, is_deep):
    schema, documents = SCHEMAS[name]
    rng = random.Random(1)
    subject = trial.taught(schema, [each.encode() for each in documents], merges)
    for document in map(str.encode, documents):
        every = range(len(document) + 1)
        cuts = [cut for cut in every if not _IN_AN_ESCAPE.fullmatch(document[:cut])]
        for cut in cuts if is_deep else sorted(rng.sample(cuts, 12)):
            state, ids = check_cut(subject, document, cut, rng)
            check_same(subject, state, ids)
