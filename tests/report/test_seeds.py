"""Seeds pooled: one row for each arm and figure, and nothing that failed is forgotten."""

from __future__ import annotations

import math
import random
from statistics import fmean

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trained_rows import curve, failed, made, share, trained_rows

from wfgen.evaluate.intervals import runs_interval, wilson_interval
from wfgen.report.seeds import failed_seeds, pool_seeds, seeds_of, values_by_seed

SEEDS = st.integers(2, 5)
VALUES = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=6)
RATIOS = st.lists(st.floats(0.01, 100), min_size=2, max_size=6)
PASSED = st.lists(st.integers(0, 50), min_size=2, max_size=6)


def of_seeds(values, figure="bits-per-byte", **changes):
    unit = changes.pop("unit", "bits/byte")
    return [made("a", figure, v, seed, unit=unit, **changes) for seed, v in enumerate(values)]


def one(rows):
    (row,) = pool_seeds(rows)
    return row


def test_one_seed_stays_as_it_is(rows):
    assert pool_seeds(rows) == rows
    alone = [made("a", "f", 0.5, 3, low=0.4, high=0.6), failed("a", "g", 3), failed("b", "arm", 3)]
    assert pool_seeds(alone) == alone


def test_to_pool_again_changes_nothing():
    pooled = pool_seeds(trained_rows())
    assert pool_seeds(pooled) == pooled


def test_of_a_whole_run_there_is_one_row_for_each_arm_and_figure():
    raw = trained_rows()
    keys = [(row.arm, row.figure) for row in pool_seeds(raw)]
    assert len(keys) == len(set(keys))
    assert set(keys) == {(r.arm, r.figure) for r in raw if not r.figure.endswith("-curve")}


@given(VALUES)
def test_the_value_is_the_mean_and_the_interval_students(values):
    row, ends = one(of_seeds(values)), runs_interval(values)
    assert row.value == pytest.approx(fmean(values), rel=1e-9, abs=1e-6)
    assert (row.low, row.high) == pytest.approx((ends.low, ends.high), rel=1e-6, abs=1e-3)
    assert row.low <= row.value <= row.high
    assert (row.seed, seeds_of(row)) == (None, tuple(range(len(values))))


