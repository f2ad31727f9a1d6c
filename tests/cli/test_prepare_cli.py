from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cyclopts
import pytest

from wfgen.cli.prepare import prepare_command
from wfgen.errors import DuplicateKeyError, SettingError, UnknownNameError
from wfgen.store import TokenStore

app = cyclopts.App(default_command=prepare_command)


def run(*arguments: object) -> None:
    app([str(a) for a in arguments], result_action="return_value")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    rows = [{"yaml": f"on: push\njobs: {{a{n}: {{}}}}\n", "repo": f"o{n}/t"} for n in range(20)]
    path = tmp_path / "all.jsonl"
    path.write_text(
        "".join(json.dumps(row) + "\n" for row in [*rows, rows[0], {"yaml": "a: b: c"}])
    )
    return path


def test_it_prints_what_was_written_and_what_went(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "store"
    run("--corpus", corpus, "--tokenizer", "bytes", "--out", out, "--workers", 1)
    printed = capsys.readouterr().out
    store = TokenStore.open(out)
    assert sum(len(documents) for documents in store.splits.values()) == 20
    assert "store written" in printed
    assert "duplicates removed: 1 exact" in printed
    assert "refused: 1 syntax" in printed
    assert "not real data" not in printed


def test_a_second_run_says_that_it_was_there(
    corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("--corpus", corpus, "--tokenizer", "bytes", "--out", tmp_path / "s")
    run(*arguments, "--workers", 1)
    run(*arguments, "--workers", 1)
    assert "was there already" in capsys.readouterr().out


def test_without_a_corpus_the_embedded_one_is_used_and_called_not_real(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("--corpus", "samples", "--tokenizer", "bytes", "--out", tmp_path / "s", "--workers", 1)
    assert "this is not real data" in capsys.readouterr().out


def test_options_reach_the_corpus(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "s"
    run(
        *("--corpus", corpus, "--tokenizer", "bytes", "--out", out, "--workers", 1, "--seed", 5),
        *("--valid-share", 0.5, "--keep-near", "--limit-depth", 9),
    )
    rule = TokenStore.open(out).manifest.body["corpus"]["rule"]
    assert rule["split"] == {"by": "owner", "seed": 5, "valid_share": 0.5}
    assert rule["near_threshold"] is None
    assert rule["limits"]["depth"] == 9


def test_a_ready_validation_side_is_taken(corpus: Path, tmp_path: Path) -> None:
    valid = tmp_path / "valid.yml"
    valid.write_text("on: release\n")
    out = tmp_path / "s"
    run(
        *("--corpus", corpus, "--valid", valid, "--tokenizer", "bytes"),
        *("--out", out, "--workers", 1),
    )
    assert [r["path"] for r in TokenStore.open(out).documents("valid")] == ["valid.yml"]


def test_a_validation_side_may_be_composed(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "s"
    run(
        *("--corpus", corpus, "--valid", "composed:3", "--tokenizer", "bytes"),
        *("--out", out, "--workers", 1),
    )
    assert len(TokenStore.open(out).documents("valid")) == 3


def test_strict_and_unknown_names_are_errors(corpus: Path, tmp_path: Path) -> None:
    common = ("--corpus", corpus, "--out", tmp_path / "s", "--workers", 1)
    with pytest.raises(UnknownNameError):
        run(*common, "--tokenizer", "byte")
    with pytest.raises(DuplicateKeyError):
        corpus.write_text(json.dumps({"yaml": "a: 1\na: 2"}) + "\n")
        run(*common, "--tokenizer", "bytes", "--strict")


def test_an_address_of_ray_is_for_ray_alone(corpus: Path, tmp_path: Path) -> None:
    common = ("--corpus", corpus, "--tokenizer", "bytes", "--out", tmp_path / "s")
    with pytest.raises(SettingError, match="add --engine ray"):
        run(*common, "--ray-address", "auto")


def test_the_bar_goes_to_stderr_and_only_when_asked_for(corpus: Path, tmp_path: Path) -> None:
    for name, flags in (("a", ["--progress"]), ("b", [])):
        command = [sys.executable, "-m", "wfgen.cli", "prepare", "--corpus", str(corpus)]
        command += ["--tokenizer", "bytes", "--out", str(tmp_path / name), "--workers", "1", *flags]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert "22 documents" not in done.stdout
        assert ("22 documents" in done.stderr) == bool(flags)
        assert bool(done.stderr) == bool(flags)
