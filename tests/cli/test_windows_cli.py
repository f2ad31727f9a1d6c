from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wfgen.cli.windows import app
from wfgen.errors import SettingError
from wfgen.store import StoreWriter


@pytest.fixture
def data(tmp_path: Path) -> Path:
    with StoreWriter(tmp_path / "data", vocab_size=258, bos=256, eos=257) as writer:
        for length in (100, 20_000, 1_500):
            record = {"repo": "o/r", "path": f"[bold]{length}.yml"}
            writer.add("train", np.zeros(length, dtype=np.int32), record)
        writer.add("valid", np.zeros(1_100, dtype=np.int32), {"path": "v.yml"})
        writer.finish({})
    return tmp_path / "data"


def run(*arguments: object) -> None:
    app([str(a) for a in arguments], result_action="return_value")


def run_json(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    run(*arguments, "--json")
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_analyse_prints_the_figures_of_both_windowers(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("analyse", "--data", data)
    out = capsys.readouterr().out
    lines = [line.split() for line in out.splitlines()]
    assert "train: 3 documents, 7,200.0 tokens on average" in out
    assert "longest: o/r/[bold]20000.yml, 20,000 tokens" in out
    assert ["documents", "512", "1,024", "2,048", "4,096"] in lines
    assert ["tokens", "used", "21,603", "21,603", "21,603", "21,603"] in lines
    assert ["position", "512", "1,024", "2,048", "4,096"] in lines
    assert ["highest", "position", "id", "609", "593", "561", "497"] in lines
    assert ["fits", "the", "vocabulary", "NO", "NO", "NO", "NO"] in lines


def test_analyse_as_json_holds_one_object(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = run_json(capsys, "analyse", "--data", data)
    assert found["lengths"] == {
        "split": "train",
        "documents": 3,
        "mean_tokens": 7_200.0,
        "longest_tokens": 20_000,
        "longest_document": "o/r/[bold]20000.yml",
    }
    keys = [(record["windower"], record["context"]) for record in found["analyses"]]
    contexts = (512, 1024, 2048, 4096)
    assert keys == [(name, c) for name in ("documents", "position") for c in contexts]
    assert all(r["tokens_dropped"] == 0 for r in found["analyses"] if r["windower"] == "documents")


def test_analyse_takes_windower_split_contexts_and_settings(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--windower", "position", "--split", "valid", "--contexts", "1001, 51")
    settings = ("--stride", "50", "--position-stride", "100", "--short", "keep")
    found = run_json(capsys, "analyse", "--data", data, *options, *settings)
    figures = [(r["context"], r["windows"], r["highest_position"]) for r in found["analyses"]]
    assert figures == [(1001, 3, 1), (51, 22, 10)]
    assert found["settings"] == {
        "position": {"stride": 50, "position_stride": 100, "short": "keep"}
    }


def test_overlap_reaches_the_windower(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    few, many = (
        run_json(capsys, "analyse", "--data", data, "--overlap", overlap)["analyses"][0]["windows"]
        for overlap in (1, 512)
    )
    assert few < 50
    assert many > 10_000


@pytest.mark.parametrize("contexts", ["", "512,", "1k", "512;1024"])
def test_contexts_that_are_no_numbers_are_named(data: Path, contexts: str) -> None:
    with pytest.raises(SettingError, match="no list of whole numbers"):
        run("analyse", "--data", data, "--contexts", contexts)


def test_export_writes_the_published_files(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torch = pytest.importorskip("torch", reason="the extra train is not installed")
    options = ("--data", data, "--out", tmp_path / "out", "--stride", 512)
    metadata = run_json(capsys, "export", *options, "--position-stride", 128)
    assert metadata == json.loads((tmp_path / "out" / "metadata.json").read_bytes())
    assert metadata["window_shape"] == [40, 1024]
    train = torch.load(tmp_path / "out" / "train.pt", weights_only=True)
    assert train[:, 0].tolist() == [*range(0, 38 * 4, 4), 0]


def test_export_says_how_much_it_wrote(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("torch", reason="the extra train is not installed")
    run("export", "--data", data, "--out", tmp_path / "out", "--short", "keep", "--stride", 128)
    out = capsys.readouterr().out
    assert "155 windows of 1,024 ids from 4 documents" in out


def test_an_error_is_one_line_on_stderr_and_exit_code_1(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "wfgen.cli", "windows", "analyse", "--data", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert "there is no manifest.json" in done.stderr
