"""Files and directories that wfgen writes: whole or not at all; artefacts have a manifest.

An artefact is written under a temporary name beside its destination, flushed to disk and renamed,
so that a killed writer leaves nothing that opens. `manifest.json` names the kind of artefact, the
registry entry that opens it, a format version, every file with its size and sha256, a body of the
writer's own, and the sha256 of all that. It holds no time and no path: the same content gives the
same bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from attrs import field, frozen

from wfgen.errors import (
    ArtefactError,
    DamagedArtefactError,
    NotAnArtefactError,
    UnknownFormatError,
)

__all__ = [
    "MANIFEST",
    "FileRecord",
    "Manifest",
    "artefact_sha256",
    "check_files",
    "file_sha256",
    "new_directory",
    "open_artefact",
    "read_manifest",
    "refuse_existing",
    "replace_file",
    "scratch_directory",
    "write_artefact",
]

MANIFEST = "manifest.json"
_CHUNK_BYTES = 1 << 20


@frozen(kw_only=True)
class FileRecord:
    """One file of an artefact: `size` in bytes, `sha256` in hex."""

    size: int
    sha256: str


@frozen(kw_only=True)
class Manifest:
    """What `manifest.json` says.

    Attributes:
        kind: tokenizer, token-store and so on.
        name: the registry entry that opens it.
        format_version: of the files, counted from 1 by whoever writes them.
        files: every file but the manifest itself, by name.
        body: what the writer adds; JSON values.
    """

    kind: str
    name: str
    format_version: int
    files: Mapping[str, FileRecord] = field(factory=dict)
    body: Mapping[str, Any] = field(factory=dict)


def file_sha256(path: Path) -> str:
    """The sha256 of a file in hex, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def refuse_existing(path: Path) -> None:
    """Raise ArtefactError where `path` exists, be it as a link to nowhere, or cannot be asked."""
    try:
        exists = os.path.lexists(path)
    except (OSError, ValueError) as error:
        raise _cannot_write(path, error) from error
    if exists:
        raise ArtefactError(
            path=str(path), cause="it exists already", hint="remove it or name another directory"
        )


@contextmanager
def new_directory(path: Path) -> Iterator[Path]:
    """A temporary directory that becomes `path` when the block ends without an error.

    Raises:
        ArtefactError: `path` exists, or its parent cannot be written. Nothing is left behind.
    """
    path = Path(path)
    refuse_existing(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".partial", dir=path.parent))
    except OSError as error:
        raise _cannot_write(path, error) from error
    try:
        yield aside
        _flush(aside)
        refuse_existing(path)
        aside.chmod(0o755)
        aside.rename(path)
    except OSError as error:
        shutil.rmtree(aside, ignore_errors=True)
        raise _cannot_write(path, error) from error
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise


