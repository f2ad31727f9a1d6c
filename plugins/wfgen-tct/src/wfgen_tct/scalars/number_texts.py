"""How canonical numbers are spelt: what may follow the first bytes of one.

An integer has no leading zero, and no sign where it is 0. A float is its shortest decimal: with a
point where its leading digit has an exponent from -5 to 15, at least one digit on either side; with
an exponent else, and a point only where there is more than one digit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import orjson
from attrs import frozen

from wfgen.canonical import DEFAULT_LIMITS
from wfgen_tct.scalars.number_doubles import (
    FIRST_EXPONENT,
    LAST_EXPONENT,
    Mark,
    first_double,
)
from wfgen_tct.scalars.number_longest import exponents_of

__all__ = [
    "ANY",
    "EXPONENTS",
    "FIRST_POINTED",
    "LAST_POINTED",
    "MOST_CHARS",
    "MOST_DIGITS",
    "SAFE_EXPONENTS",
    "Rest",
    "Span",
    "Wholes",
    "read_prefix",
]

MOST_CHARS = DEFAULT_LIMITS.num_digits
"""The most characters of one number, its sign included."""

MOST_DIGITS = 17
"""No shortest decimal of a float has more digits."""

FIRST_POINTED, LAST_POINTED = -5, 15
"""The exponents of floats that are written without one."""

_BELOW = (FIRST_EXPONENT, FIRST_POINTED - 1)
_ABOVE = (LAST_POINTED + 1, LAST_EXPONENT)
_PLUS = orjson.dumps(1e16)[2:-2].decode()  # releases of orjson differ in the plus
SAFE_EXPONENTS = (FIRST_EXPONENT + 17, LAST_EXPONENT - 1)
"""With these, every decimal of at most 15 digits is the shortest of a float."""


def _exponent_texts() -> dict[str, tuple[tuple[int, int], ...]]:
    """The ranges of the exponents whose texts begin with a text, by that text."""
    found: dict[str, list[tuple[int, int]]] = {}
    for first, last in (_BELOW, _ABOVE):
        for exponent in range(first, last + 1):
            text = f"{exponent}" if exponent < 0 else f"{_PLUS}{exponent}"
            for length in range(len(text) + 1):
                ranges = found.setdefault(text[:length], [])
                if ranges and ranges[-1][1] == exponent - 1:
                    ranges[-1] = (ranges[-1][0], exponent)
                else:
                    ranges.append((exponent, exponent))
    return {text: tuple(ranges) for text, ranges in found.items()}


EXPONENTS = _exponent_texts()
"""The ranges of the exponents whose texts begin with a text, by that text."""


@frozen
class Span:
    """Floats above 0 whose decimals have leading digits in a range, with some exponents.

    Attributes:
        low: the range begins at this,
        is_open: or behind it.
        high: it ends before this,
        is_closed: or at it.
        size: of how many digits these are the leading ones.
        exponents: ranges of the exponents of the first digit.
    """

    low: int
    is_open: bool
    high: int
    is_closed: bool
    size: int
    exponents: tuple[tuple[int, int], ...]

    def marks(self, exponent: int) -> tuple[Mark, Mark]:
        """Where the span begins and ends, at one exponent."""
        unit = exponent - self.size + 1
        return Mark(self.low, unit, self.is_open), Mark(self.high, unit, self.is_closed)

    def points(self, exponent: int, grid: int) -> tuple[int, int]:
        """The first and the last point on a grid, at one exponent."""
        low, high = self.marks(exponent)
        return low.first_on(grid), high.first_on(grid) - 1

    def is_possible(self) -> bool:
        """Whether there is any such float."""
        if not self.exponents or self.size + self.is_open > MOST_DIGITS:
            return False
        low, high = self.points(0, -14)
        lowest, highest = SAFE_EXPONENTS
        if low <= high and any(a <= highest and b >= lowest for a, b in self.exponents):
            return True
        is_pointed = FIRST_POINTED <= self.exponents[0][0] <= LAST_POINTED
        if self.size == MOST_DIGITS and not is_pointed:
            return any(True for _ in exponents_of(self.low, self.exponents))
        return any(self.holds_float(e) for a, b in self.exponents for e in range(a, b + 1))

    def holds_float(self, exponent: int) -> bool:
        """Whether there is any such float with one exponent."""
        low, high = self.marks(exponent)
        return first_double(low) < first_double(high)


@frozen
class Wholes:
    """Integers above 0 whose texts begin with digits.

    Attributes:
        low: the digits begin with these,
        high: or the following ones, before these.
        size: how many they are.
        most: how many digits there may be.
    """

    low: int
    high: int
    size: int
    most: int

    def ranges(self, least: int, most: int) -> Iterator[tuple[int, int]]:
        """The first and the last integer of each length, of the lengths in a range."""
        least = max(least, self.size)
        unit = 10 ** (least - self.size)
        for _ in range(least, min(most, self.most) + 1):
            yield self.low * unit, self.high * unit - 1
            unit *= 10


@frozen
class Rest:
    """The numbers whose texts go on from some first bytes, with one sign.

    Attributes:
        is_negative: the sign.
        zeros: how many of the texts are 0: `0`, `0.0` and `-0.0` are.
        wholes: integers; None if there are none.
        spans: floats.
    """

    is_negative: bool
    zeros: int = 0
    wholes: Wholes | None = None
    spans: tuple[Span, ...] = ()

    def is_possible(self) -> bool:
        """Whether there is any number."""
        if self.zeros or self.wholes:
            return True
        return any(span.is_possible() for span in self.spans)


def _any(is_negative: bool) -> Rest:
    """All numbers of one sign; `-` is no longer than what may follow it."""
    span = Span(1, False, 10, False, 1, ((FIRST_EXPONENT, LAST_EXPONENT),))
    wholes = Wholes(1, 10, 1, MOST_CHARS - is_negative)
    return Rest(is_negative, 1 if is_negative else 2, wholes, (span,))


ANY = (_any(False), _any(True))
"""What may follow nothing."""

_PREFIX = re.compile(
    r"(?P<sign>-?)(?P<whole>0|[1-9][0-9]*+)(?P<point>(?:\.[0-9]*+)?)(?P<exponent>(?:e[-+0-9]*+)?)"
)


def read_prefix(text: str) -> tuple[Rest, ...]:
    """What may follow the first bytes of a number; nothing where the bytes are no number's."""
    if not text:
        return ANY
    if text == "-":
        return ANY[1:]
    match = _PREFIX.fullmatch(text)
    if match is None or len(text) > MOST_CHARS:
        return ()
    sign, whole, point, exponent = match.groups()
    if exponent:
        rest = _in_exponent(sign == "-", whole, point[1:], bool(point), exponent[1:])
    elif point:
        rest = _in_fraction(sign == "-", whole, point[1:])
    else:
        rest = _in_whole(sign == "-", whole)
    return (rest,) if rest.is_possible() else ()


