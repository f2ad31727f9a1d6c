from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from wfgen.canonical import Limits
from wfgen.corpus import Document, Refusal, read_documents
from wfgen.corpus.jsonl import read_lines
from wfgen.errors import (
    DuplicateKeyError,
    FileTooLargeError,
    NestingTooDeepError,
    UnreadableFileError,
)

WORKFLOW = "on: push\njobs: {}\n"


def write(path: Path, text: str = WORKFLOW) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


def write_lines(path: Path, rows: list[Any]) -> Path:
    text = "".join(row if isinstance(row, str) else json.dumps(row) + "\n" for row in rows)
    data = text.encode()
    path.write_bytes(zstandard.compress(data) if path.suffix == ".zst" else data)
    return path


def names(path: Path) -> list[str]:
    return [d.name for d in read_documents(path) if isinstance(d, Document)]


def refusals(path: Path, **settings: Any) -> list[Refusal]:
    return [d for d in read_documents(path, **settings) if isinstance(d, Refusal)]


# Folders ----------------------------------------------------------------------------------------


def test_a_folder_gives_its_documents_recursively_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("b/z.yaml", "a.yml", "b/a.YML", "c.json", "b.yml", "notes.md"):
        write(tmp_path / name, "{}" if name.endswith(".json") else WORKFLOW)
    assert names(tmp_path) == ["a.yml", "b/a.YML", "b/z.yaml", "b.yml", "c.json"]


def test_a_checkout_gives_its_workflows_only(tmp_path: Path) -> None:
    for name in (".github/workflows/ci.yml", ".github/dependabot.yml", "docker-compose.yml"):
        write(tmp_path / "owner/tool" / name)
    (tmp_path / "owner/tool/.git").mkdir()
    assert names(tmp_path / "owner/tool") == [".github/workflows/ci.yml"]
    assert names(tmp_path) == ["owner/tool/.github/workflows/ci.yml"]


def test_a_folder_of_workflows_that_is_no_checkout_is_read_whole(tmp_path: Path) -> None:
    for name in (".github/workflows/ci.yml", "more/nightly.yml"):
        write(tmp_path / name)
    assert names(tmp_path) == [".github/workflows/ci.yml", "more/nightly.yml"]


def test_a_checkout_without_workflows_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".github/workflows").mkdir(parents=True)
    write(tmp_path / "collected/ci.yml")
    assert names(tmp_path) == ["collected/ci.yml"]


def test_branches_that_git_keeps_as_files_are_no_documents(tmp_path: Path) -> None:
    write(tmp_path / ".git/refs/heads/deps.yml", "abc\n")
    write(tmp_path / "ci.yml")
    assert names(tmp_path) == ["ci.yml"]


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need a privilege on Windows")
def test_a_loop_of_links_ends(tmp_path: Path) -> None:
    write(tmp_path / "a/ci.yml")
    (tmp_path / "a/back").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "self").symlink_to(tmp_path / "self")
    assert names(tmp_path) == ["a/ci.yml"]


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need a privilege on Windows")
def test_a_broken_link_is_refused_by_name(tmp_path: Path) -> None:
    write(tmp_path / "ci.yml")
    (tmp_path / "gone.yml").symlink_to(tmp_path / "nowhere.yml")
    assert [(r.provenance.path, r.reason) for r in refusals(tmp_path)] == [
        ("gone.yml", "unreadable-file")
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need a privilege on Windows")
@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_link_that_leads_out_is_refused_and_the_rest_is_read(tmp_path: Path, kind: str) -> None:
    root = tmp_path / "corpus"
    write(root / "ci.yml")
    secret = write(tmp_path / "elsewhere/secret.yml", "on: secret\n")
    target = secret if kind == "file" else secret.parent
    (root / "out.yml").symlink_to(target)
    assert names(root) == ["ci.yml"]
    (refusal,) = refusals(root)
    assert (refusal.provenance.path, refusal.reason) == ("out.yml", "unreadable-file")
    assert "leads out of the folder" in refusal.message


def test_a_folder_that_cannot_be_listed_is_refused_and_the_rest_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "ci.yml")
    write(tmp_path / "closed/ci.yml")
    scandir = os.scandir

    def closed(path: Path) -> Any:  # root may list everything, so the system cannot be asked
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", closed)
    assert names(tmp_path) == ["ci.yml"]
    (refusal,) = refusals(tmp_path)
    assert (refusal.provenance.path, refusal.reason) == ("closed", "unreadable-file")
    assert "Permission denied" in refusal.message


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such a name")
def test_a_name_that_is_no_utf8_is_shown_escaped(tmp_path: Path) -> None:
    write(Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.yml")))
    assert names(tmp_path) == ["\\xff.yml"]


def test_a_single_file_is_a_corpus(tmp_path: Path) -> None:
    (document,) = read_documents(write(tmp_path / "ci.yml"))
    assert isinstance(document, Document)
    assert document.canonical == b'{"on":"push","jobs":{}}'
    assert (document.source, document.name, document.owner) == (WORKFLOW, "ci.yml", None)


def test_a_missing_path_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="there is no such file or folder"):
        read_documents(tmp_path / "nowhere")


