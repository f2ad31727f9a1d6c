"""A constraint over bytes, made of an engine that knows a list of documents."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from attrs import define, evolve, frozen
from hypothesis import strategies as st

from wfgen.builtin.byte_tokenizer import BytesTokenizer
from wfgen.constraining import ByteConstraint, Vocabulary
from wfgen.errors import CapabilityError, ConstraintError
from wfgen.masks import allowed_ids, empty_row, pack
from wfgen.testing import BitListTokenizer, ConstraintLaws, laws

DOCUMENTS = tuple(
    text.encode() for text in ('{"name":"größe"}', '{"name":"grün"}', '{"on":["push"]}', "{}")
)
MERGES = (b'{"', b'":', b'"}', b"on", b"gr\xc3", b"\xb6\xc3", b'name":"', b'":["p', b"push", b"on")


@frozen
class Merging:
    """Takes the longest token that fits, so that what follows a prefix can change its last one."""

    tokens: tuple[bytes, ...] = tuple(bytes([value]) for value in range(256)) + MERGES

    @property
    def vocab_size(self):
        return len(self.tokens) + 2

    @property
    def bos(self):
        return len(self.tokens)

    @property
    def eos(self):
        return len(self.tokens) + 1

    def encode(self, document):
        data, ids = document.encode() if isinstance(document, str) else document, []
        while data:
            ids.append(max(range(len(self.tokens)), key=partial(self._reach, data)))
            data = data[len(self.tokens[ids[-1]]) :]
        return np.array(ids, dtype=np.int32)

    def decode(self, ids):
        return b"".join(map(self.token_bytes, ids))

    def token_bytes(self, token):
        return self.tokens[token] if token < len(self.tokens) else b""

    def _reach(self, data, token):
        return len(self.tokens[token]) if data.startswith(self.tokens[token]) else 0


@define
class Listed:
    """An engine that takes each of a list of documents; it writes past V, as engines may."""

    vocabulary: Vocabulary
    text: bytes = b""

    def fill(self, row):
        tokens = enumerate(self.vocabulary.tokens)
        allowed = [bool(token) and self._fits(self.text + token) for _, token in tokens]
        allowed[self.vocabulary.eos] = self.is_accepting()
        row[:] = pack(np.array(allowed))
        row[-1] |= ~self.vocabulary.last_word

    def accept(self, token):
        text = self.text + self.vocabulary.tokens[token]
        self.text = text if self._fits(text) else self.text
        return self._fits(text)

    def fork(self):
        return evolve(self)

    def is_accepting(self):
        return self.text in DOCUMENTS

    @staticmethod
    def _fits(text):
        return any(document.startswith(text) for document in DOCUMENTS)


def constrain(tokenizer):
    vocabulary = Vocabulary.of(tokenizer, "listed")
    return ByteConstraint(
        engine="listed",
        tokenizer=tokenizer,
        vocabulary=vocabulary,
        begin=lambda: Listed(vocabulary),
    )


class TestOverBytes(ConstraintLaws):
    documents = st.sampled_from(DOCUMENTS)
    example = DOCUMENTS[0]
    invalid = (b"[]", b'{"off', b'{"name":"gra', "é".encode())

    def make(self):
        return BytesTokenizer(), constrain(BytesTokenizer())


class TestOverMerges(TestOverBytes):
    """Two ids stand for the same bytes, and tokens end inside of characters."""

    def make(self):
        return Merging(), constrain(Merging())


# Prefixes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prefix", "certain", "allowed"),
    [
        (b'{"on"', b'{"on', [b'"', b'":', b'":["p']),
        (b'{"name":"gr\xc3', b'{"name":"', [b"g", b"gr\xc3"]),
        (b'{"name":"gr\xc3\xb6', b'{"name":"gr\xc3', [b"\xb6", b"\xb6\xc3"]),
    ],
)
def test_what_a_longer_token_could_change_stays_pending(prefix, certain, allowed):
    tokenizer = Merging()
    ids, state = constrain(tokenizer).start(prefix)
    assert tokenizer.decode(ids) == certain
    row = empty_row(tokenizer.vocab_size)
    state.fill_mask(row)
    pieces = map(tokenizer.token_bytes, allowed_ids(row, tokenizer.vocab_size))
    assert sorted(pieces) == allowed
    with pytest.raises(ConstraintError, match="left open"):
        state.advance(ord("]"))


def test_most_of_a_document_is_certain():
    ids, _ = constrain(Merging()).start(DOCUMENTS[0])
    assert len(ids) >= len(Merging().encode(DOCUMENTS[0])) - 1


@pytest.mark.parametrize("prefix", [b"[", b'{"nome', b'{"name":"\xff'])
def test_the_error_of_a_prefix_says_where(prefix):
    with pytest.raises(ConstraintError, match="no document begins with the prefix"):
        constrain(BytesTokenizer()).start(prefix)


# What it cannot do ------------------------------------------------------------------------------


def test_a_cost_is_not_made_up():
    tokenizer = BytesTokenizer()
    _, state = constrain(tokenizer).start()
    with pytest.raises(CapabilityError, match="limit the tokens"):
        state.cost_to_finish()
    with pytest.raises(CapabilityError, match="leave the budget out"):
        state.fill_mask(empty_row(tokenizer.vocab_size), budget=10)
    for token in b"{}":
        state.advance(token)
    assert state.cost_to_finish() == 0
    state.advance(tokenizer.eos)
    assert state.cost_to_finish() == 0


def test_it_has_no_local_states():
    assert constrain(BytesTokenizer()).start()[1].state_id == 0


@frozen
class Plain:
    """A tokenizer that does not say what its tokens stand for."""

    vocab_size: int = 258
    bos: int = 256
    eos: int = 257


@pytest.mark.parametrize(
    ("tokenizer", "cause"),
    [(Plain(), "token_bytes"), (BitListTokenizer(), "no token for 251 of the 256 bytes")],
)
def test_a_tokenizer_that_is_not_byte_level_is_refused(tokenizer, cause):
    with pytest.raises(CapabilityError, match=cause):
        Vocabulary.of(tokenizer, "listed")


@pytest.mark.parametrize("tokenizer", [BytesTokenizer(), Merging()])
def test_tokens_that_agree_with_a_text(tokenizer):
    vocabulary = Vocabulary.of(tokenizer, "listed")
    for text in (b"o", b"on", b"one", b"\xff", b"gr\xc3\xb6"):
        agreeing = [
            token
            for token in range(tokenizer.vocab_size)
            if (piece := tokenizer.token_bytes(token))
            and (piece.startswith(text) or text.startswith(piece))
        ]
        row = vocabulary.agreeing(text)
        assert allowed_ids(row, tokenizer.vocab_size).tolist() == agreeing


def test_the_bytes_tokenizer_keeps_the_law_of_token_bytes():
    laws.check_token_bytes(BytesTokenizer(), "größe".encode())
