"""Finds the files of a corpus, reads them within bounds, and writes new ones whole."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from attrs import frozen

from wfgen.canonical import DEFAULT_LIMITS, Limits, over_limit_hint, read_json
from wfgen.errors import ArtefactError, DocumentError, FileTooLargeError, UnreadableFileError

__all__ = [
    "DOCUMENT_SUFFIXES",
    "LINE_SUFFIXES",
    "TABLE_SUFFIXES",
    "Found",
    "find_files",
    "new_file",
    "num_bytes_on_disk",
    "read_bytes",
    "shown_name",
]

DOCUMENT_SUFFIXES = (".yml", ".yaml", ".json")
LINE_SUFFIXES = (".jsonl", ".jsonl.zst")
TABLE_SUFFIXES = (".parquet", ".arrow")
_NAMED_SUFFIXES = LINE_SUFFIXES + TABLE_SUFFIXES  # read where they are named, not in a folder
_WORKFLOWS = (".github", "workflows")
_STATE = "state.json"
# Git keeps branch names as files, and a branch may be called deps.yml.
_SKIPPED = ".git"
_LEADS_OUT = "the link leads out of the folder that is read"


@frozen(kw_only=True)
class Found:
    """A file to read, or an entry that is refused unread.

    Attributes:
        path: below the path that was asked for.
        cause: why it is refused; '' for a file to read.
    """

    path: Path
    cause: str = ""


def find_files(path: Path) -> tuple[Found, ...]:
    """The files to read at `path`, in the order of their names.

    A folder is read recursively, hidden folders too, but for `.git`; of a git checkout that has
    workflows, only `.github/workflows` is. Symbolic links are followed as far as they stay inside
    `path`, each folder once, so a loop of links ends. A folder that cannot be listed and a link
    that leads outside are refused, and the rest is read. A folder that `datasets.save_to_disk`
    wrote gives its Arrow files.

    Raises:
        UnreadableFileError: there is no such file or folder, the file is of no known kind, or the
            folder holds no document, cannot be listed, or is a dataset of several splits.
    """
    try:
        if path.is_dir():
            return _files_of_dataset(path) or _files_of(path)
        if not path.exists():
            raise _unreadable(path, "there is no such file or folder", "check the path")
    except OSError as error:
        raise _unreadable(path, f"cannot be read ({error})") from error
    if not path.name.lower().endswith(DOCUMENT_SUFFIXES + _NAMED_SUFFIXES):
        known = ", ".join(DOCUMENT_SUFFIXES + _NAMED_SUFFIXES)
        raise _unreadable(path, "the file is of no known kind", f"name a folder or one of {known}")
    if not path.is_file():
        raise _unreadable(path, "it is neither a file nor a folder")
    return (Found(path=path),)


def _files_of_dataset(folder: Path) -> tuple[Found, ...]:
    """The files of a saved `datasets.Dataset`, in its order; none where `folder` is no such thing.

    Format: `datasets` 5.2, `Dataset.save_to_disk` and `DatasetDict.save_to_disk`.
    """
    if (folder / "dataset_dict.json").is_file():
        splits = sorted(p.name for p in folder.iterdir() if (p / _STATE).is_file())
        raise _unreadable(
            folder, "it is a dataset of several splits", f"name one of {', '.join(splits)} in it"
        )
    state = folder / _STATE
    if not (state.is_file() and (folder / "dataset_info.json").is_file()):
        return ()
    try:
        content: Any = read_json(read_bytes(state, str(state), DEFAULT_LIMITS), path=str(state))
        names = [each["filename"] for each in content["_data_files"]]
        if any(Path(name).name != name for name in names):
            raise ValueError("a file's name leads elsewhere")
    except (DocumentError, KeyError, TypeError, ValueError) as error:
        cause = f"it does not say which files the dataset has ({error})"
        raise _unreadable(state, cause, "save the dataset anew") from error
    if not names:
        raise _unreadable(folder, "the dataset has no row")
    return tuple(Found(path=_part_of(folder, name)) for name in names)


def _part_of(folder: Path, name: str) -> Path:
    part = folder / name
    if not part.name.endswith(TABLE_SUFFIXES) or not part.is_file():
        raise _unreadable(part, "the dataset names no such Arrow file", "save the dataset anew")
    if not _is_inside(part, Path(os.path.realpath(folder))):
        raise _unreadable(part, _LEADS_OUT)
    return part


def _files_of(root: Path) -> tuple[Found, ...]:
    found: list[Found] = []
    real_root = Path(os.path.realpath(root))
    seen: set[Path] = set()
    folders = [root]
    while folders:
        folder = folders.pop()
        real = Path(os.path.realpath(folder))
        if real in seen:
            continue
        seen.add(real)
        if not real.is_relative_to(real_root):
            found.append(Found(path=folder, cause=_LEADS_OUT))
        elif _SKIPPED not in real.relative_to(real_root).parts:
            try:
                below, files = _listed(folder, real_root)
            except OSError as error:
                if folder == root:
                    raise
                cause = f"the folder cannot be read ({error.strerror})"
                found.append(Found(path=folder, cause=cause))
                continue
            folders += below
            found += files
    if not found:
        raise _no_document(root)
    return tuple(sorted(found, key=lambda each: each.path.relative_to(root).parts))


def _listed(folder: Path, real_root: Path) -> tuple[list[Path], list[Found]]:
    """Folders below, in reverse order since the first is popped first, and documents."""
    if workflows := _workflows_of(folder):
        return [workflows], []
    folders, files = [], []
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name, reverse=True):
        path = folder / entry.name
        if entry.name == _SKIPPED:
            continue
        if _is_folder(entry):
            folders.append(path)
        elif entry.name.lower().endswith(DOCUMENT_SUFFIXES):
            is_inside = not entry.is_symlink() or _is_inside(path, real_root)
            files.append(Found(path=path, cause="" if is_inside else _LEADS_OUT))
    return folders, files


def _workflows_of(folder: Path) -> Path | None:
    """A checkout's folder of workflows; None where `folder` is no checkout or has none."""
    # In a linked working tree and in a submodule, .git is a file.
    if not os.path.lexists(folder / _SKIPPED):
        return None
    workflows = folder.joinpath(*_WORKFLOWS)
    try:
        entries = list(workflows.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        return workflows  # refused by this name when its turn comes
    return workflows if any(e.name.lower().endswith(DOCUMENT_SUFFIXES) for e in entries) else None


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False  # a link whose target cannot be asked; as a document it is refused on reading


def _is_inside(path: Path, real_root: Path) -> bool:
    return Path(os.path.realpath(path)).is_relative_to(real_root)


def _no_document(root: Path) -> UnreadableFileError:
    named = sorted(p.name for p in root.iterdir() if p.name.lower().endswith(_NAMED_SUFFIXES))
    hint = f"name one of {', '.join(named)} in it" if named else "check the path"
    wanted = ", ".join(DOCUMENT_SUFFIXES)
    return _unreadable(root, f"the folder holds no {wanted} file", hint)


def num_bytes_on_disk(found: Found) -> int:
    """The length of a file; 0 where it cannot be read, for which it is refused in its turn."""
    try:
        return found.path.stat().st_size if not found.cause and found.path.is_file() else 0
    except OSError:
        return 0


def read_bytes(file: Path, name: str, limits: Limits) -> bytes:
    """The bytes of a file that is no longer than the limit.

    Raises:
        FileTooLargeError: it is longer; no more than the limit is read.
        UnreadableFileError: it is a device, a broken link, or the system refuses.
    """
    try:
        if not file.is_file():
            raise UnreadableFileError(path=name, cause="it is a broken link or no regular file")
        with file.open("rb") as handle:
            data = handle.read(limits.num_bytes + 1)
    except OSError as error:
        raise UnreadableFileError(path=name, cause=f"cannot be read ({error.strerror})") from error
    if len(data) > limits.num_bytes:
        raise FileTooLargeError(
            path=name,
            limit=limits.num_bytes,
            cause=f"the file has more than {limits.num_bytes} bytes",
            hint=over_limit_hint("num_bytes", "read"),
        )
    return data


def shown_name(file: Path, root: Path) -> str:
    """The file's name relative to `root`, with `/`; a name that is no UTF-8 is escaped."""
    relative = file.name if file == root else file.relative_to(root).as_posix()
    return os.fsencode(relative).decode("utf-8", "backslashreplace")


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write; it gets its name when the block ends without an error.

    Raises:
        ArtefactError: `path` exists, or cannot be written. Nothing is left behind.
    """
    aside = ""
    try:
        _refuse_existing(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        number, aside = tempfile.mkstemp(
            prefix=f".{path.name}.", suffix=".partial", dir=path.parent
        )
        with os.fdopen(number, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _refuse_existing(path)
        Path(aside).chmod(0o644)
        Path(aside).rename(path)
    except BaseException as error:
        if aside:
            Path(aside).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise ArtefactError(path=str(path), cause=f"cannot write here ({error})") from error
        raise


def _refuse_existing(path: Path) -> None:
    if os.path.lexists(path):
        raise ArtefactError(
            path=str(path), cause="it exists already", hint="remove it or name another file"
        )


def _unreadable(path: Path, cause: str, hint: str = "") -> UnreadableFileError:
    return UnreadableFileError(path=str(path), cause=cause, hint=hint)
