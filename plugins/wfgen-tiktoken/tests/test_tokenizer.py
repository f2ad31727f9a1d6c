"""What is refused, with the place; and artefacts."""

from __future__ import annotations

import numpy as np
import pytest

from wfgen.artefacts import read_manifest, write_artefact
from wfgen.errors import DamagedArtefactError, DecodeError, EncodeError, NotAnArtefactError
from wfgen_tiktoken import open_tokenizer


@pytest.mark.parametrize(
    ("document", "offset"),
    [(b"ab\xff", 2), (b"\xc3\xa9\xed\xa0\x80", 2), (b"\xf0\x9f", 0), ("é\ud800", 2)],
)
def test_what_is_not_utf8_is_refused_with_its_byte(small, document, offset):
    with pytest.raises(EncodeError) as caught:
        small.encode(document)
    assert caught.value.offset == offset


@pytest.mark.parametrize("document", [None, 3, ["a"], bytearray(b"a")])
def test_what_is_no_text_is_refused(small, document):
    with pytest.raises(EncodeError, match=type(document).__name__):
        small.encode(document)


def test_an_empty_document_has_no_ids(small):
    assert small.encode("").shape == (0,)
    assert small.decode(np.zeros(0, dtype=np.int32)) == b""
    assert small.decode([small.bos, small.eos]) == b""


def test_ids_may_be_written_to(small):
    small.encode("abc")[0] = 1


@pytest.mark.parametrize(
    ("ids", "index", "cause"),
    [
        ([97, 302, 98], 1, "begin of a document"),
        ([302, 302], 1, "begin of a document"),
        ([302, 97, 303, 98], 2, "end of a document"),
        ([303, 303], 0, "end of a document"),
        ([303, 97], 0, "end of a document"),
        ([302, 97, 299], 2, "stands for no text in small"),
        ([97, 304], 1, "outside a vocabulary of 304"),
        ([97, -1], 1, "outside a vocabulary of 304"),
        ([97, 0xC3, 98], 1, "not UTF-8"),
        ([302, 300, 0xC3, 303], 2, "not UTF-8"),
    ],
)
def test_ids_that_are_no_document_are_refused_with_their_index(small, ids, index, cause):
    with pytest.raises(DecodeError, match=cause) as caught:
        small.decode(np.array(ids, dtype=np.int32))
    assert caught.value.index == index


@pytest.mark.parametrize("ids", [[1.5], [[1, 2]], ["a"], [2**70]])
def test_what_are_no_ids_is_refused(small, ids):
    with pytest.raises(DecodeError, match="the ids are"):
        small.decode(np.array(ids))


def test_unsigned_ids_of_a_store_are_accepted(small):
    assert small.decode(np.array([302, 301, 303], dtype=np.uint16)) == b"abc"


def test_tokens_say_what_they_stand_for(small):
    stands_for = [small.token_bytes(token) for token in (97, 300, 301, 299, small.bos, small.eos)]
    assert stands_for == [b"a", b"ab", b"abc", b"", b"", b""]
    for token in (-1, small.vocab_size):
        with pytest.raises(DecodeError, match="outside"):
            small.token_bytes(token)


def test_pieces_join_to_the_document(o200k):
    text = '{"on":"é push"}'
    assert b"".join(piece.text for piece in o200k.inspect(text)) == text.encode()


@pytest.mark.parametrize(
    ("key", "value", "cause"),
    [
        ("bos", 97, "is the rank of a token"),
        ("bos", 303, "is the end token too"),
        ("eos", "303", "no whole number"),
        ("eos", True, "no whole number"),
        ("vocab_size", 303, "304 is the least"),
        ("vocab_size", 10**12, "no whole number"),
        ("pattern", "(", "pattern"),
        ("pattern", None, "NoneType"),
        ("about", [], "list"),
        ("encoding", 1, "int"),
    ],
)
def test_a_manifest_that_makes_no_tokenizer_is_refused(small, tmp_path, key, value, cause):
    rewritten(small, tmp_path, {key: value})
    with pytest.raises(DamagedArtefactError, match=cause):
        open_tokenizer(tmp_path / "edited", entry="tiktoken")


@pytest.mark.parametrize("key", ["pattern", "bos", "about"])
def test_a_manifest_that_lacks_something_is_refused(small, tmp_path, key):
    rewritten(small, tmp_path, {}, leave_out=key)
    with pytest.raises(DamagedArtefactError, match=f"lacks '{key}'"):
        open_tokenizer(tmp_path / "edited", entry="tiktoken")


def test_an_artefact_without_ranks_is_refused(tmp_path):
    body = {"encoding": "small"}
    with write_artefact(
        tmp_path / "empty", kind="tokenizer", name="tiktoken", format_version=1, body=body
    ):
        pass
    with pytest.raises(DamagedArtefactError, match=r"lacks 'ranks\.tiktoken'"):
        open_tokenizer(tmp_path / "empty", entry="tiktoken")


def test_the_artefact_of_another_entry_is_refused(small, tmp_path):
    small.save(tmp_path / "saved")
    with pytest.raises(NotAnArtefactError, match="'tiktoken', not 'gpt2'"):
        open_tokenizer(tmp_path / "saved", entry="gpt2")


def rewritten(tokenizer, tmp_path, changes, leave_out=""):
    """An artefact with other words in its manifest, whole by its hashes."""
    tokenizer.save(tmp_path / "saved")
    body = {**read_manifest(tmp_path / "saved").body, **changes}
    body.pop(leave_out, None)
    with write_artefact(
        tmp_path / "edited", kind="tokenizer", name="tiktoken", format_version=1, body=body
    ) as aside:
        ranks = (tmp_path / "saved" / "ranks.tiktoken").read_bytes()
        (aside / "ranks.tiktoken").write_bytes(ranks)
