"""Two processes take the steps that one takes, to rounding."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")

import torch

from wfgen.errors import SettingError
from wfgen.runs import open_run, read_metrics, score_documents
from wfgen.train import train

SCRIPT = Path(__file__).with_name("train_in_processes.py")
FAKES = Path(__file__).parents[1] / "plugins" / "fake-recurrent"
GPT = {
    "model": "gpt",
    "model_settings": {"width": 16, "depth": 2, "heads": 2},
    "micro_batch": 1,  # so that gradients are accumulated
}
needs_gloo = pytest.mark.skipif(
    not torch.distributed.is_available() or not torch.distributed.is_gloo_available(),
    reason="this torch has no gloo",
)


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def python(folder: Path, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(FAKES), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def figures(run: Path) -> list[float]:
    names = ("loss", "gradient_norm", "bits_per_byte", "tokens", "documents", "flops")
    return [r[name] for r in read_metrics(run) for name in names if name in r]


@needs_gloo
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_processes_that_copy_or_shard_the_model_take_the_steps_of_one(data, configure, tmp_path):
    runs = {
        "copied": {"parallel": "ddp"},
        "sharded": {"parallel": "fsdp"},
        "stopped": {"parallel": "fsdp", "stop": 5},
    }
    plain = configure(**GPT, steps=8, eval_every=4, save_every=3)
    shared = {**plain.as_json(), "data": str(data.directory)}
    configs = [{**shared, **how, "out": str(tmp_path / name)} for name, how in runs.items()]
    (tmp_path / "configs.json").write_text(json.dumps(configs))
    python(tmp_path, str(SCRIPT), "configs.json", free_port())
    train(plain)
    wanted = figures(plain.out)
    for name in runs:  # Muon multiplies in bfloat16, which makes rounding larger
        assert figures(tmp_path / name) == pytest.approx(wanted, rel=1e-3), name
    assert figures(tmp_path / "stopped") == figures(tmp_path / "sharded")
    for name in runs:  # what was gathered and written is what was validated
        run = open_run(tmp_path / name, step=8)
        found = score_documents(run.model, data, context=24).bits_per_byte
        recorded = read_metrics(tmp_path / name)[-1]["bits_per_byte"]
        assert found == pytest.approx(recorded, rel=1e-6)


@needs_gloo
def test_torchrun_starts_the_command_line_with_a_foreign_model(data, configure, tmp_path):
    alone = configure(out=tmp_path / "alone", optimizer="adamw")
    train(alone)
    assignments = {
        "model": "recurrent",
        "optimizer": "adamw",
        "context": 24,
        "steps": 12,
        "batch_tokens": 24 * 4,
        "eval_every": 6,
        "save_every": 4,
        "plot": "false",
    }
    sets = [x for name, value in assignments.items() for x in ("--set", f"{name}={value}")]
    launch = ["--nproc-per-node", "2", "--master-addr", "127.0.0.1", "--master-port", free_port()]
    command = ["-m", "wfgen.cli", "train", "--data", "data", "--out", "together", *sets]
    python(tmp_path, "-m", "torch.distributed.run", *launch, *command)
    assert figures(tmp_path / "together") == pytest.approx(figures(alone.out), rel=1e-4)
    again = configure(out=tmp_path / "together", optimizer="adamw")
    assert train(again).was_finished


def test_a_step_that_cannot_be_shared_is_an_error(data, configure, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "3")
    with pytest.raises(SettingError, match="a step of 4 windows cannot be shared by 3 processes"):
        train(configure())
