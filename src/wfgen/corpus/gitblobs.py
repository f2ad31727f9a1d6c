"""Reads files out of a git clone's history. Nothing is fetched, checked out or run."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from attrs import frozen

from wfgen.canonical import DEFAULT_LIMITS
from wfgen.errors import UnreadableFileError

__all__ = ["Blobs", "is_repository", "open_blobs"]

_GIT = "git"
_MAX_BLOB_BYTES = DEFAULT_LIMITS.num_bytes
_NO_OBJECT = frozenset("0")


@frozen(kw_only=True)
class Blobs:
    """The objects of one clone, asked for over one `git cat-file --batch` process."""

    clone: Path
    _requests: IO[bytes]
    _answers: IO[bytes]

    def read(self, name: str) -> bytes | None:
        """The blob called `name`, an id or `commit:path`; None if there is none of sane size."""
        if "\n" in name:
            return None
        with suppress(BrokenPipeError):  # git has given up: its answers have ended
            self._requests.write(name.encode() + b"\n")
            self._requests.flush()
        head = self._answers.readline().rstrip(b"\n").rsplit(b" ", 2)
        if len(head) != 3 or not head[2].isdigit():
            return None  # missing, or ambiguous
        num_bytes = int(head[2])
        if head[1] == b"blob" and num_bytes <= _MAX_BLOB_BYTES:
            return self._answers.read(num_bytes + 1)[:num_bytes]
        self._skip(num_bytes + 1)
        return None

    def history(self, path: str) -> Iterator[str]:
        """The ids of every version of a path, on any branch, newest first, each once."""
        arguments = ["log", "--all", "--full-history", "-m", "--raw", "--no-abbrev"]
        arguments += ["--no-renames", "--no-show-signature", "--format=", "--", path]
        seen: set[str] = set()
        for line in _run(self.clone, arguments).stdout.splitlines():
            # :100644 100644 <id before> <id after> M<tab>path
            for name in reversed(line.split(b"\t")[0].decode().split(" ")[2:4]):
                if name not in seen and not _NO_OBJECT.issuperset(name):
                    seen.add(name)
                    yield name

    def _skip(self, num_bytes: int) -> None:
        while num_bytes and (chunk := self._answers.read(min(num_bytes, 1 << 20))):
            num_bytes -= len(chunk)


def is_repository(clone: Path) -> bool:
    """Whether there is a git repository of its own, bare or not.

    Raises:
        UnreadableFileError: git is not installed.
    """
    return clone.is_dir() and _run(clone, ["rev-parse", "--git-dir"]).returncode == 0


@contextmanager
def open_blobs(clone: Path) -> Iterator[Blobs]:
    """The objects of a clone, until the block ends."""
    command = _command(clone, ["cat-file", "--batch"])
    with subprocess.Popen(  # noqa: S603  a fixed command; names go over its standard input
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=_environment(clone)
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        yield Blobs(clone=clone, requests=process.stdin, answers=process.stdout)
        with suppress(BrokenPipeError):
            process.stdin.close()


def _run(clone: Path, arguments: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(  # noqa: S603  a fixed command; a path stands after --
            _command(clone, arguments), capture_output=True, env=_environment(clone), check=False
        )
    except FileNotFoundError as error:
        raise UnreadableFileError(
            path=str(clone), cause="git is not installed", hint="install git"
        ) from error


def _command(clone: Path, arguments: Sequence[str]) -> list[str]:
    settings = ["-c", "protocol.allow=never", "--literal-pathspecs", "--no-pager"]
    return [_GIT, *settings, "-C", str(clone), *arguments]


def _environment(clone: Path) -> dict[str, str]:
    """git's surroundings: no settings of a git around us, no network, no repository further up."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | {
        "GIT_CEILING_DIRECTORIES": str(clone.resolve().parent),
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
    }
