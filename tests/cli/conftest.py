"""The command line as a person runs it: another process, its two streams and its exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from wfgen.corpus import CorpusSpec
from wfgen.prepare import prepare

FAKES = Path(__file__).parents[1] / "plugins"
SETTINGS = {
    "steps": 1,
    "context": 48,
    "batch_tokens": 96,
    "eval_every": 1,
    "model_settings": {"width": 16, "depth": 1, "heads": 2},
}


@pytest.fixture
def wfgen(tmp_path):
    """Run `wfgen` in an empty folder, with fake distributions installed if any are named."""

    def run(*arguments: object, fakes: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join(str(FAKES / name) for name in fakes)
        return subprocess.run(
            [sys.executable, "-m", "wfgen.cli", *map(str, arguments)],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )

    return run


def trained(folder: Path, tokenizer: str) -> Path:
    pytest.importorskip("torch")
    from wfgen.train import make_config, train  # noqa: PLC0415  torch

    prepare(CorpusSpec(path="samples"), tokenizer, folder / "data")
    train(make_config({"data": folder / "data", "out": folder / "run", **SETTINGS}))
    return folder / "run"


@pytest.fixture(scope="session")
def bytes_run(tmp_path_factory) -> Path:
    """A run over bytes, hardly trained."""
    return trained(tmp_path_factory.mktemp("bytes"), "bytes")


@pytest.fixture(scope="session")
def workflow_run(tmp_path_factory) -> Path:
    """The same over the workflow tokenizer, which has a constraint."""
    pytest.importorskip("tct_github_workflow", reason="tct-github-workflow is not installed")
    return trained(tmp_path_factory.mktemp("tct"), "tct-github-workflow")
