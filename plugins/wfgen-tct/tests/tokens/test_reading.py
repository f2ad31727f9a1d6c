"""Decoding by tables and by the walk come to the same document, or to the same error."""

from __future__ import annotations

import random
from functools import cache
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import wfgen_tct
from wfgen.errors import DecodeError
from wfgen.masks import allowed_ids, empty_row
from wfgen_tct.grammar.reading import FluentReader

# What tables have to tell apart: forced values and keys, keys that run out, texts that are listed
# elsewhere or follow a pattern, unique items, numbers within bounds, keys by pattern.
SCHEMAS = {
    "runs out": {
        "type": "object",
        "properties": {"a": {"const": 1}, "b": {"enum": ["x", "y"]}, "c": {"type": "array"}},
        "required": ["a"],
        "additionalProperties": False,
    },
    "forced": {
        "type": "object",
        "properties": {"p": {"$ref": "#/definitions/p"}},
        "required": ["p"],
        "additionalProperties": False,
        "definitions": {"p": {"type": "array", "items": {"const": "q"}, "maxItems": 2}},
    },
    "texts": {
        "type": "object",
        "properties": {
            "e": {"type": "string", "pattern": "^\\$\\{\\{[ab]*\\}\\}$"},
            "l": {"enum": ["one", "two", 3, True, None]},
            "s": {"type": "string", "maxLength": 3},
            "n": {"type": "integer", "minimum": -2, "maximum": 101},
        },
    },
    "by pattern": {
        "type": "object",
        "propertyNames": {"pattern": "^k[0-2]{1,2}$"},
        "additionalProperties": {"type": ["number", "array", "object"]},
        "maxProperties": 4,
    },
    "few by pattern": {
        "type": "object",
        "minProperties": 2,
        "patternProperties": {"^[ab]$": {"type": "boolean"}},
        "additionalProperties": False,
    },
    "unique": {"type": "array", "items": {"enum": [1, "1", "x", None]}, "uniqueItems": True},
    "anything": {},
}


@cache
def _tokenizer(which):
    grammar = wfgen_tct.compile_schema(SCHEMAS[which])
    return wfgen_tct.learn(grammar, vocab_size=wfgen_tct.least_vocab_size(grammar))


def _outcome(tokenizer, ids):
    try:
        return tokenizer.decode(np.array(ids, dtype=np.int32))
    except DecodeError as error:
        return str(error)


def _walked(tokenizer, seed):
    """Ids of a document that is chosen at random."""
    rng, row = random.Random(seed), empty_row(tokenizer.vocab_size)
    _, state = tokenizer.constrain().start()
    budget, ids = state.cost_to_finish() + rng.randrange(40), []
    while True:
        state.fill_mask(row, budget - len(ids))
        token = rng.choice(allowed_ids(row, tokenizer.vocab_size).tolist())
        state.advance(token)
        if state.is_finished():
            return ids
        ids.append(token)


def _changed(ids, tokenizer, rng):
    ids = list(ids)
    for _ in range(rng.choice([0, 1, 1, 2])):
        at, token = rng.randrange(len(ids) + 1), rng.randrange(-1, tokenizer.vocab_size + 1)
        ids[at : at + rng.randrange(2)] = rng.choice([[], [token], ids[at : at + 2] * 2])
    return ids


@pytest.mark.parametrize("which", SCHEMAS)
@given(seed=st.integers(0, 2**32))
def test_both_ways_agree(which, seed):
    tokenizer = _tokenizer(which)
    ids = _changed(_walked(tokenizer, seed), tokenizer, random.Random(seed))
    found = _outcome(tokenizer, ids)
    with patch.object(FluentReader, "read", lambda self, coded: None):
        assert found == _outcome(tokenizer, ids)


@pytest.mark.parametrize("which", ["runs out", "forced", "texts", "anything"])
def test_the_tables_tell_what_is_common(which):
    tokenizer, told = _tokenizer(which), []
    with patch("wfgen_tct.tokens.tokenizer.Walk", side_effect=AssertionError):
        for seed in range(20):
            try:
                told.append(tokenizer.decode(np.array(_walked(tokenizer, seed), dtype=np.int32)))
            except AssertionError:
                told.append(None)
    assert sum(text is not None for text in told) >= 15