@given(VALUES, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(values, chance: random.Random):
    rows = of_seeds(values)
    mixed = chance.sample(rows, len(rows))
    one_way, other = one(rows), one(mixed)
    assert (one_way.value, one_way.low, one_way.high) == (other.value, other.low, other.high)


@given(RATIOS)
def test_a_ratio_turned_round_is_the_ratio_turned_round(ratios):
    def pooled(values):
        return one(of_seeds(values, "budget-ratio-flops", unit="ratio"))

    there, back = pooled(ratios), pooled([1 / each for each in ratios])
    assert there.value == pytest.approx(math.prod(ratios) ** (1 / len(ratios)))
    turned = (1 / there.value, 1 / there.high, 1 / there.low)
    assert turned == pytest.approx((back.value, back.low, back.high), rel=1e-6)


@given(PASSED)
def test_a_share_is_no_surer_than_its_samples_or_its_seeds(passed):
    row = one([share("a", "parses", each, seed, 50) for seed, each in enumerate(passed)])
    trials = wilson_interval(sum(passed), 50 * len(passed))
    seeds = runs_interval([each / 50 for each in passed])
    assert row.count == 50 * len(passed)
    assert row.value == pytest.approx(sum(passed) / row.count)
    assert row.low <= min(trials.low, max(seeds.low, 0)) + 1e-9
    assert row.high >= max(trials.high, min(seeds.high, 1)) - 1e-9
    assert 0 <= row.low <= row.value <= row.high <= 1


def test_seeds_that_agree_on_a_share_leave_the_doubt_of_its_samples():
    row = one([share("a", "parses", 100, seed) for seed in range(3)])
    assert row.value == row.high == 1
    assert row.low == wilson_interval(300, 300).low < 1


def test_a_distance_in_shares_is_no_share_of_samples():
    row = one(of_seeds([0.3017, 0.3017], "events-tv", unit="share"))
    assert (row.low, row.high) == pytest.approx((0.3017, 0.3017))


@pytest.mark.parametrize(
    ("unit", "counts", "count"),
    [("share", (50, 50), 100), ("bytes", (50, 50), 50), ("lines", (50, 40), 90)],
)
def test_counts_are_summed_where_they_differ_or_are_of_shares(unit, counts, count):
    rows = [made("a", "f", 0.5, seed, unit=unit, count=n) for seed, n in enumerate(counts)]
    assert one(rows).count == count


def test_a_seed_that_failed_is_named_and_left_out_of_the_value():
    rows = [*of_seeds([1.0, 3.0]), failed("a", "bits-per-byte", 2, "out of memory")]
    row = one(rows)
    assert (row.value, seeds_of(row)) == (2.0, (0, 1))
    assert failed_seeds(row) == {"2": "out of memory"}


def test_the_one_seed_that_is_left_keeps_its_interval_and_names_the_others():
    kept = made("a", "f", 0.5, 0, low=0.4, high=0.6)
    row = one([kept, failed("a", "f", 1), failed("a", "f", 2)])
    assert (row.value, row.low, row.high, row.seed) == (0.5, 0.4, 0.6, 0)
    assert list(failed_seeds(row)) == ["1", "2"]


def test_where_all_seeds_failed_the_row_says_why():
    same = one([failed("a", "f", seed) for seed in range(3)])
    assert (same.value, same.error, same.seed) == (None, "no luck (seeds 0, 1, 2)", None)
    different = one([failed("a", "f", 0), failed("a", "f", 1, "worse luck")])
    assert different.error == "seed 0: no luck; seed 1: worse luck"


def test_an_arm_that_failed_for_a_seed_is_missed_in_the_figures_that_it_did_not_give():
    rows = [*of_seeds([1.0, 2.0, 3.0]), *of_seeds([1.0, 2.0], "loss"), failed("a", "arm", 2)]
    bits, loss, arm = pool_seeds(rows)
    assert failed_seeds(bits) == {}
    assert failed_seeds(loss) == {"2": "no luck"}
    assert arm.error == "no luck"


@given(st.permutations([0, 1, 2]))
def test_a_job_that_was_tried_again_replaces_its_failure(order):
    jobs = {seed: f"learn a {seed}" for seed in order}
    first = [failed("a", "arm", seed, job=jobs[seed]) for seed in order]
    again = [made("a", "f", 1.0 + seed, seed, about={"job": jobs[seed]}) for seed in order]
    row = one([*first, *again])
    assert (row.value, failed_seeds(row)) == (2.0, {})
    left = pool_seeds([*first, *again[1:]])
    assert [r.figure for r in left] == ["arm", "f"]
    assert failed_seeds(left[1]) == {str(order[0]): "no luck"}


def test_the_latest_row_of_a_job_counts_and_two_jobs_of_a_seed_are_one_figure():
    job = {"about": {"job": "learn"}}
    assert one([made("a", "f", 1.0, **job), made("a", "f", 2.0, **job)]).value == 2.0
    assert one([made("a", "f", 1.0, **job), failed("a", "f", job="other")]).value == 1.0
    two = [made("a", "f", 1.0, **job), made("a", "f", 1.0, about={"job": "other"})]
    assert one(two) == two[1]


def test_two_failed_jobs_of_one_seed_are_both_told():
    rows = [failed("a", "arm", 1, job="x"), failed("a", "arm", 1, "worse luck", job="y")]
    assert one(rows).error == "no luck; worse luck"


def test_points_on_the_way_are_left_out():
    assert pool_seeds(curve("a", 0, 0.5, "documents")) == []
    assert values_by_seed(curve("a", 0, 0.5, "documents")) == {}


def test_causes_are_summed():
    rows = of_seeds([0.5, 0.5], "parses", unit="share")
    rows = [
        attrs.evolve(r, provenance={**r.provenance, "causes": {"x": 2, str(r.seed): 1}})
        for r in rows
    ]
    assert one(rows).provenance["causes"] == {"x": 4, "0": 1, "1": 1}


def test_the_same_documents_in_every_seed_are_no_more_of_them():
    row = one([share("a", "refused-by-constraint", 60, seed, 300) for seed in range(3)])
    ends = wilson_interval(60, 300)
    assert (row.count, row.low, row.high) == (300, ends.low, ends.high)
