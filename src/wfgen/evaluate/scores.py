"""Scores that many figures are made of: shares, and ratios of sums, with their intervals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from wfgen.api import Score
from wfgen.evaluate.figures import Failure, Figure
from wfgen.evaluate.intervals import ratio_interval, wilson_interval

__all__ = ["ratio_score", "share_score"]


def share_score(
    name: str, successes: int, count: int, causes: Mapping[str, int] | None = None
) -> Score:
    """A share, higher is better."""
    return Score(
        name=name,
        value=successes / count,
        unit="share",
        count=count,
        interval=wilson_interval(successes, count),
        higher_is_better=True,
        causes=causes or {},
    )


def ratio_score(  # noqa: PLR0913  a ratio has two sides and a name
    name: str, unit: str, above: Any, below: Any, seed: int, *, is_good: bool
) -> Figure:
    """The ratio of two sums over the same documents."""
    if not np.all(below):
        # A resample of nothing but such documents would have no ratio.
        return Failure(figure=name, unit=unit, error="a document of no tokens has no ratio")
    return Score(
        name=name,
        value=float(above.sum() / below.sum()),
        unit=unit,
        count=len(above),
        interval=ratio_interval(above, below, seed=seed),
        higher_is_better=is_good,
    )
