"""Plots of trained models: means and bands over seeds, and rungs beside their ceiling."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trained_rows import BITS, CEILING, GUIDED, TCT, curve, failed, trained_rows

from wfgen.evaluate.intervals import runs_interval
from wfgen.report.curves import mean_curve
from wfgen.report.plotting import arms_with, draw
from wfgen.report.rows import RowsError
from wfgen.report.trained_plots import TRAINED_PLOTS

pytest.importorskip("matplotlib", reason="the extra `report` is not installed")

BUDGETS = ("documents", "flops")


@pytest.fixture(scope="module")
def drawn():
    return {
        (plot.key, narrow): draw(plot, trained_rows(), narrow=narrow, prefix=f"{plot.key}-{narrow}")
        for plot in TRAINED_PLOTS
        for narrow in (False, True)
    }


def texts(svg):
    return [e.text for e in ET.fromstring(svg).iter() if e.tag.endswith("text")]


def points(*bits, steps=(5, 10, 20, 40)):
    return [row for seed, b in enumerate(bits) for row in curve("a", seed, b, "documents", steps)]


def test_every_arm_that_learned_has_a_curve_and_every_one_that_writes_its_rungs(drawn):
    for (key, _), svg in drawn.items():
        shown = set(texts(svg))
        learned = {*BITS, "o200k_base"}
        writing = {*BITS, *GUIDED, CEILING, "schema-valid", "lint-clean"}
        assert (writing if key == "rungs" else learned) <= shown
        assert not shown & ({"o200k_base"} if key == "rungs" else {*GUIDED, CEILING})


def test_they_follow_the_page_and_are_the_same_for_the_same_rows(drawn):
    for (key, narrow), svg in drawn.items():
        assert {"var(--ink)", "var(--arm-1)"} <= set(re.findall(r"var\(--[a-z0-9-]+\)", svg))
        assert not re.search(r"#[0-9a-f]{6}\b", svg)
        plot = next(plot for plot in TRAINED_PLOTS if plot.key == key)
        assert draw(plot, trained_rows(), narrow=narrow, prefix=f"{key}-{narrow}") == svg
    ids = [i for svg in drawn.values() for i in re.findall(r'\bid="([^"]+)"', svg)]
    assert len(ids) == len(set(ids))


def test_several_seeds_have_a_band_and_one_has_none():
    def bands(seeds):
        svg = draw(TRAINED_PLOTS[0], trained_rows(seeds), narrow=False, prefix="x")
        return len(re.findall("FillBetween", svg))

    assert (bands((0,)), bands((0, 1)) > 0) == (0, True)


def test_no_other_suite_has_them(rows):
    other = attrs.evolve(rows[0], figure="schema-valid", value=0.5)
    drawn = [draw(plot, [*rows, other], narrow=False, prefix="x") for plot in TRAINED_PLOTS]
    assert drawn == [""] * 4


def test_an_arm_that_lacks_a_rung_keeps_the_others():
    rows = [r for r in trained_rows() if not (r.arm == TCT and r.figure == "lint-clean")]
    shown = texts(
        draw(TRAINED_PLOTS[-1], [*rows, failed(TCT, "lint-clean")], narrow=False, prefix="")
    )
    assert shown.count(TCT) == 3
    assert shown.count("bytes") == 4


def test_words_say_where_curves_end_and_what_share_passes():
    for plot in TRAINED_PLOTS:
        words = plot.describe(arms_with(plot, trained_rows()))
        expected = "bytes: completed 89.7 %" if plot.key == "rungs" else "bytes: 0.7"
        assert expected in words


@given(st.lists(st.floats(0.1, 9), min_size=2, max_size=5))
def test_a_curve_is_the_mean_at_each_point_and_its_band_students(bits):
    found = mean_curve(points(*bits), "documents", BUDGETS)
    ends = runs_interval(bits)
    assert found.along.tolist() == pytest.approx([65, 130, 260, 520])
    assert found.values[-1] == pytest.approx(np.mean(bits))
    assert (found.low[-1], found.high[-1]) == pytest.approx((ends.low, ends.high), abs=1e-9)
    assert found.values[0] == pytest.approx(8 * np.mean(bits))


def test_runs_that_differ_by_a_step_meet_at_the_same_share_of_their_steps():
    rows = [*curve("a", 0, 1.0, "documents"), *curve("a", 1, 1.0, "documents", (5, 11, 21, 41))]
    found = mean_curve(rows, "documents", BUDGETS)
    assert found.along[-1] == pytest.approx(13 * 40.5)
    assert len(found.values) == 4
    assert np.all(np.diff(found.values) < 0)


def test_the_budget_asked_for_first_is_taken_and_the_other_where_there_is_none():
    both = [*points(1.0), *curve("a", 0, 2.0, "flops")]
    assert mean_curve(both, "flops", ("flops", "documents")).values[-1] == 2.0
    assert mean_curve(points(1.0), "flops", ("flops", "documents")).budget == "documents"
    assert mean_curve([], "flops", BUDGETS) is None


def test_a_point_that_was_measured_again_counts_once():
    found = mean_curve([*points(3.0), *points(1.0)], "seconds", BUDGETS)
    assert found.values.tolist() == mean_curve(points(1.0), "seconds", BUDGETS).values.tolist()
    assert found.low is None


def test_a_point_that_does_not_say_where_it_is_is_refused():
    (row, *_) = points(1.0)
    bare = attrs.evolve(row, provenance={"at": {"budget": "documents", "step": 5}})
    with pytest.raises(RowsError, match="does not say which point it is"):
        mean_curve([bare], "seconds", BUDGETS)


@pytest.mark.parametrize("steps", [(0,), (40,), (0, 5), (0, 10, 40)])
def test_a_run_that_has_hardly_begun_is_drawn_too(steps):
    rows = []
    for (row,), step in ((curve("a", 0, 8.0, "documents", (40,)), step) for step in steps):
        at = {name: step if name != "budget" else "documents" for name in row.provenance["at"]}
        rows.append(attrs.evolve(row, provenance={**row.provenance, "at": at}))
    for plot in TRAINED_PLOTS[:3]:
        assert ">a<" in draw(plot, rows, narrow=True, prefix="x")
