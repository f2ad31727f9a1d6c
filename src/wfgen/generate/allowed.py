"""Masks of a batch: written on the host, copied once, and unpacked on the device.

Legend: B sequences, V entries of the vocabulary, W words of a row.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from wfgen.api import GrammarState
from wfgen.errors import ConstraintError
from wfgen.masks import row_words
from wfgen.runs.bits import unpack_rows

__all__ = ["Masks"]


class Masks:
    """Room for the masks of a batch, used again for each token.

    Args:
        batch_size: sequences at most.
        vocab_size: V.
        device: where the masks are needed.
    """

    def __init__(self, batch_size: int, vocab_size: int, device: torch.device) -> None:
        self._vocab_size = vocab_size
        self._device = device
        is_apart = device.type == "cuda"
        size = (batch_size, row_words(vocab_size))
        self._words_BW = torch.zeros(size, dtype=torch.int32, pin_memory=is_apart)
        self._rows = self._words_BW.numpy()

    def fill(self, states: Sequence[GrammarState], budget: int | None) -> None:
        """Write the masks of some sequences.

        Raises:
            ConstraintError: a mask is empty, or as `GrammarState.fill_mask` does.
        """
        for row, state in zip(self._rows, states, strict=False):
            state.fill_mask(row, budget)
            if not row.any():
                raise ConstraintError(cause="the constraint allows no token, and no end either")

    def allowed(self, num: int) -> Tensor:
        """The first `num` masks that were written; bool, shape [num, V], on the device."""
        words_BW = self._words_BW[:num].to(self._device, non_blocking=True)
        return unpack_rows(words_BW, self._vocab_size)
