"""Which of several divisors divide a decimal: the patterns there are, found and counted exactly.

On a grid of decimals, whose points are integers times a power of ten, a divisor becomes a modulus:
it divides those points that are multiples of an integer. A pattern is a set of divisors that divide
where the others do not. Its points are multiples of the set's least common multiple whose factors
no other's quotient divides; k quotients cover fewer than 2**k integers in a row, so a search ends
soon (Kanold, "Über eine zahlentheoretische Funktion von Jacobsthal", 1967).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from math import gcd, lcm
from typing import NamedTuple

from attrs import frozen

from wfgen_tct.errors import GrammarLimitError
from wfgen_tct.scalars.number_doubles import FIRST_EXPONENT, power_of_ten

__all__ = ["FINEST_GRID", "LAST_MAGNITUDE", "Case", "Divisors", "digits_of"]

LAST_MAGNITUDE = 400
"""No number of a document has a leading digit of this exponent or more: texts are too short."""

FINEST_GRID = FIRST_EXPONENT - 17
"""All numbers of documents are multiples of 10 to this power."""

_FLOAT_DIGITS = 17  # no shortest decimal has more
_MAX_PATTERNS = 1024
_MAX_CASES = 1 << 14  # kept at once


def digits_of(number: Decimal) -> tuple[int, int]:
    """A decimal's magnitude: digits, and the power of ten they count."""
    _, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    return int(Decimal((0, digits, 0))), exponent