def replace_file(path: Path, text: str) -> None:
    """Write a text file under a temporary name, flush it, and give it its name.

    Raises:
        ArtefactError: it cannot be written. What was there before stays.
    """
    path = Path(path)
    aside = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".partial", dir=path.parent)
        aside = Path(name)
        with os.fdopen(number, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        aside.chmod(0o644)
        aside.replace(path)
    except OSError as error:
        if aside is not None:
            aside.unlink(missing_ok=True)
        raise ArtefactError(path=str(path), cause=f"cannot write here ({error})") from error


@contextmanager
def scratch_directory() -> Iterator[Path]:
    """A temporary directory that is removed when the block ends."""
    with tempfile.TemporaryDirectory(prefix="wfgen-") as name:
        yield Path(name)


@contextmanager
def write_artefact(
    path: Path, *, kind: str, name: str, format_version: int, body: Mapping[str, Any]
) -> Iterator[Path]:
    """A temporary directory to fill; it becomes the artefact `path`, manifest added, at the end.

    `body` is read when the block ends, so that the block may still add to it.

    Raises:
        ArtefactError: as `new_directory` does.
    """
    with new_directory(path) as aside:
        yield aside
        files = {
            p.relative_to(aside).as_posix(): {"size": p.stat().st_size, "sha256": file_sha256(p)}
            for p in sorted(aside.rglob("*"))
            if p.is_file()
        }
        manifest = {
            "kind": kind,
            "name": name,
            "format_version": format_version,
            "files": files,
            "body": dict(body),
        }
        text = _serialise({**manifest, "sha256": _sha256_of(manifest)})
        (aside / MANIFEST).write_text(text, encoding="utf-8", newline="\n")


def read_manifest(path: Path) -> Manifest:
    """The manifest of the artefact at `path`; no file is checked.

    Raises:
        NotAnArtefactError: there is none.
        DamagedArtefactError: it cannot be understood.
    """
    file = Path(path) / MANIFEST
    try:
        raw = json.loads(file.read_bytes(), parse_constant=_refuse_constant)
    except (FileNotFoundError, NotADirectoryError) as error:
        there_is_no = MANIFEST if Path(path).is_dir() else "such directory"
        raise NotAnArtefactError(
            path=str(path), cause=f"there is no {there_is_no}", hint="name a directory wfgen wrote"
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        raise DamagedArtefactError(path=str(file), cause=f"cannot be read ({error})") from error
    manifest = _structure(raw, file)
    if raw.pop("sha256", None) != _sha256_of(raw):
        _damaged(file, "the manifest's sha256 differs from its content's")
    return manifest


def open_artefact(
    path: Path, *, kind: str, format_version: int, check_hashes: bool = True
) -> Manifest:
    """The manifest, after checking the kind, the format version and every file.

    Args:
        path: the artefact's directory.
        kind: what it must be.
        format_version: the newest version that the caller reads.
        check_hashes: False checks sizes only, for files of many gigabytes.

    Raises:
        NotAnArtefactError: there is none, or it is of another kind.
        DamagedArtefactError: a file differs from the manifest.
        UnknownFormatError: it was written in a newer format.
    """
    manifest = read_manifest(path)
    if manifest.kind != kind:
        raise NotAnArtefactError(path=str(path), cause=f"it is a {manifest.kind}, not a {kind}")
    if not 1 <= manifest.format_version <= format_version:
        raise UnknownFormatError(
            path=str(path),
            cause=f"format version {manifest.format_version} of {manifest.name} is not known here",
            hint=f"this version reads 1 to {format_version}; install the version that wrote it",
            found=manifest.format_version,
            supported=format_version,
        )
    check_files(path, manifest, check_hashes=check_hashes)
    return manifest


def check_files(path: Path, manifest: Manifest, *, check_hashes: bool = True) -> None:
    """Raise DamagedArtefactError unless every file is there and as the manifest says."""
    for name, record in manifest.files.items():
        file = Path(path) / name
        try:
            fault = _fault(file, record, check_hashes=check_hashes)
        except OSError as error:
            fault = f"cannot be read ({error})"
        if fault:
            _damaged(file, fault)


def _fault(file: Path, record: FileRecord, *, check_hashes: bool) -> str:
    if not file.is_file():
        return "the file is missing"
    size = file.stat().st_size
    if size != record.size:
        return f"the file has {size:,} bytes, the manifest says {record.size:,}"
    if check_hashes and file_sha256(file) != record.sha256:
        return "the file's sha256 differs from the manifest's"
    return ""


def artefact_sha256(path: Path) -> str:
    """The identity of an artefact: the sha256 of its manifest, which holds every file's hash."""
    return file_sha256(Path(path) / MANIFEST)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _serialise(value: Mapping[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _sha256_of(manifest: Mapping[str, Any]) -> str:
    # surrogatepass: what json reads from a damaged file must not break the check of it.
    return hashlib.sha256(_serialise(manifest).encode("utf-8", "surrogatepass")).hexdigest()


def _damaged(file: Path, cause: str) -> NoReturn:
    raise DamagedArtefactError(path=str(file), cause=cause, hint="write or copy the artefact anew")


def _cannot_write(path: Path, error: Exception) -> ArtefactError:
    return ArtefactError(
        path=str(path),
        cause=f"cannot write here ({error})",
        hint="nothing was kept; free space or name another directory",
    )


def _flush(directory: Path) -> None:
    for file in directory.rglob("*"):
        if file.is_file():
            with file.open("rb+") as handle:
                os.fsync(handle.fileno())


def _structure(raw: Any, file: Path) -> Manifest:
    try:
        files = {
            _inside(name): FileRecord(size=int(r["size"]), sha256=str(r["sha256"]))
            for name, r in raw["files"].items()
        }
        return Manifest(
            kind=str(raw["kind"]),
            name=str(raw["name"]),
            format_version=int(raw["format_version"]),
            files=files,
            body=dict(raw["body"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DamagedArtefactError(
            path=str(file), cause=f"the manifest is malformed ({error!r})"
        ) from error


def _inside(name: str) -> str:
    if name.startswith(("/", "\\")) or ".." in Path(name).parts or ":" in name:
        raise ValueError(f"file name {name!r} leaves the directory")
    return name
