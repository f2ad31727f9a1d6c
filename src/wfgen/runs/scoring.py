"""Scores held-out documents: the nats of each, every token once, and bits per byte.

A document is cut as the windower `documents` cuts it: pieces of C = T + 1 tokens, each after the
first beginning with `overlap` tokens that are read and not scored again. Every piece has a row of
its own, so that the figure is the same for a model that reads across documents. Pieces of about one
length share a batch.

Legend: N documents, R rows of a batch, T positions, P pieces.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from attrs import field, frozen
from numpy.typing import NDArray
from torch.nn import functional

from wfgen.api import Model
from wfgen.builtin.documents import Documents, plan_documents
from wfgen.errors import ArtefactError, SettingError
from wfgen.store import TokenStore

__all__ = ["DocumentScores", "score_documents"]

_LOGITS = 1 << 22
"""Logits of one batch, 16 MiB in float32, where nothing else is asked for: fast on a CPU."""

_LARGEST_LOSS = 709.0
"""Its exponential is the largest that a float holds."""


@frozen(kw_only=True, eq=False)
class DocumentScores:
    """What documents cost a model, begin left out and end included.

    Attributes:
        nats_N: negative log-likelihood; float64, shape [N].
        tokens_N: tokens scored: the ids and the end; int64, shape [N].
        bytes_N: of the canonical form; int64, shape [N].
    """

    nats_N: NDArray[np.float64] = field(repr=False)
    tokens_N: NDArray[np.int64] = field(repr=False)
    bytes_N: NDArray[np.int64] = field(repr=False)

    @property
    def bits_per_byte(self) -> float:
        """Over all documents together."""
        return float(self.nats_N.sum() / math.log(2) / self.bytes_N.sum())

    @property
    def loss(self) -> float:
        """Nats a token."""
        return float(self.nats_N.sum() / self.tokens_N.sum())

    @property
    def perplexity(self) -> float:
        """Per token; never to be compared across tokenizers. Infinite where it is no float."""
        return math.exp(self.loss) if self.loss < _LARGEST_LOSS else math.inf

    def of(self, documents: NDArray[np.int64]) -> DocumentScores:
        """The scores of some of these documents, by their place here."""
        return DocumentScores(
            nats_N=self.nats_N[documents],
            tokens_N=self.tokens_N[documents],
            bytes_N=self.bytes_N[documents],
        )


@torch.no_grad()
def score_documents(  # noqa: PLR0913  what a score depends on
    model: Model,
    store: TokenStore,
    split: str = "valid",
    *,
    context: int,
    overlap: int | None = None,
    documents: NDArray[np.int64] | None = None,
    device: str | torch.device = "cpu",
    precision: torch.dtype = torch.float32,
    max_positions: int | None = None,
    share: tuple[int, int] = (0, 1),
) -> DocumentScores:
    """The nats of each document of a split, or of some of them.

    Args:
        model: on `device`, ready to be run.
        store: made by the model's tokenizer.
        split: which documents.
        context: T, positions that the model sees at once.
        overlap: as the windower `documents` takes it; None for a quarter of the context.
        documents: indices in the split, ascending; None for all.
        device: where the ids go.
        precision: other than float32, the model runs under autocast to it.
        max_positions: R * T of a batch; None for as many as keep the logits under 16 MiB. A GPU is
            faster with more.
        share: (rank, ranks) of processes that score a part each; what the others score is 0 in
            `nats_N`, so that the sum over them is the whole.

    Raises:
        SettingError: there is no such split, or no document is left.
        ArtefactError: the store does not say how many bytes its documents have.
    """
    device = torch.device(device)
    pieces = _pieces(store, split, context, overlap, documents)
    positions = max_positions or max(context, _LOGITS // store.vocab_size)
    nats = np.zeros(len(pieces.documents), dtype=np.float64)
    for batch in _batches(pieces.lengths - 1, positions * share[1]):
        # A process without a row of its own runs one for nothing: sharded models run in step.
        mine = batch[share[0] :: share[1]]
        rows = mine if len(mine) else batch[:1]
        inputs, targets = _tensors(store, pieces, rows, device)
        with torch.autocast(device.type, dtype=precision, enabled=precision != torch.float32):
            logits, _ = model.logits(inputs)
        cost = functional.cross_entropy(
            logits.float().flatten(0, 1), targets.flatten(), reduction="none", ignore_index=-100
        )
        row_nats = cost.view(targets.shape).cpu().double().sum(dim=1).numpy()
        np.add.at(nats, pieces.places[mine], row_nats[: len(mine)])
    return _scores(store, split, pieces, nats)


@frozen(kw_only=True, eq=False)
class _Pieces:
    """Pieces, longest first.

    Attributes:
        documents: indices in the split of those scored; shape [N].
        places: of each piece, which of these it belongs to; shape [P].
        begins, lengths: where a piece lies in the store's tokens; shape [P].
        skips: tokens at its beginning that are no targets; shape [P].
    """

    documents: NDArray[np.int64]
    places: NDArray[np.int64]
    begins: NDArray[np.int64]
    lengths: NDArray[np.int64]
    skips: NDArray[np.int64]


def _pieces(
    store: TokenStore,
    split: str,
    context: int,
    overlap: int | None,
    documents: NDArray[np.int64] | None,
) -> _Pieces:
    plan = plan_documents(Documents(context=context, overlap=overlap), store, split)
    begins = np.sort(plan.begins.astype(np.int64))
    of = np.searchsorted(plan.offsets, begins, side="right") - 1
    chosen = np.arange(len(plan.offsets) - 1) if documents is None else np.asarray(documents)
    if not len(chosen):
        raise SettingError(name="documents", cause="no document is left to score")
    kept = np.isin(of, chosen)
    begins, of = begins[kept], of[kept]
    lengths = np.minimum(context + 1, plan.offsets[of + 1] - begins)
    order = np.argsort(-lengths, kind="stable")
    is_first = begins == plan.offsets[of]
    return _Pieces(
        documents=chosen,
        places=np.searchsorted(chosen, of)[order],
        begins=begins[order],
        lengths=lengths[order],
        skips=np.where(is_first, 1, plan.overlap)[order],
    )


def _batches(lengths: NDArray[np.int64], max_positions: int) -> Iterator[NDArray[np.int64]]:
    """Pieces that are scored together; the first of a batch is its longest."""
    at = 0
    while at < len(lengths):
        num = max(1, max_positions // int(lengths[at]))
        yield np.arange(at, min(at + num, len(lengths)))
        at += num


def _tensors(
    store: TokenStore, pieces: _Pieces, rows: NDArray[np.int64], device: torch.device
) -> tuple[torch.Tensor, torch.Tensor]:
    """Inputs and targets, int64, shape [R, T]; -100 where nothing is scored."""
    width = int(pieces.lengths[rows].max())
    ids = np.full((len(rows), width), store.eos, dtype=np.int64)
    targets = np.full((len(rows), width), -100, dtype=np.int64)
    for at, row in enumerate(rows.tolist()):
        begin, length, skip = (int(a[row]) for a in (pieces.begins, pieces.lengths, pieces.skips))
        ids[at, :length] = store.tokens[begin : begin + length]
        targets[at, skip:length] = ids[at, skip:length]
    inputs = torch.from_numpy(ids[:, :-1]).to(device)
    return inputs, torch.from_numpy(targets[:, 1:].copy()).to(device)


def _scores(
    store: TokenStore, split: str, pieces: _Pieces, nats: NDArray[np.float64]
) -> DocumentScores:
    sizes = np.diff(store.offsets(split))[pieces.documents]
    return DocumentScores(
        nats_N=nats,
        tokens_N=sizes - 1,
        bytes_N=_num_bytes(store, split)[pieces.documents],
    )


def _num_bytes(store: TokenStore, split: str) -> NDArray[np.int64]:
    records: Sequence[dict[str, Any]] = store.documents(split)
    try:
        return np.array([int(record["bytes"]) for record in records], dtype=np.int64)
    except (KeyError, TypeError, ValueError) as error:
        raise ArtefactError(
            path=str(store.directory),
            cause=f"it does not say how many bytes a document of {split} has ({error!r})",
            hint="prepare the data with wfgen prepare",
        ) from error
