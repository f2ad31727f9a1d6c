"""Files that are made anew from rows: replaced whole, or left as they were."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from wfgen.errors import ArtefactError

__all__ = ["probe_file", "replace_file"]


def probe_file(path: Path) -> None:
    """Find out whether a file can be written, before the work that makes its text.

    Raises:
        ArtefactError: it is a directory, or no file can be made beside it. Nothing is written,
            but directories above it are made.
    """
    path = Path(path)
    try:
        if path.is_dir():
            raise IsADirectoryError("it is a directory")
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(prefix=f".{path.name}.", dir=path.parent):
            pass
    except OSError as error:
        raise ArtefactError(path=str(path), cause=f"cannot write here ({error})") from error


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