def test_a_folder_without_documents_is_an_error_that_names_json_lines_in_it(tmp_path: Path) -> None:
    write_lines(tmp_path / "all.jsonl", [])
    with pytest.raises(UnreadableFileError, match=r"no \.yml.*name one of all\.jsonl"):
        read_documents(tmp_path)


def test_a_file_of_another_kind_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="no known kind"):
        read_documents(write(tmp_path / "notes.md"))


def test_a_refused_file_is_named_with_its_reason_and_stops_nothing(tmp_path: Path) -> None:
    write(tmp_path / "a.yml", "on: push\non: pull_request\n")
    write(tmp_path / "b.yml")
    assert names(tmp_path) == ["b.yml"]
    (refusal,) = refusals(tmp_path)
    assert refusal.reason == "duplicate-key"
    assert refusal.message.startswith("a.yml, line 2, column 1: ")


def test_strict_raises_the_first_refusal(tmp_path: Path) -> None:
    write(tmp_path / "a.yml", "on: push\non: pull_request\n")
    with pytest.raises(DuplicateKeyError):
        list(read_documents(tmp_path, strict=True))


def test_a_file_over_the_limit_is_refused_unread(tmp_path: Path) -> None:
    write(tmp_path / "a.yml", "on: " + "x" * 100)
    (refusal,) = refusals(tmp_path, limits=Limits(num_bytes=50))
    assert refusal.reason == FileTooLargeError.reason
    assert "--limit-bytes" in refusal.message


def test_a_byte_order_mark_is_no_part_of_the_source(tmp_path: Path) -> None:
    (document,) = read_documents(write(tmp_path / "ci.yml", "\ufeff" + WORKFLOW))
    assert isinstance(document, Document)
    assert document.source == WORKFLOW


def test_a_file_of_no_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ci.yml").write_bytes(b"on: \xff\n")
    assert [r.reason for r in refusals(tmp_path)] == ["not-utf8"]


# JSON lines -------------------------------------------------------------------------------------

ROWS = [
    {"yaml": WORKFLOW, "repo": "Owner/tool", "path": "ci.yml", "commit": "c0", "license": "MIT"},
    {"json": '{"on":"push"}', "repo": "o/t", "path": "a.json", "licence": "ISC"},
    {"json": {"on": 12345678901234567890123, "b": 1.0}},
]


