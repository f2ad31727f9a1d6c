from __future__ import annotations

import itertools
import tracemalloc
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, cast

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfgen.api import TokenSource
from wfgen.artefacts import (
    artefact_sha256,
    scratch_directory,
)
from wfgen.errors import (
    ArtefactError,
    EncodeError,
    SettingError,
)
from wfgen.store import StoreWriter, TokenStore

VOCAB = {"vocab_size": 258, "bos": 256, "eos": 257}
Added = tuple[str, list[int]]

documents_of_splits = st.lists(
    st.tuples(st.sampled_from(["train", "valid", "a/b: c"]), st.lists(st.integers(0, 255))),
    min_size=1,
    max_size=12,
)


def write(directory: Path, added: list[Added], vocab: Mapping[str, int] = VOCAB) -> TokenStore:
    with StoreWriter(directory, **vocab) as writer:
        for number, (split, ids) in enumerate(added):
            writer.add(split, np.array(ids, dtype=np.int32), {"path": f"{number}.yml"})
        writer.finish({"note": "π"})
    return TokenStore.open(directory)


def two_documents(directory: Path) -> TokenStore:
    return write(directory, [("train", [1, 2, 3]), ("valid", [4])])


def contents(store: TokenStore, split: str) -> list[list[int]]:
    bounds = itertools.pairwise(store.offsets(split).tolist())
    return [store.tokens[begin:end].tolist() for begin, end in bounds]


@given(documents_of_splits)
def test_every_split_comes_back_framed_and_in_order(added: list[Added]) -> None:
    with scratch_directory() as scratch:
        store = write(scratch / "store", added)
        assert set(store.splits) == {split for split, _ in added}
        for split in store.splits:
            numbered = [(n, ids) for n, (s, ids) in enumerate(added) if s == split]
            assert contents(store, split) == [[256, *ids, 257] for _, ids in numbered]
            wanted = [{"path": f"{n}.yml", "split": split} for n, _ in numbered]
            assert list(store.documents(split)) == wanted
        del store


def test_a_store_is_a_token_source(tmp_path: Path) -> None:
    store = two_documents(tmp_path / "store")
    assert isinstance(store, TokenSource)
    assert (store.vocab_size, store.bos, store.eos) == (258, 256, 257)


def test_the_manifest_says_what_was_written(tmp_path: Path) -> None:
    added = [("train", [1]), ("valid", [2, 3]), ("train", [])]
    assert write(tmp_path / "store", added).manifest.body == {
        "note": "π",
        "vocab_size": 258,
        "bos": 256,
        "eos": 257,
        "num_states": 0,
        "dtype": "uint16",
        "splits": {"train": [0, 2], "valid": [2, 3]},
        "counts": {
            "train": {"documents": 2, "tokens": 5},
            "valid": {"documents": 1, "tokens": 4},
        },
    }


@pytest.mark.parametrize(("vocab_size", "dtype"), [(65_536, "<u2"), (65_537, "<u4")])
def test_ids_are_little_endian_and_as_narrow_as_the_vocabulary_allows(
    tmp_path: Path, vocab_size: int, dtype: str
) -> None:
    top = vocab_size - 1
    vocab = {"vocab_size": vocab_size, "bos": 0, "eos": 1}
    store = write(tmp_path / "store", [("train", [top, 2])], vocab)
    raw = (tmp_path / "store" / "tokens.bin").read_bytes()
    assert raw == np.array([0, top, 2, 1], dtype=dtype).tobytes()
    assert store.tokens.tolist() == [0, top, 2, 1]


def test_the_same_documents_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        two_documents(tmp_path / name)
    assert artefact_sha256(tmp_path / "one") == artefact_sha256(tmp_path / "two")


