"""The laws of a tokenizer, from wfgen's test kit, for several schemas and any JSON."""

from __future__ import annotations

import random
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import wfgen_tct
from wfgen.canonical import to_canonical
from wfgen.errors import DecodeError
from wfgen.masks import allowed_ids, empty_row
from wfgen.testing import TokenizerLaws
from wfgen.testing.strategies import canonical_documents

TREE = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string"},
        "kind": {"enum": ["leaf", "branch", 1, None]},
        "size": {"type": "integer", "minimum": 0},
        "children": {"type": "array", "items": {"$ref": "#"}, "maxItems": 3},
    },
    "additionalProperties": {"type": ["boolean", "number"]},
}
CHOICE = {
    "oneOf": [
        {"required": ["run"], "properties": {"run": {"type": "string", "pattern": "^[a-z]+$"}}},
        {"required": ["uses"], "properties": {"uses": {"type": "string"}}},
    ],
    "type": "object",
    "properties": {"run": True, "uses": True, "with": {"type": "object"}},
    "additionalProperties": False,
}
ANYTHING: dict[str, object] = {}


def trees():
    fields = {
        "kind": st.sampled_from(["leaf", "branch", 1, 1.0, None]),
        "size": st.integers(0, 10**20),
        "x": st.floats(-9, 9),
    }
    leaf = st.fixed_dictionaries({"name": st.text(max_size=8)}, optional=fields)
    return st.recursive(
        leaf,
        lambda inner: st.builds(
            lambda tree, children: {**tree, "children": children},
            leaf,
            st.lists(inner, max_size=3),
        ),
        max_leaves=6,
    ).map(to_canonical)


def choices():
    runs = st.fixed_dictionaries({"run": st.text("abz", min_size=1, max_size=6)})
    uses = st.fixed_dictionaries(
        {"uses": st.text(max_size=6)},
        optional={"with": st.dictionaries(st.text(max_size=3), st.none() | st.integers())},
    )
    return (runs | uses).map(to_canonical)


@cache
def learned(which: str) -> wfgen_tct.TctTokenizer:
    schema = {"tree": TREE, "choice": CHOICE, "anything": ANYTHING}[which]
    grammar = wfgen_tct.compile_schema(schema)
    documents = [
        b'{"name":"abab","children":[{"name":"abab"},{"name":"ab","size":12}]}',
        b'{"run":"aba"}',
        b'{"uses":"actions/checkout"}',
        b'{"name":"abab","kind":"leaf","children":[]}',
    ] * 3
    return wfgen_tct.learn(grammar, documents, wfgen_tct.least_vocab_size(grammar) + 40)


class _Laws(TokenizerLaws):
    fidelity = "json-value"
    capabilities = frozenset({"constrain", "free-mode", "inspect", "save", "states"})
    which = ""

    def make(self):
        return learned(self.which)


class TestTree(_Laws):
    which = "tree"
    documents = trees()
    example = b'{"name":"a\\n\\u00e9","children":[{"name":"","size":3}],"z":1.5}'


class TestChoice(_Laws):
    which = "choice"
    documents = choices()
    example = b'{"uses":"a@v4","with":{"x":1,"":null}}'


class TestAnything(_Laws):
    which = "anything"
    documents = canonical_documents()


@pytest.mark.parametrize("which", ["tree", "choice", "anything"])
@given(document=canonical_documents())
def test_every_document_comes_back(which, document):
    tokenizer = learned(which)
    assert tokenizer.decode(tokenizer.encode(document)) == document


@given(ids=st.lists(st.integers(4, 400), max_size=12), which=st.sampled_from(["tree", "choice"]))
def test_what_decodes_encodes_again(ids, which):
    tokenizer = learned(which)
    try:
        document = tokenizer.decode(np.array(ids, dtype=np.int32))
    except DecodeError:
        return
    assert tokenizer.accepts(document)
    assert tokenizer.decode(tokenizer.encode(document, strict=True)) == document


@given(document=trees(), seed=st.integers(0, 2**32 - 1))
def test_segments_may_be_cut_at_random(document, seed):
    tokenizer, rng = learned("tree"), random.Random(seed)
    expansions = tokenizer.vocabulary.expansions
    symbols = [s for token in tokenizer.encode(document).tolist() for s in expansions[token]]
    by_symbols = {each: token for token, each in enumerate(expansions) if each}
    _, state = tokenizer.constrain().start()
    row, at = empty_row(tokenizer.vocab_size), 0
    while at < len(symbols):
        state.fill_mask(row)
        allowed = set(allowed_ids(row, tokenizer.vocab_size).tolist())
        ways = [by_symbols.get(tuple(symbols[at : at + n])) for n in range(1, 6)]
        token = rng.choice([way for way in ways if way in allowed])
        state.advance(token)
        at += len(expansions[token])
    assert state.is_accepting()
