"""Unicode properties, `\\p{...}`, from the tables of `regress`, an ECMAScript engine.

It knows just the names that ECMA-262 allows (UnicodeMatchProperty: General_Category, Script,
Script_Extensions and the binary properties), and takes a few ms for each.
"""

from __future__ import annotations

from functools import cache, lru_cache

import numpy as np

from wfgen_tct.patterns.sets import CodePoints

__all__ = ["code_points_with"]

_FIRST_AFTER_SURROGATES, _FIRST_SURROGATE = 0xE000, 0xD800


@cache
def _every_character() -> str:
    """All that a text may hold: surrogates are no characters."""
    every = np.arange(0x110000, dtype="<u4")
    every = np.delete(every, np.s_[_FIRST_SURROGATE:_FIRST_AFTER_SURROGATES])
    return every.tobytes().decode("utf-32-le")


@lru_cache(maxsize=256)
def code_points_with(expression: str) -> CodePoints | None:
    """The characters with a property: `Lu`, `Script=Greek`; None if ECMA-262 knows none such."""
    import regress  # noqa: PLC0415 - 4 ms, which most schemas need not pay

    try:
        property_ = regress.Regex(rf"\p{{{expression}}}+", "u")
    except regress.RegressError:
        return None
    found = []
    text = _every_character()
    encoded = text.encode()
    for match in property_.find_iter(text) or ():
        members = encoded[match.range()].decode()  # its offsets are those of UTF-8
        found.append((ord(members[0]), ord(members[-1])))
    return tuple(found)
