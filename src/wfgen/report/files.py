"""Files that are made from rows."""

from __future__ import annotations

import tempfile
from pathlib import Path

from wfgen.errors import ArtefactError

__all__ = ["probe_file"]


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
