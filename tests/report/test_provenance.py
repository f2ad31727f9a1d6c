"""Provenance: versions, machine and commit of what made a figure."""

from __future__ import annotations

import json
import re
from importlib import metadata

import numpy as np

import wfgen
from wfgen.report import provenance as module
from wfgen.report.provenance import provenance


def test_it_is_json_and_says_who_where_and_when():
    about = provenance(seed=3, corpus={"fingerprint": "x"}, configuration={"a": [1]})
    assert json.loads(json.dumps(about)) == about
    assert about["versions"]["wfgen"] == metadata.version("wfgen")
    assert about["versions"]["numpy"] == np.__version__
    assert about["machine"]["cores"] >= 1
    assert about["machine"]["cpu"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", about["time"])
    assert (about["seed"], about["corpus"]) == (3, {"fingerprint": "x"})


def test_rows_of_one_run_may_share_its_name():
    assert provenance(run="mine")["run"] == "mine"


def test_two_runs_that_begin_in_one_second_are_two():
    one, other = provenance(), provenance()
    assert one["run"] != other["run"]
    assert one["run"].startswith(one["time"])


def test_requirements_of_extras_are_no_versions():
    assert "torch" not in provenance()["versions"]


def test_a_file_that_git_does_not_track_has_no_commit(tmp_path):
    (tmp_path / "__init__.py").touch()
    assert module._commit(tmp_path) is None


def test_the_commit_of_a_checkout_is_whole():
    commit = module._commit(module.Path(wfgen.__file__).parent)
    assert commit is None or re.fullmatch(r"[0-9a-f]{40}(-dirty)?", commit)


def test_without_proc_the_cpu_still_has_a_name(tmp_path):
    assert module._cpu_model(tmp_path / "none")
    (tmp_path / "cpuinfo").write_text("processor : 0\nmodel name\t: Fine CPU\n")
    assert module._cpu_model(tmp_path / "cpuinfo") == "Fine CPU"
