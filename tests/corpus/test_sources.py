from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from wfgen.corpus import Document, read_documents
from wfgen.corpus.sources import SourceRow, list_sources, read_sources, rebuild
from wfgen.errors import ArtefactError, DocumentSyntaxError, UnreadableFileError

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

OLD, NEW = "on: push\r\n", "\ufeffon: pull_request\n"
PATH = ".github/workflows/a b:ü.yml"


def git(clone: Path, *arguments: str) -> str:
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "core.autocrlf=false"]
    command = ["git", "-C", str(clone), *who, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def commit(clone: Path, text: str | None, path: str = PATH) -> str:
    file = clone / path
    file.parent.mkdir(parents=True, exist_ok=True)
    if text is None:
        file.unlink()
    else:
        file.write_bytes(text.encode())
    git(clone, "add", "-A")
    git(clone, "commit", "-q", "-m", "change")
    return git(clone, "rev-parse", "HEAD")


@pytest.fixture
def checkouts(tmp_path: Path) -> Path:
    """One repository; its workflow was OLD, then NEW, and is gone now."""
    clone = tmp_path / "checkouts" / "owner" / "tool"
    clone.mkdir(parents=True)
    git(clone, "init", "-q")
    return clone.parent.parent


def history(checkouts: Path) -> tuple[str, str]:
    clone = checkouts / "owner" / "tool"
    old, new = commit(clone, OLD), commit(clone, NEW)
    commit(clone, None)
    return old, new


def corpus(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def row(text: str, commit: str, **other: str) -> dict[str, Any]:
    common = {"repo": "owner/tool", "path": PATH, "commit": commit, "license": "MIT"}
    return {**common, **other, "yaml": text.removeprefix("\ufeff")}


def listed(path: Path) -> list[SourceRow]:
    out = path.with_suffix(".csv")
    list_sources([("train", path)], out)
    return list(read_sources(out))


def canonical(path: Path) -> list[bytes]:
    return [d.canonical for d in read_documents(path) if isinstance(d, Document)]


def test_a_corpus_is_rebuilt_from_its_list(tmp_path: Path, checkouts: Path) -> None:
    old, new = history(checkouts)
    path = corpus(tmp_path / "all.jsonl", [row(OLD, old), row(NEW, new)])
    out = tmp_path / "again.jsonl.zst"
    rebuilt = rebuild(listed(path), checkouts, out)
    assert (rebuilt.num_found, rebuilt.missing) == (2, {})
    assert list(read_documents(out)) == list(read_documents(path))


@pytest.mark.parametrize("unknown", ["", "via owner/collection@0123456789ab", "0" * 40])
def test_a_version_of_an_unknown_commit_is_found_by_its_hash(
    tmp_path: Path, checkouts: Path, unknown: str
) -> None:
    history(checkouts)
    path = corpus(tmp_path / "all.jsonl", [row(NEW, unknown), row(OLD, unknown)])
    out = tmp_path / "again.jsonl"
    assert rebuild(listed(path), checkouts, out).num_found == 2
    assert canonical(out) == canonical(path)


def test_a_version_on_another_branch_is_found(tmp_path: Path, checkouts: Path) -> None:
    history(checkouts)
    clone = checkouts / "owner" / "tool"
    git(clone, "checkout", "-q", "-b", "side", "HEAD~2")
    commit(clone, "on: release\n")
    git(clone, "checkout", "-q", "-")
    path = corpus(tmp_path / "all.jsonl", [row("on: release\n", "")])
    assert rebuild(listed(path), checkouts, tmp_path / "again.jsonl").num_found == 1


def test_what_is_missing_is_counted_by_repository_and_cause(
    tmp_path: Path, checkouts: Path
) -> None:
    old, _ = history(checkouts)
    rows = [
        row(OLD, old),
        row("on: never\n", old),
        row(OLD, old, repo="owner/gone"),
        row(OLD, old, repo="owner/gone"),
        row(OLD, old, repo="../tool"),
        row(OLD, old, repo=""),
    ]
    out = tmp_path / "again.jsonl"
    rebuilt = rebuild(listed(corpus(tmp_path / "all.jsonl", rows)), checkouts, out)
    assert rebuilt.num_found == len(canonical(out)) == 1
    assert rebuilt.missing == {
        "owner/tool": {"no version of the file has its hash": 1},
        "owner/gone": {"there is no clone": 2},
        "../tool": {"no repository is named": 1},
        "": {"no repository is named": 1},
    }


def test_a_folder_inside_another_repository_is_no_clone(tmp_path: Path, checkouts: Path) -> None:
    old, _ = history(checkouts)
    git(checkouts, "init", "-q")
    (checkouts / "owner" / "plain").mkdir()
    path = corpus(tmp_path / "all.jsonl", [row(OLD, old), row(OLD, old, repo="owner/plain")])
    rebuilt = rebuild(listed(path), checkouts, tmp_path / "again.jsonl")
    assert rebuilt.missing == {"owner/plain": {"there is no clone": 1}}


def test_names_cannot_talk_to_git(tmp_path: Path, checkouts: Path) -> None:
    old, _ = history(checkouts)
    rows = [
        row(OLD, old),
        row(OLD, "--help"),
        row(OLD, old, path="--all"),
        row(OLD, "", path="x\ny"),
    ]
    rebuilt = rebuild(
        listed(corpus(tmp_path / "all.jsonl", rows)), checkouts, tmp_path / "again.jsonl"
    )
    # The second is found by its hash; the last two are no files of the repository.
    assert rebuilt.num_found == 2
    assert rebuilt.missing == {"owner/tool": {"no version of the file has its hash": 2}}


def test_a_rebuild_that_finds_nothing_leaves_nothing(tmp_path: Path, checkouts: Path) -> None:
    path = corpus(tmp_path / "all.jsonl", [row(OLD, "")])
    rows = listed(path)
    before = sorted(p.name for p in tmp_path.iterdir())
    with pytest.raises(ArtefactError, match="none of the 1 documents"):
        rebuild(rows, checkouts, tmp_path / "again.jsonl")
    assert sorted(p.name for p in tmp_path.iterdir()) == before


def test_one_side_can_be_rebuilt(tmp_path: Path, checkouts: Path) -> None:
    old, new = history(checkouts)
    sides = [
        ("train", corpus(tmp_path / "a.jsonl", [row(OLD, old)])),
        ("valid", corpus(tmp_path / "b.jsonl", [row(NEW, new)])),
    ]
    list_sources(sides, tmp_path / "sources.csv")
    rebuild(read_sources(tmp_path / "sources.csv"), checkouts, tmp_path / "v.jsonl", side="valid")
    assert canonical(tmp_path / "v.jsonl") == canonical(tmp_path / "b.jsonl")


def test_refused_documents_are_listed_and_lines_without_one_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl"
    path.write_text(json.dumps(row("a: 1\na: 2\n", "")) + "\nbroken\n", encoding="utf-8")
    found = list_sources([("", path)], tmp_path / "sources.csv")
    assert (found.num_listed, found.num_unlisted) == (1, 1)


def test_a_list_that_is_there_already_is_not_overwritten(tmp_path: Path) -> None:
    path = corpus(tmp_path / "all.jsonl", [row(OLD, "")])
    out = tmp_path / "sources.csv"
    out.write_text("mine")
    with pytest.raises(ArtefactError, match="exists already"):
        list_sources([("", path)], out)
    assert out.read_text() == "mine"


HEAD = "side,repo,path,commit,license,sha256\n"


@pytest.mark.parametrize(
    "text", ["", "a,b\n", HEAD + "train,r,p,c,l\n", HEAD + "train,r,p,c,l,zz\n", HEAD + '"a"b\n']
)
def test_what_is_no_list_is_an_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "sources.csv"
    path.write_text(text)
    with pytest.raises(DocumentSyntaxError, match="wfgen corpus sources"):
        list(read_sources(path))


def test_a_missing_list_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError):
        list(read_sources(tmp_path / "nowhere.csv"))


def test_the_committed_list_is_that_of_the_real_corpus(real_corpus: Path, tmp_path: Path) -> None:
    sides = [(s, real_corpus / f"workflows-{s}.jsonl.zst") for s in ("train", "valid")]
    list_sources(sides, tmp_path / "sources.csv")
    committed = Path(__file__).parents[2] / "benchmarks" / "corpus" / "sources.csv"
    assert (tmp_path / "sources.csv").read_bytes() == committed.read_bytes()