def test_tokens_are_mapped_and_cannot_be_written(tmp_path: Path) -> None:
    store = two_documents(tmp_path / "store")
    assert isinstance(store.tokens.base, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        store.tokens[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        store.offsets("train")[0] = 1


# Refused documents ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ids", "cause"),
    [
        (np.array([1, 258]), "token index 1: id 258 is outside a vocabulary of 258"),
        (np.array([-1]), "token index 0: id -1 is outside"),
        (np.array([1, 2, 257]), "token index 2: id 257 is the begin or end"),
        (np.array([256]), "token index 0: id 256 is the begin or end"),
        (np.array([1.0]), "float64 of shape (1,)"),
        (np.array([True]), "bool of shape (1,)"),
        (np.array([[1]]), "int64 of shape (1, 1)"),
        ([1], "<class 'list'>"),
    ],
)
def test_ids_that_break_the_contract_name_the_document(
    tmp_path: Path, ids: Any, cause: str
) -> None:
    with StoreWriter(tmp_path / "store", **VOCAB) as writer:
        writer.add("train", np.array([7], dtype=np.int32), {})
        with pytest.raises(EncodeError) as caught:
            writer.add("train", ids, {"repo": "o/r", "path": "ci.yml"})
        writer.finish({})
    assert cause in str(caught.value)
    assert "o/r/ci.yml" in str(caught.value)
    assert contents(TokenStore.open(tmp_path / "store"), "train") == [[256, 7, 257]]


def test_a_document_without_a_name_is_counted(tmp_path: Path) -> None:
    with StoreWriter(tmp_path / "store", **VOCAB) as writer:
        writer.add("train", np.array([7], dtype=np.int32), {})
        with pytest.raises(EncodeError, match="document 1 of train"):
            writer.add("train", np.array([-7], dtype=np.int32), {})


@pytest.mark.parametrize("record", [{"x": float("nan")}, {"x": b"1"}, {"x": {1, 2}}])
def test_a_record_that_is_no_json_is_refused_and_the_writer_goes_on(
    tmp_path: Path, record: dict[str, Any]
) -> None:
    with StoreWriter(tmp_path / "store", **VOCAB) as writer:
        with pytest.raises(SettingError, match=r"odd\.yml: this is no JSON"):
            writer.add("train", np.array([1]), {"path": "odd.yml", **record})
        writer.add("train", np.array([2]), {})
        writer.finish({})
    assert contents(TokenStore.open(tmp_path / "store"), "train") == [[256, 2, 257]]


def test_a_path_that_is_not_utf8_comes_back(tmp_path: Path) -> None:
    record = {"path": "caf\udce9.yml", "note": "line\nbreak\u2028"}
    with StoreWriter(tmp_path / "store", **VOCAB) as writer:
        writer.add("train", np.array([1]), record)
        writer.finish({})
    found = TokenStore.open(tmp_path / "store").documents("train")[0]
    assert found == {**record, "split": "train"}


@pytest.mark.parametrize("split", ["", None, 3])
def test_a_split_needs_a_name(tmp_path: Path, split: Any) -> None:
    with (
        StoreWriter(tmp_path / "store", **VOCAB) as writer,
        pytest.raises(SettingError, match="names no split"),
    ):
        writer.add(split, np.array([1]), {})


@pytest.mark.parametrize(
    ("change", "setting"),
    [
        ({"vocab_size": 1}, "vocab_size"),
        ({"vocab_size": 2**31 + 1}, "vocab_size"),
        ({"bos": 258}, "bos"),
        ({"eos": -1}, "eos"),
        ({"eos": 256}, "eos"),
    ],
)
def test_a_vocabulary_that_cannot_be_is_refused(
    tmp_path: Path, change: dict[str, int], setting: str
) -> None:
    with pytest.raises(SettingError) as caught:
        StoreWriter(tmp_path / "store", **{**VOCAB, **change})
    assert caught.value.name == setting


# All or nothing ---------------------------------------------------------------------------------


def test_a_block_left_without_finish_leaves_nothing(tmp_path: Path) -> None:
    with StoreWriter(tmp_path / "store", **VOCAB) as writer:
        writer.add("train", np.array([1]), {})
    assert list(tmp_path.iterdir()) == []


def test_a_block_left_by_an_error_leaves_nothing_and_the_error_passes(tmp_path: Path) -> None:
    with (
        pytest.raises(KeyboardInterrupt),
        StoreWriter(tmp_path / "store", **VOCAB) as writer,
    ):
        writer.add("train", np.array([1]), {})
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_a_store_of_no_document_is_refused_with_a_way_out(tmp_path: Path) -> None:
    with (
        pytest.raises(ArtefactError, match="no document to store; see which documents"),
        StoreWriter(tmp_path / "store", **VOCAB) as writer,
    ):
        writer.finish({})
    assert list(tmp_path.iterdir()) == []


def test_a_key_of_the_stores_own_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(SettingError, match="'counts'"),
        StoreWriter(tmp_path / "store", **VOCAB) as writer,
    ):
        writer.add("train", np.array([1]), {})
        writer.finish({"counts": 1})
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_exists_is_not_touched(tmp_path: Path) -> None:
    before = two_documents(tmp_path / "store").manifest
    with pytest.raises(ArtefactError, match="exists"), StoreWriter(tmp_path / "store", **VOCAB):
        pass
    assert TokenStore.open(tmp_path / "store").manifest == before
    assert [p.name for p in tmp_path.iterdir()] == ["store"]


def test_a_full_disk_is_named_and_leaves_nothing(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="file size limits are POSIX")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
    try:
        with (
            pytest.raises(ArtefactError, match="cannot write here"),
            StoreWriter(tmp_path / "store", **VOCAB) as writer,
        ):
            for _ in range(40):
                writer.add("train", np.zeros(50_000, dtype=np.int32), {})
            writer.finish({})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []


def test_a_store_cannot_be_finished_after_a_write_that_failed(tmp_path: Path) -> None:
    with (
        pytest.raises(ArtefactError, match="after a write that failed"),
        StoreWriter(tmp_path / "store", **VOCAB) as writer,
    ):
        writer.add("train", np.array([1]), {})
        whole = writer._spools["train"]
        writer._spools["train"] = attrs.evolve(whole, records=cast(BinaryIO, Broken()))
        with pytest.raises(ArtefactError, match="no space left"):
            writer.add("train", np.array([1]), {})
        writer._spools["train"] = whole
        writer.finish({})
    assert list(tmp_path.iterdir()) == []


class Broken:
    def write(self, _: bytes) -> int:
        raise OSError("no space left")


def test_the_writer_holds_little_in_memory(tmp_path: Path) -> None:
    ids = np.zeros(5_000, dtype=np.int32)
    with StoreWriter(tmp_path / "store", **VOCAB) as writer:
        tracemalloc.start()
        try:
            for number in range(2_000):
                writer.add("train" if number % 10 else "valid", ids, {"path": "p" * 500})
            writer.finish({})
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert (tmp_path / "store" / "tokens.bin").stat().st_size > 20_000_000
    assert peak < 8_000_000
