"""Sets of code points, as ascending ranges, and the ones that ECMA-262 names.

Sources are sections of ECMA-262 (2025): 22.2.2.9 (CompileToCharSet), 12.2 (White Space) and 12.3
(Line Terminators).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

__all__ = [
    "ALL",
    "DIGITS",
    "LINE_ENDS",
    "SPACES",
    "WORD",
    "CodePoints",
    "complement",
    "union",
]

CodePoints: TypeAlias = tuple[tuple[int, int], ...]
"""Ranges, first and last included, ascending and with gaps between them."""

_LAST = 0x10FFFF

ALL: CodePoints = ((0, _LAST),)


def union(ranges: Iterable[tuple[int, int]]) -> CodePoints:
    """What is in any of some ranges, which may overlap and stand in any order."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return tuple(merged)


def complement(ranges: CodePoints) -> CodePoints:
    """All other code points."""
    gaps = []
    free = 0
    for first, last in ranges:
        if first > free:
            gaps.append((free, first - 1))
        free = last + 1
    if free <= _LAST:
        gaps.append((free, _LAST))
    return tuple(gaps)


def _points(text: str) -> CodePoints:
    return union((ord(char), ord(char)) for char in text)


DIGITS: CodePoints = ((ord("0"), ord("9")),)

WORD = union([*DIGITS, (ord("A"), ord("Z")), (ord("a"), ord("z")), *_points("_")])

LINE_ENDS = _points("\n\r\u2028\u2029")

# Tab, vertical tab, form feed, byte order mark, and all of General_Category Zs (Unicode 17.0).
SPACES = union(
    [*LINE_ENDS, *_points("\t\v\f\ufeff \u00a0\u1680\u202f\u205f\u3000"), (0x2000, 0x200A)]
)
