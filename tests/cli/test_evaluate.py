"""`wfgen evaluate`: any workflows are judged, and what cannot be read counts."""

from __future__ import annotations

import json
import re

import pytest

from wfgen.cli import app
from wfgen.errors import UnknownNameError, WfgenError
from wfgen.evaluate.judging import DEFAULT_EVALUATORS

GOOD = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "good.yml").write_text(GOOD)
    (tmp_path / "invalid.yml").write_text("on: push\n")
    (tmp_path / "twice.yml").write_text("on: push\non: push\n")
    return tmp_path


def _json(capsys, *arguments):
    app(["evaluate", *arguments, "--json"], result_action="return_value")
    return json.loads(capsys.readouterr().out)


def test_a_folder_of_yaml_is_judged_whole(folder, capsys):
    found = _json(capsys, "--samples", str(folder), "--evaluator", "parses", "schema-valid")
    scores = {score["name"]: score for score in found["scores"]}
    assert found["samples"] == 3
    assert scores["parses"]["value"] == pytest.approx(2 / 3)
    (cause,) = scores["parses"]["causes"]
    assert "twice" in cause
    assert scores["schema-valid"]["value"] == pytest.approx(1 / 3)


def test_an_evaluator_that_cannot_say_is_shown_with_its_reason(folder, capsys):
    found = _json(capsys, "--samples", str(folder))
    assert [failure["figure"] for failure in found["failures"]] == ["cost"]
    assert {"novel", "faithful", "distinct"} <= {score["name"] for score in found["scores"]}


def test_the_table_names_causes(folder, capsys):
    app(["evaluate", "--samples", str(folder)], result_action="return_value")
    shown = capsys.readouterr().out
    assert "schema-valid: 1 x /: lacks 'jobs'" in shown
    assert "cost has no score" in shown


def test_an_unknown_name_is_an_error(folder):
    with pytest.raises(UnknownNameError, match="did you mean 'parses'"):
        app(
            ["evaluate", "--samples", str(folder), "--evaluator", "parse"],
            result_action="return_value",
        )


# A model ----------------------------------------------------------------------------------------


def of(run, *arguments):
    return ("--checkpoint", str(run), "--corpus", "samples", *arguments)


def figures(found):
    return {score["name"]: score for score in found["scores"]}


def test_a_run_is_judged_by_what_it_makes_and_by_held_out_documents(workflow_run, capsys):
    found = _json(capsys, *of(workflow_run, "-n", "3", "--max-tokens", "20"))
    scores = figures(found)
    assert (found["samples"], found["checkpoint"]) == (3, str(workflow_run))
    names = set(scores) | {failure["figure"] for failure in found["failures"]}
    assert names == {*DEFAULT_EVALUATORS, "bits-per-byte", "constrained-bits-per-byte"}
    assert scores["schema-valid"]["value"] == 1
    assert scores["cost"]["count"] == 3
    assert scores["bits-per-byte"]["count"] == found["held_out"] > 0
    free, held = scores["bits-per-byte"], scores["constrained-bits-per-byte"]
    parts = {part["name"]: part["value"] for part in held["parts"]}
    assert held["value"] < parts["free-bits-per-byte"]
    assert held["count"] == free["count"] - held["causes"].get("the constraint refuses it", 0)


def test_bits_per_byte_are_those_that_training_logged(workflow_run, capsys):
    """The run was trained on the other side of the same corpus."""
    logged = json.loads((workflow_run / "metrics.jsonl").read_text("utf-8").splitlines()[-1])
    found = _json(capsys, *of(workflow_run), "--evaluator", "bits-per-byte")
    bits = figures(found)["bits-per-byte"]
    assert (found["samples"], bits["count"]) == (0, logged["valid_documents"])
    assert bits["value"] == pytest.approx(logged["bits_per_byte"], rel=1e-5)


def test_samples_beside_a_run_are_scored_by_its_model(workflow_run, folder, capsys):
    run = ("--checkpoint", str(workflow_run), "--evaluator", "bits-per-byte", "parses")
    found = _json(capsys, "--samples", str(folder), *run)
    assert (found["samples"], found["held_out"], found["failures"]) == (3, 0, [])
    assert figures(found)["parses"]["count"] == 3
    bits = figures(found)["bits-per-byte"]
    assert (bits["count"], bits["causes"]) == (2, {"it is no JSON": 1})


def test_without_a_constraint_there_are_no_constrained_bits(bytes_run, capsys):
    limited = of(bytes_run, "-n", "2", "--max-tokens", "4", "--top-p", "0.5")
    found = _json(capsys, *limited)
    assert "bits-per-byte" in figures(found)
    assert "constrained-bits-per-byte" not in figures(found)
    wanted = ("bits-per-byte", "constrained-bits-per-byte")
    found = _json(capsys, *limited, "--evaluator", *wanted)
    assert (found["samples"], [failure["figure"] for failure in found["failures"]]) == (
        0,
        ["constrained-bits-per-byte"],
    )
    assert "has no constraint of its own" in found["failures"][0]["error"]


def test_an_engine_holds_samples_and_documents(bytes_run, capsys):
    pytest.importorskip("wfgen_llguidance", reason="wfgen-llguidance is not installed")
    held = of(bytes_run, "-n", "1", "--max-tokens", "2")
    names = ("completed", "constrained-bits-per-byte")
    found = _json(capsys, *held, "--engine", "llguidance", "--evaluator", *names)
    assert found["failures"] == []
    assert figures(found)["completed"]["count"] == 1
    assert figures(found)["constrained-bits-per-byte"]["count"] > 0


def test_the_seed_decides_all(workflow_run, capsys):
    some = of(workflow_run, "-n", "2", "--max-tokens", "40")
    length = ("--evaluator", "length", "--seed")
    one, same, other = (_json(capsys, *some, *length, seed) for seed in "001")
    assert one == same != other
    assert one["held_out"] == 0


def test_the_table_says_what_was_judged(workflow_run, capsys):
    some = of(workflow_run, "-n", "2", "--max-tokens", "20")
    names = ("--evaluator", "parses", "bits-per-byte")
    app(["evaluate", *some, *names], result_action="return_value")
    printed = capsys.readouterr()
    heading = rf"2 samples; \d+ held-out documents; model {re.escape(str(workflow_run))}; schema "
    assert re.match(heading, printed.out)
    assert "perplexity" in printed.out
    assert printed.err.startswith("2 documents: 2 ended")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "name workflows by --samples, or a run that wfgen train wrote by --checkpoint"),
        (("--samples", ".", "--checkpoint", "run"), "add --evaluator bits-per-byte"),
        (
            ("--samples", ".", "--checkpoint", "run", "--evaluator", "parses"),
            "leave --samples or --checkpoint out",
        ),
        (("--checkpoint", "none"), "none: there is no run"),
        (("--checkpoint", "none", "--evaluator", "parse"), "did you mean 'parses'"),
    ],
)
def test_a_mistake_is_an_error_that_names_the_way_out(folder, monkeypatch, arguments, said):
    monkeypatch.chdir(folder)
    with pytest.raises(WfgenError, match=said):
        app(["evaluate", *arguments], result_action="return_value")


def test_samples_alone_have_no_bits(folder, capsys):
    found = _json(capsys, "--samples", str(folder), "--evaluator", "bits-per-byte")
    assert "name a run that wfgen train wrote" in found["failures"][0]["error"]
