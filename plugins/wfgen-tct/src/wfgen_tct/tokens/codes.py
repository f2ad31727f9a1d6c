"""Symbols as bytes, so that a byte-pair encoder can run over them.

A byte of text is itself. Every other symbol begins with a byte that UTF-8 never uses, so no text
looks like one; what follows it is never such a byte, so a run of symbols reads in one way only.
"""

from __future__ import annotations

from wfgen_tct.symbols import END

__all__ = ["MAX_SYMBOLS", "SIZES", "code_of", "part_codes", "size_of"]

_SHORT_LEADS = (0xC0, 0xC1, *range(0xF5, 0xFF))
_LONG_LEAD = 0xFF
_FIRST_TRAIL, _NUM_TRAILS = 0x80, 0x40
_NUM_SHORT = len(_SHORT_LEADS) * _NUM_TRAILS

MAX_SYMBOLS = END + _NUM_SHORT + _NUM_TRAILS**3
"""More symbols than this have no code."""


def code_of(symbol: int) -> bytes:
    """The bytes of a symbol: one for a byte of text, two for most others, four for the rest."""
    if symbol < END:
        return bytes((symbol,))
    number = symbol - END
    if number < _NUM_SHORT:
        lead, trail = divmod(number, _NUM_TRAILS)
        return bytes((_SHORT_LEADS[lead], _FIRST_TRAIL + trail))
    rest, third = divmod(number - _NUM_SHORT, _NUM_TRAILS)
    first, second = divmod(rest, _NUM_TRAILS)
    return bytes((_LONG_LEAD, *(_FIRST_TRAIL + trail for trail in (first, second, third))))


def size_of(lead: int) -> int:
    """How many bytes the code has that begins with a byte."""
    if lead == _LONG_LEAD:
        return 4
    return 2 if lead in _SHORT_LEADS else 1


def part_codes(num_symbols: int) -> list[bytes]:
    """Beginnings of codes of four bytes, short ones first: an encoder needs them on its way."""
    codes = map(code_of, range(END + _NUM_SHORT, num_symbols))
    parts = {code[:length] for code in codes for length in (2, 3)}
    return sorted(parts, key=lambda part: (len(part), part))


SIZES = bytes(map(size_of, range(256)))
"""`size_of` each byte."""
