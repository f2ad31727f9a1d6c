"""The longest run of lines that a document shares with any of many others.

Legend: N lines of all documents, one after the other.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from wfgen.canonical import JsonValue
from wfgen.corpus import dump_yaml

__all__ = ["SharedLines"]

_MULTIPLIER = 0x9E3779B97F4A7C15
"""Of a polynomial hash modulo 2**64; odd, the golden ratio's bits."""


class SharedLines:
    """Finds runs of lines by their hashes: a run of k lines is looked up among all runs of k."""

    def __init__(self) -> None:
        self._hashes: list[NDArray[np.uint64]] = []
        self._num_documents = 0
        self._runs: dict[int, NDArray[np.uint64]] = {}

    def add(self, value: JsonValue) -> None:
        """Remember the lines of one more document."""
        self._num_documents += 1
        edge = hashlib.blake2b(f"\n{self._num_documents}".encode(), digest_size=8).digest()
        self._hashes += [_line_hashes(value), np.frombuffer(edge, dtype="<u8")]
        self._runs.clear()

    def longest_run(self, value: JsonValue) -> int:
        """The most lines in a row that a document remembered holds too."""
        lines = _line_hashes(value)
        low, high = 0, 1
        # Most runs are short: double first, so that few lengths are ever looked at.
        while high <= len(lines) and self._has_run(lines, high):
            low, high = high, 2 * high
        high = min(high, len(lines) + 1)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._has_run(lines, middle) else (low, middle)
        return low

    def _has_run(self, lines: NDArray[np.uint64], length: int) -> bool:
        return _share(_runs(lines, length), self._runs_of(length))

    def _runs_of(self, length: int) -> NDArray[np.uint64]:
        found = self._runs.get(length)
        if found is None:
            found = self._runs[length] = np.unique(_runs(self._all_lines(), length))
        return found

    def _all_lines(self) -> NDArray[np.uint64]:
        """Joined once for all lengths."""
        if len(self._hashes) != 1:
            self._hashes = [np.concatenate([np.zeros(0, dtype=np.uint64), *self._hashes])]
        return self._hashes[0]


def _share(some: NDArray[np.uint64], known: NDArray[np.uint64]) -> bool:
    """Whether any of some hashes is among those known, which are sorted."""
    places = np.searchsorted(known, some)
    inside = places < len(known)
    return bool((known[places[inside]] == some[inside]).any())


def _line_hashes(value: JsonValue) -> NDArray[np.uint64]:
    lines = (line.strip() for line in dump_yaml(value).splitlines())
    digests = [hashlib.blake2b(line.encode(), digest_size=8).digest() for line in lines if line]
    return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)


def _runs(lines: NDArray[np.uint64], length: int) -> NDArray[np.uint64]:
    """A hash of each run of some lines; uint64, shape [N - length + 1], or none."""
    number = len(lines) - length + 1
    found = np.zeros(max(0, number), dtype=np.uint64)
    for at in range(length if number > 0 else 0):
        found = found * np.uint64(_MULTIPLIER) + lines[at : at + number]
    return found
