"""With which exponents 17 digits may be the shortest decimal of a float.

To try all exponents takes 2 ms, and for most digits above 5 there is none. So exponents are sorted
out by a bound. Let floats stand u apart, in units of the last of 17 digits. A float's interval is u
wide, its decimal at most half a unit from its middle, and the decimal's last digit r tells where
the next shorter decimals lie, that must be outside: r below, and 10 - r above. So u is at most
2 * min(r, 10 - r) + 1, and at most 10. That bounds the binade, and hence the digits, from above.
Intervals at powers of two are narrower; their decimals are listed.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from fractions import Fraction
from functools import cache

from wfgen_tct.scalars.number_doubles import (
    FIRST_EXPONENT,
    LAST_EXPONENT,
    decimal_at,
    is_decimal_of_float,
)

__all__ = ["exponents_of"]

_SIZE = 17

Ranges = tuple[tuple[int, int], ...]


def exponents_of(digits: int, ranges: Ranges) -> Iterator[int]:
    """The exponents in some ranges that make a float's decimal of 17 digits.

    Args:
        digits: 17 digits, of which the last is not 0.
        ranges: the first and the last exponent of each.
    """
    limits, exponents = _limits(min(2 * min(digits % 10, -digits % 10) + 1, 10))
    likely = exponents[bisect_left(limits, digits) :]
    for exponent in dict.fromkeys((*_powers_of_two().get(digits, ()), *likely)):
        is_asked = any(first <= exponent <= last for first, last in ranges)
        if is_asked and is_decimal_of_float(digits, exponent - _SIZE + 1):
            yield exponent


@cache
def _limits(most: int) -> tuple[list[int], list[int]]:
    """The greatest digits whose floats stand at most so far apart, ascending, by exponent."""
    pairs = []
    for exponent in range(FIRST_EXPONENT, LAST_EXPONENT + 1):
        unit = Fraction(10) ** (exponent - _SIZE + 1)
        width = most * unit
        step = _floor_of_logarithm(width)
        pairs.append((int(Fraction(2) ** (step + 53) / unit), exponent))
    pairs.sort()
    return [limit for limit, _ in pairs], [exponent for _, exponent in pairs]


def _floor_of_logarithm(number: Fraction) -> int:
    """The greatest power of two that is no more than a number, as its exponent."""
    guess = number.numerator.bit_length() - number.denominator.bit_length()
    return guess if Fraction(2) ** guess <= number else guess - 1


@cache
def _powers_of_two() -> dict[int, tuple[int, ...]]:
    """The exponents of the first digit of those powers of two that have 17, by their digits."""
    found: dict[int, tuple[int, ...]] = {}
    for binade in range(1, 0x7FF):
        digits, grid = decimal_at(binade << 52)
        if len(str(digits)) == _SIZE and digits % 10:
            found[digits] = (*found.get(digits, ()), grid + _SIZE - 1)
    return found
