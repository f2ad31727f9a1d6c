"""Writes a token store in the format that nanochat-tct's trainer reads.

Format (scripts/prepare_training_data.py of nanochat-tct): `train.pt` and `val.pt`, one int64 tensor
each, shape [rows, context], as the windower `position` cuts them, and `metadata.json`.

Two things differ from the published script. The split is the store's, by owner of the repository:
the script cuts the list of windows, so that one document may stand on both sides; `train_split` is
therefore the share that resulted, not one that was asked for. And `short="keep"` keeps.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from attrs import frozen

from wfgen.artefacts import new_directory, refuse_existing
from wfgen.builtin.position import Plan, PositionSettings, plan_position, row_chunks
from wfgen.errors import ArtefactError, MissingExtraError, SettingError
from wfgen.store import TokenStore

__all__ = ["PublishedMetadata", "export_position_windows"]

_CHUNK_BYTES = 1 << 24


@frozen(kw_only=True)
class PublishedMetadata:
    """What `metadata.json` says; the names are the published ones.

    Attributes:
        context_size: ids of a row, its position id included.
        stride, position_stride: as the windower's settings.
        train_split: share of the rows that are in `train.pt`.
        num_workflows: documents of both splits, those without a row included.
        num_windows, num_train, num_val: rows.
        window_shape: of both tensors together, [num_windows, context_size].
    """

    context_size: int
    stride: int
    position_stride: int
    train_split: float
    num_workflows: int
    num_windows: int
    num_train: int
    num_val: int
    window_shape: tuple[int, int]


def export_position_windows(
    store: TokenStore,
    out: Path,
    *,
    settings: PositionSettings | None = None,
    train: str = "train",
    valid: str = "valid",
) -> PublishedMetadata:
    """Write `train.pt`, `val.pt` and `metadata.json` into the new directory `out`.

    Rows pass through a file beside the tensor, `8 * context` bytes a row, and through a chunk of
    16 MiB in memory; torch writes the tensor from that file, mapped.

    Args:
        store: where the ids are.
        out: the directory; it must not exist.
        settings: of the windower; None for its defaults.
        train: the split for `train.pt`.
        valid: the split for `val.pt`; where the store has none, `val.pt` has no row.

    Raises:
        MissingExtraError: torch is not installed.
        SettingError: there is no split `train`, no row at all, or a position id does not fit.
        DamagedArtefactError: the store is not what its manifest says.
        ArtefactError: `out` exists or cannot be written; nothing is left there.
    """
    torch = _import_torch()
    refuse_existing(out)
    store.verify()
    settings = settings or PositionSettings()
    train_plan = plan_position(settings, store, train)
    valid_plan = plan_position(settings, store, valid) if valid in store.splits else None
    metadata = _describe(settings, train_plan, valid_plan)
    with _naming_the_disk(out), new_directory(out) as aside:
        _write_tensor(torch, aside / "train.pt", train_plan, settings.context)
        _write_tensor(torch, aside / "val.pt", valid_plan, settings.context)
        text = json.dumps(attrs.asdict(metadata), indent=2)
        (aside / "metadata.json").write_text(text + "\n", encoding="utf-8", newline="\n")
    return metadata


def _import_torch() -> Any:
    try:
        import torch  # noqa: PLC0415  only this function needs it
    except ImportError as error:
        raise MissingExtraError(
            extra="train",
            cause=f"writing tensors needs torch ({error})",
            hint="pip install 'wfgen[train]'",
        ) from error
    return torch


def _describe(
    settings: PositionSettings, train_plan: Plan, valid_plan: Plan | None
) -> PublishedMetadata:
    plans = [plan for plan in (train_plan, valid_plan) if plan is not None]
    num_train = int(train_plan.before[-1])
    num_windows = sum(int(plan.before[-1]) for plan in plans)
    if not num_windows:
        raise SettingError(
            name="context",
            cause=f"no document has {settings.content:,} ids, so there is no window to write",
            hint="give a smaller context, or keep short documents",
        )
    return PublishedMetadata(
        context_size=settings.context,
        stride=settings.stride,
        position_stride=settings.divisor,
        train_split=num_train / num_windows,
        num_workflows=sum(len(plan.offsets) - 1 for plan in plans),
        num_windows=num_windows,
        num_train=num_train,
        num_val=num_windows - num_train,
        window_shape=(num_windows, settings.context),
    )


def _write_tensor(torch: Any, file: Path, plan: Plan | None, context: int) -> None:
    if plan is None or not plan.before[-1]:
        torch.save(torch.empty((0, context), dtype=torch.int64), file)
        return
    scratch = file.with_suffix(".rows")
    max_rows = max(1, _CHUNK_BYTES // (8 * context))
    with scratch.open("wb", buffering=_CHUNK_BYTES) as out:
        for rows in row_chunks(plan, max_rows):
            out.write(rows.data)
    # Copy on write: torch warns about an array that it could not write to.
    rows = np.memmap(scratch, dtype=np.int64, mode="c", shape=(int(plan.before[-1]), context))
    torch.save(torch.from_numpy(rows), file)
    del rows  # before the file goes: Windows keeps a file that is mapped
    scratch.unlink()


@contextmanager
def _naming_the_disk(out: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, RuntimeError) as error:  # torch's writer raises RuntimeError
        raise ArtefactError(
            path=str(out),
            cause=f"cannot write here ({error})",
            hint="nothing was kept; free space or name another directory",
        ) from error
