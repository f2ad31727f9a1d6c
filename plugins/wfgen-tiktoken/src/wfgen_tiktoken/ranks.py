"""Rank files, in the form that tiktoken reads.

One token a line: its bytes in base64, a space, its rank in decimal. A token's rank is its id, and
the order in which byte-pair encoding merges.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from binascii import a2b_base64
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from attrs import define

from wfgen.errors import WfgenError

__all__ = ["MAX_IDS", "RankFileError", "format_ranks", "parse_ranks", "read_rank_file"]

MAX_IDS = 1 << 24
"""Ids are below this: 80 times the largest published vocabulary, and 128 MiB of our tables."""

MAX_FILE_BYTES = 1 << 28
"""A larger rank file is refused; o200k_base's has 3.6 MB."""


@define(kw_only=True, eq=False)
class RankFileError(WfgenError):
    """A rank file cannot be used.

    Attributes:
        path: the file.
        line: counted from 1; None where the whole file is at fault.
    """

    path: str
    line: int | None = None

    @property
    def where(self) -> str:
        """The file, and the line where it is known."""
        return self.path if self.line is None else f"{self.path}, line {self.line}"


def read_rank_file(path: Path, *, sha256: str | None = None) -> dict[bytes, int]:
    """Token to rank, in the file's order.

    Args:
        path: the file.
        sha256: in hex, what the file must have; None for any.

    Raises:
        RankFileError: the file cannot be read, has another hash, or is no whole rank file.
    """
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise RankFileError(path=str(path), cause=f"cannot be read ({error})") from error
    if len(data) > MAX_FILE_BYTES:
        raise RankFileError(path=str(path), cause=f"it has more than {MAX_FILE_BYTES:,} bytes")
    return parse_ranks(data, path=str(path), sha256=sha256)


def parse_ranks(data: bytes, *, path: str, sha256: str | None = None) -> dict[bytes, int]:
    """As `read_rank_file`, from bytes that `path` names in errors."""
    if sha256 is not None:
        _check_sha256(data, path, sha256)
    ranks: dict[bytes, int] = {}
    lines: dict[int, int] = {}
    for number, line in enumerate(data.split(b"\n"), start=1):
        try:
            text, digits = line.split()
            token, rank = a2b_base64(text, strict_mode=True), int(digits)
        except ValueError:
            if line.strip():
                _refuse(path, number, _fault(line))
            continue
        if not 0 <= rank < MAX_IDS:
            _refuse(path, number, f"the rank is not from 0 to {MAX_IDS - 1:,}")
        if token in ranks:
            _refuse(path, number, f"the token {token!r} stands on line {lines[ranks[token]]} too")
        if rank in lines:
            _refuse(path, number, f"the rank {rank} stands on line {lines[rank]} too")
        ranks[token], lines[rank] = rank, number
    _check_bytes(ranks, path)
    return ranks


def format_ranks(ranks: Mapping[bytes, int]) -> bytes:
    """The rank file in rank order; for the published encodings, the published bytes."""
    ordered = sorted(ranks.items(), key=lambda item: item[1])
    return b"".join(b"%b %d\n" % (b64encode(token), rank) for token, rank in ordered)


def _fault(line: bytes) -> str:
    """Why a line cannot be read; apart from the loop, which runs 200,000 times."""
    parts = line.split()
    if len(parts) != 2:
        return f"there are {len(parts)} words where a token and its rank should be"
    try:
        a2b_base64(parts[0], strict_mode=True)
    except ValueError as error:
        return f"the token is not base64 ({error})"
    return f"the rank {parts[1][:20].decode('ascii', 'backslashreplace')!r} is no whole number"


def _check_bytes(ranks: Mapping[bytes, int], path: str) -> None:
    missing = [value for value in range(256) if bytes([value]) not in ranks]
    if missing:
        raise RankFileError(
            path=path,
            cause=f"{len(missing)} of the 256 bytes have no token, the first is 0x{missing[0]:02x}",
            hint="the file is cut off, or is not the rank file of a byte-level encoding",
        )


def _check_sha256(data: bytes, path: str, expected: str) -> None:
    found = hashlib.sha256(data).hexdigest()
    if found != expected.lower():
        raise RankFileError(
            path=path,
            cause=f"its sha256 is {found}, expected is {expected.lower()}",
            hint="it is damaged, or the file of another encoding",
        )


def _refuse(path: str, line: int, cause: str) -> NoReturn:
    raise RankFileError(path=path, line=line, cause=cause)
