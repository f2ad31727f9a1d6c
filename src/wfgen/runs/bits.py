"""Mask rows on a device: copied as words, and unpacked there.

Legend: B rows, V entries of the vocabulary, W words of a row.
"""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["unpack_rows"]


def unpack_rows(words_BW: Tensor, vocab_size: int) -> Tensor:
    """What rows allow (see `wfgen.masks`).

    Args:
        words_BW: int32.
        vocab_size: V.

    Returns:
        allowed_BV: bool, on the device of the words.
    """
    bits = torch.arange(32, dtype=torch.int32, device=words_BW.device)
    return (words_BW[:, :, None] >> bits & 1).bool().flatten(1)[:, :vocab_size]
