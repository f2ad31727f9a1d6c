"""Reads documents from folders, files, JSON lines and tables, one at a time.

Reading has two steps, so that the second can run in worker processes, on this machine or on others:
`raw_records` finds the documents, `parse_record` reads one or says why it is none.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, TypeAlias

from attrs import Factory, evolve, field, frozen

from wfgen.canonical import (
    DEFAULT_LIMITS,
    JsonValue,
    Limits,
    decode_utf8,
    over_limit_hint,
    read_json,
    to_canonical,
)
from wfgen.corpus.document import Document, Provenance, Refusal
from wfgen.corpus.files import (
    LINE_SUFFIXES,
    TABLE_SUFFIXES,
    Found,
    find_files,
    num_bytes_on_disk,
    read_bytes,
    shown_name,
)
from wfgen.corpus.jsonl import read_lines
from wfgen.corpus.tables import import_pyarrow, read_rows
from wfgen.corpus.yaml_reader import load_yaml
from wfgen.errors import DocumentError, DocumentSyntaxError, FileTooLargeError, UnreadableFileError

__all__ = [
    "Parsed",
    "RawRecord",
    "Refused",
    "SourceText",
    "open_record",
    "parse_record",
    "raw_records",
    "read_documents",
]

Syntax: TypeAlias = Literal["yaml", "json"]

# A byte of text takes at most six in JSON (\u0000); the rest is for the other fields of a line.
_ESCAPE_BYTES = 6
_FIELD_BYTES = 64 * 1024


@frozen(kw_only=True)
class RawRecord:
    """What stands in one file, on one line of JSON lines or in one row, not yet looked at.

    Attributes:
        kind: the syntax of a file's text, or "line" for a JSON object that holds a document.
        data: the bytes; b'' where they are still to be read from `file`, or there is an error.
        name: the file, relative to the folder that is read; with `:number` for a line or a row.
        file: where the bytes are to be read from, an absolute path; None where `data` holds them.
        num_bytes: how many they are, as far as that is known before they are read.
        error: why the bytes cannot be had; None where nothing is known against it.
        num_read: how much of the source has been read, in the source's units; for progress.
    """

    kind: Literal["yaml", "json", "line"]
    data: bytes = b""
    name: str
    file: Path | None = None
    num_bytes: int = Factory(lambda self: len(self.data), takes_self=True)
    error: DocumentError | None = None
    num_read: int = 0


@frozen(kw_only=True)
class SourceText:
    """The text of one document and where it came from.

    Attributes:
        text: UTF-8 bytes or str; None where a JSON line holds the document as a value.
        value: that value; not to be used where there is a text.
        syntax: of the text.
        label: what errors call it.
    """

    text: bytes | str | None
    value: JsonValue = None
    syntax: Syntax
    label: str
    provenance: Provenance


@frozen(kw_only=True)
class Parsed:
    """A document and its value."""

    document: Document
    value: JsonValue = field(repr=False)


@frozen(kw_only=True)
class Refused:
    """A refusal and the error behind it."""

    refusal: Refusal
    error: DocumentError


def read_documents(
    path: Path | str, *, limits: Limits = DEFAULT_LIMITS, strict: bool = False
) -> Iterator[Document | Refusal]:
    """Every document of a folder, a file or JSON lines, in order; duplicates are kept.

    A folder gives its `.yml`, `.yaml` and `.json` files, recursively; a git checkout (a folder
    with `.git`, at any depth) that has workflows gives its `.github/workflows` only. Links that
    lead out of the folder, and folders that cannot be listed, are refused. The order is that of
    the names. A `.jsonl` or `.jsonl.zst` file gives one document a line, from the field
    `yaml` or `json`; `repo`, `path`, `commit` and `license` (or `licence`) are its provenance. So
    does a row of a `.parquet` file, or of a folder that `datasets.save_to_disk` wrote, with columns
    of these names; without `yaml` and `json` the texts are in `text`, else in `content`, and are
    YAML unless `path` ends in `.json`.

    Args:
        path: what to read.
        limits: what a document may measure.
        strict: raise the first refusal's error.

    Raises:
        UnreadableFileError: at once, if there is no such file, or no document in the folder; at
            the end, if there is none in the file; on the way, if packed data is damaged.
        MissingExtraError: at once, for rows without pyarrow.
        DocumentError: the first refusal's error, if `strict`.
    """
    records = raw_records(Path(path), limits=limits)
    return _documents(records, limits, strict)


def _documents(
    records: Iterator[RawRecord], limits: Limits, strict: bool
) -> Iterator[Document | Refusal]:
    for record in records:
        result = parse_record(record, limits=limits)
        if isinstance(result, Parsed):
            yield result.document
        elif strict:
            raise result.error
        else:
            yield result.refusal


# Bytes ------------------------------------------------------------------------------------------


def raw_records(path: Path, *, limits: Limits = DEFAULT_LIMITS) -> Iterator[RawRecord]:
    """Every document at `path`, files still unread; raises as `read_documents` does."""
    files = find_files(path)
    if path.name.lower().endswith(LINE_SUFFIXES):
        return _line_records(path, limits)
    if files[0].path.name.lower().endswith(TABLE_SUFFIXES):
        import_pyarrow()
        return _row_records(path, files, limits)
    return _file_records(path, files)


def _file_records(root: Path, files: tuple[Found, ...]) -> Iterator[RawRecord]:
    num_read = 0
    for found in files:
        file, name = found.path, shown_name(found.path, root)
        num_bytes = num_bytes_on_disk(found)
        num_read += num_bytes
        yield RawRecord(
            kind="json" if file.suffix.lower() == ".json" else "yaml",
            name=name,
            file=file.absolute(),
            num_bytes=num_bytes,
            error=UnreadableFileError(path=name, cause=found.cause) if found.cause else None,
            num_read=num_read,
        )


def _line_records(path: Path, limits: Limits) -> Iterator[RawRecord]:
    max_line_bytes = limits.num_bytes * _ESCAPE_BYTES + _FIELD_BYTES
    file_name, is_empty = shown_name(path, path), True
    for line in read_lines(path, max_line_bytes=max_line_bytes):
        name, is_empty = f"{file_name}:{line.number}", False
        error = _too_long(name, max_line_bytes) if line.data is None else None
        yield RawRecord(
            kind="line",
            data=line.data or b"",
            name=name,
            error=error,
            num_read=line.num_bytes_read,
        )
    if is_empty:
        raise UnreadableFileError(path=str(path), cause="there is no document in it")


def _row_records(root: Path, files: tuple[Found, ...], limits: Limits) -> Iterator[RawRecord]:
    before, is_empty = 0, True
    for found in files:
        file_name = shown_name(found.path, root)
        for row in read_rows(found.path, file_name, limits=limits):
            is_empty = False
            yield RawRecord(
                kind="line",
                data=json.dumps(row.fields, ensure_ascii=False).encode(),
                name=f"{file_name}:{row.number}",
                error=row.error,
                num_read=before + row.num_bytes_read,
            )
        before += num_bytes_on_disk(found)
    if is_empty:
        raise UnreadableFileError(path=str(root), cause="there is no document in it")


def _too_long(name: str, max_line_bytes: int) -> FileTooLargeError:
    return FileTooLargeError(
        path=name,
        limit=max_line_bytes,
        cause=f"the line has more than {max_line_bytes} bytes",
        hint=over_limit_hint("num_bytes", "read"),
    )


# Documents --------------------------------------------------------------------------------------


def parse_record(record: RawRecord, *, limits: Limits = DEFAULT_LIMITS) -> Parsed | Refused:
    """The document of a record, or why there is none."""
    provenance = Provenance(path=record.name)
    try:
        source = open_record(record, limits=limits)
        provenance = source.provenance
        return _parse_source(source, limits)
    except DocumentError as error:
        refusal = Refusal(provenance=provenance, reason=error.reason, message=str(error))
        return Refused(refusal=refusal, error=error)


def open_record(record: RawRecord, *, limits: Limits = DEFAULT_LIMITS) -> SourceText:
    """The text of a record and its provenance; a file is read here, the text is not looked at.

    Raises:
        DocumentError: the bytes cannot be had, or the line is no JSON object with a document.
    """
    if record.error is not None:
        raise record.error
    if record.kind == "line":
        return _open_line(record, limits)
    data = record.data
    if record.file is not None:
        data = read_bytes(record.file, record.name, limits)
    return SourceText(
        text=data,
        syntax=record.kind,
        label=record.name,
        provenance=Provenance(path=record.name),
    )


def _parse_source(source: SourceText, limits: Limits) -> Parsed:
    label = source.label
    if source.text is None:
        canonical = to_canonical(source.value, path=label, limits=limits)
        document = Document(
            canonical=canonical, source=canonical.decode(), provenance=source.provenance
        )
        return Parsed(document=document, value=source.value)
    text = decode_utf8(source.text, path=label, limits=limits)
    read = load_yaml if source.syntax == "yaml" else read_json
    value = read(text, path=label, limits=limits)
    canonical = to_canonical(value, path=label, limits=limits)
    document = Document(canonical=canonical, source=text, provenance=source.provenance)
    return Parsed(document=document, value=value)


def _open_line(record: RawRecord, limits: Limits) -> SourceText:
    row = _read_row(record, limits)
    repo, path, commit = (
        _text_field(row, name, record.name) for name in ("repo", "path", "commit")
    )
    licence = _text_field(row, "license", record.name) or _text_field(row, "licence", record.name)
    provenance = Provenance(path=path or record.name, repo=repo, license=licence, commit=commit)
    label = f"{record.name} ({provenance.name})" if path else record.name
    syntax: Syntax = "yaml" if isinstance(row.get("yaml"), str) else "json"
    if syntax not in row:
        raise _bad_line(record.name, "there is no text in 'yaml' and no field 'json'")
    held = row[syntax]
    return SourceText(
        text=held if isinstance(held, str) else None,
        value=held,
        syntax=syntax,
        label=label,
        provenance=provenance,
    )


def _read_row(record: RawRecord, limits: Limits) -> dict[str, JsonValue]:
    # The object around a value is one level and a few fields more than the document may have.
    around = evolve(
        limits,
        num_bytes=max(len(record.data), 1),
        depth=limits.depth + 1,
        num_nodes=limits.num_nodes + 1_000,
    )
    row = read_json(record.data, path=record.name, limits=around)
    if not isinstance(row, dict):
        raise _bad_line(record.name, "the line is no JSON object")
    return row


def _text_field(row: dict[str, JsonValue], field_name: str, label: str) -> str | None:
    value = row.get(field_name)
    if value is None or isinstance(value, str):
        return value or None
    raise _bad_line(label, f"the field {field_name!r} is no text")


def _bad_line(label: str, cause: str) -> DocumentSyntaxError:
    return DocumentSyntaxError(
        path=label, cause=cause, hint='write {"yaml": "...", "repo": "owner/name", "path": "..."}'
    )