def _in_whole(is_negative: bool, whole: str) -> Rest:
    if whole == "0":
        spans: tuple[Span, ...] = (Span(1, False, 10, False, 1, ((FIRST_POINTED, -1),)),)
        return Rest(is_negative, 1 if is_negative else 2, None, spans)
    size, low = len(whole), int(whole)
    wholes = Wholes(low, low + 1, size, MOST_CHARS - is_negative)
    if size > LAST_POINTED + 1:
        return Rest(is_negative, 0, wholes)
    exponents = ((size - 1, LAST_POINTED),) if size > 1 else (_BELOW, (0, LAST_EXPONENT))
    return Rest(is_negative, 0, wholes, (Span(low, False, low + 1, False, size, exponents),))


def _in_fraction(is_negative: bool, whole: str, fraction: str) -> Rest:
    if whole == "0":
        return _in_small_fraction(is_negative, fraction)
    size, exponent, low = len(whole) + len(fraction), len(whole) - 1, int(whole + fraction)
    if exponent > LAST_POINTED:
        return Rest(is_negative)
    # No more than one 0 ends a fraction, and none that an exponent follows.
    ends_in_zero = fraction.endswith("0")
    is_open = ends_in_zero and len(fraction) > 1
    spans = [Span(low, is_open, low + 1, False, size, ((exponent, exponent),))]
    if exponent == 0:
        is_open = ends_in_zero or not fraction
        spans.append(Span(low, is_open, low + 1, False, size, (_BELOW, _ABOVE)))
    return Rest(is_negative, 0, None, tuple(spans))


def _in_small_fraction(is_negative: bool, fraction: str) -> Rest:
    digits = fraction.lstrip("0")
    exponent = len(digits) - len(fraction) - 1
    if exponent < FIRST_POINTED:
        return Rest(is_negative)
    if not digits:
        span = Span(1, False, 10, False, 1, ((FIRST_POINTED, exponent),))
        return Rest(is_negative, int(len(fraction) < 2), None, (span,))
    low, is_open = int(digits), digits.endswith("0")
    span = Span(low, is_open, low + 1, False, len(digits), ((exponent, exponent),))
    return Rest(is_negative, 0, None, (span,))


def _in_exponent(
    is_negative: bool, whole: str, fraction: str, has_point: bool, exponent: str
) -> Rest:
    digits = whole + fraction
    is_minimal = len(whole) == 1 and whole != "0" and has_point == bool(fraction)
    if not is_minimal or fraction.endswith("0"):
        return Rest(is_negative)
    exponents = EXPONENTS.get(exponent, ())
    span = Span(int(digits), False, int(digits), True, len(digits), exponents)
    return Rest(is_negative, 0, None, (span,))
