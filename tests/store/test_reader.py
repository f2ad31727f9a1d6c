from __future__ import annotations

import multiprocessing
import pickle
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wfgen.artefacts import (
    read_manifest,
    write_artefact,
)
from wfgen.errors import (
    DamagedArtefactError,
    NotAnArtefactError,
    SettingError,
    UnknownFormatError,
)
from wfgen.store import StoreWriter, TokenStore

VOCAB = {"vocab_size": 258, "bos": 256, "eos": 257}


def write(directory: Path, added: list[tuple[str, list[int]]]) -> TokenStore:
    with StoreWriter(directory, **VOCAB) as writer:
        for number, (split, ids) in enumerate(added):
            writer.add(split, np.array(ids, dtype=np.int32), {"path": f"{number}.yml"})
        writer.finish({})
    return TokenStore.open(directory)


def two_documents(directory: Path) -> TokenStore:
    return write(directory, [("train", [1, 2, 3]), ("valid", [4])])


# Opening ----------------------------------------------------------------------------------------


def test_what_is_no_store_does_not_open(tmp_path: Path) -> None:
    with pytest.raises(NotAnArtefactError):
        TokenStore.open(tmp_path)
    with pytest.raises(NotAnArtefactError):
        TokenStore.open(tmp_path / "missing")


@pytest.mark.parametrize("name", ["tokens.bin", "offsets.npy", "documents.jsonl"])
def test_a_missing_or_shortened_file_does_not_open(tmp_path: Path, name: str) -> None:
    two_documents(tmp_path / "store")
    file = tmp_path / "store" / name
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(DamagedArtefactError, match=name):
        TokenStore.open(tmp_path / "store")
    file.unlink()
    with pytest.raises(DamagedArtefactError, match=name):
        TokenStore.open(tmp_path / "store")


@pytest.mark.parametrize("name", ["tokens.bin", "offsets.npy", "documents.jsonl"])
def test_verify_finds_a_flipped_byte(tmp_path: Path, name: str) -> None:
    store = two_documents(tmp_path / "store")
    store.verify()
    file = tmp_path / "store" / name
    content = file.read_bytes()
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(DamagedArtefactError, match=f"{name}.*sha256"):
        store.verify()


def rewrite(
    store: Path,
    *,
    files: Mapping[str, bytes] | None = None,
    body: Callable[[dict[str, Any]], Any] = lambda _: None,
    format_version: int = 1,
) -> Path:
    """A copy with other files or another body, and a manifest that agrees with them."""
    changed = dict(read_manifest(store).body)
    body(changed)
    copy = store.with_name("copy")
    with write_artefact(
        copy, kind="token-store", name="store", format_version=format_version, body=changed
    ) as aside:
        for name in ("tokens.bin", "offsets.npy", "documents.jsonl"):
            (aside / name).write_bytes((files or {}).get(name, (store / name).read_bytes()))
    return copy


