"""Models small enough to reckon by hand, with each kind of cache."""

from __future__ import annotations

import pytest
import torch
from attrs import define, frozen


@frozen
class Sums:
    """A cache of one number a sequence, that can be selected from."""

    totals: torch.Tensor

    def select(self, rows):
        return Sums(self.totals[list(rows)])


@frozen
class FixedSums:
    """The same, of sequences that have to stay."""

    totals: torch.Tensor


@define
class SummingModel:
    """Likes the token that all ids so far, weighted by their place, lead to.

    It is exact in whole numbers, so that no batch changes a logit.
    """

    vocab_size: int
    kind: type | None = Sums
    reads: list[tuple[int, int]] | None = None

    def logits(self, ids_BT, cache=None, *, states_BT=None, segments_BT=None):
        if self.reads is not None:
            self.reads.append(tuple(ids_BT.shape))
        before = cache.totals if cache is not None else torch.zeros(len(ids_BT), dtype=torch.int64)
        totals = before[:, None] * 7 ** ids_BT.shape[1]
        steps = [before]
        for ids in ids_BT.T:
            steps.append((steps[-1] * 7 + ids + 1) % 1009)
        totals = torch.stack(steps[1:], dim=1)
        tokens = torch.arange(self.vocab_size)
        logits = ((totals[..., None] * (tokens + 3)) % 11).float() / 4
        return logits, None if self.kind is None else self.kind(totals[:, -1])

    def parameters(self):
        return []


CACHES = {"selectable": Sums, "fixed": FixedSums, "none": None}


@pytest.fixture(scope="session")
def summing():
    """Makes the model, for a vocabulary and a kind of cache."""

    def make(vocab_size, cache="selectable", reads=None):
        return SummingModel(vocab_size, CACHES[cache], reads)

    return make
