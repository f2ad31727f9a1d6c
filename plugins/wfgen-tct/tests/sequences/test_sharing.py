"""States that share one constraint: forks, refused tokens, rows, threads; from wfgen's test kit."""

from __future__ import annotations

import random
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

import wfgen_tct
from wfgen.masks import allowed_ids, empty_row
from wfgen.testing import laws

_ITEMS = {"enum": ["a", "b", 1, 2, None]}
SCHEMA = {
    "type": "object",
    "properties": {
        "list": {"type": "array", "items": {"type": ["string", "integer"]}, "uniqueItems": True},
        "few": {"type": "array", "items": _ITEMS, "uniqueItems": True, "contains": {"const": "b"}},
        "self": {"$ref": "#"},
    },
    "patternProperties": {"^x[ab]?$": {"type": ["boolean", "null"]}},
    "additionalProperties": False,
}
DOCUMENTS = [
    b'{"list":["a","ab",1],"few":["b"],"self":{}}',
    b'{"self":{"few":[1.0,"b",null],"list":[]},"x":null,"xa":true,"xb":false}',
    b'{"xb":null,"list":["",0,"0"]}',
]
documents = st.sampled_from(DOCUMENTS)
seeds = st.integers(0, 2**32 - 1)


@cache
def tokenizer():
    grammar = wfgen_tct.compile_schema(SCHEMA)
    return wfgen_tct.learn(grammar, DOCUMENTS * 2, wfgen_tct.least_vocab_size(grammar) + 12)


@given(document=documents, seed=seeds)
def test_forks_go_their_own_ways(document, seed):
    laws.check_forks(tokenizer(), document, seed)


@given(document=documents, seed=seeds)
def test_a_refused_token_changes_nothing(document, seed):
    laws.check_refused_tokens(tokenizer(), document, seed)


@given(seed=seeds)
def test_many_forks_of_one_walk_keep_what_each_took(seed):
    rng = random.Random(seed)
    _, begin = tokenizer().constrain().start()
    forks = [(begin, [])]
    for _ in range(20):
        state, ids = rng.choice(forks)
        if not state.is_accepting():
            fork = state.fork()
            token = rng.choice(sorted(allowed(fork)))
            fork.advance(token)
            forks.append((fork, [*ids, token]))
    for state, ids in forks:
        _, alone = tokenizer().constrain().start()
        for token in ids:
            alone.advance(token)
        assert allowed(state) == allowed(alone)
        assert state.cost_to_finish() == alone.cost_to_finish()
        assert state.state_id == alone.state_id


def allowed(state):
    row = empty_row(tokenizer().vocab_size)
    state.fill_mask(row)
    return set(allowed_ids(row, tokenizer().vocab_size).tolist())


@pytest.mark.parametrize("document", DOCUMENTS)
def test_ends_rows_and_threads(document):
    laws.check_end(tokenizer(), document)
    laws.check_rows(tokenizer(), document)
    laws.check_masks_in_threads(tokenizer(), document)
