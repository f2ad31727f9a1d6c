from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from wfgen.cli.corpus import app
from wfgen.corpus import Document, read_documents
from wfgen.corpus.schema import is_schema_valid
from wfgen.corpus.yaml_reader import load_yaml
from wfgen.errors import ArtefactError, DuplicateKeyError, SettingError, UnreadableFileError

VALID = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "[bold]"
    folder.mkdir()
    texts = {"a": VALID, "b": VALID, "c": VALID + "description: x\n", "d": "a: 1\na: 2\n"}
    for name, text in texts.items():
        (folder / f"{name}.yml").write_text(text)
    return folder


def run(*arguments: object) -> None:
    app([str(a) for a in arguments], result_action="return_value")


def run_json(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    run(*arguments, "--json")
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_stats_as_json_is_one_object_with_the_documented_keys(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = run_json(capsys, "stats", folder)
    assert (found["documents"], found["refused"]) == (3, {"duplicate-key": 1})
    assert (found["duplicates"], found["kept"], found["schema_valid"]) == (1, 2, 2)
    assert found["bytes"] == sum(
        len(d.canonical) for d in read_documents(folder) if isinstance(d, Document)
    )


def test_stats_prints_figures_and_reasons(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("stats", folder)
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    for line in (
        "3 documents",
        "1 refused",
        "1 duplicates, exact",
        "66.67% share valid by the schema",
    ):
        assert line in lines
    assert "1 duplicate-key" in lines[lines.index("refused because") :]
    assert "1 /: has a key that is not allowed" in lines


def test_figures_have_thousands_separators(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.yml").write_text(f"{VALID}name: {'x' * 5000}\n")
    run("stats", tmp_path)
    assert "5,0" in capsys.readouterr().out


def test_limits_refuse_by_their_own_reasons(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_json(capsys, "stats", folder, "--limit-depth", 2)["refused"] == {
        "nesting-too-deep": 3,
        "duplicate-key": 1,
    }
    assert run_json(capsys, "stats", folder, "--limit-bytes", 9)["documents"] == 0


def test_near_duplicates_can_be_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a", "b"):
        steps = "".join(f"      - run: step {n}\n" for n in range(40))
        (tmp_path / f"{name}.yml").write_text(VALID + steps + f"      - run: {name}\n")
    assert run_json(capsys, "stats", tmp_path)["duplicates_by_kind"]["near"] == 1
    assert run_json(capsys, "stats", tmp_path, "--keep-near")["duplicates"] == 0
    assert run_json(capsys, "stats", tmp_path, "--near-threshold", 0.99)["duplicates"] == 0


def test_strict_stops_at_the_first_refusal(folder: Path) -> None:
    with pytest.raises(DuplicateKeyError, match=r"d\.yml, line 2"):
        run("stats", folder, "--strict")


def test_a_limit_out_of_range_is_an_error(folder: Path) -> None:
    with pytest.raises(SettingError):
        run("stats", folder, "--limit-depth", 0)


def test_a_missing_path_is_an_error() -> None:
    with pytest.raises(UnreadableFileError):
        run("stats", "/nowhere")


@pytest.mark.parametrize(("path", "code"), [("folder", 0), ("nowhere", 1)])
def test_the_exit_code_tells_a_missing_path_from_refusals(
    folder: Path, path: str, code: int
) -> None:
    target = folder if path == "folder" else folder / "nowhere"
    command = [sys.executable, "-m", "wfgen.cli", "corpus", "stats", str(target), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == code
    if code:
        assert done.stderr.startswith("wfgen: ")
        assert done.stderr.count("\n") == 1
    else:
        assert json.loads(done.stdout)["documents"] == 3


def test_sources_are_listed_with_their_side(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "sources.csv"
    run("sources", folder, "--valid", folder / "a.yml", "--out", out)
    assert "5 documents listed" in capsys.readouterr().out
    rows = out.read_text().splitlines()
    assert [row.split(",")[0] for row in rows] == ["side", *["train"] * 4, "valid"]


def test_a_rebuild_without_checkouts_names_the_way_out(folder: Path, tmp_path: Path) -> None:
    run("sources", folder, "--out", tmp_path / "sources.csv")
    with pytest.raises(ArtefactError, match="clone each repository"):
        run(
            *("rebuild", "--sources", tmp_path / "sources.csv", "--checkouts", tmp_path),
            *("--out", tmp_path / "again.jsonl.zst"),
        )


def test_composed_files_are_the_same_for_a_seed_and_valid(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        run("compose", "--count", 3, "--seed", seed, "--out", tmp_path / name)
    assert "not real data" in capsys.readouterr().out
    a, b, c = ([p.read_text() for p in sorted((tmp_path / n).iterdir())] for n in "abc")
    assert a == b != c
    assert all(is_schema_valid(load_yaml(text)) for text in a + c)


def test_composing_none_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="count"):
        run("compose", "--count", 0, "--out", tmp_path / "a")
