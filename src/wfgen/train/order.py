"""In which order windows are trained on: a function of seed and place alone.

An epoch is a list of windows; epoch follows epoch without end, and a step takes the next windows.
So a place in it, epoch and window, is all that going on needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from wfgen.api import TokenSource, Window, Windower
from wfgen.store import MemoryTokens

__all__ = [
    "GROUP_DOCUMENTS",
    "Cursor",
    "Placed",
    "count_windows",
    "documents_order",
    "windows_from",
    "windows_order",
]

GROUP_DOCUMENTS = 256
"""Documents that are cut together in the order `documents`: so far may a document be moved by
packing, and a window in so many documents is left part empty."""

_SPLIT = "train"


@frozen
class Cursor:
    """A place in the order: the next window of an epoch, both counted from 0."""

    epoch: int = 0
    window: int = 0


@frozen
class Placed:
    """A window, the document of the split that it begins in, and the place behind it."""

    window: Window
    document: int
    after: Cursor


@frozen(kw_only=True, eq=False)
class _Chunk:
    """Windows in order; `documents` maps their documents to the split's, None for the same."""

    windows: Sequence[Window]
    picks: NDArray[np.int64]
    documents: NDArray[np.int64] | None = None


Order = Callable[[int], Iterable[_Chunk]]
"""The chunks of an epoch."""


def windows_order(windows: Sequence[Window], seed: int) -> Order:
    """Windows, drawn without replacement by (seed, epoch)."""

    def epoch(number: int) -> Iterator[_Chunk]:
        picks = np.random.default_rng([seed, number]).permutation(len(windows))
        yield _Chunk(windows=windows, picks=picks)

    return epoch


def documents_order(store: TokenSource, windower: Windower, split: str, seed: int) -> Order:
    """Documents, drawn without replacement by (seed, epoch), and cut in groups.

    The documents of a group are the same for every store of one corpus, whatever its tokenizer.
    """
    num_documents = len(store.offsets(split)) - 1

    def epoch(number: int) -> Iterator[_Chunk]:
        drawn = np.random.default_rng([seed, number]).permutation(num_documents)
        for at in range(0, num_documents, GROUP_DOCUMENTS):
            group = drawn[at : at + GROUP_DOCUMENTS]
            windows = windower.windows(MemoryTokens.gathered(store, split, group), _SPLIT)
            yield _Chunk(windows=windows, picks=np.arange(len(windows)), documents=group)

    return epoch


def windows_from(order: Order, start: Cursor) -> Iterator[Placed]:
    """All windows from a place on, without end."""
    epoch, skipped = start.epoch, start.window
    while True:
        before = 0
        for chunk in order(epoch):
            for at in range(max(0, skipped - before), len(chunk.picks)):
                window = chunk.windows[int(chunk.picks[at])]
                document = window.document
                if chunk.documents is not None:
                    document = int(chunk.documents[document])
                yield Placed(window, document, Cursor(epoch, before + at + 1))
            before += len(chunk.picks)
        epoch, skipped = epoch + 1, 0


def count_windows(order: Order) -> int:
    """Windows of the first epoch."""
    return sum(len(chunk.picks) for chunk in order(0))
