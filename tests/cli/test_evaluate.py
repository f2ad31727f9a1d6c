"""`wfgen evaluate`: any workflows are judged, and what cannot be read counts."""

from __future__ import annotations

import json

import pytest

from wfgen.cli import app
from wfgen.errors import UnknownNameError

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