@pytest.mark.parametrize("name", ["all.jsonl", "all.jsonl.zst"])
def test_json_lines_keep_provenance_and_exact_values(tmp_path: Path, name: str) -> None:
    documents = list(read_documents(write_lines(tmp_path / name, ROWS)))
    assert all(isinstance(d, Document) for d in documents)
    first, second, third = (d for d in documents if isinstance(d, Document))
    assert (first.provenance.commit, first.provenance.license) == ("c0", "MIT")
    assert (first.name, first.owner) == ("Owner/tool/ci.yml", "owner")
    assert (second.canonical, second.provenance.license) == (b'{"on":"push"}', "ISC")
    assert third.canonical == b'{"on":12345678901234567890123,"b":1.0}'
    assert (third.name, third.owner) == (f"{name}:3", None)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{broken\n", "syntax"),
        ("[1]\n", "syntax"),
        ('{"path":"a"}\n', "syntax"),
        ('{"yaml":7}\n', "syntax"),
        ('{"yaml":"on: push","repo":7}\n', "syntax"),
        ('{"yaml":"on: push","yaml":"on: push"}\n', "duplicate-key"),
        ('{"yaml":"on: \\ud800"}\n', "lone-surrogate"),
        ('{"json":{"a":NaN}}\n', "non-finite-number"),
        ('{"json":"{\\"a\\":1E400}"}\n', "non-finite-number"),
        ('{"yaml":"a: 1\\na: 2"}\n', "duplicate-key"),
    ],
)
def test_a_broken_line_is_refused_with_its_number(tmp_path: Path, line: str, reason: str) -> None:
    path = write_lines(tmp_path / "all.jsonl", [ROWS[0], "\n", line, ROWS[1]])
    (refusal,) = refusals(path)
    assert (refusal.reason, len(names(path))) == (reason, 2)
    assert refusal.message.startswith("all.jsonl:3")


def test_the_object_around_a_value_does_not_count_against_its_limits(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "all.jsonl", [{"json": [[1]]}, {"json": [[[1]]]}])
    refused = refusals(path, limits=Limits(depth=2, num_nodes=3))
    assert [(r.provenance.path, r.reason) for r in refused] == [
        ("all.jsonl:2", NestingTooDeepError.reason)
    ]


def test_a_file_of_blank_lines_holds_no_document(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="no document"):
        list(read_documents(write_lines(tmp_path / "all.jsonl", ["\n", "  \n"])))


def test_a_line_over_the_limit_is_refused_and_the_next_is_read(tmp_path: Path) -> None:
    long = json.dumps({"yaml": "x" * 200_000}) + "\n"
    path = write_lines(tmp_path / "all.jsonl", [long, ROWS[0]])
    limits = Limits(num_bytes=1000)
    assert [r.reason for r in refusals(path, limits=limits)] == ["file-too-large"]
    assert len(list(read_documents(path, limits=limits))) == 2


def test_packed_data_that_ends_early_is_an_error_not_a_shorter_corpus(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "all.jsonl.zst", ROWS)
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(UnreadableFileError, match="damaged"):
        list(read_documents(path))


def test_packed_data_that_is_none_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl.zst"
    path.write_bytes(b"not packed")
    with pytest.raises(UnreadableFileError, match="damaged"):
        list(read_documents(path))


def test_a_bomb_of_one_endless_line_is_skipped_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl.zst"
    bomb = zstandard.compress(b"x" * (1 << 26))
    path.write_bytes(bomb + zstandard.compress(b"\n" + json.dumps(ROWS[0]).encode()))
    assert len(bomb) < 10_000
    assert [line.data is None for line in read_lines(path, max_line_bytes=1000)] == [True, False]


@given(lines=st.lists(st.binary(max_size=60).map(lambda b: b.replace(b"\n", b""))))
def test_lines_are_those_of_the_text_however_it_is_packed(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]
) -> None:
    path = tmp_path_factory.mktemp("lines") / "all.jsonl.zst"
    path.write_bytes(b"".join(zstandard.compress(line + b"\n") for line in lines))
    read = [(line.number, line.data) for line in read_lines(path, max_line_bytes=40)]
    assert read == [
        (number, line if len(line) <= 40 else None)
        for number, line in enumerate(lines, start=1)
        if line.strip() or len(line) > 40
    ]


def test_the_real_corpus_is_read_but_for_a_few(real_corpus: Path) -> None:
    read = list(read_documents(real_corpus / "workflows-valid.jsonl.zst"))
    assert len(read) == 378
    assert sum(isinstance(d, Refusal) for d in read) == 0
