"""A place in a pattern, and the errors that name it."""

from __future__ import annotations

import re

from attrs import define

from wfgen_tct.errors import PatternError

__all__ = ["Reader"]


@define
class Reader:
    """Reads a pattern from left to right.

    Attributes:
        text: the pattern.
        at: offset of the next character.
    """

    text: str
    at: int = 0

    @property
    def ended(self) -> bool:
        """Whether nothing is left."""
        return self.at == len(self.text)

    def peek(self) -> str:
        """The next character, which stays."""
        return self.text[self.at]

    def take(self) -> str:
        """The next character, which is read."""
        char = self.text[self.at]
        self.at += 1
        return char

    def skip(self, prefix: str) -> bool:
        """Whether a text comes next; if so, it is read."""
        if self.text.startswith(prefix, self.at):
            self.at += len(prefix)
            return True
        return False

    def match(self, expression: re.Pattern[str]) -> re.Match[str] | None:
        """What an expression matches here, which is read."""
        found = expression.match(self.text, self.at)
        if found is not None:
            self.at = found.end()
        return found

    def malformed(self, what: str, at: int) -> PatternError:
        """The error for what ECMA-262 does not allow."""
        return PatternError(
            cause=f"its pattern is malformed: {what} at offset {at}",
            hint="write it as an ECMA-262 regular expression with the flag u",
        )

    def unsupported(self, what: str, at: int) -> PatternError:
        """The error for what cannot be compiled."""
        return PatternError(
            cause=f"its pattern has what is unsupported: {what} at offset {at}",
            hint="write the pattern without it",
        )
