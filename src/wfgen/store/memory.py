"""Tokens in memory, where a store would be too much: some documents of one, or a few encoded now.

Legend: N documents.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from wfgen.api import IdArray, Tokenizer, TokenSource
from wfgen.errors import SettingError

__all__ = ["MemoryTokens"]

_NONE = np.zeros(0, dtype=np.int32)


@frozen(kw_only=True, eq=False)
class MemoryTokens:
    """A `TokenSource` of one split, whatever that is called.

    Attributes:
        vocab_size, bos, eos: of the tokenizer.
        tokens: of these documents alone.
        states: one for each token; None for none.
    """

    vocab_size: int
    bos: int
    eos: int
    tokens: NDArray[Any] = field(repr=False)
    states: NDArray[Any] | None = field(default=None, repr=False)
    _offsets: NDArray[np.int64] = field(repr=False)
    _num_bytes: NDArray[np.int64] | None = field(default=None, repr=False)

    @classmethod
    def encoded(
        cls,
        tokenizer: Tokenizer,
        ids: Sequence[IdArray],
        num_bytes: Sequence[int],
        states: Sequence[IdArray] | None = None,
    ) -> MemoryTokens:
        """Documents by their ids, without begin and end, and the bytes of their canonical form.

        Args:
            tokenizer: that gave the ids.
            ids: int32, shape [T] each.
            num_bytes: one for each document.
            states: before each id and before the end; int32, shape [T + 1] each; None for none.
        """
        framed = None if states is None else [part for each in states for part in ([0], each)]
        parts = [part for each in ids for part in ([tokenizer.bos], each, [tokenizer.eos])]
        return cls(
            vocab_size=tokenizer.vocab_size,
            bos=tokenizer.bos,
            eos=tokenizer.eos,
            tokens=np.concatenate([_NONE, *parts]).astype(np.uint32),
            states=None if framed is None else np.concatenate([_NONE, *framed]).astype(np.uint32),
            offsets=_offsets([len(each) + 2 for each in ids]),
            num_bytes=np.array(num_bytes, dtype=np.int64),
        )

    @classmethod
    def gathered(
        cls, source: TokenSource, split: str, documents: NDArray[np.int64]
    ) -> MemoryTokens:
        """Some documents of a split, copied, in an order of their own; without their bytes."""
        offsets = source.offsets(split)
        begins, ends = offsets[documents], offsets[documents + 1]
        pairs = list(zip(begins.tolist(), ends.tolist(), strict=True))
        return cls(
            vocab_size=source.vocab_size,
            bos=source.bos,
            eos=source.eos,
            tokens=_cut(source.tokens, pairs),
            states=None if source.states is None else _cut(source.states, pairs),
            offsets=_offsets(ends - begins),
        )

    def offsets(self, split: str) -> NDArray[np.int64]:
        """Where the documents begin, whatever the split is called; shape [N + 1]."""
        del split
        return self._offsets

    def num_bytes(self, split: str) -> NDArray[np.int64]:
        """Bytes of the canonical form of each document; shape [N].

        Raises:
            SettingError: they are not known.
        """
        if self._num_bytes is None:
            raise SettingError(
                name="store",
                cause=f"it does not say how many bytes a document of {split} has",
                hint="score documents of a prepared store",
            )
        return self._num_bytes


def _cut(array: NDArray[Any], pairs: Sequence[tuple[int, int]]) -> NDArray[Any]:
    return np.concatenate([array[begin:end] for begin, end in pairs])


def _offsets(sizes: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
