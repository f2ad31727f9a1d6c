from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import cyclopts
import pytest

pytest.importorskip("torch")

from wfgen.cli.prepare import prepare_command
from wfgen.cli.train import train_command
from wfgen.errors import SettingError
from wfgen.runs import open_run, read_metrics
from wfgen.runs.checkpoints import step_directory

prepare = cyclopts.App(default_command=prepare_command)
train = cyclopts.App(default_command=train_command)
SMALL = """
steps = 6
context = 128
batch_tokens = 512
eval_every = 3
save_every = 2
log_every = 1
plot = false
[model_settings]
width = 16
depth = 1
heads = 2
"""


def run(app: cyclopts.App, *arguments: object) -> None:
    app([str(a) for a in arguments], result_action="return_value")


@pytest.fixture
def arguments(tmp_path: Path) -> list[object]:
    tokens = ("--corpus", "samples", "--tokenizer", "bytes", "--workers", 1)
    run(prepare, *tokens, "--out", tmp_path / "data")
    (tmp_path / "small.toml").write_text(SMALL)
    return [
        "--data",
        tmp_path / "data",
        "--out",
        tmp_path / "run",
        "--config",
        tmp_path / "small.toml",
    ]


def test_it_trains_and_prints_what_came_of_it(arguments, tmp_path, capsys):
    run(train, *arguments, "--set", "seed=3", "--set", "model.heads=1")
    printed = capsys.readouterr()
    last = read_metrics(tmp_path / "run")[-1]
    assert "finished, at step 6" in printed.out
    assert f"{last['bits_per_byte']:.4f}" in printed.out
    assert "not real data" in printed.out
    assert "step 6 of 6, loss" in printed.err
    assert "bits/byte" in printed.err
    opened = open_run(tmp_path / "run")
    assert opened.config["seed"] == 3
    assert opened.checkpoint.model.settings["heads"] == 1
    assert not list((tmp_path / "run").glob("plot.svg"))


def test_a_second_time_it_says_that_it_was_finished(arguments, capsys):
    run(train, *arguments)
    capsys.readouterr()
    run(train, *arguments, "--json")
    found = json.loads(capsys.readouterr().out)
    assert (found["was_finished"], found["step"]) == (True, 6)
    assert found["metrics"]["valid_documents"] > 0
    assert "not real data" in found["note"]


def test_without_progress_it_is_silent(arguments, capsys):
    run(train, *arguments, "--no-progress")
    assert capsys.readouterr().err == ""


def test_a_bar_shows_where_it_stands(arguments, capsys):
    run(train, *arguments, "--progress")
    assert "step 6 of 6" in capsys.readouterr().err


def test_a_damaged_checkpoint_is_one_line_of_warning(arguments, tmp_path, capsys):
    run(train, *arguments)
    (step_directory(tmp_path / "run", 6) / "weights.safetensors").unlink()
    capsys.readouterr()
    run(train, *arguments)
    (warning,) = [x for x in capsys.readouterr().err.splitlines() if "warning" in x]
    assert warning.startswith("wfgen: warning: the checkpoint of step 6 is passed over")


def test_an_unknown_setting_names_the_nearest(arguments):
    with pytest.raises(SettingError, match="did you mean 'batch_tokens'"):
        run(train, *arguments, "--set", "batch_token=1")


def test_overfit_is_an_error_where_it_does_not_succeed(arguments, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "wfgen.cli", "train", *map(str, arguments), "--overfit", "2"],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 1
    assert "after 6 steps on 2 documents the loss is" in done.stderr.splitlines()[-1]


def test_help_needs_no_torch():
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from wfgen.cli import app\n"
        "app(['train', '--help'], result_action='return_value')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "--overfit" in done.stdout, done.stderr


def test_without_torch_it_says_what_to_install(arguments):
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from wfgen.cli import main\n"
        f"sys.argv = ['wfgen', 'train', *{[str(a) for a in arguments]!r}]\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1
    assert "pip install 'wfgen[train]'" in done.stderr
