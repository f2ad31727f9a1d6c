"""95 % intervals: Wilson's for rates, the bootstrap for means and the like, Student's for runs.

Every draw is seeded: the same figures give the same interval. Figures over the same number of
things with one seed share their resamples, so arms are compared on the same draws.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wfgen.api import Interval

__all__ = [
    "NUM_RESAMPLES",
    "mean_interval",
    "median_interval",
    "ratio_interval",
    "runs_interval",
    "wilson_interval",
]

NUM_RESAMPLES = 2000
"""Over 378 lengths the ends move by 1 to 2 % of the interval's width from seed to seed."""

_MIN_RESAMPLES, _MAX_DRAWS = 200, 1 << 25  # 33 million draws take 1.5 s
_Z = 1.959963984540054  # the 97.5th percentile of the normal distribution
_STUDENT = (12.7062, 4.3027, 3.1824, 2.7764)  # the same of Student's with 1, 2, 3 and 4 freedoms
_PERCENTILES = (2.5, 97.5)
_BLOCK_NUMBERS = 1 << 22

Floats = NDArray[np.float64]


def wilson_interval(successes: int, count: int) -> Interval:
    """For a share of `count` trials (Wilson, 1927, Journal of the American Statistical Association
    22:209); it stays in 0 to 1 and has a width at shares of 0 and 1 too.
    """
    share = successes / count
    shrink = 1 + _Z**2 / count
    centre = (share + _Z**2 / (2 * count)) / shrink
    half = _Z / shrink * math.sqrt(share * (1 - share) / count + _Z**2 / (4 * count**2))
    # At the ends the sum is exact in theory and off by 1e-17 in floats.
    low = 0.0 if successes == 0 else centre - half
    high = 1.0 if successes == count else centre + half
    return Interval(low=low, high=high)


def mean_interval(values: Any, *, seed: int) -> Interval:
    """Bootstrap percentiles of the mean of `values`."""
    return ratio_interval(values, np.ones(len(values)), seed=seed)


def ratio_interval(numerators: Any, denominators: Any, *, seed: int) -> Interval:
    """Bootstrap percentiles of `sum(numerators) / sum(denominators)`, drawn in pairs."""
    above = np.asarray(numerators, dtype=np.float64)
    below = np.asarray(denominators, dtype=np.float64)
    return _percentiles(len(above), seed, lambda draw: above[draw].sum(1) / below[draw].sum(1))


def median_interval(values: Any, *, seed: int) -> Interval:
    """Bootstrap percentiles of the median of `values`."""
    array = np.asarray(values, dtype=np.float64)
    return _percentiles(len(array), seed, lambda draw: np.median(array[draw], axis=1))


def runs_interval(values: Sequence[float]) -> Interval:
    """Student's interval of the mean of a few runs that differ by their seeds.

    The bootstrap is too narrow for them: of 3 values it draws hardly anything but these 3.

    Args:
        values: at least 2, each of a run of its own; for a comparison, the paired differences.
    """
    assert len(values) >= 2, "one run has no spread"
    array = np.asarray(values, dtype=np.float64)
    centre = float(array.mean())
    half = _student(len(array) - 1) * float(array.std(ddof=1)) / math.sqrt(len(array))
    return Interval(low=centre - half, high=centre + half)


def _student(freedoms: int) -> float:
    """The 97.5th percentile; Abramowitz and Stegun 26.7.5, 0.1 % off at 5 and less beyond."""
    if freedoms <= len(_STUDENT):
        return _STUDENT[freedoms - 1]
    powers = _Z * np.power(_Z, [0, 2, 4, 6])
    terms = np.array([[1, 1, 0, 0], [3, 16, 5, 0], [-15, 17, 19, 3]]) @ powers
    return _Z + float((terms / [4, 96, 384] / np.power(float(freedoms), [1, 2, 3])).sum())


def _percentiles(
    count: int, seed: int, statistic: Callable[[NDArray[np.int64]], Floats]
) -> Interval:
    found = np.concatenate([statistic(draw) for draw in _draws(count, seed)])
    low, high = np.percentile(found, _PERCENTILES)
    return Interval(low=float(low), high=float(high))


def _draws(count: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """Indices of the resamples, in blocks that keep memory bounded."""
    generator = np.random.default_rng(seed)
    resamples = min(NUM_RESAMPLES, max(_MIN_RESAMPLES, _MAX_DRAWS // count))
    block = max(1, _BLOCK_NUMBERS // count)
    for first in range(0, resamples, block):
        rows = min(block, resamples - first)
        yield generator.integers(0, count, size=(rows, count))
