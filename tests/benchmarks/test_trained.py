"""Suites of trained models: jobs, budgets, resuming, rows."""

from __future__ import annotations

import importlib
import json
import math

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from wfgen.errors import SettingError
from wfgen.report.findings import findings
from wfgen.report.page import render_page
from wfgen.report.rows import read_rows

DOCUMENTS = 32


def figures(rows, arm):
    return {row.figure: row for row in rows if row.arm == arm and not row.figure.endswith("-curve")}


# The way of a suite -----------------------------------------------------------------------------


def test_a_suite_gives_every_figure_and_is_not_run_again(run, suite, tmp_path, modules):
    place, rows, is_done = run(suite)
    assert is_done
    assert not [row for row in rows if row.error and row.figure == "arm"]
    ours, theirs = figures(rows, "tct-github-workflow"), figures(rows, "bytes")
    assert {"bits-per-byte", "bits-per-byte-equal-flops", "parameters", "completed"} <= set(ours)
    assert {"budget-ratio-documents", "budget-ratio-flops"} <= set(ours) - set(theirs)
    assert theirs["bits-per-byte"].value == theirs["bits-per-byte-equal-flops"].value
    masked = figures(rows, "tct-github-workflow+mask")
    assert [masked[rung].value for rung in ("completed", "parses", "schema-valid")] == [1, 1, 1]
    assert masked["constrained-bits-per-byte"].value < masked["free-bits-per-byte"].value
    assert figures(rows, "held-out documents")["schema-valid"].value == 1
    assert all(row.provenance["corpus"]["fingerprint"] for row in rows)

    told = []
    _, again, _ = run(suite, told=told)
    assert again == rows == read_rows(tmp_path / "rows.jsonl")
    assert not [line for line in told if "learn" in line or "write" in line]
    page = render_page(rows, None, modules["trained"].samples_to_read(place))
    assert "Samples" in page
    assert findings(rows)


def test_a_suite_goes_on_where_it_was(run, suite):
    _, rows, is_done = run(suite, minutes=0)
    assert (rows, is_done) == ([], False)
    _, rows, is_done = run(evolve(suite, writing=suite.writing))
    assert is_done
    assert len({row.provenance["run"] for row in rows}) == 1


def test_another_suite_in_the_same_folder_is_refused(run, suite):
    run(suite, minutes=0)
    with pytest.raises(SettingError, match="another configuration"):
        run(evolve(suite, documents=DOCUMENTS * 2), minutes=0)


def test_an_arm_that_fails_is_a_row_with_its_error(run, suite):
    named = suite.with_contenders(["no-such-tokenizer"])
    _, rows, is_done = run(named, minutes=0)
    (row,) = rows
    assert (row.arm, row.figure, row.value) == ("no-such-tokenizer", "arm", None)
    assert "no-such-tokenizer" in row.error
    assert not is_done


def test_contenders_are_added_beside_the_suites_own_or_instead(suite):
    names = [arm.name for arm in suite.with_contenders(["a/mine"]).arms]
    assert names == ["bytes", "tct-github-workflow", "mine"]
    only = suite.with_contenders(["mine"], only=True)
    assert [arm.name for arm in only.arms] == ["bytes", "mine"]
    with pytest.raises(SettingError, match="would be called"):
        suite.with_contenders(["x/bytes"])


@pytest.mark.parametrize("name", ["cpu", "gpu"])
def test_the_shipped_suites_are_whole(name, modules):
    suite = importlib.import_module("suites").TRAINED[name]("somewhere", None)
    assert suite.name == name
    assert suite.baseline in {arm.name for arm in suite.arms}
    assert len(suite.seeds) >= 3
    json.dumps(suite.configuration())
    full = next(arm for arm in suite.arms if arm.name == "o200k_base")
    assert full.budgets == ("flops",)


# Budgets ----------------------------------------------------------------------------------------


def test_the_same_documents_are_seen_and_the_same_flops_are_spent(run, suite):
    _, rows, _ = run(evolve(suite, writing=evolve(suite.writing, samples=1, prompts=0)))
    ours, theirs = figures(rows, "tct-github-workflow"), figures(rows, "bytes")
    for arm in (ours, theirs):
        assert abs(arm["train-documents"].value - DOCUMENTS) <= 4  # the last step may be cut
    ratio = ours["train-flops-equal-flops"].value / theirs["train-flops"].value
    assert abs(ratio - 1) < 0.2  # whole steps; there are few of them here


Curve = st.lists(st.floats(0.1, 10), min_size=2, max_size=8, unique=True)


@given(budgets=Curve, bits=Curve, scale=st.floats(0.1, 10))
def test_a_curve_that_is_twice_as_long_needs_twice_the_budget(budgets, bits, scale):
    convergence = importlib.import_module("trained.convergence")
    pairs = list(zip(sorted(budgets), sorted(bits, reverse=True), strict=False))
    slower = [(at * scale, value) for at, value in pairs]
    assert math.isclose(convergence.budget_at(slower, pairs[-1][1]), scale * pairs[-1][0])
    middle = (pairs[0][1] + pairs[-1][1]) / 2
    found = convergence.budget_at(pairs, middle)
    assert pairs[0][0] <= found <= pairs[-1][0]
    assert math.isclose(convergence.budget_at(slower, middle), scale * found, rel_tol=1e-6)
