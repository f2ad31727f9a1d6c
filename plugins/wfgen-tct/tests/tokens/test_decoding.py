"""Both ways of decoding agree: by tables, and by a walk that asks the grammar at every symbol."""

from __future__ import annotations

import random
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

import wfgen_tct
from wfgen.errors import DecodeError
from wfgen.masks import allowed_ids, empty_row
from wfgen_tct.grammar.fluent import FluentSpeaker
from wfgen_tct.grammar.walk import MAX_DEPTH
from wfgen_tct.symbols import ARRAY, CLOSE, END, FIRST_NAMED, NULL_VALUE, OBJECT
from wfgen_tct.tokens.decoding import Decoder

TEXT = {"type": "string"}
FLAG = {"type": "boolean"}
SCHEMAS: dict[str, dict[str, object]] = {
    "anything": {},
    "steps": {
        "type": "object",
        "required": ["on", "jobs"],
        "properties": {
            "on": {"enum": ["push", "pull", ["push"], {"a": None}]},
            "jobs": {
                "type": "object",
                "patternProperties": {"^[a-z_][a-z0-9_-]*$": {"items": {"$ref": "#"}}},
                "additionalProperties": False,
            },
            "env": {"type": "object", "additionalProperties": {"type": ["string", "number"]}},
        },
        "additionalProperties": False,
    },
    "forced": {
        "type": "array",
        "minItems": 2,
        "prefixItems": [
            {"const": {"x": [None, True], "y": "z"}},
            {"type": "string", "pattern": r"^\$\{\{[ab]+\}\}$"},
            {"type": "string", "pattern": "^only$"},
            {"enum": [1.5]},
        ],
        "items": {"type": "integer", "minimum": 10, "maximum": 19},
    },
    "last key": {
        "type": "object",
        "required": ["a", "b", "c"],
        "properties": {"a": {"const": 1}, "b": TEXT, "c": {"enum": ["x", None]}},
        "additionalProperties": False,
    },
    "few keys": {
        "type": "object",
        "minProperties": 2,
        "patternProperties": {"^[ab]?$": FLAG, "^x[yz]$": TEXT},
        "additionalProperties": False,
    },
    "one key": {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "patternProperties": {"^x": TEXT},
        "additionalProperties": False,
    },
    "some key": {
        "type": "object",
        "minProperties": 1,
        "patternProperties": {"^env-": TEXT, "^[0-9]{2}": {"type": "object"}},
        "properties": {"env-x": {"const": "y"}, "on": {"type": ["null", "object"]}},
        "additionalProperties": False,
    },
    "no equals": {
        "type": "object",
        "properties": {
            "a": {"type": "array", "uniqueItems": True, "items": {"enum": ["p", "q", 1, None]}},
            "b": {"type": "array", "items": {"type": "array", "uniqueItems": True, "items": FLAG}},
            "c": {"type": "array", "uniqueItems": True, "minItems": 1},
        },
    },
    "by pattern": {
        "type": "object",
        "propertyNames": {"pattern": "^k[0-2]{1,2}$"},
        "additionalProperties": {"type": ["number", "array", "object"]},
        "maxProperties": 4,
    },
    "within": {"properties": {"in": {"properties": {"x": {"type": ["array", "null"]}}}}},
    "listed": {
        "type": "object",
        "properties": {"a": {"enum": ["one", "on", ""]}, "b": {"not": {"const": "one"}}},
        "additionalProperties": {"type": "string", "minLength": 2},
    },
}
ALWAYS_READ = ["anything", "steps", "forced", "last key", "no equals", "listed"]


@cache
def bare(which: str) -> wfgen_tct.TctTokenizer:
    """Tokens of one symbol each."""
    grammar = wfgen_tct.compile_schema(SCHEMAS[which])
    return wfgen_tct.learn(grammar, vocab_size=wfgen_tct.least_vocab_size(grammar))


@cache
def crossing(which: str) -> wfgen_tct.TctTokenizer:
    """Tokens of neighbours in documents too, wherever edges lie: no learned ones cross those."""
    tokenizer = bare(which)
    runs = [walked(which, seed) for seed in range(20)]
    pairs = sorted({pair for run in runs for pair in pairwise(run)})
    vocabulary = evolve(tokenizer.vocabulary, merges=tuple(pairs[:400]))
    return evolve(tokenizer, vocabulary=vocabulary)


@cache
def walked(which: str, seed: int) -> list[int]:
    """The ids of some document."""
    tokenizer, rng = bare(which), random.Random(seed)
    _, state = tokenizer.constrain().start()
    budget = state.cost_to_finish() + rng.choice((0, 3, 12, 40))
    row, ids = empty_row(tokenizer.vocab_size), list[int]()
    while not state.is_accepting():
        state.fill_mask(row, budget - len(ids))
        ids.append(int(rng.choice(allowed_ids(row, tokenizer.vocab_size))))
        state.advance(ids[-1])
    return ids


@cache
def decoder_of(tokenizer: wfgen_tct.TctTokenizer, *, explored: bool = True) -> Decoder:
    """A decoder with the tables of a tokenizer, or with none made beforehand."""
    vocabulary, tables = tokenizer.vocabulary, tokenizer.tables if explored else None
    speaker = FluentSpeaker(tokenizer.language, vocabulary.codes, lambda _: b"", tables)
    return Decoder(tokenizer.language, vocabulary, speaker)


def agrees(decoder: Decoder, ids: list[int]) -> bool:
    """Whether tables tell what ids are; what they tell is what a walk finds."""
    read = decoder.read(ids)
    if read is not None:
        assert read == decoder.walk(ids)
    return read is not None


seeds = st.integers(0, 300)


