"""The example plugin of the docs is installed, found by name, and passes the kit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[1] / "docs" / "example-plugin"


@pytest.fixture(scope="module")
def with_example(tmp_path_factory):
    """The environment of a process in which the example is installed."""
    target = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--target", str(target), str(EXAMPLE)], check=True)
    return {**os.environ, "PYTHONPATH": str(target)}


def run(environment, *arguments, **options):
    return subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, **options
    )


def test_it_is_listed(with_example):
    out = run(with_example, "-m", "wfgen.cli", "plugins", "--json", check=True)
    offers = [
        (plugin["distribution"], offer["name"])
        for plugin in json.loads(out.stdout)["plugins"]
        for offer in plugin["offers"]
    ]
    assert ("wfgen-digram", "digram") in offers


def test_it_passes_the_kit(with_example, tmp_path):
    out = run(
        with_example,
        *("-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib"),
        str(EXAMPLE / "tests"),
        cwd=tmp_path,
    )
    assert out.returncode == 0, out.stdout + out.stderr
    assert "skipped" not in out.stdout


def test_it_is_trained_saved_and_opened_by_the_command_line(with_example, tmp_path):
    train = ["-m", "wfgen.cli", "tokenizer", "train", "digram", "--corpus", "samples"]
    options = ["--vocab-size", "300", "--out", "digram"]
    run(with_example, *train, *options, cwd=tmp_path, check=True)
    code = "import wfgen; print(wfgen.load_tokenizer('digram/').vocab_size)"
    assert run(with_example, "-c", code, cwd=tmp_path, check=True).stdout == "300\n"
