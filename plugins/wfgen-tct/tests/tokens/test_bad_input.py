"""Whatever comes in gets an error that names the place, or a documented result."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import wfgen_tct
from wfgen.errors import (
    ConstraintError,
    DecodeError,
    EncodeError,
    SettingError,
    UnknownFormatError,
    WfgenError,
)

SCHEMA = {
    "type": "object",
    "required": ["on"],
    "properties": {"on": {"enum": ["push", "pull"]}, "n": {"type": "integer"}},
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def tokenizer():
    return wfgen_tct.learn(wfgen_tct.compile_schema(SCHEMA), vocab_size=1000)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"{",
        b'{"on":NaN}',
        b'{"on":1E400}',
        b'{"a":1,"a":2}',
        b'"\\ud800"',
        b"\xff",
        b"[" * 10_000,
        b"[" * 65 + b"]" * 65,
        b'"' + b"x" * (5 << 20) + b'"',
        "\ud800",
        5,
    ],
)
def test_what_is_no_document_is_refused(tokenizer, document):
    with pytest.raises(EncodeError):
        tokenizer.encode(document)


@pytest.mark.parametrize(
    ("document", "pointer"),
    [(b"[]", ""), (b'{"n":1}', ""), (b'{"on":"x"}', "/on"), (b'{"on":"push","n":1.5}', "/n")],
)
def test_strict_names_the_place(tokenizer, document, pointer):
    with pytest.raises(EncodeError) as caught:
        tokenizer.encode(document, strict=True)
    assert caught.value.pointer == pointer
    assert tokenizer.encode(document)[0] == 3
    assert tokenizer.decode(tokenizer.encode(document)) == document


def test_bad_ids_are_named(tokenizer):
    ids = tokenizer.encode(b'{"on":"push","n":12}').tolist()
    for index, bad in ((0, -1), (0, tokenizer.vocab_size), (1, 2), (len(ids) - 1, 3)):
        with pytest.raises(DecodeError) as caught:
            tokenizer.decode(np.array([*ids[:index], bad, *ids[index + 1 :]]))
        assert caught.value.index == index
    with pytest.raises(DecodeError, match="does not end") as caught:
        tokenizer.decode(np.array(ids[:-1]))
    assert caught.value.index == len(ids) - 1
    with pytest.raises(DecodeError, match="follows") as caught:
        tokenizer.decode(np.array([*ids, ids[0]]))
    assert caught.value.index == len(ids)
    for odd in (np.zeros((2, 2), dtype=np.int32), np.array([0.5])):
        with pytest.raises(DecodeError):
            tokenizer.decode(odd)


def test_a_prefix_says_what_was_inferred(tokenizer):
    ids = tokenizer.encode(b'{"on":"push","n":12}').tolist()
    pieces = tokenizer.decode_prefix(ids[:1])
    assert b"".join(piece.text for piece in pieces).startswith(b'{"on":')
    assert pieces[0].token is None
    with pytest.raises(DecodeError):
        tokenizer.decode_prefix([*ids[:1], 99999])


@given(ids=st.lists(st.integers(-3, 300), max_size=30))
def test_any_ids_decode_or_are_refused(tokenizer, ids):
    try:
        tokenizer.decode(np.array(ids, dtype=np.int32))
    except DecodeError:
        return


@given(ids=st.lists(st.integers(-3, 300), max_size=30))
def test_any_ids_advance_or_are_refused(tokenizer, ids):
    _, state = tokenizer.constrain().start()
    for token in ids:
        before = state.cost_to_finish()
        try:
            state.advance(token)
        except ConstraintError:
            assert state.cost_to_finish() == before


def test_a_vocabulary_below_the_alphabet_is_refused():
    grammar = wfgen_tct.compile_schema(SCHEMA)
    least = wfgen_tct.least_vocab_size(grammar)
    with pytest.raises(SettingError, match=str(least)):
        wfgen_tct.learn(grammar, vocab_size=least - 1)
    assert wfgen_tct.learn(grammar, vocab_size=least).vocab_size == least


def test_a_newer_format_says_so(tokenizer, tmp_path, monkeypatch):
    monkeypatch.setattr("wfgen_tct.tokens.artefact.FORMAT_VERSION", 99)
    tokenizer.save(tmp_path / "new")
    monkeypatch.undo()
    with pytest.raises(UnknownFormatError, match="99"):
        wfgen_tct.open(tmp_path / "new")


def test_a_schema_with_no_document_is_refused():
    endless = {"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#"}}}
    for schema in (False, endless, {"type": "string", "enum": [1]}):
        with pytest.raises(WfgenError):
            wfgen_tct.compile_schema(schema)


def test_another_schema_is_no_constraint_of_it(tokenizer):
    with pytest.raises(WfgenError, match="own schema"):
        tokenizer.constrain({"type": "string"})
