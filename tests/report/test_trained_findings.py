"""Findings of trained models: who leads, what is significant, where TCT loses, what failed."""

from __future__ import annotations

import io

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trained_rows import TCT, ceiling, failed, made, share, trained_rows

from wfgen.report.comparing import Comparison
from wfgen.report.findings import data_note, failures, findings
from wfgen.report.terminal import print_report
from wfgen.report.trained_findings import trained_findings
from wfgen.report.trained_tables import TRAINED_TABLES

BASE = "bpe-8192"


def bits(arm, *values, figure="bits-per-byte"):
    return [
        made(arm, figure, value, seed, unit="bits/byte", count=300)
        for seed, value in enumerate(values)
    ]


def rungs(arm, *passed, rung="schema-valid"):
    return [share(arm, rung, each, seed) for seed, each in enumerate(passed)]


def said(*rows):
    return "\n".join(findings([row for each in rows for row in each]))


def test_the_note_says_how_many_seeds_there_are(rows):
    assert data_note(trained_rows()).endswith("are means over 3 seeds, with 95 % intervals.")
    assert "seeds" not in data_note(rows)


def test_no_suite_without_a_baseline_is_told_of(rows):
    assert trained_findings(rows) == []


def test_the_lowest_leads_and_the_difference_to_the_baseline_is_tested():
    text = said(bits(TCT, 0.40, 0.41, 0.42), bits(BASE, 0.50, 0.51, 0.53))
    assert f"At equal documents {TCT} has the lowest bits per byte, 0.4100 (95 %: 0.3852" in text
    assert f"20.1 % below that of {BASE}; the difference is significant (-0.1033, 95 %" in text


def test_a_lead_that_the_seeds_do_not_bear_out_is_not_significant():
    text = said(bits(TCT, 0.40, 0.50, 0.40), bits(BASE, 0.50, 0.40, 0.50))
    assert "the difference is not significant (-0.0333" in text


def test_pairs_count_and_not_the_spread_that_both_share():
    text = said(bits(TCT, 0.40, 0.60, 0.80), bits(BASE, 0.41, 0.611, 0.81))
    assert "the difference is significant (-0.0103" in text


def test_where_the_baseline_leads_the_others_follow():
    text = said(bits(BASE, 0.50, 0.51), bits(TCT, 0.55, 0.561), bits("x", 0.51, 0.505))
    assert "0.5050 (95 %: 0.4415 to 0.5685); it is the baseline." in text
    assert f"against {BASE}: {TCT} +10.0 %, x +0.5 % (not significant)." in text


def test_of_one_seed_nothing_is_significant():
    rows = trained_rows(seeds=(0,))
    text = said(rows)
    assert findings(rows)[0].startswith("There is one seed only")
    assert "significant" not in text.replace(findings(rows)[0], "")
    assert (
        f"takes 1.100 times the documents of {BASE} for the same bits per byte (one seed)" in text
    )


def test_a_leader_without_a_baseline_to_compare_with_says_so():
    text = said(bits(TCT, 0.4, 0.41), [failed(BASE, "bits-per-byte", seed) for seed in (0, 1)])
    assert f"{BASE}, the baseline, has no such figure to compare with" in text


@pytest.mark.parametrize(
    ("ratios", "words"),
    [
        ((0.8, 0.81, 0.82), "which is significantly fewer"),
        ((1.2, 1.21, 1.22), "which is significantly more"),
        ((0.9, 1.0, 1.2), "which is not significantly more or less"),
    ],
)
def test_a_budget_ratio_is_told_with_whether_it_is_clear_of_one(ratios, words):
    rows = [
        made(TCT, "budget-ratio-documents", each, seed, unit="ratio")
        for seed, each in enumerate(ratios)
    ]
    assert words in said(rows)


def test_where_tct_loses_it_says_so_and_by_how_much():
    text = said(
        *(bits(TCT, 0.55, 0.561), bits(BASE, 0.50, 0.51)),
        *(rungs(TCT, 40, 50), rungs(BASE, 45, 52)),
    )
    assert (
        f"{TCT} loses to {BASE} in 2 of 2 figures: bits / byte (0.5555 against 0.5050);"
        " schema-valid (45.0 % against 48.5 %, not significant)."
    ) in text
    won = said(rungs(TCT, 60, 60), rungs(BASE, 45, 52))
    assert f"{TCT} does not lose to {BASE} in any of 1 figures: schema-valid." in won


