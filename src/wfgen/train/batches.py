"""Batches: the windows of a step as tensors, cut ahead of time in a thread.

Legend: R rows of one process, T positions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from types import TracebackType

import numpy as np
import torch
from attrs import field, frozen
from torch import Tensor

from wfgen.api import Window
from wfgen.errors import SettingError
from wfgen.runs.pieces import IGNORED
from wfgen.train.order import Cursor, Placed, windows_from
from wfgen.train.task import Task

__all__ = ["Batch", "Batches", "collate"]


@frozen(kw_only=True, eq=False)
class Batch:
    """What one process trains on in one step, on the CPU.

    Attributes:
        ids_RT: int64, shape [R, T].
        targets_RT: int64, shape [R, T]; `IGNORED` where nothing is predicted.
        segments_RT: int32, shape [R, T]; None where each row is one document.
        states_RT: int64, shape [R, T]; the state before each target; None where the model is not
            given any.
        num_targets: of the whole step, over all processes.
        num_documents: whole documents of the step, over all processes.
        documents: in which documents of the split the step's windows begin.
        after: the place behind the step.
    """

    ids_RT: Tensor = field(repr=False)
    targets_RT: Tensor = field(repr=False)
    segments_RT: Tensor | None = field(repr=False)
    states_RT: Tensor | None = field(default=None, repr=False)
    num_targets: int
    num_documents: float
    documents: tuple[int, ...]
    after: Cursor


def collate(windows: Sequence[Window]) -> tuple[Tensor, Tensor, Tensor | None]:
    """Inputs, targets and segments of windows; as `Batch` has them."""
    tokens = np.stack([w.tokens for w in windows]).astype(np.int64)
    is_target = np.stack([w.loss_mask for w in windows])
    segments = np.stack([w.segments for w in windows])[:, :-1]
    targets = np.where(is_target, tokens[:, 1:], IGNORED)
    # Padding lies behind everything, and no position reads what follows it.
    is_packed = segments.max(initial=0) > 0
    return (
        torch.from_numpy(tokens[:, :-1].copy()),
        torch.from_numpy(targets),
        torch.from_numpy(segments.astype(np.int32)) if is_packed else None,
    )


def states_of(windows: Sequence[Window]) -> Tensor:
    """The state before the token that each position predicts; int64, shape [R, T].

    Raises:
        SettingError: a window has none.
    """
    found = [w.states for w in windows if w.states is not None]
    if len(found) < len(windows):
        raise SettingError(
            name="states",
            cause="the windower gives no states",
            hint="take the windower documents, or states=false",
        )
    return torch.from_numpy(np.stack(found)[:, 1:].astype(np.int64))


class Batches:
    """The batches of one process from a place on; the next one is cut while one is trained on.

    Args:
        task: what is trained.
        start: the place.
        rank, ranks: which process of how many; each takes every `ranks`-th window of a step.
    """

    def __init__(self, task: Task, start: Cursor, *, rank: int = 0, ranks: int = 1) -> None:
        self._task, self._rank, self._ranks = task, rank, ranks
        self._windows = windows_from(task.order, start)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="batches")
        self._ahead: Future[Batch] | None = None

    def __enter__(self) -> Batches:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._thread.shutdown(wait=True, cancel_futures=True)

    def __iter__(self) -> Iterator[Batch]:
        while True:
            current = self._ahead or self._thread.submit(self._cut)
            batch = current.result()
            self._ahead = self._thread.submit(self._cut)
            yield batch

    def _cut(self) -> Batch:
        placed = list(islice(self._windows, self._task.windows_per_step))
        windows = [p.window for p in placed]
        mine = windows[self._rank :: self._ranks]
        ids, targets, segments = collate(mine)
        _check_ids(ids, self._task.spec.vocab_size, placed)
        return Batch(
            ids_RT=ids,
            targets_RT=targets,
            segments_RT=segments,
            states_RT=states_of(mine) if self._task.spec.states else None,
            num_targets=sum(int(w.loss_mask.sum()) for w in windows),
            num_documents=self._count_documents(windows),
            documents=tuple(p.document for p in placed),
            after=placed[-1].after,
        )

    def _count_documents(self, windows: Sequence[Window]) -> float:
        if not self._task.counts_ends:
            return len(windows) * self._task.documents_per_window()
        eos = self._task.store.eos
        return float(sum(int((w.tokens[1:][w.loss_mask] == eos).sum()) for w in windows))


def _check_ids(ids: Tensor, vocab_size: int, placed: Sequence[Placed]) -> None:
    highest = int(ids.max())
    if highest >= vocab_size:
        raise SettingError(
            name="windower",
            cause=f"id {highest:,} is outside a vocabulary of {vocab_size:,}, in the windows that"
            f" begin with document {placed[0].document:,} of the training side",
            hint="the data or the windower is broken: prepare the data anew",
        )
