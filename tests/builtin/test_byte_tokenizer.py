from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfgen.artefacts import write_artefact
from wfgen.builtin.byte_tokenizer import BytesTokenizer, open_bytes
from wfgen.errors import (
    ArtefactError,
    DamagedArtefactError,
    DecodeError,
    EncodeError,
    NotAnArtefactError,
)
from wfgen.testing import TokenizerLaws

BYTES = BytesTokenizer()


class TestBytes(TokenizerLaws):
    fidelity = "bytes"
    capabilities = frozenset({"inspect", "save", "token-bytes"})
    entry_name = "bytes"

    def make(self) -> BytesTokenizer:
        return BytesTokenizer()


@given(st.text())
def test_ids_are_the_bytes_of_utf8(text: str) -> None:
    assert BYTES.encode(text).tolist() == list(text.encode("utf-8"))


def test_a_million_spaces_encode() -> None:
    assert len(BYTES.encode(b" " * 1_000_000)) == 1_000_000


@pytest.mark.parametrize(
    ("document", "offset"),
    [(b"\xff", 0), (b"ab\xc3(", 2), ("é\ud800".encode("utf-8", "surrogatepass"), 2)],
)
def test_bytes_that_are_not_utf8_are_refused_at_their_offset(document: bytes, offset: int) -> None:
    with pytest.raises(EncodeError) as caught:
        BYTES.encode(document)
    assert caught.value.offset == offset


def test_a_lone_surrogate_is_refused_at_its_offset_in_bytes() -> None:
    with pytest.raises(EncodeError) as caught:
        BYTES.encode("é\ud800")
    assert caught.value.offset == 2


@pytest.mark.parametrize("document", [None, 1, bytearray(b"a"), ["a"]])
def test_other_kinds_of_document_are_refused(document: Any) -> None:
    with pytest.raises(EncodeError, match="bytes or text"):
        BYTES.encode(document)


@pytest.mark.parametrize(
    ("ids", "index", "cause"),
    [
        ([97, 258], 1, "outside"),
        ([256, -1], 1, "outside"),
        ([97, 256], 1, "begin"),
        ([97, 257, 98], 1, "end"),
        ([257, 256], 0, "end"),
        ([256, 256], 1, "begin"),
        ([256, 257, 257], 1, "end"),
        ([256, 97, 0xC3], 2, "UTF-8"),
    ],
)
def test_ids_that_are_no_document_are_refused_at_their_index(
    ids: list[int], index: int, cause: str
) -> None:
    with pytest.raises(DecodeError, match=cause) as caught:
        BYTES.decode(np.array(ids, dtype=np.int32))
    assert caught.value.index == index


@pytest.mark.parametrize("ids", [[], [256], [257], [256, 257]])
def test_begin_and_end_alone_are_the_empty_document(ids: list[int]) -> None:
    assert BYTES.decode(np.array(ids, dtype=np.int32)) == b""


@pytest.mark.parametrize("ids", [np.array([97.0]), np.array([[97]]), np.array(["a"])])
def test_what_is_no_row_of_integers_is_refused(ids: Any) -> None:
    with pytest.raises(DecodeError, match="of shape"):
        BYTES.decode(ids)


def test_a_flipped_bit_anywhere_in_the_manifest_is_refused(tmp_path: Path) -> None:
    BYTES.save(tmp_path / "bytes")
    file = tmp_path / "bytes" / "manifest.json"
    content = file.read_bytes()
    for at, byte in enumerate(content):
        file.write_bytes(content[:at] + bytes([byte ^ 1 << at % 8]) + content[at + 1 :])
        with pytest.raises(ArtefactError):
            open_bytes(tmp_path / "bytes")
    file.write_bytes(content)
    assert open_bytes(tmp_path / "bytes") == BYTES


def test_another_tokenizers_artefact_is_refused(tmp_path: Path) -> None:
    with write_artefact(tmp_path / "a", kind="tokenizer", name="b", format_version=1, body={}):
        pass
    with pytest.raises(NotAnArtefactError, match="'b', not 'bytes'"):
        open_bytes(tmp_path / "a")


def test_a_file_too_many_is_refused(tmp_path: Path) -> None:
    body = {"vocab_size": 258, "bos": 256, "eos": 257}
    with write_artefact(
        tmp_path / "a", kind="tokenizer", name="bytes", format_version=1, body=body
    ) as aside:
        (aside / "merges.txt").write_text("")
    with pytest.raises(DamagedArtefactError):
        open_bytes(tmp_path / "a")
