"""Cuts held-out documents into the rows that a model reads when it scores them.

A document is cut as the windower `documents` cuts it: pieces of C = T + 1 tokens, each after the
first beginning with `overlap` tokens that are read and not scored again. Every piece has a row of
its own, so that the figure is the same for a model that reads across documents. Pieces of about one
length share a batch.

Legend: N documents, R rows of a batch, T positions, P pieces, V entries of the vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
import torch
from attrs import frozen
from numpy.typing import NDArray
from torch import Tensor

from wfgen.api import Model, TokenSource
from wfgen.builtin.documents import Documents, plan_documents
from wfgen.errors import SettingError

__all__ = [
    "IGNORED",
    "Pieces",
    "Rows",
    "ScoredSource",
    "batches",
    "cut_pieces",
    "read_logits",
    "read_rows",
    "room_for",
]

IGNORED = -100
"""A target that is none, as `torch.nn.functional.cross_entropy` takes it."""

_LOGITS = 1 << 22
"""Logits of one batch, 16 MiB in float32, where nothing else is asked for: fast on a CPU."""


class ScoredSource(TokenSource, Protocol):
    """Prepared tokens that know how many bytes each document has; `TokenStore` is one."""

    def num_bytes(self, split: str) -> NDArray[np.int64]:
        """Bytes of the canonical form of each of the split's documents; shape [N]."""


@frozen(kw_only=True, eq=False)
class Pieces:
    """Pieces, longest first.

    Attributes:
        documents: indices in the split of those scored; shape [N].
        places: of each piece, which of these it belongs to; shape [P].
        begins, lengths: where a piece lies in the source's tokens; shape [P].
        skips: tokens at its beginning that are no targets; shape [P].
    """

    documents: NDArray[np.int64]
    places: NDArray[np.int64]
    begins: NDArray[np.int64]
    lengths: NDArray[np.int64]
    skips: NDArray[np.int64]


@frozen(kw_only=True, eq=False)
class Rows:
    """What a model reads, and what it is asked.

    Attributes:
        inputs: int64, shape [R, T].
        targets: int64, shape [R, T]; `IGNORED` where nothing is scored.
        states: int64, shape [R, T]; the state before the token that is predicted at each position;
            None where the source has none.
    """

    inputs: NDArray[np.int64]
    targets: NDArray[np.int64]
    states: NDArray[np.int64] | None = None


def cut_pieces(
    source: TokenSource,
    split: str,
    context: int,
    overlap: int | None,
    documents: NDArray[np.int64] | None,
) -> Pieces:
    """The pieces of some documents of a split, None for all.

    Raises:
        SettingError: there is no such split, or no document is left.
    """
    plan = plan_documents(Documents(context=context, overlap=overlap), source, split)
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
    return Pieces(
        documents=chosen,
        places=np.searchsorted(chosen, of)[order],
        begins=begins[order],
        lengths=lengths[order],
        skips=np.where(is_first, 1, plan.overlap)[order],
    )


def room_for(source: TokenSource, context: int, max_positions: int | None) -> int:
    """R * T of a batch: what is asked for, or as many as keep the logits under 16 MiB."""
    return max_positions or max(context, _LOGITS // source.vocab_size)


def batches(
    pieces: Pieces, max_positions: int, chosen: NDArray[np.int64] | None = None
) -> Iterator[NDArray[np.int64]]:
    """Pieces that are scored together; the first of a batch is its longest.

    Args:
        pieces: which there are.
        max_positions: R * T of a batch; one piece goes at least.
        chosen: some of them, ascending; None for all.
    """
    rows = np.arange(len(pieces.lengths)) if chosen is None else chosen
    at = 0
    while at < len(rows):
        num = max(1, max_positions // int(pieces.lengths[rows[at]] - 1))
        yield rows[at : at + num]
        at += num


def read_rows(source: TokenSource, pieces: Pieces, chosen: NDArray[np.int64]) -> Rows:
    """The rows of some pieces."""
    width = int(pieces.lengths[chosen].max())
    ids = np.full((len(chosen), width), source.eos, dtype=np.int64)
    targets = np.full((len(chosen), width), IGNORED, dtype=np.int64)
    for at, piece in enumerate(chosen.tolist()):
        begin, length, skip = (int(a[piece]) for a in (pieces.begins, pieces.lengths, pieces.skips))
        ids[at, :length] = source.tokens[begin : begin + length]
        targets[at, skip:length] = ids[at, skip:length]
    return Rows(
        inputs=ids[:, :-1], targets=targets[:, 1:], states=_read_states(source, pieces, chosen)
    )


def _read_states(
    source: TokenSource, pieces: Pieces, chosen: NDArray[np.int64]
) -> NDArray[np.int64] | None:
    if source.states is None:
        return None
    states = np.zeros((len(chosen), int(pieces.lengths[chosen].max()) - 1), dtype=np.int64)
    for at, piece in enumerate(chosen.tolist()):
        begin, length = int(pieces.begins[piece]), int(pieces.lengths[piece])
        states[at, : length - 1] = source.states[begin + 1 : begin + length]
    return states


def read_logits(model: Model, rows: Rows, device: torch.device, precision: torch.dtype) -> Tensor:
    """What the model says comes next; floating point, shape [R, T, V], on `device`."""
    inputs = torch.from_numpy(rows.inputs).to(device)
    states = None if rows.states is None else torch.from_numpy(rows.states).to(device)
    with torch.autocast(device.type, dtype=precision, enabled=precision != torch.float32):
        logits, _ = model.logits(inputs, states_BT=states)
    return torch.as_tensor(logits)