def set_body(key: str, value: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda body: body.update({key: value})


@pytest.mark.parametrize(
    "change",
    [
        set_body("vocab_size", "many"),
        set_body("vocab_size", 70_000),
        set_body("eos", 256),
        set_body("dtype", "uint32"),
        set_body("splits", {}),
        set_body("splits", [1]),
        set_body("splits", {"train": [0, 1]}),
        set_body("splits", {"train": [0, 1], "valid": [0, 2]}),
        set_body("splits", {"train": [0, 2], "valid": [2, 2]}),
        set_body("splits", {"train": [0, 10**30]}),
        set_body("splits", {"train": [0, 1, 2]}),
        lambda body: body.pop("splits"),
    ],
)
def test_a_manifest_that_does_not_fit_the_files_does_not_open(
    tmp_path: Path, change: Callable[[dict[str, Any]], None]
) -> None:
    two_documents(tmp_path / "store")
    with pytest.raises(DamagedArtefactError, match=r"the body is malformed|offsets"):
        TokenStore.open(rewrite(tmp_path / "store", body=change))


def test_a_newer_format_is_named(tmp_path: Path) -> None:
    two_documents(tmp_path / "store")
    with pytest.raises(UnknownFormatError):
        TokenStore.open(rewrite(tmp_path / "store", format_version=2))


@pytest.mark.parametrize(
    "offsets",
    [
        np.array([0, 1, 8]),
        np.array([0, 8, 5]),
        np.array([1, 5, 8]),
        np.array([0, 5, 9]),
        np.array([0.0, 5.0, 8.0]),
        np.array([[0], [5], [8]]),
        np.array([0, 5, 8], dtype=np.uint64),
        np.array([0, 5, None], dtype=object),
    ],
)
def test_offsets_that_cut_no_documents_do_not_open(tmp_path: Path, offsets: Any) -> None:
    two_documents(tmp_path / "store")
    saved = BytesIO()
    np.save(saved, offsets)
    changed = rewrite(tmp_path / "store", files={"offsets.npy": saved.getvalue()})
    with pytest.raises(DamagedArtefactError, match=r"offsets\.npy"):
        TokenStore.open(changed)


def test_a_header_that_promises_too_much_allocates_nothing(tmp_path: Path) -> None:
    two_documents(tmp_path / "store")
    saved = BytesIO()
    header = {"descr": "<i8", "fortran_order": False, "shape": (10**13,)}
    np.lib.format.write_array_header_1_0(saved, header)
    changed = rewrite(tmp_path / "store", files={"offsets.npy": saved.getvalue() + bytes(24)})
    with pytest.raises(DamagedArtefactError, match=r"offsets\.npy"):
        TokenStore.open(changed)


def test_a_flipped_byte_in_the_offsets_is_refused_or_changes_nothing(tmp_path: Path) -> None:
    whole = two_documents(tmp_path / "store")._offsets.tolist()
    file = tmp_path / "store" / "offsets.npy"
    content = file.read_bytes()
    refused = 0
    for at in range(len(content)):
        file.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        try:
            offsets = TokenStore.open(tmp_path / "store")._offsets.tolist()
        except DamagedArtefactError:
            refused += 1
            continue
        assert offsets == whole or at >= len(content) - 16
    assert refused > len(content) // 2


@pytest.mark.parametrize("line", [b"{\n", b"[]\n", b"[" * 100_000 + b"\n", b"\xff\n"])
def test_a_damaged_record_is_named_when_it_is_read(tmp_path: Path, line: bytes) -> None:
    two_documents(tmp_path / "store")
    whole = (tmp_path / "store" / "documents.jsonl").read_bytes()
    lines = line + whole.split(b"\n")[1] + b"\n"
    store = TokenStore.open(rewrite(tmp_path / "store", files={"documents.jsonl": lines}))
    with pytest.raises(DamagedArtefactError, match=r"documents\.jsonl.*record 0"):
        store.documents("train")[0]
    assert store.documents("valid")[0] == {"path": "1.yml", "split": "valid"}


def test_missing_records_are_named(tmp_path: Path) -> None:
    two_documents(tmp_path / "store")
    store = TokenStore.open(rewrite(tmp_path / "store", files={"documents.jsonl": b""}))
    with pytest.raises(DamagedArtefactError, match="0 lines"):
        store.documents("train")


def test_records_are_a_sequence(tmp_path: Path) -> None:
    store = write(tmp_path / "store", [("valid", [0]), *[("train", [n]) for n in range(5)]])
    records = store.documents("train")
    assert len(records) == 5
    assert records[-1]["path"] == "5.yml"
    assert [r["path"] for r in records[1:3]] == ["2.yml", "3.yml"]
    with pytest.raises(IndexError):
        records[5]


def test_an_unknown_split_answers_with_those_there_are(tmp_path: Path) -> None:
    store = two_documents(tmp_path / "store")
    for ask in (store.offsets, store.documents):
        with pytest.raises(SettingError, match=r"did you mean 'train'\? there are train, valid"):
            ask("trian")


@pytest.mark.parametrize(
    ("record", "name"),
    [
        ({"name": "n", "repo": "o/r", "path": "p"}, "n"),
        ({"repo": "o/r", "path": "p"}, "o/r/p"),
        ({"path": "p", "repo": None}, "p"),
        ({"repo": "o/r"}, "document 0 of train"),
    ],
)
def test_a_document_is_called_by_the_best_name_there_is(
    tmp_path: Path, record: dict[str, Any], name: str
) -> None:
    with StoreWriter(tmp_path / "store", **VOCAB) as writer:
        writer.add("train", np.array([1]), record)
        writer.finish({})
    assert TokenStore.open(tmp_path / "store").document_name("train", 0) == name


def test_a_pickled_store_names_its_directory_and_not_its_tokens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "store", [("train", [5] * 100_000)])
    monkeypatch.chdir(tmp_path)
    store = TokenStore.open("store")
    assert store.tokens.sum() == 500_513
    pickled = pickle.dumps(store)
    assert len(pickled) < 1_000
    monkeypatch.chdir("/")
    assert pickle.loads(pickled).tokens.sum() == 500_513


def test_a_spawned_process_opens_the_store(tmp_path: Path) -> None:
    store = two_documents(tmp_path / "store")
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        tokens = pool.apply(getattr, (store, "tokens"))
    assert tokens.tolist() == store.tokens.tolist()
