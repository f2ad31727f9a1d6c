"""Token bitmasks in numpy.

A mask row is int32, shape [ceil(V / 32)]: id i is allowed where bit i % 32 of word i // 32 is 1.
Bits past V are 0. The layout is the one that xgrammar, llguidance and outlines-core share.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from wfgen.api.tokenizer import IdArray, MaskRow
from wfgen.errors import ConstraintError

__all__ = [
    "allowed_ids",
    "apply_mask",
    "check_row",
    "empty_row",
    "pack",
    "row_of",
    "row_words",
    "unpack",
]


def row_words(vocab_size: int) -> int:
    """Words in a row for a vocabulary of `vocab_size`."""
    return -(-vocab_size // 32)


def empty_row(vocab_size: int) -> MaskRow:
    """A row that allows nothing."""
    return np.zeros(row_words(vocab_size), dtype=np.int32)


def check_row(row: MaskRow, vocab_size: int) -> None:
    """Raise ConstraintError unless `row` is a writable row for `vocab_size`."""
    words = row_words(vocab_size)
    if row.dtype != np.int32 or row.shape != (words,) or not row.flags.writeable:
        raise ConstraintError(
            cause=f"the mask row is {row.dtype} of shape {row.shape}",
            hint=f"give a writable int32 array of shape ({words},)",
        )


def pack(allowed: NDArray[np.bool_]) -> MaskRow:
    """The row for a bool array of shape [V]."""
    padded = np.zeros(row_words(len(allowed)) * 32, dtype=bool)
    padded[: len(allowed)] = allowed
    return np.packbits(padded, bitorder="little").view("<i4").astype(np.int32, copy=False)


def unpack(row: MaskRow, vocab_size: int) -> NDArray[np.bool_]:
    """The bool array of shape [V] that a row stands for."""
    as_bytes = row.astype("<i4", copy=False).view(np.uint8)
    return np.unpackbits(as_bytes, count=vocab_size, bitorder="little").astype(bool)


def allowed_ids(row: MaskRow, vocab_size: int) -> IdArray:
    """The ids that a row allows, ascending; int32."""
    return np.flatnonzero(unpack(row, vocab_size)).astype(np.int32)


def row_of(ids: Iterable[int], vocab_size: int) -> MaskRow:
    """The row that allows just `ids`."""
    allowed = np.zeros(vocab_size, dtype=bool)
    allowed[list(ids)] = True
    return pack(allowed)


def apply_mask(logits: NDArray[np.floating], row: MaskRow) -> NDArray[np.floating]:
    """A copy of `logits`, shape [V], with -inf where the row forbids the id."""
    return np.where(unpack(row, len(logits)), logits, -np.inf)
