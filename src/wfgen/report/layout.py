"""Where a person would break the lines of a JSON document that is cut into pieces.

One key or item a line, indented by depth, and scripts at their newlines; what is short and holds
nothing nested stays together. Lines break between pieces only, so that no token stands on two of
them: where a comma or a closing bracket asks for it before the piece, else behind it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

from attrs import frozen

from wfgen.api import Piece

__all__ = ["Line", "lay_out"]

_MAX_FLAT = 60
"""Bytes of an array or object, without any inside, that stays on one line."""

_MARK = re.compile(rb'"(?:[^"\\]|\\.)*"?|[{}\[\],]', re.DOTALL)
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)


@frozen(kw_only=True)
class Line:
    """Pieces that stand side by side, and how many levels they are indented."""

    depth: int
    pieces: tuple[Piece, ...]


@frozen
class _Break:
    """A line's end in the text, and the depth after it.

    Attributes:
        offset: of the byte that the new line begins with.
        depth: of the new line.
        is_late: where the byte before is what asks for it, as a bracket that opens.
    """

    offset: int
    depth: int
    is_late: bool


def lay_out(pieces: Sequence[Piece]) -> list[Line]:
    """The lines of a document; all its pieces, in their order.

    Args:
        pieces: whose texts, joined, are canonical JSON. Of anything else the lines may break oddly.
    """
    if not pieces:
        return []
    starts = list(accumulate((len(piece.text) for piece in pieces), initial=0))
    depths = {0: 0}
    for found in _breaks(b"".join(piece.text for piece in pieces)):
        if found.is_late:
            border = bisect_left(starts, found.offset)
        else:
            border = bisect_right(starts, found.offset) - 1
        depths[border] = found.depth
    borders = sorted(border for border in depths if border < len(pieces))
    ends = [*borders[1:], len(pieces)]
    return [
        Line(depth=depths[begin], pieces=tuple(pieces[begin:end]))
        for begin, end in zip(borders, ends, strict=True)
    ]


def _breaks(text: bytes) -> Iterator[_Break]:
    flat, depth, is_flat = _flat(text), 0, False
    for mark in _MARK.finditer(text):
        first = mark[0][:1]
        if mark.start() in flat:
            is_flat = first in b"{["
        elif is_flat:
            continue
        elif first == b'"':
            ends = _newlines(mark[0])
            yield from (_Break(mark.start() + end, depth + 1, is_late=True) for end in ends)
        elif first in b"{[":
            depth += 1
            yield _Break(mark.end(), depth, is_late=True)
        else:
            depth -= first in b"}]"
            yield _Break(mark.start(), max(depth, 0), is_late=False)


def _flat(text: bytes) -> set[int]:
    """Where the arrays and objects begin and end that stay on one line."""
    flat: set[int] = set()
    begin: int | None = None
    for mark in _MARK.finditer(text):
        if mark[0] in (b"{", b"["):
            begin = mark.start()
        elif mark[0] in (b"}", b"]"):
            if begin is not None and mark.end() - begin <= _MAX_FLAT:
                flat |= {begin, mark.start()}
            begin = None
    return flat


def _newlines(string: bytes) -> Iterator[int]:
    """The ends of a string's newlines, but for one that the string ends with."""
    for escape in _ESCAPE.finditer(string):
        if escape[1] == b"n" and string[escape.end() :] != b'"':
            yield escape.end()
