"""What a lexer of JSON knows of each byte: depth, what may stand here, and the key above.

A number for each combination: 8 phases, depths up to 7, and 32 buckets that keys are hashed into.

Legend: T tokens of one document.
"""

from __future__ import annotations

from zlib import crc32

import numpy as np
from attrs import define, field, frozen

from wfgen.api import ByteLevel, IdArray, Tokenizer
from wfgen.errors import CapabilityError

__all__ = ["JsonLexer", "LexerStates", "lexer_states"]

VALUE, STRING, SCALAR, KEY, COLON, OPENED, NEXT_KEY, BEHIND = range(8)
"""A value is due; inside a string, a number or a word, a key; a colon is due; behind an opening
bracket; behind a comma of an object; behind a value."""

_NUM_PHASES, _NUM_DEPTHS, _NUM_BUCKETS = 8, 8, 32
_QUOTE, _ESCAPE, _COMMA, _COLON = b'"\\,:'
_OPEN_OBJECT, _CLOSE_OBJECT, _OPEN_ARRAY, _CLOSE_ARRAY = b"{}[]"


@define
class JsonLexer:
    """Reads the bytes of one JSON text without white space, as canonical JSON has none.

    What is no JSON breaks it for good: it then knows nothing, as behind a whole document.
    """

    _phase: int = VALUE
    _keys: list[int] = field(factory=list)
    """A bucket for each array or object that is open: of the key that it is the value of."""
    _kinds: bytearray = field(factory=bytearray)
    """Their opening brackets."""
    _bucket: int = 0
    """Of the key above."""
    _key: bytearray = field(factory=bytearray)
    _is_escaped: bool = False
    _is_over: bool = False

    @property
    def state_id(self) -> int:
        """The number of what is known before the next byte."""
        if self._is_over:
            return 0
        depth = min(len(self._kinds), _NUM_DEPTHS - 1)
        return 1 + (self._phase * _NUM_DEPTHS + depth) * _NUM_BUCKETS + self._bucket

    def feed(self, data: bytes) -> None:
        """Read some bytes."""
        for byte in data:
            if self._is_over:
                return
            self._read(byte)

    def fork(self) -> JsonLexer:
        """A second one at the same place."""
        return JsonLexer(
            self._phase,
            list(self._keys),
            bytearray(self._kinds),
            self._bucket,
            bytearray(self._key),
            self._is_escaped,
            self._is_over,
        )

    def _read(self, byte: int) -> None:
        phase = self._phase
        if phase in (STRING, KEY):
            self._in_text(byte)
        elif phase == VALUE:
            self._begin_value(byte)
        elif phase == SCALAR and byte not in b",]}":
            pass
        elif phase in (SCALAR, BEHIND):
            self._behind(byte)
        elif phase == OPENED and byte == _closer(self._kinds[-1]):
            self._close()
        elif phase == OPENED and self._kinds[-1] == _OPEN_ARRAY:
            self._begin_value(byte)
        elif phase in (OPENED, NEXT_KEY) and byte == _QUOTE:
            self._phase = KEY
            self._key.clear()
        elif phase == COLON and byte == _COLON:
            self._phase = VALUE
            self._bucket = crc32(self._key) % _NUM_BUCKETS
        else:
            self._is_over = True

    def _in_text(self, byte: int) -> None:
        if self._phase == KEY and (byte != _QUOTE or self._is_escaped):
            self._key.append(byte)
        if self._is_escaped:
            self._is_escaped = False
        elif byte == _ESCAPE:
            self._is_escaped = True
        elif byte == _QUOTE and self._phase == KEY:
            self._phase = COLON
        elif byte == _QUOTE:
            self._end_value()

    def _begin_value(self, byte: int) -> None:
        if byte == _QUOTE:
            self._phase = STRING
        elif byte in (_OPEN_OBJECT, _OPEN_ARRAY):
            self._kinds.append(byte)
            self._keys.append(self._bucket)
            self._phase = OPENED
        elif byte in b"-0123456789tfn":
            self._phase = SCALAR
        else:
            self._is_over = True

    def _behind(self, byte: int) -> None:
        kind = self._kinds[-1] if self._kinds else 0
        if byte == _COMMA and kind:
            self._phase = NEXT_KEY if kind == _OPEN_OBJECT else VALUE
            self._bucket = self._keys[-1]
        elif kind and byte == _closer(kind):
            self._close()
        else:
            self._is_over = True

    def _close(self) -> None:
        self._kinds.pop()
        self._bucket = self._keys.pop()
        self._end_value()

    def _end_value(self) -> None:
        self._phase = BEHIND
        self._is_over = not self._kinds


def _closer(opener: int) -> int:
    return _CLOSE_OBJECT if opener == _OPEN_OBJECT else _CLOSE_ARRAY


def lexer_states(tokenizer: Tokenizer) -> LexerStates:
    """Raises CapabilityError where the tokenizer's ids are no bytes."""
    if not isinstance(tokenizer, ByteLevel):
        raise CapabilityError(
            name=type(tokenizer).__name__,
            capability="states",
            cause="a lexer reads bytes, and its tokens are no runs of bytes",
            hint="take the states of its grammar",
        )
    return LexerStates(tokenizer, tokenizer)


@frozen
class LexerStates:
    """As `wfgen.states.StateSource`."""

    tokenizer: Tokenizer
    _bytes: ByteLevel = field(repr=False)

    @property
    def num_states(self) -> int:
        """One for each combination, and 0."""
        return 1 + _NUM_PHASES * _NUM_DEPTHS * _NUM_BUCKETS

    def encode(self, document: bytes | str) -> tuple[IdArray, IdArray]:
        """Ids, and the state before each and before the end; int32, shapes [T] and [T + 1]."""
        ids = self.tokenizer.encode(document)
        tracker, states = self.track(), np.zeros(len(ids) + 1, dtype=np.int32)
        for at, token in enumerate(ids.tolist()):
            states[at] = tracker.state_id
            tracker.advance(token)
        states[-1] = tracker.state_id
        return ids, states

    def track(self) -> LexerTracker:
        """Before the first id."""
        return LexerTracker(self._bytes, JsonLexer())


@frozen
class LexerTracker:
    """Follows a sequence by the bytes of its tokens."""

    _bytes: ByteLevel
    _lexer: JsonLexer

    @property
    def state_id(self) -> int:
        """The state before the next token."""
        return self._lexer.state_id

    def advance(self, token: int) -> None:
        """Take a token; begin and end have no bytes."""
        self._lexer.feed(self._bytes.token_bytes(token))

    def fork(self) -> LexerTracker:
        """A second one at the same place."""
        return LexerTracker(self._bytes, self._lexer.fork())