class Case(NamedTuple):
    """Where a pattern is found on a grid.

    Attributes:
        unit: the points are multiples of this,
        quotients: by factors that are multiples of none of these.
    """

    unit: int
    quotients: tuple[int, ...]

    @property
    def least_size(self) -> int:
        """No point above 0 has fewer decimal digits; a lower bound, and a close one."""
        return (self.unit.bit_length() - 1) * 3 // 10 + 1  # 3 / 10 is under the logarithm of 2

    def is_met(self, low: int, high: int) -> bool:
        """Whether any point from `low`, above 0, to `high` shows the pattern."""
        unit, quotients = self
        factor, last = -(-low // unit), high // unit
        while factor <= last:
            if all(factor % quotient for quotient in quotients):
                return True
            factor += 1
        return False


@frozen
class _Divisor:
    """A divisor: digits, the power of ten they count, and the powers of 2 and 5 in the digits."""

    digits: int
    exponent: int
    twos: int
    fives: int

    @property
    def depth(self) -> int:
        """So far above the exponent, a finer grid changes nothing."""
        return max(self.twos, self.fives)

    def is_below(self, exponent: int) -> bool:
        """Whether it is less than 10 to a power."""
        shift = exponent - self.exponent
        return shift > 0 and self.digits < power_of_ten(shift)

    def modulus(self, grid: int) -> int:
        """The integer whose multiples, in units of a grid, are divided."""
        shift = grid - self.exponent
        if shift < 0:
            return self.digits * power_of_ten(-shift)
        return int(self.digits // (2 ** min(self.twos, shift) * 5 ** min(self.fives, shift)))


def _power_in(number: int, prime: int) -> int:
    count = 0
    while number % prime == 0:
        number //= prime
        count += 1
    return count


def _divisor(number: Decimal) -> _Divisor:
    """A divisor of what documents can hold, with an exponent on their grids.

    One that is too small for any grid keeps only the digits that a grid leaves of it.
    """
    if number.adjusted() > LAST_MAGNITUDE:
        return _Divisor(1, LAST_MAGNITUDE + 1, 0, 0)
    digits, exponent = digits_of(number)
    twos, fives = _power_in(digits, 2), _power_in(digits, 5)
    surplus = max(FINEST_GRID - exponent, 0)
    fewer_twos, fewer_fives = min(twos, surplus), min(fives, surplus)
    digits //= 2**fewer_twos * 5**fewer_fives
    return _Divisor(digits, exponent + surplus, twos - fewer_twos, fives - fewer_fives)


class Divisors:
    """Some divisors, and all that is asked about them. A pattern is a bit set of their indices.

    Args:
        numbers: each above 0.

    Attributes:
        patterns: the patterns that decimals have, ascending.
        everything: the pattern of 0.
        first_grid: an exponent; on grids as fine as that, none divides a float but 0.0.
        last_grid: an exponent; on coarser grids, moduli are as they are there.

    Raises:
        GrammarLimitError: there are more than 1,024 patterns.
    """

    def __init__(self, numbers: Sequence[Decimal]) -> None:
        self._divisors = [_divisor(number) for number in numbers]
        self.everything = (1 << len(numbers)) - 1
        exponents = [each.exponent for each in self._divisors]
        self.first_grid = min([0, *exponents]) - _FLOAT_DIGITS - 1
        self.last_grid = max([0, *(each.exponent + each.depth for each in self._divisors)])
        self._moduli: dict[int, tuple[int, ...]] = {}
        self._cases: dict[tuple[int, int], Case | None] = {}
        self.patterns = self._possible_patterns()
        self.whole = self.moduli(0)

    def _possible_patterns(self) -> tuple[int, ...]:
        """The sets that hold every divisor of their least common multiple."""
        # On a grid so fine, none divides all points.
        finest = min((each.exponent for each in self._divisors), default=0) - 1
        moduli = [each.modulus(finest) for each in self._divisors]
        multiples = {1}
        for modulus in moduli:
            multiples |= {lcm(modulus, other) for other in multiples}
            if len(multiples) > _MAX_PATTERNS:
                raise GrammarLimitError(
                    cause=f"its divisors combine to more than {_MAX_PATTERNS:,} cases",
                    hint="demand fewer different `multipleOf` of one number",
                )
        return tuple(sorted({_dividing(moduli, multiple) for multiple in multiples}))

    def moduli(self, grid: int) -> tuple[int, ...]:
        """The modulus of each divisor on a grid of floats, or of integers."""
        grid = min(max(grid, self.first_grid), self.last_grid)
        found = self._moduli.get(grid)
        if found is None:
            found = self._moduli[grid] = tuple(each.modulus(grid) for each in self._divisors)
        return found

    def pattern(self, point: int, grid: int) -> int:
        """The divisors that divide a point of a grid."""
        return _dividing(self.moduli(grid), point) if self._divisors else 0

    def divides_below(self, exponent: int) -> bool:
        """Whether any divides a decimal above 0 and below 10 to a power."""
        return any(each.is_below(exponent) for each in self._divisors)

    def case(self, pattern: int, grid: int) -> Case | None:
        """Where a pattern is found on a grid; None if nowhere."""
        key = (pattern, min(max(grid, self.first_grid), self.last_grid))
        if key not in self._cases:
            if len(self._cases) >= _MAX_CASES:
                self._cases.clear()
            self._cases[key] = self._case(pattern, grid)
        return self._cases[key]

    def _case(self, pattern: int, grid: int) -> Case | None:
        unit, others = self._split(pattern, grid)
        quotients = {other // gcd(other, unit) for other in others}
        return None if 1 in quotients else Case(unit, tuple(sorted(quotients)))

    def _split(self, pattern: int, grid: int) -> tuple[int, list[int]]:
        """The least common multiple of a pattern's moduli, and the moduli of the others."""
        moduli = self.moduli(grid)
        inside = [modulus for bit, modulus in enumerate(moduli) if pattern >> bit & 1]
        outside = [modulus for bit, modulus in enumerate(moduli) if not pattern >> bit & 1]
        return lcm(*inside), outside

    def terms(self, pattern: int, grid: int, high: int) -> list[tuple[int, int]]:
        """How to count a pattern's points from 1 to `high`: as sums and differences of multiples.

        Returns:
            Units, and how many times the multiples of each are to be taken.
        """
        unit, others = self._split(pattern, grid)
        times = {unit: 1}
        for other in others:
            for multiple, number in list(times.items()):
                common = lcm(multiple, other)
                if common <= high:
                    times[common] = times.get(common, 0) - number
        return [(multiple, number) for multiple, number in times.items() if number]

    def count(self, pattern: int, grid: int, low: int, high: int) -> int:
        """How many points from `low`, above 0, to `high` show a pattern."""
        return sum(
            number * (high // unit - (low - 1) // unit)
            for unit, number in self.terms(pattern, grid, high)
        )


def _dividing(moduli: Sequence[int], number: int) -> int:
    pattern = 0
    for index, modulus in enumerate(moduli):
        if number % modulus == 0:
            pattern |= 1 << index
    return pattern