def test_what_a_mask_does_is_told_against_the_same_weights():
    text = said(rungs(f"{TCT}+mask", 99, 98), rungs(TCT, 60, 61))
    assert f"{TCT}+mask against {TCT}, the same weights without it: schema-valid 98.5 %" in text
    assert "without it" not in said(rungs(TCT, 60, 61))


def test_what_a_constraint_saves_is_told_with_what_it_refuses():
    assert (
        f"Held to its constraint, {TCT}+mask comes to 0.4510 bits a byte where the same weights"
        " left alone come to 0.4700, over the documents that the constraint takes; it refuses"
        " 20.0 % of the 300 held-out ones."
    ) in findings(trained_rows())


def test_seeds_that_agree_by_chance_make_no_significance():
    text = said(rungs(f"{TCT}+mask", 51, 51), rungs(TCT, 50, 50))
    assert "51.0 % against 50.0 % (not significant)" in text


def test_the_linters_ceiling_stands_beside_the_arms():
    text = said(
        rungs(TCT, 10, 11, rung="lint-clean"), rungs(BASE, 31, 30, rung="lint-clean"), ceiling()
    )
    assert "nothing in 30.0 % of the 300 held-out documents, the ceiling" in text
    assert f"in: {BASE} 30.5 % (level with it), {TCT} 10.5 %." in text


def test_failed_seeds_are_told_once_and_failed_arms_by_how_much_of_them():
    rows = [
        *trained_rows(),
        failed("broken", "arm", 0),
        failed("broken", "arm", 1),
        failed(TCT, "arm", 3, "out of memory"),
        failed("bytes", "lint-clean", 4, "no linter"),
    ]
    assert failures(rows) == [
        "bytes, lint-clean, seed 4: no linter",
        "broken: no luck (seeds 0, 1)",
        f"{TCT}, seed 3: out of memory",
    ]
    assert findings(rows)[-2:] == [
        "Not measured, because of an error: broken.",
        f"Measured in part, because of an error: {TCT}.",
    ]


FEW = st.lists(st.integers(0, 40), min_size=3, max_size=3)


@given(FEW, FEW)
def test_a_difference_turned_round_is_turned_round(mine, theirs):
    rows = [
        *(share("a", "parses", each, seed, 40) for seed, each in enumerate(mine)),
        *(share("b", "parses", each, seed, 40) for seed, each in enumerate(theirs)),
    ]
    found = Comparison(rows)
    there, back = found.difference("a", "b", "parses"), found.difference("b", "a", "parses")
    assert there.change == -back.change
    turned = (-there.interval.high, -there.interval.low)
    assert turned == pytest.approx((back.interval.low, back.interval.high))
    assert there.is_significant == back.is_significant
    assert there.interval.low <= there.change + 1e-9
    assert there.change <= there.interval.high + 1e-9


def test_only_seeds_of_both_are_compared():
    rows = [*bits("a", 1.0, 2.0, 9.0), *bits("b", 0.5, 1.5)]
    found = Comparison(rows).difference("a", "b", "bits-per-byte")
    assert (found.value, found.other, found.num_seeds) == (1.5, 1.0, 2)
    assert Comparison(rows).difference("a", "c", "bits-per-byte") is None


ALL = trained_rows(seeds=(0, 1))
BROKEN = [attrs.evolve(r, value=None, low=None, high=None, count=0, error="x") for r in ALL]


SHOWN = {figure for table in TRAINED_TABLES for figure in table.columns}


@given(st.lists(st.sampled_from([*ALL, *BROKEN]), min_size=1, max_size=60))
def test_whatever_part_of_a_run_is_there_is_told_and_no_arm_is_lost(part):
    out = io.StringIO()
    print_report(part, out)
    text = out.getvalue()
    assert "nan" not in text.replace("nance", "")
    assert all(r.arm in text for r in part if r.figure in SHOWN)
