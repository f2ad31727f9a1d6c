"""The symbols that every grammar has; those of its keys and listed strings follow."""

from __future__ import annotations

__all__ = [
    "ARRAY",
    "CLOSE",
    "END",
    "FALSE_VALUE",
    "FIRST_NAMED",
    "NULL_VALUE",
    "NUMBER",
    "OBJECT",
    "TRUE_VALUE",
]

END = 256
"""Closes a string, a number, or a key that is spelt in bytes."""

CLOSE = 257
"""Closes an array or an object."""

NULL_VALUE, TRUE_VALUE, FALSE_VALUE, NUMBER, ARRAY, OBJECT = range(258, 264)
"""The kinds, written where a value may be of more than one."""

FIRST_NAMED = 264
"""The first symbol of the keys, which the listed strings follow."""
