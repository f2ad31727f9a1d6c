"""Scores held-out documents: the nats of each, every token once, and bits per byte.

How documents are cut is told in `wfgen.runs.pieces`.

Legend: N documents, R rows of a batch, T positions.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from attrs import field, frozen
from numpy.typing import NDArray
from torch.nn import functional

from wfgen.api import Model
from wfgen.runs.pieces import (
    IGNORED,
    Pieces,
    ScoredSource,
    batches,
    cut_pieces,
    read_logits,
    read_rows,
    room_for,
)

__all__ = ["DocumentScores", "document_scores", "score_documents"]

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
    store: ScoredSource,
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
    pieces = cut_pieces(store, split, context, overlap, documents)
    positions = room_for(store, context, max_positions)
    nats = np.zeros(len(pieces.documents), dtype=np.float64)
    for batch in batches(pieces, positions * share[1]):
        # A process without a row of its own runs one for nothing: sharded models run in step.
        mine = batch[share[0] :: share[1]]
        rows = read_rows(store, pieces, mine if len(mine) else batch[:1])
        logits = read_logits(model, rows, device, precision)
        targets = torch.from_numpy(rows.targets.copy()).to(device)
        cost = functional.cross_entropy(
            logits.float().flatten(0, 1), targets.flatten(), reduction="none", ignore_index=IGNORED
        )
        row_nats = cost.view(targets.shape).cpu().double().sum(dim=1).numpy()
        np.add.at(nats, pieces.places[mine], row_nats[: len(mine)])
    return document_scores(store, split, pieces, nats)


def document_scores(
    store: ScoredSource, split: str, pieces: Pieces, nats: NDArray[np.float64]
) -> DocumentScores:
    """The scores of the documents that were cut, from the nats of each; shape [N]."""
    sizes = np.diff(store.offsets(split))[pieces.documents]
    return DocumentScores(
        nats_N=nats,
        tokens_N=sizes - 1,
        bytes_N=store.num_bytes(split)[pieces.documents],
    )
