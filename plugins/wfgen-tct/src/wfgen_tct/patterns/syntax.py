"""What a pattern says, parsed: operations in postfix order, so that no depth is too deep.

Groups leave no trace: what they capture does not change which texts match.
"""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

from attrs import frozen

from wfgen_tct.patterns.sets import CodePoints

__all__ = [
    "Alternate",
    "Assert",
    "Assertion",
    "Body",
    "Chars",
    "Concatenate",
    "Kind",
    "Operation",
    "Pattern",
    "Repeat",
]


@frozen
class Chars:
    """One character of a set."""

    members: CodePoints


@frozen
class Assert:
    """Nothing, where an assertion holds.

    Attributes:
        number: which one, in `Pattern.assertions`.
    """

    number: int


@frozen
class Concatenate:
    """The last so many operands, one after the other; nothing where they are 0."""

    count: int


@frozen
class Alternate:
    """Any of the last so many operands."""

    count: int


@frozen
class Repeat:
    """The last operand, so many times.

    Attributes:
        least: lowest number of times.
        most: highest; None where there is none.
    """

    least: int
    most: int | None


Operation: TypeAlias = Chars | Assert | Concatenate | Alternate | Repeat

Body: TypeAlias = tuple[Operation, ...]


class Kind(Enum):
    """What an assertion asks about the place where it stands."""

    START = "^"
    END = "$"
    WORD_BOUNDARY = r"\b"
    AHEAD = "(?="
    BEHIND = "(?<="


@frozen
class Assertion:
    """A condition on a place in the text.

    Attributes:
        kind: what it asks.
        negated: whether it holds where the answer is no.
        body: what must match from there on, or up to there, for the two look-arounds.
    """

    kind: Kind
    negated: bool = False
    body: Body = ()


@frozen
class Pattern:
    """A parsed pattern.

    Attributes:
        body: what is searched for.
        assertions: every one, those inside of others before them.
    """

    body: Body
    assertions: tuple[Assertion, ...]
