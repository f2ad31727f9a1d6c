"""A sequence may begin with any prefix of a JSON text, cut anywhere."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import wfgen_tct
from wfgen.errors import ConstraintError
from wfgen.masks import allowed_ids, empty_row

SCHEMA = {
    "type": "object",
    "required": ["on"],
    "properties": {
        "on": {"enum": ["push", "public", "pull_request"]},
        "name": {"type": "string"},
        "n": {"type": "number"},
        "flag": {"type": ["boolean", "null"]},
        "jobs": {"type": "object", "additionalProperties": {"type": "array"}},
    },
    "additionalProperties": False,
}
DOCUMENTS = [
    '{"on":"push","name":"a\\"b\\\\é😀\\n","n":12.5,"flag":null,"jobs":{"on":[1,"x"]}}',
    '{"name":"","on":"pull_request","n":1e+30,"jobs":{"é":[],"b":[[{}]]}}',
    '{"n":-7,"flag":false,"on":"public","name":"\\u0000\\u001f"}',
]
LOOSE = [
    ' { "on" : "pu',
    '{"name":"\\u0061\\ud83d',
    '{"name":"\\',
    '{"n":1.50',
    '{"n":1E5',
    '{"flag":t',
    '{"on":"push",',
    '{"jobs":{"\\u00e',
    '{"n":12 ',
    "",
]
IMPOSSIBLE = [
    '{"on":"x',
    '{"zzz',
    "[",
    '{"n":01',
    '{"n":"',
    '{"name":"\\ud800x',
    '{"name":"\\q',
    '{"on":"push"}}',
    '{"on" "push"',
    "nul ",
    '{"name":"\x01',
]


@pytest.fixture(scope="module")
def tokenizer():
    grammar = wfgen_tct.compile_schema(SCHEMA)
    size = wfgen_tct.least_vocab_size(grammar) + 50
    return wfgen_tct.learn(grammar, [d.encode() for d in DOCUMENTS] * 3, size)


@given(which=st.sampled_from(DOCUMENTS), data=st.data())
def test_a_document_goes_on_from_any_cut(tokenizer, which, data):
    document = which.encode()
    cut = data.draw(st.integers(0, len(document)))
    ids = tokenizer.encode(document).tolist()
    known, state = tokenizer.constrain().start(document[:cut])
    assert known.tolist() == ids[: len(known)]
    row = empty_row(tokenizer.vocab_size)
    for token in ids[len(known) :]:
        state.fill_mask(row)
        assert token in allowed_ids(row, tokenizer.vocab_size)
        state.advance(token)
    assert state.is_accepting()


@pytest.mark.parametrize("prefix", [*LOOSE, *(d[:30] for d in DOCUMENTS)])
@pytest.mark.parametrize("slack", [0, 1, 8])
def test_walks_from_a_prompt_end_in_budget(tokenizer, prefix, slack):
    known, state = tokenizer.constrain().start(prefix.encode())
    budget, rng = state.cost_to_finish() + slack, random.Random(slack)
    row, ids = empty_row(tokenizer.vocab_size), known.tolist()
    while not state.is_accepting():
        state.fill_mask(row, budget)
        token = int(rng.choice(allowed_ids(row, tokenizer.vocab_size)))
        state.advance(token)
        ids.append(token)
        budget -= 1
    assert budget >= 0
    assert tokenizer.accepts(tokenizer.decode(np.array(ids)))


def test_budgets_are_kept_all_through_a_long_text_that_was_cut(tokenizer):
    text = "".join(f"a{n}\\n" for n in range(300))
    known, state = tokenizer.constrain().start(f'{{"name":"{text}'.encode())
    assert not len(known)
    row, rng = empty_row(tokenizer.vocab_size), random.Random(0)
    budget = least = state.cost_to_finish()
    while not state.is_accepting():
        other = state.fork()
        state.fill_mask(row, budget)
        token = int(rng.choice(allowed_ids(row, tokenizer.vocab_size)))
        state.advance(token)
        other.advance(token)
        assert other.cost_to_finish() == state.cost_to_finish() == budget - 1
        budget -= 1
    assert least < len(text), "tokens of several bytes write some of it"


@given(data=st.data())
def test_a_mask_holds_what_leaves_enough_of_the_budget(tokenizer, data):
    document = data.draw(st.sampled_from(DOCUMENTS)).encode()
    prefix = document[: data.draw(st.integers(0, len(document) - 1))]
    _, state = tokenizer.constrain().start(prefix)
    row = empty_row(tokenizer.vocab_size)

    def mask(budget=None):
        state.fill_mask(row, budget)
        return set(allowed_ids(row, tokenizer.vocab_size).tolist())

    costs = {}
    for token in mask():
        other = state.fork()
        other.advance(token)
        costs[token] = other.cost_to_finish()
    least = state.cost_to_finish()
    assert least == 1 + min(costs.values())
    for budget in (least, least + 1, least + 3):
        assert mask(budget) == {token for token, cost in costs.items() if cost < budget}


@pytest.mark.parametrize("prefix", IMPOSSIBLE)
def test_what_no_document_begins_with_is_refused(tokenizer, prefix):
    with pytest.raises(ConstraintError):
        tokenizer.constrain().start(prefix.encode())


def test_what_was_cut_decides_what_may_come(tokenizer):
    def completions(prefix: bytes) -> set[bytes]:
        found = set()
        known, state = tokenizer.constrain().start(prefix)
        row = empty_row(tokenizer.vocab_size)
        state.fill_mask(row)
        for token in allowed_ids(row, tokenizer.vocab_size).tolist():
            pieces = tokenizer.decode_prefix([*known.tolist(), token])
            found.add(b"".join(piece.text for piece in pieces))
        return found

    assert completions(b'{"on":"pu') >= {b'{"on":'}
    assert all(t.startswith((b'{"on":"p', b'{"on":')) for t in completions(b'{"on":"pub'))


def test_a_prompt_never_falls_into_free_mode(tokenizer):
    _, state = tokenizer.constrain().start(b'{"on":"pu')
    row = empty_row(tokenizer.vocab_size)
    state.fill_mask(row)
    assert 3 not in allowed_ids(row, tokenizer.vocab_size)


def test_numpys_integers_are_tokens_too_while_a_text_is_pending(tokenizer):
    _, state = tokenizer.constrain().start(b'{"on":"pu')
    row = empty_row(tokenizer.vocab_size)
    state.fill_mask(row)
    for token in allowed_ids(row, tokenizer.vocab_size):  # int32, as masks give them
        state.fork().advance(token)
