from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from wfgen.corpus.samples import read_sample, sample_names
from wfgen.corpus.schema import explain_invalid, is_schema_valid
from wfgen.corpus.yaml_reader import load_yaml
from wfgen.errors import UnknownNameError

NAMES = sample_names()


def test_there_are_at_least_60_and_their_names_are_sorted() -> None:
    assert len(NAMES) >= 60
    assert list(NAMES) == sorted(set(NAMES))


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_is_schema_valid_and_has_on_and_jobs(name: str) -> None:
    value = load_yaml(read_sample(name), path=name)
    assert is_schema_valid(value), explain_invalid(value)
    assert isinstance(value, dict)
    assert {"on", "jobs"} <= value.keys()


def test_samples_are_lint_clean(tmp_path: Path) -> None:
    actionlint = shutil.which("actionlint")
    if actionlint is None:
        pytest.skip("no actionlint on the path")
    # As in a project: one sample calls two others by their path.
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    for name in NAMES:
        (folder / name).write_text(read_sample(name), encoding="utf-8")
    files = [f".github/workflows/{name}" for name in NAMES]
    lint = [actionlint, "-shellcheck=", "-pyflakes=", "-no-color", *files]
    out = subprocess.run(lint, capture_output=True, text=True, cwd=tmp_path)
    assert (out.returncode, out.stdout) == (0, "")


def test_samples_vary_in_length() -> None:
    lines = sorted(read_sample(name).count("\n") for name in NAMES)
    assert lines[4] <= 16
    assert lines[-5] >= 140


def test_samples_are_clean_text() -> None:
    for name in NAMES:
        text = read_sample(name)
        assert text.isascii()
        assert text.endswith("\n")
        assert "\t" not in text
        assert all(line == line.rstrip() for line in text.splitlines())


def test_an_unknown_sample_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UnknownNameError, match=r"did you mean 'rust-ci\.yml'"):
        read_sample("rust-ci")


def test_a_path_is_no_sample() -> None:
    with pytest.raises(UnknownNameError):
        read_sample("../samples/rust-ci.yml")
