"""How far merges reach: where a segment is cut into pieces that no token spans.

`segment` cuts nowhere, `line` inside strings behind each newline, `word` besides as GPT-4 splits
text. Structure may be kept apart from text: then no token holds both text and another symbol.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal, get_args

from wfgen.errors import SettingError, name_hint

__all__ = ["REACHES", "Reach", "cutter"]

Reach = Literal["segment", "line", "word"]

REACHES: tuple[Reach, ...] = get_args(Reach)

# Symbols other than bytes of text, as `codes` writes them.
_SYMBOL = rb"(?:[\xc0\xc1\xf5-\xfe][\x80-\xbf]|\xff[\x80-\xbf]{3})"
_LETTER = (
    rb"(?:[A-Za-z]|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})"
)

# After cl100k_base's pattern (tiktoken), over bytes: what is not ASCII counts as a letter. What
# is no text goes with the word before it or after it.
_WORD = (
    rb"[^\r\n0-9A-Za-z\x80-\xff]?" + _LETTER + rb"+"
    rb"|[0-9]{1,3}"
    rb"| ?(?:(?![\s0-9A-Za-z])[\x00-\x7f])+[\r\n]*"
    rb"|\s*[\r\n]"
    rb"|\s+(?!\S)"
    rb"|\s+"
)  # fmt: skip

_LINES = re.compile(rb"[^\n]*\n|[^\n]+")
_WORDS = re.compile(
    rb"(?:" + _SYMBOL + rb")*(?:" + _WORD + rb")(?:" + _SYMBOL + rb")*|(?:" + _SYMBOL + rb")+|.",
    re.DOTALL,
)
_APART = re.compile(rb"(?:" + _SYMBOL + rb")+|[^\xc0\xc1\xf5-\xff]+")


def _at_newlines(segment: bytes) -> list[bytes]:
    return _LINES.findall(segment) if b"\n" in segment else [segment]


def cutter(reach: Reach, *, apart: bool) -> Callable[[bytes], list[bytes]]:
    """The function that cuts a coded segment into pieces, which put together are the segment.

    Raises:
        SettingError: there is no such reach.
    """
    if reach not in REACHES:
        hint = name_hint(reach, REACHES)
        raise SettingError(name="reach", cause=f"{reach!r} is unknown", hint=hint)
    inner: Callable[[bytes], list[bytes]]
    if reach == "segment":
        inner = lambda part: [part]  # noqa: E731
    else:
        inner = _at_newlines if reach == "line" else _WORDS.findall
    if not apart:
        return inner
    return lambda segment: [piece for part in _APART.findall(segment) for piece in inner(part)]
