"""Lines of a `.jsonl` or `.jsonl.zst` file, in bounded memory whatever the file holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import zstandard
from attrs import define, field, frozen

from wfgen.errors import UnreadableFileError

__all__ = ["Line", "read_lines"]

_CHUNK_BYTES = 64 * 1024
# Zstandard can pack 32,768 bytes into one, so what is fed at a time bounds what comes out: 16 MiB.
_PACKED_CHUNK_BYTES = 512


@frozen(kw_only=True)
class Line:
    """One line that is not blank.

    Attributes:
        number: counted from 1, blank lines included.
        data: its bytes, without the line end; None where it is longer than the limit.
        num_bytes_read: bytes of the file read so far, as they lie on disk.
    """

    number: int
    data: bytes | None
    num_bytes_read: int


def read_lines(path: Path, *, max_line_bytes: int) -> Iterator[Line]:
    """The lines of a file that are not blank; `.zst` is unpacked on the way.

    A line over `max_line_bytes` is skipped in pieces and given without its data.

    Raises:
        UnreadableFileError: the system refuses to read the file, or the packed data is damaged.
    """
    unpack = _unpack_zstd if path.suffix.lower() == ".zst" else _read_plain
    splitter = _Splitter(max_line_bytes)
    try:
        with path.open("rb") as file:
            for chunk in unpack(file, path):
                for number, data in splitter.feed(chunk):
                    yield Line(number=number, data=data, num_bytes_read=file.tell())
            for number, data in splitter.feed(b"\n"):
                yield Line(number=number, data=data, num_bytes_read=file.tell())
    except OSError as error:
        raise UnreadableFileError(path=str(path), cause=f"cannot be read ({error})") from error


@define
class _Splitter:
    """Cuts chunks into lines; holds no more than one line and one chunk."""

    max_line_bytes: int
    number: int = 0
    rest: bytearray = field(factory=bytearray)
    is_too_long: bool = False

    def feed(self, chunk: bytes) -> Iterator[tuple[int, bytes | None]]:
        *ends, tail = chunk.split(b"\n")
        for end in ends:
            self.number += 1
            line = None if self._overflows(end) else bytes(self.rest) + end
            self.rest, self.is_too_long = bytearray(), False
            if line is None or line.strip():
                yield self.number, line
        self.is_too_long = self._overflows(tail)
        if self.is_too_long:
            self.rest.clear()
        else:
            self.rest += tail

    def _overflows(self, more: bytes) -> bool:
        return self.is_too_long or len(self.rest) + len(more) > self.max_line_bytes


_Reader = Callable[[BinaryIO, Path], Iterator[bytes]]


def _read_plain(file: BinaryIO, _: Path) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK_BYTES):
        yield chunk


def _unpack_zstd(file: BinaryIO, path: Path) -> Iterator[bytes]:
    """Every frame of the file. Unlike zstandard's stream_reader it notices a cut end."""
    frame = zstandard.ZstdDecompressor().decompressobj()
    is_open = False
    try:
        while packed := file.read(_PACKED_CHUNK_BYTES):
            while packed:
                yield frame.decompress(packed)
                is_open, packed = not frame.eof, frame.unused_data
                if frame.eof:
                    frame = zstandard.ZstdDecompressor().decompressobj()
    except zstandard.ZstdError as error:
        raise _damaged(path, str(error)) from error
    if is_open:
        raise _damaged(path, "the data ends in the middle of a frame")


def _damaged(path: Path, cause: str) -> UnreadableFileError:
    return UnreadableFileError(
        path=str(path), cause=f"the Zstandard data is damaged ({cause})", hint="fetch the file anew"
    )
