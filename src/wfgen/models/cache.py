"""Keys and values of positions that were read, so that a sequence is continued at little cost.

Legend: L layers, B sequences, G heads of keys and values, S positions kept, T new positions,
D channels of a head.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

__all__ = ["KvCache"]

_FIRST_ROOM = 64
"""Positions that there is room for at first; then the room doubles."""

_SLACK = 8
"""The room ends at `context * (1 + 1 / _SLACK)`: moving the kept positions to the front when it is
full then costs `_SLACK` positions a step, beside the `context` that a step reads anyway."""


class KvCache:
    """What `Gpt.logits` returns and takes; each call adds to it in place.

    Attributes:
        position: positions read so far, by which the next one is turned.
    """

    def __init__(self, depth: int, context: int) -> None:
        self._depth = depth
        self._context = context
        self._room: Tensor | None = None  # [2, L, B, G, room, D]
        self._length = 0
        self.position = 0

    @property
    def num_readable(self) -> int:
        """Positions kept that the next one may read: at most `context - 1`."""
        return min(self._length, self._context - 1)

    def put(self, layer: int, keys_BGTD: Tensor, values_BGTD: Tensor) -> tuple[Tensor, Tensor]:
        """Keep the keys and values of new positions, layer by layer from 0.

        Args:
            layer: counted from 0.
            keys_BGTD, values_BGTD: floating point, shape [B, G, T, D].

        Returns:
            keys_BGSD, values_BGSD: those of the last positions that a new one may read and of the
            new ones, T at the end; views, shape [B, G, S, D] with S < context + T.
        """
        num_new = keys_BGTD.shape[2]
        if layer == 0:
            self._make_room(keys_BGTD, num_new)
        assert self._room is not None
        begin, end = self._length - self.num_readable, self._length + num_new
        self._room[0, layer, :, :, self._length : end] = keys_BGTD
        self._room[1, layer, :, :, self._length : end] = values_BGTD
        if layer == self._depth - 1:
            self._length = end
            self.position += num_new
        return self._room[0, layer, :, :, begin:end], self._room[1, layer, :, :, begin:end]

    def select(self, rows: Sequence[int]) -> KvCache:
        """The cache of these sequences, in this order, each as often as it is named."""
        chosen = KvCache(self._depth, self._context)
        chosen._length, chosen.position = self._length, self.position
        if self._room is not None:
            index = torch.tensor(rows, dtype=torch.int64, device=self._room.device)
            chosen._room = self._room.index_select(2, index)
        return chosen

    def _make_room(self, like_BGTD: Tensor, num_new: int) -> None:
        batch, heads, _, width = like_BGTD.shape
        if self._room is not None and self._length + num_new <= self._room.shape[4]:
            return
        num_kept = self.num_readable
        most = self._context + self._context // _SLACK
        size = max(num_kept + num_new, min(most, max(_FIRST_ROOM, 2 * (num_kept + num_new))))
        room = like_BGTD.new_empty((2, self._depth, batch, heads, size, width))
        if self._room is not None:
            room[..., :num_kept, :] = self._room[..., self._length - num_kept : self._length, :]
        self._room, self._length = room, num_kept
