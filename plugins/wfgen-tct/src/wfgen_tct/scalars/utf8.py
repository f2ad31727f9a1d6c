"""Well-formed UTF-8 as an automaton over bytes (Unicode 16.0, table 3-7)."""

from __future__ import annotations

__all__ = ["BOUNDARY", "BYTE_CLASSES", "TRANSITIONS", "continuations"]

BOUNDARY = 0
"""The state between two characters; the others stand inside one."""

_ONE, _TWO, _THREE, _AFTER_E0, _AFTER_ED, _AFTER_F0, _AFTER_F4 = range(1, 8)

# First and last byte of a range, and from which state it leads where.
_RANGES: tuple[tuple[int, int, dict[int, int]], ...] = (
    (0x00, 0x7F, {BOUNDARY: BOUNDARY}),
    (0x80, 0x8F, {_ONE: BOUNDARY, _TWO: _ONE, _THREE: _TWO, _AFTER_ED: _ONE, _AFTER_F4: _TWO}),
    (0x90, 0x9F, {_ONE: BOUNDARY, _TWO: _ONE, _THREE: _TWO, _AFTER_ED: _ONE, _AFTER_F0: _TWO}),
    (0xA0, 0xBF, {_ONE: BOUNDARY, _TWO: _ONE, _THREE: _TWO, _AFTER_E0: _ONE, _AFTER_F0: _TWO}),
    (0xC2, 0xDF, {BOUNDARY: _ONE}),
    (0xE0, 0xE0, {BOUNDARY: _AFTER_E0}),
    (0xE1, 0xEC, {BOUNDARY: _TWO}),
    (0xED, 0xED, {BOUNDARY: _AFTER_ED}),
    (0xEE, 0xEF, {BOUNDARY: _TWO}),
    (0xF0, 0xF0, {BOUNDARY: _AFTER_F0}),
    (0xF1, 0xF3, {BOUNDARY: _THREE}),
    (0xF4, 0xF4, {BOUNDARY: _AFTER_F4}),
)


def _classes() -> bytes:
    classes = bytearray(256)  # class 0 stands nowhere
    for number, (first, last, _) in enumerate(_RANGES, start=1):
        for byte in range(first, last + 1):
            classes[byte] = number
    return bytes(classes)


BYTE_CLASSES = _classes()
"""Class of each byte; bytes of one class lead to the same state from everywhere."""

TRANSITIONS: tuple[dict[int, int], ...] = ({}, *(moves for _, _, moves in _RANGES))
"""Of each class of bytes, the state it leads to, by state; no entry where it may not come."""

_CONTINUATIONS = {BOUNDARY: 0, _ONE: 1, _TWO: 2, _THREE: 3}
_CONTINUATIONS |= {_AFTER_E0: 2, _AFTER_ED: 2, _AFTER_F0: 3, _AFTER_F4: 3}


def continuations(state: int) -> int:
    """How many bytes are still missing to the end of the character."""
    return _CONTINUATIONS[state]
