"""The symbols of one grammar: those of its keys and listed strings, after those that all have."""

from __future__ import annotations

from wfgen_tct.symbols import (
    ARRAY,
    CLOSE,
    END,
    FALSE_VALUE,
    FIRST_NAMED,
    NULL_VALUE,
    NUMBER,
    OBJECT,
    TRUE_VALUE,
)

__all__ = ["KEYWORDS", "Naming"]

KEYWORDS = {NULL_VALUE: "null", TRUE_VALUE: "true", FALSE_VALUE: "false"}
"""The symbols of the values that are words, and the words."""

_WORDS = {
    END: "the end of the text",
    CLOSE: "the end of the array or object",
    NULL_VALUE: "null",
    TRUE_VALUE: "true",
    FALSE_VALUE: "false",
    NUMBER: "a number",
    ARRAY: "an array",
    OBJECT: "an object",
}


class Naming:
    """The symbols of keys and listed strings.

    Attributes:
        keys, texts: sorted; the symbols follow `FIRST_NAMED` in this order.
        key_symbols, text_symbols: symbol by spelling.
    """

    def __init__(self, keys: tuple[str, ...], texts: tuple[str, ...]) -> None:
        self.keys = keys
        self.texts = texts
        self.key_symbols = {key: FIRST_NAMED + n for n, key in enumerate(keys)}
        first = FIRST_NAMED + len(keys)
        self.text_symbols = {text: first + n for n, text in enumerate(texts)}
        self._spellings = keys + texts

    @property
    def num_symbols(self) -> int:
        """Every symbol is in `range(num_symbols)`."""
        return FIRST_NAMED + len(self._spellings)

    def spelling(self, symbol: int) -> str:
        """The key or listed string that a symbol stands for."""
        return self._spellings[symbol - FIRST_NAMED]

    def is_key(self, symbol: int) -> bool:
        """Whether a symbol is a key's."""
        return FIRST_NAMED <= symbol < FIRST_NAMED + len(self.keys)

    def describe(self, symbol: int) -> str:
        """A symbol in words."""
        if symbol >= FIRST_NAMED:
            kind = "the key" if self.is_key(symbol) else "the string"
            return f"{kind} {self.spelling(symbol)!r}"
        return _WORDS.get(symbol) or f"text with {bytes((symbol,))!r}"
