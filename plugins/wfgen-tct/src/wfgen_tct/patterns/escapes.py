"""Escapes of a pattern: one character, or a class of them (ECMA-262 (2025), 22.2.1).

An escape that Annex B.1.2 adds is read only where it cannot be a slip: any character that is no
ASCII letter or digit stands for itself behind a backslash.
"""

from __future__ import annotations

import re

from wfgen_tct.patterns.properties import code_points_with
from wfgen_tct.patterns.reading import Reader
from wfgen_tct.patterns.sets import DIGITS, SPACES, WORD, CodePoints, complement

__all__ = ["read_escape"]

_CLASSES = {"d": DIGITS, "s": SPACES, "w": WORD}

_FIXED: dict[str, int | CodePoints] = {"f": 0x0C, "n": 0x0A, "r": 0x0D, "t": 0x09, "v": 0x0B}
_FIXED |= _CLASSES
_FIXED |= {name.upper(): complement(members) for name, members in _CLASSES.items()}

_PROPERTY = re.compile(r"\{([A-Za-z0-9_]+(?:=[A-Za-z0-9_]+)?)\}")
_BRACED = re.compile(r"\{([0-9A-Fa-f]+)\}")
_TRAIL = re.compile(r"\\u([Dd][C-Fc-f][0-9A-Fa-f]{2})")
_HEX = {"x": re.compile(r"([0-9A-Fa-f]{2})"), "u": re.compile(r"([0-9A-Fa-f]{4})")}
_LETTER = re.compile(r"[A-Za-z]")


def read_escape(reader: Reader, *, in_class: bool) -> int | CodePoints:
    """What stands behind a backslash, which has just been read.

    Args:
        reader: at the character behind the backslash.
        in_class: whether this is inside of brackets.

    Returns:
        One code point, or the members of a class.

    Raises:
        PatternError: it is no escape, or one that no automaton can do.
    """
    at = reader.at - 1
    if reader.ended:
        raise reader.malformed("a backslash with nothing behind it", at)
    char = reader.take()
    if char in _FIXED:
        return _FIXED[char]
    if char in "pP":
        return _property(reader, at, negated=char == "P")
    if char in _HEX:
        return _hexadecimal(reader, char, at)
    if char == "c":
        return _control(reader, at)
    if char == "b" and in_class:
        return 0x08
    if char.isascii() and char.isdigit():
        return _digit(reader, char, at, in_class=in_class)
    if char == "k" and not in_class:
        raise reader.unsupported("a back-reference", at)
    if char.isascii() and char.isalpha():
        raise reader.malformed(rf"the unknown escape \{char}", at)
    return ord(char)


def _property(reader: Reader, at: int, *, negated: bool) -> CodePoints:
    found = reader.match(_PROPERTY)
    if found is None:
        raise reader.malformed("a property escape without a name in braces", at)
    members = code_points_with(found[1])
    if members is None:
        raise reader.unsupported(f"the unknown Unicode property {found[1]!r}", at)
    return complement(members) if negated else members


def _hexadecimal(reader: Reader, char: str, at: int) -> int:
    braced = reader.match(_BRACED) if char == "u" else None
    if braced is not None:
        digits = braced[1].lstrip("0")
        if len(digits) > 6 or int(digits or "0", 16) > 0x10FFFF:
            raise reader.malformed("an escape for no code point, above 10FFFF", at)
        return int(digits or "0", 16)
    found = reader.match(_HEX[char])
    if found is None:
        raise reader.malformed(rf"the incomplete escape \{char}", at)
    value = int(found[1], 16)
    if 0xD800 <= value <= 0xDBFF and char == "u":
        trail = reader.match(_TRAIL)
        if trail is not None:  # two escapes, one character
            return 0x10000 + ((value - 0xD800) << 10) + (int(trail[1], 16) - 0xDC00)
    return value


def _control(reader: Reader, at: int) -> int:
    found = reader.match(_LETTER)
    if found is None:
        raise reader.malformed(r"the escape \c without a letter", at)
    return ord(found[0]) % 32


def _digit(reader: Reader, char: str, at: int, *, in_class: bool) -> int:
    followed = not reader.ended and reader.peek() in "0123456789"
    if char == "0" and not followed:
        return 0
    if in_class or char == "0":
        raise reader.malformed("an octal escape", at)
    raise reader.unsupported("a back-reference", at)
