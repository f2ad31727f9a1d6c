"""Bin packing of pieces by length: which window each piece goes to.

Legend: P pieces, C capacity of a window in tokens.
"""

from __future__ import annotations

from bisect import bisect_left, insort

import numpy as np
from numpy.typing import NDArray

__all__ = ["best_fit", "next_fit"]

Bins = NDArray[np.int32]
"""The window of each piece, counted from 0; shape [P]."""


def next_fit(lengths: NDArray[np.int64], capacity: int) -> Bins:
    """Pieces in their order; a piece that does not fit the last window opens the next one.

    Args:
        lengths: of the pieces, in 1..capacity; shape [P].
        capacity: C.
    """
    bins = np.empty(len(lengths), dtype=np.int32)
    current, room = -1, 0
    for at, length in enumerate(lengths.tolist()):
        if length > room:
            current, room = current + 1, capacity
        room -= length
        bins[at] = current
    return bins


def best_fit(lengths: NDArray[np.int64], capacity: int) -> Bins:
    """Best-fit decreasing: longest first, each into the fullest window that still has room.

    The method of Ding et al., "Fewer Truncations Improve Language Modeling" (ICML 2024). Pieces of
    one length, and windows of equal room, are interchangeable; so they are placed in groups, which
    gives the same windows as one at a time and takes a step a group instead of a step a piece.

    Args:
        lengths: of the pieces, in 1..capacity; shape [P].
        capacity: C.
    """
    order = np.argsort(-lengths, kind="stable")
    sizes, counts = np.unique(lengths, return_counts=True)
    placed = np.empty(len(lengths), dtype=np.int32)
    rooms = _Rooms(capacity)
    at = 0
    for size, count in zip(sizes[::-1].tolist(), counts[::-1].tolist(), strict=True):
        stop = at + count
        while at < stop:
            group, room = rooms.take(size, stop - at)
            per_bin = room // size
            num = min(stop - at, len(group) * per_bin)
            placed[at : at + num] = np.repeat(group, per_bin)[:num]
            full, rest = divmod(num, per_bin)
            rooms.give(group[:full], room - per_bin * size)
            rooms.give(group[full : full + 1], room - rest * size)
            at += num
    bins = np.empty_like(placed)
    bins[order] = placed
    return bins


class _Rooms:
    """Windows by the room they have left, in tokens."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._num_bins = 0
        self._sorted: list[int] = []
        self._groups: dict[int, list[Bins]] = {}

    def take(self, size: int, count: int) -> tuple[Bins, int]:
        """At most as many windows as `count` pieces of `size` need, of the least fitting room."""
        at = bisect_left(self._sorted, size)
        if at == len(self._sorted):
            needed = -(-count // (self._capacity // size))
            first, self._num_bins = self._num_bins, self._num_bins + needed
            return np.arange(first, self._num_bins, dtype=np.int32), self._capacity
        room = self._sorted[at]
        group = self._groups[room].pop()
        if not self._groups[room]:
            del self._groups[room], self._sorted[at]
        needed = -(-count // (room // size))
        self.give(group[needed:], room)
        return group[:needed], room

    def give(self, group: Bins, room: int) -> None:
        """Put windows back with the room they now have."""
        if not len(group) or not room:
            return
        if room not in self._groups:
            self._groups[room] = []
            insort(self._sorted, room)
        self._groups[room].append(group)
