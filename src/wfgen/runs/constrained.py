"""Scores held-out documents under a constraint: the model's distribution over allowed tokens alone.

Documents are cut as `wfgen.runs.scoring` cuts them, and the end is masked and scored too. A
document that the constraint refuses has a probability of 0 there: its nats are infinite, and it is
counted.

Legend: N documents, S targets of a batch, V entries of the vocabulary, W words of a mask row.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from attrs import field, frozen
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from wfgen.api import Constraint, GrammarState, Model
from wfgen.errors import ConstraintError
from wfgen.masks import row_words
from wfgen.runs.bits import unpack_rows
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
from wfgen.runs.scoring import DocumentScores, document_scores

__all__ = ["ConstrainedScores", "RefusedDocument", "score_constrained"]

_MASK_BYTES = 1 << 26
"""Masks that are held at once; those of one document are, however long it is."""

_ANYTHING = np.int32(-1)


@frozen(kw_only=True)
class RefusedDocument:
    """Where a constraint refused a document.

    Attributes:
        document: its place among those scored.
        index: of the token that was refused; the number of its tokens where it was the end.
        cause: what the constraint said.
    """

    document: int
    index: int
    cause: str


@frozen(kw_only=True, eq=False)
class ConstrainedScores:
    """What documents cost a model that is held to a constraint, beside what they cost it freely.

    Attributes:
        nats_N: negative log-likelihood, renormalised over the masks; infinite for a document that
            is refused; float64, shape [N].
        free: the scores of the same documents without the constraint, refused ones among them.
        refused: the documents that the constraint refuses, ascending.
    """

    nats_N: NDArray[np.float64] = field(repr=False)
    free: DocumentScores
    refused: tuple[RefusedDocument, ...]

    @property
    def accepted(self) -> NDArray[np.int64]:
        """The places of the documents that the constraint takes, ascending."""
        is_refused = np.zeros(len(self.nats_N), dtype=np.bool_)
        is_refused[[each.document for each in self.refused]] = True
        return np.flatnonzero(~is_refused)

    @property
    def held(self) -> DocumentScores:
        """The constrained scores of the documents that the constraint takes."""
        kept = self.accepted
        return DocumentScores(
            nats_N=self.nats_N[kept],
            tokens_N=self.free.tokens_N[kept],
            bytes_N=self.free.bytes_N[kept],
        )


@torch.no_grad()
def score_constrained(  # noqa: PLR0913  what a score depends on
    model: Model,
    store: ScoredSource,
    constraint: Constraint,
    split: str = "valid",
    *,
    context: int,
    overlap: int | None = None,
    documents: NDArray[np.int64] | None = None,
    device: str | torch.device = "cpu",
    precision: torch.dtype = torch.float32,
    max_positions: int | None = None,
) -> ConstrainedScores:
    """The nats of each document of a split, with a constraint and without it.

    Args:
        model: on `device`, ready to be run.
        store: made by the model's tokenizer.
        constraint: over the same ids.
        split: which documents.
        context: T, positions that the model sees at once.
        overlap: as the windower `documents` takes it; None for a quarter of the context.
        documents: indices in the split, ascending; None for all.
        device: where the ids and the masks go.
        precision: other than float32, the model runs under autocast to it; the distribution is
            renormalised in float32 always.
        max_positions: R * T of a batch; None for as many as keep the logits under 16 MiB.

    Raises:
        SettingError: there is no such split, or no document is left.
        ArtefactError: the store does not say how many bytes its documents have.
        ConstraintError: a mask allows a token that the constraint then refuses.
    """
    device = torch.device(device)
    pieces = cut_pieces(store, split, context, overlap, documents)
    positions = room_for(store, context, max_positions)
    nats = np.zeros((len(pieces.documents), 2), dtype=np.float64)
    refused: list[RefusedDocument] = []
    for group in _groups(store, split, pieces):
        masks = _Masks.of(constraint, store, split, pieces, group)
        refused += masks.refused
        chosen = np.flatnonzero(np.isin(pieces.places, group))
        for batch in batches(pieces, positions, chosen):
            rows = read_rows(store, pieces, batch)
            is_target = rows.targets != IGNORED
            logits = read_logits(model, rows, device, precision)
            cost = _nats(
                logits[torch.from_numpy(is_target).to(device)].float(),
                torch.from_numpy(rows.targets[is_target]).to(device),
                torch.from_numpy(masks.rows(pieces, batch, is_target)).to(device),
            )
            places = np.repeat(pieces.places[batch], is_target.sum(axis=1))
            np.add.at(nats, places, cost)
    nats[[each.document for each in refused], 1] = np.inf
    return ConstrainedScores(
        nats_N=nats[:, 1],
        free=document_scores(store, split, pieces, nats[:, 0]),
        refused=tuple(sorted(refused, key=lambda each: each.document)),
    )


def _nats(logits_SV: Tensor, targets_S: Tensor, words_SW: Tensor) -> NDArray[np.float64]:
    """Of each target, free and renormalised over its mask; shape [S, 2]. Changes the logits."""
    free_S = functional.cross_entropy(logits_SV, targets_S, reduction="none")
    logits_SV.masked_fill_(~unpack_rows(words_SW, logits_SV.shape[1]), -torch.inf)
    held_S = functional.cross_entropy(logits_SV, targets_S, reduction="none")
    nats: NDArray[np.float64] = torch.stack((free_S, held_S), dim=1).double().cpu().numpy()
    return nats


def _groups(store: ScoredSource, split: str, pieces: Pieces) -> Iterator[NDArray[np.int64]]:
    """Places of the documents whose masks are held together: of about one length, longest first."""
    sizes = np.diff(store.offsets(split))[pieces.documents]
    order = np.argsort(-sizes, kind="stable")
    room = max(1, _MASK_BYTES // (4 * row_words(store.vocab_size)))
    at = 0
    while at < len(order):
        num = max(1, int(np.searchsorted(np.cumsum(sizes[order[at:]]), room, side="right")))
        yield order[at : at + num]
        at += num


# Masks ------------------------------------------------------------------------------------------


@frozen(kw_only=True, eq=False)
class _Masks:
    """The masks of some documents, one before each of their tokens and before the end.

    Attributes:
        words: all rows, one document after the other; int32, shape [rows, W].
        shifts: by place, what to take from a token's place in the source for its row; shape [N].
        refused: the documents that are; their rows allow all.
    """

    words: NDArray[np.int32]
    shifts: NDArray[np.int64]
    refused: list[RefusedDocument]

    @classmethod
    def of(
        cls,
        constraint: Constraint,
        store: ScoredSource,
        split: str,
        pieces: Pieces,
        group: NDArray[np.int64],
    ) -> _Masks:
        offsets = store.offsets(split)
        begins = offsets[pieces.documents[group]] + 1  # nothing comes before the begin token
        ends = offsets[pieces.documents[group] + 1]
        firsts = np.cumsum(ends - begins) - (ends - begins)
        words = np.empty((int((ends - begins).sum()), row_words(store.vocab_size)), dtype=np.int32)
        shifts = np.zeros(len(pieces.documents), dtype=np.int64)
        shifts[group] = begins - firsts
        refused = []
        for place, begin, end, first in zip(group, begins, ends, firsts, strict=True):
            room = words[first : first + end - begin]
            index, cause = _fill(room, constraint, store.tokens[begin:end].tolist())
            if cause:
                room[:] = _ANYTHING
                refused.append(RefusedDocument(document=int(place), index=index, cause=cause))
        return cls(words=words, shifts=shifts, refused=refused)

    def rows(
        self, pieces: Pieces, batch: NDArray[np.int64], is_target: NDArray[np.bool_]
    ) -> NDArray[np.int32]:
        """The row of each target of a batch; int32, shape [S, W]."""
        begins = pieces.begins[batch] + 1 - self.shifts[pieces.places[batch]]
        found = begins[:, None] + np.arange(is_target.shape[1])
        rows: NDArray[np.int32] = self.words[found[is_target]]
        return rows


def _fill(room: NDArray[np.int32], constraint: Constraint, ids: list[int]) -> tuple[int, str]:
    """Write the mask before each token; at which token the document is refused, and why, or ''."""
    _, state = constraint.start()
    for index, token in enumerate(ids):
        try:
            state.fill_mask(room[index])
        except ConstraintError as error:
            return index, str(error)
        if not room[index, token >> 5] >> (token & 31) & 1:
            return index, _why_refused(state, token)
        try:
            state.advance(token)
        except ConstraintError as error:
            raise ConstraintError(
                token=token,
                cause=f"the mask allows it, and it is refused as token {index}: {error.cause}",
                hint="repair the constraint; wfgen.testing has the laws to test it by",
            ) from error
    return len(ids), ""


def _why_refused(state: GrammarState, token: int) -> str:
    try:
        state.advance(token)
    except ConstraintError as error:
        return str(error)
    return f"token {token}: its mask leaves it out"