@pytest.mark.parametrize("which", SCHEMAS)
@pytest.mark.parametrize("explored", [True, False])
@given(seed=seeds)
def test_documents_come_out_alike(which, explored, seed):
    is_read = agrees(decoder_of(bare(which), explored=explored), walked(which, seed))
    assert is_read or which not in ALWAYS_READ


@pytest.mark.parametrize("which", SCHEMAS)
@given(seed=seeds, data=st.data())
def test_what_is_no_document_is_not_read(which, seed, data):
    ids = list(walked(which, seed))
    low, high = 0, bare(which).vocab_size
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(ids)))
        gone = data.draw(st.integers(0, 2))
        known = st.sampled_from(walked(which, seed + 1) or [high])
        ids[at : at + gone] = data.draw(
            st.lists(known | st.integers(low - 2, high + 2), max_size=2)
        )
    agrees(decoder_of(bare(which)), ids)


@pytest.mark.parametrize("which", SCHEMAS)
@given(seed=seeds, rng=st.randoms(use_true_random=False))
def test_tokens_over_edges_are_not_read(which, seed, rng):
    tokenizer, ids = crossing(which), list(walked(which, seed))
    first = tokenizer.vocab_size - len(tokenizer.vocabulary.merges)
    merges = {pair: first + number for number, pair in enumerate(tokenizer.vocabulary.merges)}
    at = 0
    while at + 1 < len(ids):
        token = merges.get((ids[at], ids[at + 1]))
        if token is not None and rng.random() < 0.2:
            ids[at : at + 2] = [token]
        at += 1
    agrees(decoder_of(tokenizer), ids)


# Documents but for one thing each, as symbols: text in bytes, and keys by name.
AMISS = {
    "a key twice": ("anything", [OBJECT, b"a", END, NULL_VALUE, b"a", END, NULL_VALUE, CLOSE]),
    "a named key twice": ("within", [OBJECT, "in", NULL_VALUE, "in", NULL_VALUE, CLOSE]),
    "a key named elsewhere": ("within", [OBJECT, "x", NULL_VALUE, CLOSE]),
    "a named key that is spelt": ("within", [OBJECT, b"in", END, NULL_VALUE, CLOSE]),
    "a text that is ruled out": ("listed", ["b", b"one", END, CLOSE]),
    "no end": ("anything", [OBJECT, b"a", END, b"b"]),
    "bytes like a symbol": ("anything", [b"a\xc0\x80"]),
    "no UTF-8": ("anything", [OBJECT, b"a", END, b"\xe9", END, CLOSE]),
}


def ids_of(tokenizer: wfgen_tct.TctTokenizer, parts: list[Any]) -> list[int]:
    """Ids of symbols, of text in bytes, and of keys by name; one for each symbol."""
    keys, ids = tokenizer.grammar.naming.key_symbols, list[int]()
    for part in parts:
        symbols = part if isinstance(part, bytes) else [keys.get(part, part)]
        ids += map(tokenizer.vocabulary.id_of, symbols)
    return ids


@pytest.mark.parametrize("what", AMISS)
def test_what_is_amiss_is_not_read(what):
    which, parts = AMISS[what]
    tokenizer = bare(which)
    decoder, ids = decoder_of(tokenizer), ids_of(tokenizer, parts)
    assert decoder.read(ids) is None
    with pytest.raises(DecodeError):
        decoder.walk(ids)


FORCED = {
    b'{"xy":"q","xz":"zq"}': ("few keys", [b"xy", b"q", END, b"x", b"zq", END, CLOSE]),
    b'{"xxy":"q"}': ("one key", [b"xy", END, b"q", END]),
}


@pytest.mark.parametrize("document", FORCED)
def test_bytes_of_keys_may_be_forced(document):
    which, parts = FORCED[document]
    tokenizer = bare(which)
    assert tokenizer.decode(np.array(ids_of(tokenizer, parts))) == document


@given(ids=st.lists(st.integers(-3, 300), max_size=30), which=st.sampled_from([*SCHEMAS]))
def test_any_ids_mean_the_same(ids, which):
    agrees(decoder_of(bare(which)), ids)


@pytest.mark.parametrize("which", SCHEMAS)
def test_what_follows_is_left(which):
    ids = walked(which, 1)
    decoder = decoder_of(bare(which))
    document, consumed = decoder.decode([*ids, 4, 5])
    assert (document, consumed) == (decoder.walk(ids)[0], len(ids))
    assert decoder.decode([3, 2, *ids], 2) == (document, len(ids) + 2)


NESTED = {
    "array": ({"type": "array", "items": {"$ref": "#"}}, [ARRAY]),
    "object": ({"type": "object", "properties": {"a": {"$ref": "#"}}}, [FIRST_NAMED]),
    "unique": ({"type": "array", "items": {"type": "array", "uniqueItems": True}}, [ARRAY]),
}


@pytest.mark.parametrize("kind", NESTED)
def test_both_ways_stop_at_the_same_depth(kind):
    schema, opening = NESTED[kind]
    grammar = wfgen_tct.compile_schema(schema)
    tokenizer = wfgen_tct.learn(grammar, vocab_size=wfgen_tct.least_vocab_size(grammar))
    decoder, id_of = decoder_of(tokenizer), tokenizer.vocabulary.id_of
    deepest, deeper = (
        [*map(id_of, [*opening * (depth - 1), *[CLOSE] * depth])]
        for depth in (MAX_DEPTH, MAX_DEPTH + 1)
    )
    assert agrees(decoder, deepest)
    assert decoder.read(deeper) is None
    with pytest.raises(DecodeError, match="deeper than 64"):
        decoder.decode(deeper)
