"""Intervals: their ends, their seeds, and the true value inside."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfgen.evaluate import intervals
from wfgen.evaluate.intervals import (
    mean_interval,
    median_interval,
    ratio_interval,
    runs_interval,
    wilson_interval,
)


@pytest.mark.parametrize(
    ("successes", "count", "low", "high"),
    # Newcombe, 1998, Statistics in Medicine 17:857, table I, method 3.
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_agrees_with_the_published_intervals(successes, count, low, high):
    found = wilson_interval(successes, count)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_share_and_stays_a_share(case):
    successes, count = case
    found = wilson_interval(successes, count)
    assert 0 <= found.low <= successes / count <= found.high <= 1
    assert found.low < found.high


@given(st.lists(st.floats(0.1, 1e6), min_size=1, max_size=30), st.integers(0, 9))
def test_the_same_seed_gives_the_same_interval_inside_of_the_values(values, seed):
    for interval_of in (mean_interval, median_interval):
        found = interval_of(values, seed=seed)
        assert found == interval_of(values, seed=seed)
        slack = 1e-9 * max(values)
        assert min(values) - slack <= found.low <= found.high <= max(values) + slack


def test_a_ratio_is_drawn_in_pairs():
    below = np.arange(1, 200)
    found = ratio_interval(3 * below, below, seed=0)
    assert (found.low, found.high) == pytest.approx((3, 3))


def test_the_bootstrap_holds_the_mean_about_as_often_as_it_says():
    generator = np.random.default_rng(0)
    intervals = [mean_interval(generator.normal(size=60), seed=n) for n in range(200)]
    inside = sum(i.low <= 0 <= i.high for i in intervals)
    assert 178 <= inside <= 198  # 190 is expected; 4 standard deviations are 12


def test_many_values_take_few_resamples_in_small_blocks():
    blocks = list(intervals._draws(30_000, seed=0))
    assert sum(map(len, blocks)) == intervals._MAX_DRAWS // 30_000
    assert max(block.size for block in blocks) <= intervals._BLOCK_NUMBERS
    assert sum(map(len, intervals._draws(10, seed=0))) == intervals.NUM_RESAMPLES


@pytest.mark.parametrize(
    ("count", "percentile"),
    # Student's table, two-sided 95 %.
    [(2, 12.706), (3, 4.303), (4, 3.182), (5, 2.776), (6, 2.571), (7, 2.447), (11, 2.228)],
)
def test_runs_have_the_interval_of_students_table(count, percentile):
    values = list(range(count))
    half = percentile * np.std(values, ddof=1) / np.sqrt(count)
    found = runs_interval(values)
    assert found.high - np.mean(values) == pytest.approx(half, rel=2e-3)
    assert np.mean(values) - found.low == pytest.approx(half, rel=2e-3)


@pytest.mark.parametrize("count", [2, 3, 6])
def test_runs_hold_the_mean_as_often_as_it_says(count):
    generator = np.random.default_rng(0)
    found = [runs_interval(generator.normal(size=count)) for _ in range(4_000)]
    inside = np.mean([i.low <= 0 <= i.high for i in found])
    assert 0.94 < inside < 0.96  # 3 standard errors are 0.01
