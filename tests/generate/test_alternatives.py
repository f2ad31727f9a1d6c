"""A number that is whole stays what it is: the document goes on in one of several ways."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfgen.builtin.byte_tokenizer import BytesTokenizer
from wfgen.errors import BudgetError, ConstraintError
from wfgen.generate.config import GenerateConfig
from wfgen.generate.prompt import Prompt, prompt_value
from wfgen.generate.starting import find_constraint, start
from wfgen.masks import allowed_ids, empty_row
from wfgen.testing.doubles import BitListTokenizer

BITS = BitListTokenizer()
UNCLOSED = Prompt(text=b"[0,1", endings=(b",", b"]"))


def written(started, choose, budget):
    """A document that is drawn by `choose`, and what it cost behind the prompt."""
    ids, state = list(started[0]), started[1]
    row = empty_row(BITS.vocab_size)
    for left in range(budget, -1, -1):
        state.fill_mask(row, left)
        token = choose(allowed_ids(row, BITS.vocab_size).tolist())
        state.advance(token)
        if token == BITS.eos:
            assert state.is_finished()
            return BITS.decode(np.array(ids, dtype=np.int32)), budget - left
        ids.append(token)
    raise AssertionError("the document did not end within its budget")


@given(st.data())
def test_every_document_goes_on_in_one_of_the_ways_and_keeps_to_its_budget(data):
    constraint = find_constraint(BITS, GenerateConfig(), UNCLOSED)
    ids, state = start(constraint, UNCLOSED)
    assert state.cost_to_finish() == 1
    budget = data.draw(st.integers(1, 12))
    choose = lambda allowed: data.draw(st.sampled_from(allowed))  # noqa: E731
    document, cost = written((ids, state), choose, budget)
    assert document.startswith((b"[0,1,", b"[0,1]"))
    assert cost <= budget


def test_both_ways_are_met():
    constraint = find_constraint(BITS, GenerateConfig(), UNCLOSED)
    documents = set()
    for last in range(3):
        started = start(constraint, UNCLOSED)
        documents.add(written(started, lambda a, n=last: a[n % len(a)], 4)[0][:5])
    assert documents == {b"[0,1,", b"[0,1]"}


def test_a_way_that_no_document_goes_is_left_out():
    constraint = find_constraint(BITS, GenerateConfig(), UNCLOSED)
    ids, state = start(constraint, Prompt(text=b"[0", endings=(b"}", b"]")))
    assert (ids, state.is_accepting()) == ([0, 3, 1], True)
    with pytest.raises(ConstraintError):
        start(constraint, Prompt(text=b"[0", endings=(b"}", b"7")))


def test_a_budget_that_is_too_small_says_what_the_cheapest_way_costs():
    constraint = find_constraint(BITS, GenerateConfig(), UNCLOSED)
    _, state = start(constraint, UNCLOSED)
    with pytest.raises(BudgetError) as caught:
        state.fill_mask(empty_row(BITS.vocab_size), 0)
    assert caught.value.cost == 1


def test_a_refused_token_changes_nothing():
    constraint = find_constraint(BITS, GenerateConfig(), UNCLOSED)
    _, state = start(constraint, UNCLOSED)
    before, after = (empty_row(BITS.vocab_size) for _ in range(2))
    state.fill_mask(before)
    with pytest.raises(ConstraintError):
        state.advance(BITS.bos)
    state.fill_mask(after)
    assert (before == after).all()


def test_a_copy_goes_its_own_way():
    constraint = find_constraint(BITS, GenerateConfig(), UNCLOSED)
    _, state = start(constraint, UNCLOSED)
    other = state.fork()
    other.advance(1)
    assert other.is_accepting() and not state.is_accepting()


@given(st.lists(st.integers(0, 999), min_size=1, max_size=3), st.randoms(use_true_random=False))
def test_unconstrained_text_goes_on_behind_a_whole_number_too(numbers, rng):
    tokenizer = BytesTokenizer()
    prompt = prompt_value(numbers)
    constraint = find_constraint(tokenizer, GenerateConfig(), prompt)
    ids, state = start(constraint, prompt)
    row = empty_row(tokenizer.vocab_size)
    text = bytes(ids)
    while len(text) < len(prompt.text) + 3:
        state.fill_mask(row)
        allowed = [t for t in allowed_ids(row, tokenizer.vocab_size).tolist() if t < 256]
        token = rng.choice(allowed)
        state.advance(token)
        text += bytes([token])
    whole = json.dumps(numbers, separators=(",", ":")).encode()
    assert text.startswith((whole, whole[:-1] + b","))
