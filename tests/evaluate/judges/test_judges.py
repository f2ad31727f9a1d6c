"""Every evaluator on samples of which the figures are known."""

from __future__ import annotations

import math

import pytest

from wfgen.api import Sample
from wfgen.errors import SettingError
from wfgen.evaluate.judges.diversity import Distinct, Novel
from wfgen.evaluate.judges.faithful import Faithful
from wfgen.evaluate.judges.rungs import Completed, Parses, SchemaValid
from wfgen.evaluate.judges.sizes import Cost, Length
from wfgen.registry import load_evaluator

NAMES = ["completed", "parses", "schema-valid", "distinct", "novel", "faithful", "length", "cost"]


@pytest.mark.parametrize("name", NAMES)
def test_no_sample_is_no_score(name):
    with pytest.raises(SettingError, match="no sample"):
        load_evaluator(name).evaluate([])


@pytest.mark.parametrize("name", NAMES)
def test_every_score_has_its_count_and_an_interval_around_it(name, sample, workflow):
    others = [{**workflow, "name": f"n{at}" * at} for at in range(9)]
    samples = [sample(each, num_tokens=at + 3, seconds=0.1) for at, each in enumerate(others)]
    score = load_evaluator(name).evaluate(samples)
    for each in (score, *score.parts):
        assert each.count == len(samples)
        assert each.interval.low - 1e-9 <= each.value <= each.interval.high + 1e-9


def test_the_rungs_count_what_falls(sample, workflow):
    samples = [
        sample(workflow),
        sample({"on": "push"}),
        sample({"on": "push"}),
        Sample(text='{"on":', completed=False),
    ]
    found = {
        s.name: s for s in (e.evaluate(samples) for e in (Completed(), Parses(), SchemaValid()))
    }
    assert {name: score.value for name, score in found.items()} == {
        "completed": 0.75,
        "parses": 0.75,
        "schema-valid": 0.25,
    }
    assert found["completed"].causes == {"it was cut off": 1}
    assert found["schema-valid"].causes == {"/: lacks 'jobs'": 2, "it is no JSON": 1}


def test_a_sample_repeats_another_whatever_the_order_of_its_keys(sample, workflow):
    turned = dict(reversed(workflow.items()))
    samples = [sample(workflow), sample(turned), sample({}), Sample(text="{"), Sample(text="{")]
    assert Distinct().evaluate(samples).value == 3 / 5


def test_what_is_in_the_training_set_is_not_novel(sample, workflow):
    steps = [{"run": f"echo {at}\nmake {at}"} for at in range(40)]
    known = {"on": "push", "jobs": {"a": {"runs-on": "x", "steps": steps}}}
    nearly = {"on": "push", "jobs": {"b": {"runs-on": "x", "steps": steps[:-1]}}}
    other = {"on": "release", "jobs": {"z": {"runs-on": "y", "steps": [{"run": "q"}]}}}
    novel = Novel.of([workflow, known])
    score = novel.evaluate([sample(each) for each in (workflow, nearly, other)])
    assert score.value == pytest.approx(1 / 3)
    assert score.causes == {"it is a training document": 1, "it is nearly a training document": 1}


def test_the_longest_run_of_shared_lines_is_counted(sample):
    def of(*names):
        return {"on": "push", "jobs": {name: {} for name in names}}

    novel = Novel.of([of("a", "b", "c", "d"), of("x", "y")])
    # `on`, `jobs` and four jobs; only the run b, c; and the edge between documents is no run.
    for jobs, length in (("abcd", 6), ("zbcz", 2), ("dx", 2), ("xyab", 4)):
        (part,) = novel.evaluate([sample(of(*jobs))]).parts
        assert part.value == length, jobs


def test_real_documents_are_at_no_distance_from_themselves(sample, workflow):
    other = {**workflow, "on": {"pull_request": None}, "permissions": {"contents": "read"}}
    score = Faithful.to([workflow, other]).evaluate([sample(workflow), sample(other)])
    assert score.value == 0
    by_name = {part.name: part for part in score.parts}
    assert by_name["events-tv"].value == 0
    assert by_name["permissions-coverage"].value == 1
    assert by_name["runners-mode-match"].value == 1
    assert "shells-js" not in by_name


def test_the_distance_is_that_of_the_distributions(sample):
    def of(event):
        return {"on": event}

    real = [of("push")] * 3 + [of("release")]
    score = Faithful.to(real).evaluate([sample(of("push")), sample(of("gollum"))])
    by_name = {part.name: part.value for part in score.parts}
    assert by_name["events-tv"] == pytest.approx((0.25 + 0.25 + 0.5) / 2)
    assert by_name["events-coverage"] == 0.75
    halves = [0.625, 0.125, 0.25]
    to_real = 0.75 * math.log2(0.75 / halves[0]) + 0.25 * math.log2(0.25 / halves[1])
    to_ours = 0.5 * math.log2(0.5 / halves[0]) + 0.5 * math.log2(0.5 / halves[2])
    assert by_name["events-js"] == pytest.approx((to_real + to_ours) / 2)


def test_lengths_and_costs_are_means(sample):
    samples = [sample({}, num_tokens=1, seconds=0.5), sample([1, 2], num_tokens=4, seconds=1.0)]
    length, cost = Length().evaluate(samples), Cost().evaluate(samples)
    assert (length.value, length.parts[0].value) == (3.5, 2.5)
    parts = {part.name: part.value for part in cost.parts}
    assert (cost.value, parts["milliseconds"], parts["steps-per-byte"]) == (2.5, 750, 5 / 7)


def test_a_cost_needs_tokens(sample):
    with pytest.raises(SettingError, match="how many tokens"):
        Cost().evaluate([sample({})])


def test_fields_that_have_another_type_say_nothing(sample):
    odd = [{"on": 3, "jobs": []}, {"jobs": {"a": {"steps": {}, "runs-on": [1]}}}, [], "x"]
    with pytest.raises(SettingError, match="say nothing"):
        Faithful.to(odd[:1] + odd[2:])
    score = Faithful.to([{"on": "push"}]).evaluate(
        [sample(each) for each in (*odd, {"on": "push"})]
    )
    assert score.value == 0
