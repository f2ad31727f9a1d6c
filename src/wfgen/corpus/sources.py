"""The list of a corpus's sources, which holds no text, and the corpus again from checkouts.

The list is a CSV file: side, repo, path, commit, license, and the sha256 of the text. With clones
of the repositories at hand, the texts are found again by commit and path, or, where the commit is
not known, by their hash in the history of the path.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain, groupby
from pathlib import Path
from typing import BinaryIO

import zstandard
from attrs import asdict, fields, frozen

from wfgen.canonical import DEFAULT_LIMITS, Limits, to_canonical
from wfgen.corpus.files import new_file
from wfgen.corpus.gitblobs import Blobs, is_repository, open_blobs
from wfgen.corpus.readers import RawRecord, open_record, raw_records
from wfgen.errors import ArtefactError, DocumentError, DocumentSyntaxError, UnreadableFileError

__all__ = ["Rebuilt", "SourceList", "SourceRow", "list_sources", "read_sources", "rebuild"]

_BOM = b"\xef\xbb\xbf"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_REPO = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
_ZSTD_LEVEL = 19


@frozen(kw_only=True)
class SourceRow:
    """Where one document is found.

    Attributes:
        side: train or valid; '' where it is not known.
        repo, path, commit, license: as in `Provenance`; '' where not known.
        sha256: of the text without a byte order mark, in hex; of the canonical form where a JSON
            line holds a value instead of a text.
    """

    side: str
    repo: str
    path: str
    commit: str
    license: str
    sha256: str


_COLUMNS = tuple(a.name for a in fields(SourceRow))


@frozen(kw_only=True)
class SourceList:
    """What was listed, and how many records hold no document to list."""

    num_listed: int
    num_unlisted: int


@frozen(kw_only=True)
class Rebuilt:
    """What came of a rebuild: documents found, and those missing by repository and cause."""

    num_found: int
    missing: dict[str, dict[str, int]]


# The list ---------------------------------------------------------------------------------------


def list_sources(
    sides: Iterable[tuple[str, Path]], out: Path, *, limits: Limits = DEFAULT_LIMITS
) -> SourceList:
    """Write the source list of some files or folders, each with the name of its side.

    Documents that the reader of YAML refuses are listed like the others.

    Raises:
        UnreadableFileError: there is no such path, or no document in it.
        ArtefactError: `out` exists, or cannot be written.
    """
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    num_listed = num_unlisted = 0
    for side, path in sides:
        for record in raw_records(path, limits=limits):
            row = _row(side, record, limits)
            if row is None:
                num_unlisted += 1
                continue
            writer.writerow(asdict(row))
            num_listed += 1
    with new_file(out) as file:
        file.write(text.getvalue().encode())
    return SourceList(num_listed=num_listed, num_unlisted=num_unlisted)


def _row(side: str, record: RawRecord, limits: Limits) -> SourceRow | None:
    try:
        source = open_record(record, limits=limits)
        text = source.text
        if text is None:
            text = to_canonical(source.value, path=source.label, limits=limits)
    except DocumentError:
        return None
    data = text.encode() if isinstance(text, str) else text
    provenance = source.provenance
    return SourceRow(
        side=side,
        repo=provenance.repo or "",
        path=provenance.path,
        commit=provenance.commit or "",
        license=provenance.license or "",
        sha256=_sha256(data),
    )


def read_sources(path: Path) -> Iterator[SourceRow]:
    """The rows of a source list.

    Raises:
        UnreadableFileError: the file cannot be read.
        DocumentSyntaxError: it is no source list; with the line.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            if tuple(reader.fieldnames or ()) != _COLUMNS:
                raise _bad_list(path, 1, f"the columns are not {','.join(_COLUMNS)}")
            for row in reader:
                yield _checked_row(row, path, reader.line_num)
    except OSError as error:
        raise UnreadableFileError(path=str(path), cause=f"cannot be read ({error})") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise _bad_list(path, 1, f"this is no CSV file ({error})") from error


