"""Text of a prompt that is still to be written: what may follow has to agree with it."""

from __future__ import annotations

import orjson
from attrs import evolve, frozen

__all__ = ["EVERY_CHARACTER", "NOTHING_PENDING", "Pending", "Span"]


@frozen
class Span:
    """Characters from one code point to another, both included."""

    first: int
    last: int


EVERY_CHARACTER = (Span(0, 0xD7FF), Span(0xE000, 0x10FFFF))


@frozen
class Pending:
    """What a sequence is to write before it is free.

    Attributes:
        text: as the canonical form writes it.
        spans: the characters one of which is to follow in a string, behind the text; none where
            nothing is said of what follows.
        number: the text of a number, with all that stands before it in `text`, which may stand
            there instead, where the number ends.
    """

    text: bytes = b""
    spans: tuple[Span, ...] = ()
    number: tuple[bytes, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is still to be written."""
        return bool(self.text or self.spans)

    def behind(self, written: bytes) -> Pending | None:
        """What is left when something was written; None where that does not agree."""
        ways = [
            self._straight(written),
            *(self._as_number(whole, written) for whole in self.number),
        ]
        found = [way for way in ways if way is not None]
        return min(found, key=lambda way: (len(way.text), len(way.spans)), default=None)

    def _as_number(self, whole: bytes, written: bytes) -> Pending | None:
        if written.startswith(whole):
            return Pending()
        return Pending(whole[len(written) :]) if whole.startswith(written) else None

    def _straight(self, written: bytes) -> Pending | None:
        if self.text.startswith(written) and written != self.text:
            number = tuple(w[len(written) :] for w in self.number if w.startswith(written))
            return evolve(self, text=self.text[len(written) :], number=number)
        if not written.startswith(self.text):
            return None
        rest = written[len(self.text) :]
        if not self.spans:
            return Pending()
        if not rest:
            return Pending(spans=self.spans)
        return self._behind_character(rest)

    def _behind_character(self, rest: bytes) -> Pending | None:
        low, high = _next_character(rest)
        spans = tuple(
            Span(max(low, span.first), min(high, span.last))
            for span in self.spans
            if low <= span.last and span.first <= high
        )
        if not spans:
            return None
        return Pending() if low == high else _rest_of_character(rest, spans)


NOTHING_PENDING = Pending()


def _rest_of_character(begun: bytes, spans: tuple[Span, ...]) -> Pending:
    """The bytes that are missing to a character that was begun, as far as they are one way."""
    return _Begun(begun=begun, spans=spans)


@frozen
class _Begun(Pending):
    """A character was begun, in bytes."""

    begun: bytes = b""

    def _straight(self, written: bytes) -> Pending | None:
        return Pending(spans=self.spans)._behind_character(self.begun + written)


def _next_character(text: bytes) -> tuple[int, int]:
    """The code points that the first character of a string's text may be; 1, 0 for none."""
    lead = text[0]
    if lead == 0x22:
        return 1, 0  # the string ends
    if lead == 0x5C:
        size = 6 if text[1:2] == b"u" else 2
        code = ord(orjson.loads(b'"' + text[:size] + b'"'))
        return code, code
    size = 1 if lead < 0x80 else 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
    begun = text[:size]
    if len(begun) == size:
        code = ord(begun.decode())
        return code, code
    value = begun[0] & (0x7F >> size)
    for byte in begun[1:]:
        value = value << 6 | byte & 0x3F
    missing = 6 * (size - len(begun))
    least = (0x80, 0x800, 0x10000)[size - 2]
    return max(value << missing, least), min((value + 1 << missing) - 1, 0x10FFFF)
