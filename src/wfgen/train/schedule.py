"""Learning rates over time, as a factor: up, then down to a floor."""

from __future__ import annotations

import math
from typing import Literal

__all__ = ["rate_factor"]


def rate_factor(
    step: int,
    *,
    steps: int,
    warmup: int,
    schedule: Literal["cosine", "linear", "constant"],
    floor: float,
) -> float:
    """The factor of the learning rates in a step.

    It rises linearly over `warmup` steps to 1, and falls to `floor` at `steps`.

    Args:
        step: from 0 to `steps - 1`.
        steps: of the whole run.
        warmup: steps of the rise.
        schedule: the shape of the fall; `constant` does not fall.
        floor: a share, 0 to 1.
    """
    if step < warmup:
        return (step + 1) / warmup
    if schedule == "constant":
        return 1.0
    done = (step - warmup) / max(1, steps - warmup)
    left = 1 - done if schedule == "linear" else (1 + math.cos(math.pi * done)) / 2
    return floor + (1 - floor) * left
