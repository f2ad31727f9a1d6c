"""A run that is killed at any moment goes on to the same trace, bit for bit.

One thread: torch's pool of threads would not live through a fork.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")

from wfgen.runs import read_metrics

SCRIPT = Path(__file__).with_name("kill_and_resume.py")
FAKES = Path(__file__).parents[1] / "plugins" / "fake-recurrent"
STEPS, KILLS = 60, 25


def trace(run: Path) -> list[dict[str, object]]:
    return [{k: v for k, v in r.items() if k != "seconds"} for r in read_metrics(run)]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_runs_killed_at_random_moments_go_on_to_the_same_trace(data, tmp_path):
    settings = {
        "data": str(data.directory),
        "model": "recurrent",
        "context": 24,
        "steps": STEPS,
        "batch_tokens": 24 * 4,
        "eval_every": 10,
        "save_every": 5,
        "log_every": 1,
    }
    (tmp_path / "config.json").write_text(json.dumps(settings))
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "config.json", str(KILLS), "0"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(FAKES), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    kills = json.loads(done.stdout)
    assert sum(kills) >= KILLS
    last = Path("checkpoints") / f"step-{STEPS:08d}"
    for number in range(1, len(kills) + 1):
        run = tmp_path / f"run-{number}"
        assert trace(run) == trace(tmp_path / "whole")
        for file in ("weights.safetensors", "optimizer.safetensors", "random.safetensors"):
            wanted = (tmp_path / "whole" / last / file).read_bytes()
            assert (run / last / file).read_bytes() == wanted
        assert not list(run.rglob("*.partial"))
