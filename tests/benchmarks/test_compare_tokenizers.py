"""`benchmarks/compare_tokenizers.py`, as a person runs it, on a few made-up workflows."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from wfgen import registry
from wfgen.builtin.byte_tokenizer import BytesTokenizer
from wfgen.corpus import load_corpus
from wfgen.evaluate.intrinsic import measure_intrinsic
from wfgen.report.rows import arm_rows, read_rows

pytest.importorskip("matplotlib", reason="the extra `report` is not installed")
SCRIPT = Path(__file__).parents[2] / "benchmarks" / "compare_tokenizers.py"


def test_the_script_is_short():
    assert SCRIPT.read_text("utf-8").count("\n") < 150


@pytest.fixture
def compare(tmp_path):
    def run(*arguments):
        return subprocess.run(
            [sys.executable, str(SCRIPT), *map(str, arguments)],
            cwd=tmp_path,
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )

    return run


def test_a_contender_of_the_suite_that_is_not_installed_is_a_failed_row(monkeypatch):
    suites, contenders = (
        importlib.import_module(n) for n in ("suites", "wfgen.evaluate.contenders")
    )
    suite = suites.SUITES["quick"]("composed:3", None)
    (spec,) = (s for s in suite.contenders if s.arm == "tct-github-workflow")
    known = registry.Registry(plugins=())
    monkeypatch.setattr(registry, "installed", lambda: known)
    (failed,) = contenders.prepare_contenders([spec], load_corpus(suite.corpus))
    assert failed.arm == spec.arm
    assert "there is no tokenizer named 'tct-github-workflow'" in failed.error
    (row,) = arm_rows(measure_intrinsic([failed], [])[0], suite="s", seed=0, provenance={})
    assert (row.arm, row.figure, row.value, row.error) == (spec.arm, "arm", None, failed.error)


def test_a_run_adds_rows_prints_tables_and_writes_the_page(compare, tmp_path):
    BytesTokenizer().save(tmp_path / "mine")
    command = ("--only", "--contender", "mine/", "--contender", "nobody", "--out", "page.html")
    command += ("--corpus", "composed:9", "--valid", "composed:3", "--results", "rows.jsonl")
    done = compare(*command)
    assert done.returncode == 0, done.stderr
    rows = read_rows(tmp_path / "rows.jsonl")
    assert {row.arm for row in rows} == {"mine", "nobody", "o200k_base"}
    assert all(row.suite == "quick" and row.provenance["corpus"]["fingerprint"] for row in rows)
    assert [row.figure for row in rows if row.arm == "nobody"] == ["arm"]
    value = {row.figure: row.value for row in rows if row.arm == "mine"}
    assert (value["bytes-per-token"], value["round-trip-bytes"]) == (1.0, 1.0)
    assert "This is not real data" in done.stdout
    assert "FAILED nobody: there is no tokenizer named 'nobody'" in done.stdout
    page = (tmp_path / "page.html").resolve()
    assert done.stdout.splitlines()[-1] == f"The page with the pictures lies at {page}"
    assert 'id="inspector"' in page.read_text("utf-8")
    assert compare(*command).returncode == 0
    assert len(read_rows(tmp_path / "rows.jsonl")) == 2 * len(rows)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("--suite", "quick", "--corpus", "nowhere"), "nowhere"),
        (("--contender", "x/bytes"), "would be called 'bytes'"),
        (("--corpus", "one.yml"), "none of its 1 documents is held out"),
        (("--corpus", "composed:9", "--out", "one.yml/page.html"), "page.html: cannot write here"),
        (("--corpus", "composed:9", "--out", "."), "it is a directory"),
    ],
)
def test_what_cannot_be_run_is_said_in_a_line(compare, tmp_path, arguments, error):
    (tmp_path / "one.yml").write_text("on: push\njobs: {}\n", "utf-8")
    done = compare(*arguments, "--results", "rows.jsonl")
    assert done.returncode == 1
    assert error in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert "loading" not in done.stderr
    assert not (tmp_path / "rows.jsonl").exists()


def test_a_reader_that_leaves_early_gets_the_page_all_the_same(tmp_path):
    command = "--only --contender bytes --corpus composed:9 --valid composed:3 --results r.jsonl"
    done = subprocess.Popen(
        [sys.executable, str(SCRIPT), *command.split(), "--out", "page.html"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    done.stdout.close()
    with done.stderr:
        said = done.stderr.read()
    assert done.wait() == 0
    assert "Traceback" not in said
    assert "BrokenPipeError" not in said
    assert 'id="inspector"' in (tmp_path / "page.html").read_text("utf-8")
