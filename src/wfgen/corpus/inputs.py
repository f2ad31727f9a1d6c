"""What a corpus is read from: files, or the material that comes with wfgen."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from attrs import frozen

from wfgen.artefacts import file_sha256
from wfgen.canonical import Limits
from wfgen.corpus.composer import compose_many
from wfgen.corpus.files import Found, find_files, num_bytes_on_disk, shown_name
from wfgen.corpus.readers import RawRecord, raw_records
from wfgen.corpus.samples import read_sample, sample_names
from wfgen.corpus.yaml_writer import dump_yaml
from wfgen.errors import SettingError, WfgenError

__all__ = ["EMBEDDED", "EMBEDDED_TRAIN", "SAMPLES", "Progress", "Source", "open_source"]

EMBEDDED = "embedded"
SAMPLES = "samples"
# A byte-level BPE finds 2,501 entries worth having in 400 of them, 2,864 in 1,000 and 3,060 in
# 2,000, and the samples take 0.4 % fewer tokens with the last than with the second.
EMBEDDED_TRAIN = "composed:1000"
_COMPOSED = re.compile(r"composed:([1-9][0-9]{0,8})")


@frozen(kw_only=True)
class Progress:
    """How far the reading of a corpus has come.

    Attributes:
        num_documents: read so far, refused ones and duplicates included.
        num_read, num_units: how much has been read, and of how much: bytes on disk or documents.
    """

    num_documents: int
    num_read: int
    num_units: int


@frozen(kw_only=True)
class Source:
    """Something documents are read from.

    Attributes:
        name: for people and for what is written down; a file's own name, no folder's.
        is_real: False for the samples and for what is composed.
        num_units: how much there is to read, in bytes on disk or in documents.
        records: gives the records afresh each time; it holds no list of files, and may be called on
            another machine that sees the same ones.
        identity: what tells this input from another one: a row of JSON values a file.
    """

    name: str
    is_real: bool
    num_units: int
    records: Callable[[], Iterator[RawRecord]]
    identity: Callable[[], list[list[Any]]]


def open_source(path: Path | str, *, limits: Limits, seed: int) -> Source:
    """The source called `path`: "samples", "composed:N", or a path.

    The names are only taken from a `str`; a folder called samples is `Path("samples")`, or
    "./samples".

    Raises:
        UnreadableFileError: there is no such path, or no document in it.
        SettingError: N is no number above 0.
    """
    if path == SAMPLES:
        return _samples()
    if isinstance(path, str) and path.startswith("composed:"):
        return _composed(path, seed)
    return _files(Path(path), limits)


def _files(path: Path, limits: Limits) -> Source:
    files = find_files(path)

    def identity() -> list[list[Any]]:
        return [[shown_name(f.path, path), _sha256_or_empty(f)] for f in files]

    full = path.resolve()
    return Source(
        name=shown_name(full, full),
        is_real=True,
        num_units=sum(map(num_bytes_on_disk, files)),
        records=functools.partial(raw_records, path.absolute(), limits=limits),
        identity=identity,
    )


def _sha256_or_empty(found: Found) -> str:
    # A file that cannot be read is refused by name when its turn comes.
    try:
        return file_sha256(found.path) if not found.cause and found.path.is_file() else ""
    except (OSError, WfgenError):
        return ""


def _samples() -> Source:
    def records() -> Iterator[RawRecord]:
        for number, name in enumerate(sample_names()):
            text = read_sample(name).encode()
            shown = f"{SAMPLES}/{name}"
            yield RawRecord(kind="yaml", data=text, name=shown, num_read=number + 1)

    return Source(
        name=SAMPLES,
        is_real=False,
        num_units=len(sample_names()),
        records=records,
        identity=lambda: [[SAMPLES, name, read_sample(name)] for name in sample_names()],
    )


def _composed(name: str, seed: int) -> Source:
    match = _COMPOSED.fullmatch(name)
    if match is None:
        raise SettingError(
            name="corpus", cause=f"{name!r} says no number", hint="write composed:1000"
        )
    count = int(match[1])

    def records() -> Iterator[RawRecord]:
        for number, value in enumerate(compose_many(count, seed)):
            shown = f"composed/{seed}/{number:06}.yml"
            text = dump_yaml(value).encode()
            yield RawRecord(kind="yaml", data=text, name=shown, num_read=number + 1)

    return Source(
        name=name,
        is_real=False,
        num_units=count,
        records=records,
        identity=lambda: [[name, seed, version("wfgen")]],
    )
