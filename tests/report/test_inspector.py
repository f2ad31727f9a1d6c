"""The inspector's data: bounded, and every token stands for what it stands for."""

from __future__ import annotations

import json
from types import SimpleNamespace

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfgen.api import Piece
from wfgen.builtin.byte_tokenizer import BytesTokenizer
from wfgen.corpus import Document, Provenance
from wfgen.errors import EncodeError
from wfgen.evaluate.contenders import Contender
from wfgen.report.inspector import MAX_BYTES, NUM_DOCUMENTS, choose_documents, exhibit, pieces_of


@attrs.frozen
class Opaque:
    """A tokenizer that says nothing of its tokens: bytes, none of them text by itself over 127."""

    inner: BytesTokenizer = attrs.field(factory=BytesTokenizer)
    vocab_size: int = 258
    bos: int = 256
    eos: int = 257

    def encode(self, document):
        return self.inner.encode(document)

    def decode(self, ids):
        return self.inner.decode(ids)


class Liar(BytesTokenizer):
    def inspect(self, document):
        return (Piece(text=b"x", token=120),)


class Silent(Opaque):
    def decode(self, ids):
        raise ValueError("whole documents only")


def named(text, name="w.yml"):
    return Document(canonical=text.encode(), source=text, provenance=Provenance(path=name))


@given(st.text(max_size=40))
def test_pieces_found_by_decoding_are_the_tokens_and_add_up_to_the_text(text):
    pieces = pieces_of(Opaque(), text.encode())
    assert [p.token for p in pieces] == list(text.encode())
    ascii_text = "".join(c for c in text if c.isascii())
    assert b"".join(p.text for p in pieces).decode() == ascii_text


def test_a_character_split_over_tokens_says_which_part_each_is():
    kinds = [p.kind for p in pieces_of(Opaque(), "aé€".encode())]
    parts = ["part 1 of 3 of €", "part 2 of 3 of €", "part 3 of 3 of €"]
    assert kinds == ["text", "part 1 of 2 of é", "part 2 of 2 of é", *parts]


def test_tokens_that_stand_for_nothing_alone_are_still_counted():
    pieces = pieces_of(Silent(), b"abc")
    assert [(p.token, p.kind) for p in pieces] == [(n, "unknown") for n in b"abc"]


def test_a_tokenizer_that_inspects_otherwise_than_it_encodes_is_found_out():
    with pytest.raises(EncodeError, match="inspect shows 1 token"):
        pieces_of(Liar(), b"ab")


def test_documents_are_bounded_in_number_and_size_and_spread_over_the_lengths():
    documents = [named("x" * n, f"{n}") for n in range(1, MAX_BYTES + 500, 50)]
    chosen = choose_documents(documents)
    sizes = [len(d.canonical) for d in chosen]
    assert len(chosen) == NUM_DOCUMENTS
    assert sizes == sorted(set(sizes))
    assert (sizes[0], sizes[-1]) == (1, max(n for n in range(1, MAX_BYTES + 1, 50)))
    assert choose_documents(documents[::-1]) == chosen
    assert choose_documents(documents[:3]) == documents[:3]
    assert choose_documents([named("x" * (MAX_BYTES + 1))]) == []


def test_the_exhibit_holds_what_the_tokenizers_give(contenders, documents):
    shown = json.loads(json.dumps(exhibit(contenders, documents)))
    assert [d["text"].encode() for d in shown["documents"]] == [d.canonical for d in documents]
    assert [t["arm"] for t in shown["tokenizers"]] == [c.arm for c in contenders]
    for contender, cut in zip(contenders[:3], shown["tokenizers"], strict=False):
        for document, places in zip(documents, cut["documents"], strict=True):
            tokens = [cut["pieces"][p][0] for p in places if cut["pieces"][p][0] is not None]
            assert np.array_equal(tokens, contender.tokenizer.encode(document.canonical))
    assert shown["tokenizers"][3] == {"arm": "<broken>", "error": "it is | not <there>"}


def test_an_arm_that_breaks_there_is_shown_as_failed():
    class Odd(BytesTokenizer):
        def inspect(self, document):
            return tuple(SimpleNamespace(token=n) for n in document)

    arms = [Contender(arm="odd", tokenizer=Odd()), Contender(arm="none", tokenizer=None)]
    odd, none = exhibit(arms, [named("a")])["tokenizers"]
    assert odd["arm"] == "odd"
    assert odd["error"].startswith("TypeError")
    assert none["error"].startswith("breaks its contract: a NoneType without vocab_size")


def test_bytes_that_are_no_text_are_shown_as_bytes(contenders):
    cut = exhibit(contenders[:1], [named("é")])["tokenizers"][0]
    assert cut["pieces"] == [(0xC3, "", "text", "c3"), (0xA9, "", "text", "a9")]


def test_a_forced_symbol_has_no_token(contenders):
    cut = exhibit(contenders[2:3], [named("a")])["tokenizers"][0]
    assert cut["pieces"] == [(None, "", "forced-open", ""), (97, "a", "key", "")]


def test_documents_in_free_mode_are_marked_where_there_is_one(contenders):
    class Modes(BytesTokenizer):
        def is_free(self, ids):
            return bool(ids[0] == ord("f"))

    both = Contender(arm="both", tokenizer=Modes())
    shown = exhibit([both, contenders[0]], [named("free"), named("strict")])["tokenizers"]
    assert [cut["free"] for cut in shown] == [[True, False], [None, None]]


def test_a_refused_document_is_an_error_there(contenders):
    cut = exhibit(contenders[1:2], [named("refuse me"), named("fine")])["tokenizers"][0]
    assert cut["documents"][0] == "byte 0: it asks for it"
    assert isinstance(cut["documents"][1], list)
