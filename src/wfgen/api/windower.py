"""Windows: how prepared tokens are cut for a model.

Legend: T positions of a window, N documents of a split.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from wfgen.api.records import Window

__all__ = ["TokenSource", "Windower"]


@runtime_checkable
class TokenSource(Protocol):
    """Prepared tokens, as a windower sees them; `wfgen.store.TokenStore` is one."""

    @property
    def vocab_size(self) -> int:
        """V of the tokenizer that made the ids."""

    @property
    def bos(self) -> int:
        """The id in front of every document."""

    @property
    def eos(self) -> int:
        """The id behind every document."""

    @property
    def tokens(self) -> NDArray[Any]:
        """All ids, one document after the other: `bos`, its ids, `eos`; uint16 or uint32."""

    @property
    def states(self) -> NDArray[Any] | None:
        """A state before each of `tokens`, one for one; None where the source has none."""

    def offsets(self, split: str) -> NDArray[np.int64]:
        """Where the split's documents begin in `tokens`, and the end of the last; shape [N + 1].

        Raises:
            SettingError: there is no such split.
        """


@runtime_checkable
class Windower(Protocol):
    """Cuts a split into windows of one length. Made for one context length by its entry."""

    @property
    def context(self) -> int:
        """T: positions that the model sees at once."""

    def windows(self, store: TokenSource, split: str) -> Sequence[Window]:
        """A sized, indexable view; a window is cut when it is asked for, the store never copied.

        Raises:
            SettingError: there is no such split, or a setting does not fit the store.
        """
