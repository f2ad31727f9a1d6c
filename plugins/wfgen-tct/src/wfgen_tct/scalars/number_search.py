"""Which outcomes the numbers have that go on from some first bytes, and how many have each."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from math import inf
from typing import NamedTuple

from wfgen_tct.scalars.number_divisors import Divisors
from wfgen_tct.scalars.number_doubles import (
    FIRST_EXPONENT,
    LAST_EXPONENT,
    Binade,
    Mark,
    binade,
    binade_at,
    count_fine,
    decimal_at,
    first_double,
    is_decimal_of_float,
)
from wfgen_tct.scalars.number_lines import Ray
from wfgen_tct.scalars.number_texts import MOST_DIGITS, SAFE_EXPONENTS, Rest, Span, Wholes

__all__ = ["MOST_COUNTED", "Search"]

MOST_COUNTED = 1_000_000
"""More texts than this are not counted."""

_SAFE_DIGITS = 15  # every decimal of so many is the shortest of its float
_FEW = 64  # floats that are looked at one by one

Wanted = list[tuple[int, int]]
"""Patterns of divisors, and the bit of the outcome that each comes to."""


class _Run(NamedTuple):
    """Exponents of numbers of one cell that ask the same of a decimal's digits.

    Attributes:
        ray: where the cell is,
        number: and which one.
        first: the first exponent.
        last: the last one.
        is_cut: whether a cell begins or ends among their numbers.
    """

    ray: Ray
    number: int
    first: int
    last: int
    is_cut: bool

    def range(self, span: Span, exponent: int) -> _Range:
        """The floats of a span, at one of the exponents."""
        low, high = span.marks(exponent)
        begin, end = self.ray.places(self.number)
        marks = self.ray.marks
        return _Range(
            max(begin, first_double(low)),
            min(end, first_double(high)),
            (low, marks[self.number]),
            (high, marks[self.number + 1]),
        )


class _Range(NamedTuple):
    """Floats in a row, all in one cell.

    Attributes:
        begin: the place of the first, in the order of floats.
        end: the place behind the last.
        lows: their decimals lie behind these marks,
        highs: and before these.
    """

    begin: int
    end: int
    lows: tuple[Mark, Mark]
    highs: tuple[Mark, Mark]

    def points(self, part: Binade, grid: int) -> tuple[int, int]:
        """The first and the last point on a grid that a binade has of these."""
        low = max(mark.first_on(grid) for mark in (*self.lows, part.low))
        return low, min(mark.first_on(grid) for mark in (*self.highs, part.high)) - 1

    def decimals(self) -> Iterator[tuple[int, int]]:
        """The shortest decimals, one by one."""
        return map(decimal_at, range(self.begin, self.end))


class Search:
    """Looks for outcomes among numbers, in the cells of a line and by the divisors of decimals.

    Args:
        rays: the line: from 0 up, and from 0 down.
        divisors: the divisors.
        bits: by cell and by pattern, as in `divisors.patterns`, the bit of the outcome; 0 where
            no number has it.
    """

    def __init__(
        self, rays: tuple[Ray, Ray], divisors: Divisors, bits: Sequence[Sequence[int]]
    ) -> None:
        self._rays = rays
        self._divisors = divisors
        self._bits = bits
        turns = {SAFE_EXPONENTS[0], LAST_EXPONENT}
        if divisors.everything:
            first = max(divisors.first_grid + _SAFE_DIGITS - 1, FIRST_EXPONENT)
            last = min(divisors.last_grid + MOST_DIGITS, LAST_EXPONENT)
            turns.update(range(first, last + 1))
        self._turns = sorted(turns)  # exponents that begin a run

    def _wanted(self, cell: int, mask: int) -> Wanted:
        """The patterns that come to an outcome in a bit set."""
        pairs = zip(self._divisors.patterns, self._bits[cell], strict=True)
        return [(pattern, bit) for pattern, bit in pairs if bit & mask]

    def _zero(self, ray: Ray, mask: int) -> int:
        """The bit of the outcome of 0, if it is in a bit set."""
        return self._bits[ray.cells[0]][-1] & mask  # the last pattern is that of 0

    # Finding --------------------------------------------------------------------------------

    def find(self, rest: Rest, mask: int) -> int:
        """Those outcomes of a bit set that a number has."""
        ray = self._rays[rest.is_negative]
        found = self._zero(ray, mask) if rest.zeros else 0
        if rest.wholes:
            found |= self._find_wholes(ray, rest.wholes, mask & ~found)
        for is_quick in (True, False):
            for span in rest.spans:
                if found == mask:
                    return found
                found |= self._find_floats(ray, span, mask & ~found, is_quick)
        return found

    def _find_wholes(self, ray: Ray, wholes: Wholes, mask: int) -> int:
        found = 0
        for number in ray.between(wholes.size - 1, wholes.most - 1):
            low, high = ray.points(number, 0)
            least, most = ray.exponents[number] + 1, ray.exponents[number + 1] + 1
            for pattern, bit in self._wanted(ray.cells[number], mask & ~found):
                case = self._divisors.case(pattern, 0)
                if case and any(
                    case.is_met(max(first, low), min(last, high))
                    for first, last in wholes.ranges(max(least, case.least_size), most)
                ):
                    found |= bit
        return found

    def _find_floats(self, ray: Ray, span: Span, mask: int, is_quick: bool) -> int:
        """Looks at all floats; or only, quickly, for decimals of few digits."""
        found = 0
        look = self._find_short if is_quick else self._find_any
        for first, last in span.exponents:
            for number in ray.between(first, last):
                wanted = self._wanted(ray.cells[number], mask & ~found)
                for run in self._runs(ray, number, first, last) if wanted else ():
                    found |= look(span, run, wanted)
                    wanted = [(pattern, bit) for pattern, bit in wanted if not bit & found]
                    if not wanted:
                        break
        return found

    def _runs(self, ray: Ray, number: int, first: int, last: int) -> Iterator[_Run]:
        """The exponents in a range that numbers of a cell have."""
        low, high = ray.exponents[number], ray.exponents[number + 1]
        if first <= low:
            yield _Run(ray, number, low, low, True)
        at, stop = max(first, low + 1), min(last, high - 1)
        turn = bisect_right(self._turns, at)
        while at <= stop:
            after = self._turns[turn] if turn < len(self._turns) else stop + 1
            yield _Run(ray, number, at, min(after - 1, stop), False)
            at, turn = after, turn + 1
        if low < high <= last:
            yield _Run(ray, number, high, high, True)

    def _find_short(self, span: Span, run: _Run, wanted: Wanted) -> int:
        lowest, highest = SAFE_EXPONENTS
        if not lowest <= run.first <= highest:
            return 0
        return self._met(span, run, wanted, _SAFE_DIGITS)

    def _met(self, span: Span, run: _Run, wanted: Wanted, digits: int) -> int:
        """The outcomes of decimals of at most so many digits, be they of floats or not."""
        grid = run.first - digits + 1
        low, high = span.points(run.first, grid)
        if run.is_cut:
            least, most = run.ray.points(run.number, grid)
            low, high = max(low, least), min(high, most)
        found = 0
        for pattern, bit in wanted:
            case = self._divisors.case(pattern, grid)
            if case and case.is_met(low, high):
                found |= bit
        return found

    def _find_any(self, span: Span, run: _Run, wanted: Wanted) -> int:
        possible = self._met(span, run, wanted, MOST_DIGITS)
        found = 0
        for exponent in range(run.first, run.last + 1):
            wanted = [(pattern, bit) for pattern, bit in wanted if bit & possible & ~found]
            if not wanted:
                break
            found |= self._find_at(run.range(span, exponent), wanted)
        return found

    def _find_at(self, floats: _Range, wanted: Wanted) -> int:
        found = 0
        if floats.end - floats.begin <= _FEW:
            shown = {self._divisors.pattern(*decimal) for decimal in floats.decimals()}
            for pattern, bit in wanted:
                found |= bit if pattern in shown else 0
            return found
        for pattern, bit in wanted:
            if not bit & found and self._shows(floats, pattern):
                found |= bit
        return found

    def _shows(self, floats: _Range, pattern: int) -> bool:
        """Whether the decimal of a float shows a pattern of divisors."""
        return any(
            self._power_shows(floats, part, pattern)
            or self._coarse_shows(floats, part, pattern)
            or self._fine_shows(floats, part, pattern)
            for part in _binades(floats)
        )

    def _power_shows(self, floats: _Range, part: Binade, pattern: int) -> bool:
        power = part.power
        if power is None or not floats.begin <= power < floats.end:
            return False
        return self._divisors.pattern(*decimal_at(power)) == pattern

    def _coarse_shows(self, floats: _Range, part: Binade, pattern: int) -> bool:
        case = self._divisors.case(pattern, part.grid)
        return case is not None and case.is_met(*floats.points(part, part.grid))

    def _fine_shows(self, floats: _Range, part: Binade, pattern: int) -> bool:
        grid = part.grid - 1
        case = self._divisors.case(pattern, grid)
        if case is None:
            return False
        low, high = floats.points(part, grid)
        first, last = -(-low // case.unit), high // case.unit
        for factor in range(first, min(last, first + _FEW) + 1):
            point = factor * case.unit
            if all(factor % quotient for quotient in case.quotients) and is_decimal_of_float(
                point, grid
            ):
                return True
        return last - first > _FEW and self._count_fine(floats, part, pattern) > 0

    # Counting -------------------------------------------------------------------------------

    def count(self, rest: Rest, mask: int) -> float:
        """How many texts have an outcome in a bit set; `inf` where more than `MOST_COUNTED`."""
        ray = self._rays[rest.is_negative]
        total = rest.zeros if self._zero(ray, mask) else 0
        for part in self._counts(ray, rest, mask):
            total += part
            if total > MOST_COUNTED:
                return inf
        return total

    def _counts(self, ray: Ray, rest: Rest, mask: int) -> Iterator[int]:
        if rest.wholes:
            yield from self._count_wholes(ray, rest.wholes, mask)
        for span in rest.spans:
            for first, last in span.exponents:
                for number in ray.between(first, last):
                    wanted = self._wanted(ray.cells[number], mask)
                    for run in self._runs(ray, number, first, last) if wanted else ():
                        yield from self._count_run(span, run, wanted)

    def _count_wholes(self, ray: Ray, wholes: Wholes, mask: int) -> Iterator[int]:
        for number in ray.between(wholes.size - 1, wholes.most - 1):
            wanted = self._wanted(ray.cells[number], mask)
            low, high = ray.points(number, 0)
            least, most = ray.exponents[number] + 1, ray.exponents[number + 1] + 1
            for begin, end in wholes.ranges(least, most) if wanted else ():
                first, last = max(begin, low), min(end, high)
                if first <= last:
                    yield sum(self._divisors.count(p, 0, first, last) for p, _ in wanted)

    def _count_run(self, span: Span, run: _Run, wanted: Wanted) -> Iterator[int]:
        is_all = len(wanted) == sum(map(bool, self._bits[run.ray.cells[run.number]]))
        if not is_all and not self._met(span, run, wanted, MOST_DIGITS):
            return
        for exponent in range(run.first, run.last + 1):
            floats = run.range(span, exponent)
            size = max(floats.end - floats.begin, 0)
            yield size if is_all or not size else self._count_at(floats, wanted)

    def _count_at(self, floats: _Range, wanted: Wanted) -> int:
        if floats.end - floats.begin <= _FEW:
            patterns = {pattern for pattern, _ in wanted}
            return sum(self._divisors.pattern(*each) in patterns for each in floats.decimals())
        return sum(
            self._power_shows(floats, part, pattern)
            + self._count_coarse(floats, part, pattern)
            + self._count_fine(floats, part, pattern)
            for part in _binades(floats)
            for pattern, _ in wanted
        )

    def _count_coarse(self, floats: _Range, part: Binade, pattern: int) -> int:
        low, high = floats.points(part, part.grid)
        return self._divisors.count(pattern, part.grid, low, high) if low <= high else 0

    def _count_fine(self, floats: _Range, part: Binade, pattern: int) -> int:
        low, high = floats.points(part, part.grid - 1)
        terms = self._divisors.terms(pattern, part.grid - 1, high)
        return sum(times * count_fine(low, high, unit, part.step) for unit, times in terms)


def _binades(floats: _Range) -> Iterator[Binade]:
    """The binades of floats."""
    return map(binade, range(binade_at(floats.begin), binade_at(floats.end - 1) + 1))
