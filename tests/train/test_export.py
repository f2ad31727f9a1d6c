from __future__ import annotations

import importlib.util
import itertools
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wfgen.builtin.position import PositionSettings
from wfgen.errors import ArtefactError, MissingExtraError, SettingError
from wfgen.store import StoreWriter, TokenStore
from wfgen.train import export
from wfgen.train.export import export_position_windows

LENGTHS = {"train": [40, 7, 8, 100], "valid": [25, 3]}
SETTINGS = PositionSettings(context=9, stride=4, position_stride=2)
needs_torch = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None, reason="the extra train is not installed"
)


def write(directory: Path, lengths: dict[str, list[int]]) -> TokenStore:
    rng = np.random.default_rng(0)
    with StoreWriter(directory, vocab_size=1_000, bos=998, eos=999) as writer:
        for split, numbers in lengths.items():
            for length in numbers:
                writer.add(split, rng.integers(0, 998, length, dtype=np.int32), {})
        writer.finish({})
    return TokenStore.open(directory)


def rows_of(store: TokenStore, split: str, context: int, stride: int, divisor: int) -> Any:
    """The rows of a split, as the published script's definition reads."""
    rows = []
    for begin, end in itertools.pairwise(store.offsets(split).tolist()):
        ids = store.tokens[begin + 1 : end - 1].tolist()
        for start in range(0, len(ids) - context + 2, stride):
            rows.append([start // divisor, *ids[start : start + context - 1]])
    return rows


def load(file: Path) -> Any:
    import torch  # noqa: PLC0415  an extra

    return torch.load(file, weights_only=True)


@needs_torch
def test_tensors_hold_the_published_rows(tmp_path: Path) -> None:
    store = write(tmp_path / "store", LENGTHS)
    export_position_windows(store, tmp_path / "out", settings=SETTINGS)
    for split, name in (("train", "train.pt"), ("valid", "val.pt")):
        tensor = load(tmp_path / "out" / name)
        assert str(tensor.dtype) == "torch.int64"
        assert tensor.tolist() == rows_of(store, split, 9, 4, 2)


@needs_torch
def test_nothing_lies_beside_the_three_files(tmp_path: Path) -> None:
    export_position_windows(write(tmp_path / "store", LENGTHS), tmp_path / "out", settings=SETTINGS)
    names = sorted(p.name for p in (tmp_path / "out").iterdir())
    assert names == ["metadata.json", "train.pt", "val.pt"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "store"]


@needs_torch
def test_metadata_has_the_published_names_and_the_share_that_resulted(tmp_path: Path) -> None:
    store = write(tmp_path / "store", LENGTHS)
    export_position_windows(store, tmp_path / "out", settings=SETTINGS)
    num_train, num_val = (len(rows_of(store, split, 9, 4, 2)) for split in ("train", "valid"))
    assert json.loads((tmp_path / "out" / "metadata.json").read_bytes()) == {
        "context_size": 9,
        "stride": 4,
        "position_stride": 2,
        "train_split": num_train / (num_train + num_val),
        "num_workflows": 6,
        "num_windows": num_train + num_val,
        "num_train": num_train,
        "num_val": num_val,
        "window_shape": [num_train + num_val, 9],
    }


@needs_torch
def test_rows_written_in_many_chunks_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = write(tmp_path / "store", LENGTHS)
    monkeypatch.setattr(export, "_CHUNK_BYTES", 200)
    export_position_windows(store, tmp_path / "out", settings=SETTINGS)
    assert load(tmp_path / "out" / "train.pt").tolist() == rows_of(store, "train", 9, 4, 2)


@needs_torch
def test_short_documents_are_kept_where_asked(tmp_path: Path) -> None:
    store = write(tmp_path / "store", LENGTHS)
    settings = PositionSettings(context=9, stride=4, short="keep")
    metadata = export_position_windows(store, tmp_path / "out", settings=settings)
    assert metadata.num_val == len(rows_of(store, "valid", 9, 4, 4)) + 1
    assert load(tmp_path / "out" / "val.pt")[-1].tolist()[4:] == [999] * 5


@needs_torch
@pytest.mark.parametrize("lengths", [{"train": [40]}, {"train": [40], "valid": [3]}])
def test_no_row_to_validate_is_an_empty_tensor(
    tmp_path: Path, lengths: dict[str, list[int]]
) -> None:
    store = write(tmp_path / "store", lengths)
    metadata = export_position_windows(store, tmp_path / "out", settings=SETTINGS)
    assert (metadata.num_val, metadata.train_split) == (0, 1.0)
    assert tuple(load(tmp_path / "out" / "val.pt").shape) == (0, 9)


@needs_torch
def test_no_row_at_all_is_an_error_and_writes_nothing(tmp_path: Path) -> None:
    store = write(tmp_path / "store", {"train": [3], "valid": [2]})
    with pytest.raises(SettingError, match=r"no document has 8 ids.*keep short documents"):
        export_position_windows(store, tmp_path / "out", settings=SETTINGS)
    assert [p.name for p in tmp_path.iterdir()] == ["store"]


@needs_torch
def test_a_directory_that_exists_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(ArtefactError, match="exists"):
        export_position_windows(
            write(tmp_path / "store", LENGTHS), tmp_path / "out", settings=SETTINGS
        )
    assert list((tmp_path / "out").iterdir()) == []


@needs_torch
def test_a_full_disk_is_named_and_leaves_nothing(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="file size limits are POSIX")
    store = write(tmp_path / "store", {"train": [60_000]})
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    settings = PositionSettings(context=9, stride=4, position_stride=64)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
    try:
        with pytest.raises(ArtefactError, match="cannot write here"):
            export_position_windows(store, tmp_path / "out", settings=settings)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [p.name for p in tmp_path.iterdir()] == ["store"]


@needs_torch
def test_an_error_of_torchs_writer_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("unexpected pos 64 vs 0")

    monkeypatch.setattr("torch.save", fail)
    with pytest.raises(ArtefactError, match="unexpected pos"):
        export_position_windows(
            write(tmp_path / "store", LENGTHS), tmp_path / "out", settings=SETTINGS
        )
    assert [p.name for p in tmp_path.iterdir()] == ["store"]


def test_without_torch_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'wfgen\[train\]'") as caught:
        export_position_windows(write(tmp_path / "store", LENGTHS), tmp_path / "out")
    assert caught.value.extra == "train"
    assert [p.name for p in tmp_path.iterdir()] == ["store"]
