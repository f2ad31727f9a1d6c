"""What follows a training run elsewhere than in its own directory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

__all__ = ["Tracker"]


@runtime_checkable
class Tracker(Protocol):
    """Takes the figures of a run as they come."""

    def log(self, step: int, figures: Mapping[str, float]) -> None:
        """Take the figures of one step; steps come in order, not each of them has every figure."""

    def close(self) -> None:
        """The run has ended, well or not; no more figures come."""
