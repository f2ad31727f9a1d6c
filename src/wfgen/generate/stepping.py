"""Feeds sequences to a model, with the cache that it has, or without one.

Legend: B sequences, T positions, V entries of the vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from wfgen.api import Model, SelectableCache

__all__ = ["Sequences"]

_SHRINK = 0.75
"""A cache is copied without the sequences that left once no more than this share is there: a copy
costs as much as a few steps, a sequence that stays only its own part of each."""


class Sequences:
    """A batch of sequences of one length, and what the model says comes next.

    Sequences may leave. A cache that is `SelectableCache` is rid of them now and then; in any other
    they stay, and the model reads an id for each that changes nothing for the rest. A model without
    a cache reads the last `context` ids of every sequence again for each token.

    Args:
        model: on `device`, ready to be run.
        device: where ids go.
        context: positions that the model was trained with.
    """

    def __init__(self, model: Model, device: torch.device, context: int) -> None:
        self._model = model
        self._device = device
        self._context = context
        self._cache: Any = None
        self._ids_BT = torch.zeros((0, 0), dtype=torch.int64)
        self._states_BT: Tensor | None = None
        self._num_rows = 0  # of the cache
        self._rows: list[int] = []  # those of the sequences that are left

    @torch.inference_mode()
    def begin(
        self, ids: Sequence[int], batch_size: int, states: Sequence[int] | None = None
    ) -> Tensor:
        """Read the same ids for `batch_size` sequences.

        Args:
            ids: of all of them.
            batch_size: B.
            states: before the token that follows each of the ids; None for none. Then every call
                of `add` comes with states too.

        Returns:
            logits_BV: of the next token; floating point, shape [B, V].
        """
        ids_1T = torch.tensor([ids], dtype=torch.int64)
        states_1T = None if states is None else torch.tensor([states], dtype=torch.int64)
        self._cache = None
        logits_1V = self._read(ids_1T, states_1T)
        if isinstance(self._cache, SelectableCache):
            self._cache = self._cache.select([0] * batch_size)
        elif self._cache is not None:
            self._cache = None
            self._read(ids_1T.expand(batch_size, -1), _expanded(states_1T, batch_size))
        self._ids_BT = ids_1T.expand(batch_size, -1)
        self._states_BT = _expanded(states_1T, batch_size)
        self._num_rows, self._rows = batch_size, list(range(batch_size))
        return logits_1V.expand(batch_size, -1)

    @torch.inference_mode()
    def keep(self, places: Sequence[int]) -> None:
        """Go on with some of the sequences that are left, named by their places among them."""
        self._rows = [self._rows[place] for place in places]
        self._ids_BT = self._ids_BT[list(places)]
        if self._states_BT is not None:
            self._states_BT = self._states_BT[list(places)]
        is_small = len(places) <= _SHRINK * self._num_rows
        if is_small and isinstance(self._cache, SelectableCache):
            self._cache = self._cache.select(self._rows)
            self._num_rows, self._rows = len(places), list(range(len(places)))

    @torch.inference_mode()
    def add(self, ids: Sequence[int], states: Sequence[int] | None = None) -> Tensor:
        """Read one more id of each sequence that is left; takes and returns as `begin` does."""
        new_B1 = torch.tensor(ids, dtype=torch.int64)[:, None]
        states_B1 = None if states is None else torch.tensor(states, dtype=torch.int64)[:, None]
        if self._cache is None:
            self._ids_BT = torch.cat((self._ids_BT, new_B1), dim=1)
            if self._states_BT is not None and states_B1 is not None:
                self._states_BT = torch.cat((self._states_BT, states_B1), dim=1)
            return self._read(*self._last(self._ids_BT, self._states_BT))
        if len(ids) == self._num_rows:
            return self._read(new_B1, states_B1)
        return self._read(self._spread(new_B1), self._spread(states_B1))[self._rows]

    def _spread(self, new_B1: Tensor | None) -> Tensor | None:
        """Over all rows of the cache; those that left read 0."""
        if new_B1 is None:
            return None
        all_B1 = torch.zeros((self._num_rows, 1), dtype=torch.int64)
        all_B1[self._rows] = new_B1
        return all_B1

    def _last(self, ids_BT: Tensor, states_BT: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """As many as the context takes."""
        last = None if states_BT is None else states_BT[:, -self._context :]
        return ids_BT[:, -self._context :], last

    def _read(self, ids_BT: Tensor | None, states_BT: Tensor | None) -> Tensor:
        """Logits behind the last of these ids, which follow what is in the cache."""
        assert ids_BT is not None
        for at in range(0, ids_BT.shape[1], self._context):
            part_BT = ids_BT[:, at : at + self._context]
            part = None if states_BT is None else states_BT[:, at : at + self._context]
            logits_BTV, self._cache = self._ask(part_BT, part, self._cache)
            if self._cache is None and part_BT.shape[1] < ids_BT.shape[1]:
                logits_BTV, _ = self._ask(*self._last(ids_BT, states_BT), None)
                break
        return torch.as_tensor(logits_BTV)[:, -1]

    def _ask(self, ids_BT: Tensor, states_BT: Tensor | None, cache: Any) -> tuple[Any, Any]:
        states = None if states_BT is None else states_BT.to(self._device)
        return self._model.logits(ids_BT.to(self._device), cache, states_BT=states)


def _expanded(states_1T: Tensor | None, batch_size: int) -> Tensor | None:
    return None if states_1T is None else states_1T.expand(batch_size, -1)
