"""The beginning of a JSON text, cut anywhere: what is certain of it, and what is still open.

Certain is all up to the end of the last key with its value, or item, or bracket. What comes behind
is open: a comma, a key without its value, a string, a number or a word that was cut.
"""

from __future__ import annotations

import codecs
import re
from typing import Literal

import orjson
from attrs import define, field, frozen

from wfgen.canonical import JsonValue, read_json, to_canonical
from wfgen.errors import ConstraintError, DocumentError
from wfgen_tct.sequences.pending import EVERY_CHARACTER, Pending, Span

__all__ = ["Event", "Prompt", "read_prompt"]

_BLANK = re.compile(rb"[ \t\n\r]*")
_PLAIN = re.compile(rb'[^"\\\x00-\x1f]*')
_NUMBER = re.compile(rb"-?[0-9.eE+-]*")
_WHOLE_NUMBER = re.compile(rb"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_EXPONENT = rb"[eE][+-]?[0-9]*"
_BEGUN_NUMBER = re.compile(
    rb"-?(?:(?:0|[1-9][0-9]*)(?:\.(?:[0-9]+(?:" + _EXPONENT + rb")?)?|" + _EXPONENT + rb")?)?"
)
_WORDS: dict[bytes, JsonValue] = {b"null": None, b"true": True, b"false": False}
_ESCAPES = b'"\\/bfnrt'
_HEX = b"0123456789abcdefABCDEF"


@frozen
class Event:
    """Something that is certain.

    Attributes:
        kind: an object or array that opens, a key, a scalar, or a frame that closes.
        value: the key or the scalar.
    """

    kind: Literal["object", "array", "key", "scalar", "close"]
    value: JsonValue = None


@frozen
class Prompt:
    """A prefix, read.

    Attributes:
        events: what is certain, in order.
        pending: what is open.
    """

    events: tuple[Event, ...]
    pending: Pending


def read_prompt(prefix: bytes) -> Prompt:
    """Read the beginning of a JSON text.

    Raises:
        ConstraintError: no JSON text begins so.
    """
    return _Reader(prefix.removeprefix(codecs.BOM_UTF8)).read()


class _Cut(Exception):  # noqa: N818  the end of the prefix, where everything is as it should be
    """The prefix ends inside something.

    Attributes:
        pending: that, as it is to be written.
    """

    def __init__(self, pending: Pending) -> None:
        super().__init__()
        self.pending = pending


@define
class _Reader:
    """Reads event by event, without recursion."""

    text: bytes
    at: int = 0
    events: list[Event] = field(factory=list)
    closers: list[bytes] = field(factory=list)
    counts: list[int] = field(factory=list)

    def read(self) -> Prompt:
        try:
            self._value(b"")
            while self.closers:
                self._go_on()
            self._blank()
            if self.at < len(self.text):
                raise self._error("the document has ended before this")
            return Prompt(tuple(self.events), Pending())
        except _Cut as cut:
            return Prompt(tuple(self.events), cut.pending)

    def _go_on(self) -> None:
        """Read a key or an item, or the end of the innermost frame."""
        lead = b""
        byte = self._next(b"")
        if byte == self.closers[-1]:
            self.at += 1
            self.closers.pop()
            self.counts.pop()
            self.events.append(Event("close"))
            return
        if self.counts[-1]:
            if byte != b",":
                raise self._error("a comma or the end of the frame should stand here")
            self.at += 1
            lead = b","
        self.counts[-1] += 1
        if self.closers[-1] == b"}":
            self._member(lead)
        else:
            self._next(lead)
            self._value(lead)

    def _member(self, lead: bytes) -> None:
        if self._next(lead) != b'"':
            raise self._error("a key should stand here")
        key = self._string(lead)
        lead += orjson.dumps(key)
        if self._next(lead) != b":":
            raise self._error("a colon should stand here")
        self.at += 1
        lead += b":"
        self._next(lead)
        before = len(self.events)
        self.events.append(Event("key", key))
        try:
            self._value(lead)
        except _Cut:
            if len(self.events) == before + 1:
                self.events.pop()  # the key is no more certain than its value
            raise

    def _value(self, lead: bytes) -> None:
        byte = self._next(lead)
        if byte == b'"':
            self.events.append(Event("scalar", self._string(lead)))
        elif byte in (b"{", b"["):
            self.at += 1
            self.events.append(Event("object" if byte == b"{" else "array"))
            self.closers.append(b"}" if byte == b"{" else b"]")
            self.counts.append(0)
        elif byte == b"-" or byte.isdigit():
            self._number(lead)
        else:
            self._word(lead)

    # Scalars --------------------------------------------------------------------------------

    def _word(self, lead: bytes) -> None:
        for word, value in _WORDS.items():
            found = self.text[self.at : self.at + len(word)]
            if found == word:
                self.at += len(word)
                self.events.append(Event("scalar", value))
                return
            if word.startswith(found) and self.at + len(found) == len(self.text):
                raise _Cut(Pending(lead + found))
        raise self._error("no value begins so")

    def _number(self, lead: bytes) -> None:
        match = _NUMBER.match(self.text, self.at)
        assert match is not None
        found = match.group()
        is_cut = match.end() == len(self.text)
        if not (_BEGUN_NUMBER if is_cut else _WHOLE_NUMBER).fullmatch(found):
            raise self._error("this is no JSON number")
        if is_cut:
            raise _Cut(_open_number(lead, found))
        self.at = match.end()
        self.events.append(Event("scalar", self._exactly(found)))

    def _exactly(self, number: bytes) -> JsonValue:
        try:
            return read_json(number)
        except DocumentError as error:
            raise self._error(error.cause) from error

    def _string(self, lead: bytes) -> str:
        """Read a whole string, its quotes included."""
        self.at += 1
        pieces: list[str] = []
        while True:
            match = _PLAIN.match(self.text, self.at)
            assert match is not None
            pieces.append(self._decoded(match.group(), lead, pieces, match.end()))
            self.at = match.end()
            byte = self.text[self.at : self.at + 1]
            if byte == b'"':
                self.at += 1
                return "".join(pieces)
            if not byte:
                raise _Cut(Pending(lead + _begun("".join(pieces))))
            if byte != b"\\":
                raise self._error("a control character stands in a string")
            pieces.append(self._escape(lead, pieces))

    def _decoded(self, raw: bytes, lead: bytes, pieces: list[str], end: int) -> str:
        """UTF-8 as text; what is left of a character that was cut stays pending."""
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            text = decoder.decode(raw)
            rest = decoder.getstate()[0]
        except UnicodeDecodeError as error:
            self.at += error.start
            raise self._error("this is not UTF-8") from None
        if rest and end < len(self.text):
            raise self._error("this is not UTF-8")
        if rest:
            raise _Cut(Pending(lead + _begun("".join(pieces) + text) + rest))
        return text

    def _escape(self, lead: bytes, pieces: list[str]) -> str:
        """Read one escape; two, for a character of two surrogates."""
        size = self._escape_size(self.at)
        is_pair = size == 6 and 0xD800 <= self._unit(self.at) < 0xDC00
        if is_pair:
            size += self._escape_size(self.at + 6)
        raw = self.text[self.at : self.at + size]
        if self.at + size > len(self.text):
            spans = _spans(raw)
            if not spans:
                raise self._error("this is half of a surrogate pair and no character")
            raise _Cut(Pending(lead + _begun("".join(pieces)), spans))
        try:
            text: str = orjson.loads(b'"' + raw + b'"')
        except orjson.JSONDecodeError:
            raise self._error("this begins no escape that JSON has") from None
        self.at += size
        return text

    def _escape_size(self, at: int) -> int:
        """How long an escape is that begins somewhere; it may go beyond the prefix."""
        head, digits = self.text[at : at + 2], self.text[at + 2 : at + 6]
        if len(head) == 2 and head[1] in _ESCAPES:
            return 2
        if not b"\\u".startswith(head) or not all(byte in _HEX for byte in digits):
            raise self._error("this begins no escape that JSON has")
        return 6

    def _unit(self, at: int) -> int:
        digits = self.text[at + 2 : at + 6]
        return int(digits, 16) if len(digits) == 4 else -1

    # Reading on -----------------------------------------------------------------------------

    def _blank(self) -> None:
        match = _BLANK.match(self.text, self.at)
        assert match is not None
        self.at = match.end()

    def _next(self, lead: bytes) -> bytes:
        """The byte behind white space; where there is none, `lead` stays pending."""
        self._blank()
        if self.at >= len(self.text):
            raise _Cut(Pending(lead))
        return self.text[self.at : self.at + 1]

    def _error(self, cause: str) -> ConstraintError:
        shown = self.text[self.at : self.at + 20]
        return ConstraintError(
            cause=f"no JSON text begins like the prefix: {cause} (byte {self.at}, {shown!r})",
            hint="give the beginning of a JSON document",
        )


def _begun(text: str) -> bytes:
    """A string that is not closed, as the canonical form has it."""
    return orjson.dumps(text)[:-1]


def _open_number(lead: bytes, found: bytes) -> Pending:
    """A number that may go on, or may end as it stands."""
    whole: tuple[bytes, ...] = ()
    if _WHOLE_NUMBER.fullmatch(found):
        try:
            whole = (lead + to_canonical(read_json(found)),)
        except DocumentError:
            whole = ()
    # orjson writes the sign of an exponent.
    text = re.sub(rb"[eE](?=[0-9])", b"e+", found).replace(b"E", b"e")
    return Pending(lead + text, number=whole)


def _spans(escape: bytes) -> tuple[Span, ...]:
    """The characters that an escape which was cut may become."""
    if escape in (b"\\", b"\\u"):
        return EVERY_CHARACTER
    first = escape[2:6]
    low = int(first.ljust(4, b"0"), 16)
    high = int(first.ljust(4, b"f"), 16)
    found = [Span(a, b) for a, b in ((low, min(high, 0xD7FF)), (max(low, 0xE000), high)) if a <= b]
    lead = max(low, 0xD800), min(high, 0xDBFF)
    if lead[0] <= lead[1]:
        trail = escape[8:12]
        least = max(int(trail.ljust(4, b"0"), 16), 0xDC00) if trail else 0xDC00
        most = min(int(trail.ljust(4, b"f"), 16), 0xDFFF) if trail else 0xDFFF
        if least <= most:
            found.append(Span(_astral(lead[0], least), _astral(lead[1], most)))
    return tuple(found)


def _astral(high: int, low: int) -> int:
    return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)