def _checked_row(row: dict[str, str | None], path: Path, line: int) -> SourceRow:
    values = {name: value for name, value in row.items() if value is not None}
    if set(values) != set(_COLUMNS) or not _SHA256.fullmatch(values["sha256"]):
        raise _bad_list(path, line, "the row is not what a source list holds")
    return SourceRow(**values)


def _bad_list(path: Path, line: int, cause: str) -> DocumentSyntaxError:
    return DocumentSyntaxError(
        path=str(path), line=line, column=1, cause=cause, hint="write one with wfgen corpus sources"
    )


# The corpus again -------------------------------------------------------------------------------


def rebuild(
    rows: Iterable[SourceRow], checkouts: Path, out: Path, *, side: str | None = None
) -> Rebuilt:
    """Write the corpus of a source list as JSON lines, from git clones below `checkouts`.

    The clone of `owner/name` is `checkouts/owner/name`, with its history; nothing is fetched. What
    is not found is left out and counted. The order is the list's.

    Args:
        rows: the list.
        checkouts: holds the clones.
        out: the file to write, `.jsonl` or `.jsonl.zst`.
        side: take only the rows of this side; None for all.

    Raises:
        ArtefactError: `out` exists or cannot be written, or no document was found.
        UnreadableFileError: git is not installed.
    """
    wanted = [row for row in rows if side is None or row.side == side]
    missing: dict[str, Counter[str]] = defaultdict(Counter)
    num_found = 0
    with new_file(out) as file, _lines_of(file, out) as write:
        for repo, group in groupby(wanted, key=lambda row: row.repo):
            with _blobs_of(repo, checkouts) as blobs:
                for row in group:
                    found = blobs if isinstance(blobs, _Missing) else _find(row, blobs)
                    if isinstance(found, _Missing):
                        missing[repo][found.cause] += 1
                        continue
                    write(_json_line(row, found))
                    num_found += 1
        if not num_found:
            cause = f"none of the {len(wanted):,} documents was found below {checkouts}"
            hint = "clone each repository, with its history, to owner/name there"
            raise ArtefactError(path=str(out), cause=cause, hint=hint)
    return Rebuilt(
        num_found=num_found, missing={repo: dict(causes) for repo, causes in missing.items()}
    )


@frozen
class _Missing:
    cause: str


@contextmanager
def _blobs_of(repo: str, checkouts: Path) -> Iterator[Blobs | _Missing]:
    """The objects of a repository's clone, or why there are none."""
    clone = checkouts / repo
    if not _REPO.fullmatch(repo) or ".." in repo.split("/"):
        yield _Missing("no repository is named")
    elif not is_repository(clone):
        yield _Missing("there is no clone")
    else:
        with open_blobs(clone) as blobs:
            yield blobs


def _find(row: SourceRow, blobs: Blobs) -> str | _Missing:
    """The text of a row, or why it is missing."""
    names = blobs.history(row.path)
    if _COMMIT.fullmatch(row.commit):
        names = chain([f"{row.commit}:{row.path}"], names)
    for name in names:
        data = blobs.read(name)
        if data is not None and _sha256(data) == row.sha256:
            try:
                return data.removeprefix(_BOM).decode()
            except UnicodeDecodeError:
                return _Missing("the file is no UTF-8, which JSON lines cannot hold")
    return _Missing("no version of the file has its hash")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data.removeprefix(_BOM)).hexdigest()


def _json_line(row: SourceRow, text: str) -> bytes:
    provenance = {
        name: value
        for name in ("repo", "path", "commit", "license")
        if (value := getattr(row, name))
    }
    syntax = "json" if row.path.lower().endswith(".json") else "yaml"
    return json.dumps({**provenance, syntax: text}, ensure_ascii=False).encode() + b"\n"


@contextmanager
def _lines_of(file: BinaryIO, path: Path) -> Iterator[Callable[[bytes], object]]:
    if path.suffix != ".zst":
        yield file.write
        return
    with zstandard.ZstdCompressor(level=_ZSTD_LEVEL).stream_writer(file, closefd=False) as packed:
        yield packed.write
