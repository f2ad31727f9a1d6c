"""The command line as a person runs it: another process, its two streams and its exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

FAKES = Path(__file__).parents[1] / "plugins"


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
