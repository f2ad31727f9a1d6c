"""Rows of Parquet files, and of the Arrow files that `datasets.save_to_disk` writes.

pyarrow comes with the extra `parquet` and is imported when such a file is read. A row is read at a
time, so memory holds that row and the pages that it stands in, however long the file: 3.3 MB for
one row group of 48,000 texts, 384 MB in all (pyarrow 26.0.1). Arrow files are mapped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from os import SEEK_END
from pathlib import Path
from typing import Any

from attrs import field, frozen

from wfgen.canonical import Limits, over_limit_hint
from wfgen.errors import (
    DocumentError,
    DocumentSyntaxError,
    FileTooLargeError,
    MissingExtraError,
    NotUtf8Error,
    UnreadableFileError,
)

__all__ = ["Row", "import_pyarrow", "read_rows"]

_OWN_COLUMNS = ("yaml", "json")
_TEXT_COLUMNS = ("text", "content")
"""Where there is no column of ours, the first of these holds the texts."""

_PROVENANCE = ("repo", "path", "commit", "license", "licence")
_BUFFER_BYTES = 64 * 1024
# https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format
_STREAM_END = b"\xff\xff\xff\xff\0\0\0\0"


@frozen(kw_only=True)
class Row:
    """One row.

    Attributes:
        number: counted from 1 in its file.
        fields: its texts by the names that a JSON line has; {} where there is an error.
        num_bytes_read: of the file so far, in proportion.
        error: why it cannot be had.
    """

    number: int
    fields: dict[str, str] = field(repr=False)
    num_bytes_read: int
    error: DocumentError | None = None


def import_pyarrow() -> Any:
    """pyarrow, its part for Parquet too; raises MissingExtraError where it is not installed."""
    try:
        import pyarrow.parquet  # noqa: PLC0415  it is an extra
    except ImportError as error:
        raise MissingExtraError(
            extra="parquet",
            cause="Parquet files and saved datasets need pyarrow, which is not installed",
            hint="run pip install 'wfgen[parquet]'",
        ) from error
    return pyarrow


def read_rows(path: Path, name: str, *, limits: Limits) -> Iterator[Row]:
    """The rows of one file.

    Args:
        path: the file, `.parquet` or `.arrow`.
        name: what errors call it.
        limits: a longer text is refused unread.

    Raises:
        MissingExtraError: pyarrow is not installed.
        UnreadableFileError: the file is damaged, or has no column of texts.
    """
    pa = import_pyarrow()
    batches = _parquet_batches if path.suffix.lower() == ".parquet" else _arrow_batches
    number = 0
    try:
        for batch, num_bytes_read in batches(pa, path, name):
            columns = dict(zip(batch.schema.names, batch.columns, strict=True))
            for at in range(batch.num_rows):
                number += 1
                values = {column: array[at] for column, array in columns.items()}
                fields, error = _read(values, f"{name}:{number}", limits)
                yield Row(number=number, fields=fields, num_bytes_read=num_bytes_read, error=error)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        behind = f" behind row {number}" if number else ""
        raise UnreadableFileError(
            path=name,
            cause=f"cannot be read{behind} ({error})",
            hint="write or fetch the file anew",
        ) from error


# Files ------------------------------------------------------------------------------------------


def _parquet_batches(pa: Any, path: Path, name: str) -> Iterator[tuple[Any, int]]:
    """Batches of a row each, and the bytes read so far, in proportion."""
    options = {"pre_buffer": False, "buffer_size": _BUFFER_BYTES}
    with pa.parquet.ParquetFile(path, page_checksum_verification=True, **options) as file:
        columns, num_rows = _columns(pa, file.schema_arrow, name), file.metadata.num_rows
        num_bytes = path.stat().st_size
        # More rows at once would be as many texts of any length, which a short dictionary can hold.
        batches = file.iter_batches(batch_size=1, columns=columns, use_threads=False)
        for number, batch in enumerate(batches, start=1):
            yield batch, num_bytes * min(number, num_rows) // num_rows


def _arrow_batches(pa: Any, path: Path, name: str) -> Iterator[tuple[Any, int]]:
    """Batches as they were written, and the bytes read so far."""
    # A stream without its end marker could have lost rows, and pyarrow would not say so.
    with path.open("rb") as opened:
        opened.seek(-min(len(_STREAM_END), path.stat().st_size), SEEK_END)
        if opened.read() != _STREAM_END:
            cause = "it is no whole Arrow stream, which is what datasets writes"
            raise UnreadableFileError(path=name, cause=cause, hint="write or fetch the file anew")
    with pa.memory_map(str(path)) as file, pa.ipc.open_stream(file) as stream:
        columns = _columns(pa, stream.schema, name)
        for whole in stream:
            batch = whole.select(columns)
            batch.validate(full=True)  # offsets that lead out of the file would not be noticed
            yield batch, file.tell()


def _columns(pa: Any, schema: Any, name: str) -> list[str]:
    """The columns to read; raises UnreadableFileError where there are no texts among them."""
    own = [column for column in _OWN_COLUMNS if column in schema.names]
    texts = own or [column for column in _TEXT_COLUMNS if column in schema.names][:1]
    if not texts:
        raise UnreadableFileError(
            path=name,
            cause=f"none of its columns holds texts: {_listed(schema.names)}",
            hint=f"name the column of texts {' or '.join(_OWN_COLUMNS + _TEXT_COLUMNS)}",
        )
    columns = [*texts, *(column for column in _PROVENANCE if column in schema.names)]
    for column in columns:
        kinds = [str(each.type) for each in schema if each.name == column]
        if len(kinds) > 1 or not _is_text(pa, schema.field(column).type):
            raise UnreadableFileError(
                path=name,
                cause=f"the column {column!r} holds no text, but {' and '.join(kinds)}",
                hint="cast it to string, or rename it",
            )
    return columns


def _is_text(pa: Any, kind: Any) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    is_one = (
        *(pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view),
        *(pa.types.is_binary, pa.types.is_large_binary, pa.types.is_null),
    )
    return any(test(kind) for test in is_one)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:20]) or "there are none"


# Rows -------------------------------------------------------------------------------------------


def _read(
    values: dict[str, Any], label: str, limits: Limits
) -> tuple[dict[str, str], DocumentError | None]:
    """The fields of a row, or why there are none."""
    try:
        texts = {name: _text(value, name, label, limits) for name, value in values.items()}
        return _named({name: text for name, text in texts.items() if text is not None}, label), None
    except DocumentError as error:
        return {}, error


def _text(value: Any, column: str, label: str, limits: Limits) -> str | None:
    if value.is_valid and hasattr(value, "dictionary"):
        value = value.value
    if not value.is_valid:
        return None
    data = value.as_buffer()
    if data.size > limits.num_bytes:
        raise FileTooLargeError(
            path=label,
            limit=limits.num_bytes,
            cause=f"the text in {column!r} has more than {limits.num_bytes} bytes",
            hint=over_limit_hint("num_bytes", "read"),
        )
    try:
        return str(data.to_pybytes(), "utf-8")
    except UnicodeDecodeError as error:
        raise NotUtf8Error(
            path=label,
            cause=f"the text in {column!r} is not UTF-8: byte {error.start} ({error.reason})",
            hint="write it as UTF-8, or leave the row out",
        ) from error


def _named(values: dict[str, str], label: str) -> dict[str, str]:
    """The fields as a JSON line names them."""
    for column in _TEXT_COLUMNS:
        if column in values:
            is_json = values.get("path", "").lower().endswith(".json")
            values["json" if is_json else "yaml"] = values.pop(column)
    if not any(column in values for column in _OWN_COLUMNS):
        raise DocumentSyntaxError(
            path=label, cause="there is no text in this row", hint="leave the row out"
        )
    return values
