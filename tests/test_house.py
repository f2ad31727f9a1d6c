"""The house itself: its workflow is valid and lint-clean by our own tools, its files short."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from wfgen.corpus import load_yaml
from wfgen.corpus.schema import explain_invalid

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.name)
def test_our_own_workflow_is_schema_valid(path):
    assert explain_invalid(load_yaml(path.read_bytes(), path=str(path))) is None


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.name)
def test_our_own_workflow_is_lint_clean(path):
    actionlint = shutil.which("actionlint")
    if actionlint is None:
        pytest.skip("no actionlint on the path")
    lint = [actionlint, "-shellcheck=", "-pyflakes=", "-no-color", str(path)]
    out = subprocess.run(lint, capture_output=True, text=True)
    assert (out.returncode, out.stdout) == (0, "")


@pytest.mark.parametrize("folder", ["src", "plugins", "benchmarks"])
def test_no_file_is_over_500_lines(folder):
    long = [p for p in (ROOT / folder).rglob("*.py") if p.read_text("utf-8").count("\n") > 500]
    assert long == []
