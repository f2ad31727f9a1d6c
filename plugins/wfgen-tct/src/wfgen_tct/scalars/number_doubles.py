"""64-bit floats and their shortest decimals: in order, in ranges, and counted without a list.

Every finite float has one shortest decimal that reads back equal, the nearest to it of those, and
a larger float has a larger one. So the decimals in a range belong to a run of floats. Inside a
binade, where floats are a fixed step apart, only two grids of decimals matter: on the coarse one,
whose step is the least power of ten that is no smaller, every point is the shortest decimal of its
float; of the ten times finer one, those points are that no coarser point stands in for. (A grid
finer still has a coarser point near every float.) Which ones those are depends on a remainder, so
a sum of floors counts them in an arithmetic progression.

Sources: Steele and White, "How to print floating-point numbers accurately", 1990, for the shortest
decimal; Graham, Knuth and Patashnik, "Concrete Mathematics", 3.5, for the sum of floors.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from math import gcd, inf
from typing import NamedTuple

__all__ = [
    "FIRST_EXPONENT",
    "INFINITE",
    "LAST_EXPONENT",
    "Binade",
    "Mark",
    "binade_at",
    "count_fine",
    "decimal_at",
    "first_double",
    "is_decimal_of_float",
    "power_of_ten",
    "shortest_decimal",
]

FIRST_EXPONENT, LAST_EXPONENT = -324, 308
"""The exponents of the leading digit of the least and the greatest float above 0."""

INFINITE = 0x7FF << 52
"""The place behind the greatest float, in the order of floats from 0.0 at place 0."""

_FRACTION_BITS = 52
_LEAST_BINADE = -1074


@lru_cache(maxsize=2048)
def power_of_ten(exponent: int) -> int:
    """10 to a power that is not negative."""
    return int(10**exponent)


class Mark(NamedTuple):
    """A place on the line of numbers from 0 on, just below or just above a decimal.

    Attributes:
        digits: the decimal is this, times
        exponent: 10 to this power.
        is_above: whether the mark is just above it.
    """

    digits: int
    exponent: int
    is_above: bool

    def first_on(self, grid: int) -> int:
        """The least integer behind the mark, in units of 10 to the power `grid`."""
        shift = self.exponent - grid
        if shift >= 0:
            return self.digits * power_of_ten(shift) + self.is_above
        if self.is_above:
            return self.digits // power_of_ten(-shift) + 1
        return -(-self.digits // power_of_ten(-shift))


# Floats and decimals ----------------------------------------------------------------------------


def shortest_decimal(number: float) -> tuple[int, int]:
    """The shortest decimal of a float from 0.0 on: digits, and the power of ten they count.

    `repr` and orjson choose the same decimal and differ only in how they write it.
    """
    mantissa, _, exponent = repr(number).partition("e")
    whole, _, fraction = mantissa.partition(".")
    return int(whole + fraction), int(exponent or 0) - len(fraction)


def decimal_at(place: int) -> tuple[int, int]:
    """The shortest decimal of the float at a place in the order."""
    return shortest_decimal(struct.unpack("<d", struct.pack("<q", place))[0])


def is_decimal_of_float(digits: int, grid: int) -> bool:
    """Whether a decimal above 0 is the shortest of some float."""
    number = float(f"{digits}e{grid}")
    if number == inf:
        return False
    shortest, exponent = shortest_decimal(number)
    if exponent <= grid:
        return shortest == digits * power_of_ten(grid - exponent)
    return shortest * power_of_ten(exponent - grid) == digits


def first_double(mark: Mark) -> int:
    """The place of the first float whose shortest decimal is behind a mark."""
    # The nearest float is the one: those before and behind it have decimals before and behind.
    number = float(f"{mark.digits}e{mark.exponent}")
    if number == inf:
        return INFINITE
    (place,) = struct.unpack("<q", struct.pack("<d", number))
    digits, exponent = shortest_decimal(number)
    return int(place) + (digits < mark.first_on(exponent))


# Binades ----------------------------------------------------------------------------------------


class Binade(NamedTuple):
    """The floats between two powers of two, both left out: all are one step apart.

    The least binade takes in all subnormal floats, and the power of two where they end.

    Attributes:
        step: the floats are integers times 2 to this power.
        grid: the step of the coarse grid is 10 to this power.
        low: the binade's decimals are behind this mark
        high: and before this one.
    """

    step: int
    grid: int
    low: Mark
    high: Mark

    @property
    def power(self) -> int | None:
        """The place of the power of two that comes first; None for the least binade."""
        if self.step == _LEAST_BINADE:
            return None
        return (self.step - _LEAST_BINADE + 1) << _FRACTION_BITS


def binade_at(place: int) -> int:
    """The step of the binade of the float at a place, or of the power of two there."""
    return max((place >> _FRACTION_BITS) - 1, 0) + _LEAST_BINADE


@lru_cache(maxsize=2048)
def binade(step: int) -> Binade:
    """The binade whose floats are integers times 2 to the power `step`."""
    grid = _coarse_grid(step)
    # A float takes what is nearer to it than half a step, so the ends are no decimals of these.
    first = 1 if step == _LEAST_BINADE else 2 ** (_FRACTION_BITS + 1) + 1
    last = 2 ** (_FRACTION_BITS + 2) - 1
    return Binade(step, grid, _mark(first, step - 1, True), _mark(last, step - 1, False))


def _mark(factor: int, power: int, is_above: bool) -> Mark:
    """A mark at a multiple of a power of two."""
    if power >= 0:
        return Mark(factor << power, 0, is_above)
    return Mark(factor * 5**-power, power, is_above)


def _coarse_grid(step: int) -> int:
    """The least exponent of a power of ten that is no smaller than 2 to the power `step`."""
    if step >= 0:
        return len(str(2**step - 1)) if step else 0
    return -(len(str(2**-step)) - 1)


# Counting ---------------------------------------------------------------------------------------


def count_fine(low: int, high: int, unit: int, step: int) -> int:
    """How many multiples of `unit` are shortest decimals on the fine grid, and not on the coarse.

    Args:
        low: the first integer that counts, in units of the fine grid of a binade; within it.
        high: the last one.
        unit: an integer above 0.
        step: names the binade.
    """
    grid = binade(step).grid - 1
    ten, two = _ratio(grid, step)
    period = 10 // gcd(unit, 10)
    total = 0
    for first in range(-(-low // unit), -(-low // unit) + period):
        digit = first * unit % 10
        terms = (high // unit - first) // period + 1
        if digit == 0 or terms <= 0:
            continue
        for is_odd in (False, True):
            least, most = _offsets(digit, is_odd, ten, two)
            if least <= most:
                start = 2 * ten * unit * first - 2 * two * is_odd - least
                total += _count_low(terms, 4 * two, 2 * ten * unit * period, start, most - least)
    return total


def _ratio(grid: int, step: int) -> tuple[int, int]:
    """The steps of a decimal grid and of a binade, as integers in lowest terms."""
    ten = power_of_ten(max(grid, 0)) << max(-step, 0)
    two = power_of_ten(max(-grid, 0)) << max(step, 0)
    common = gcd(ten, two)
    return ten // common, two // common


def _offsets(digit: int, is_odd: bool, ten: int, two: int) -> tuple[int, int]:
    """How far a decimal may stand above the float that it is the shortest decimal of.

    Lengths count in units in which the grid's step is 2 * `ten`, that of the floats 2 * `two`.

    Args:
        digit: the last of the decimal, from 1 to 9.
        is_odd: whether the float's last bit is 1. One whose last bit is 0 takes the decimals at
            both ends of its interval too.
        ten: half the step of the grid.
        two: half the step of the floats; more than `ten`.

    Returns:
        The least and the greatest distance.
    """
    nearest = ten - digit % 2  # of two that are equally near, the even one is taken
    below = 2 * ten * digit - two - (not is_odd)  # the coarse point below must be out of reach
    above = two - 2 * ten * (10 - digit) + (not is_odd)  # and so must the one above
    return max(-nearest, above), min(nearest, below)


def _count_low(terms: int, modulus: int, factor: int, start: int, most: int) -> int:
    """How many of `start`, `start + factor`, ... leave a remainder of at most `most`."""
    upper = _sum_of_floors(terms, modulus, factor, start)
    return upper - _sum_of_floors(terms, modulus, factor, start - most - 1)


def _sum_of_floors(terms: int, modulus: int, factor: int, start: int) -> int:
    """The sum of `(start + factor * i) // modulus` for i from 0 to `terms - 1`."""
    # Euclid's algorithm: what is left of a sum counts points under a line; turn it on its side.
    total = 0
    while terms > 0:
        quotient, factor = divmod(factor, modulus)
        total += terms * (terms - 1) // 2 * quotient
        quotient, start = divmod(start, modulus)
        total += terms * quotient
        terms, start = divmod(factor * terms + start, modulus)
        modulus, factor = factor, modulus
    return total
