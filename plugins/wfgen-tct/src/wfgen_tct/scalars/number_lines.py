"""The line of numbers, cut where comparisons change: which cell a number lies in."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from decimal import Decimal

from wfgen_tct.scalars.number_divisors import FINEST_GRID, LAST_MAGNITUDE, digits_of
from wfgen_tct.scalars.number_doubles import INFINITE, Mark, first_double, power_of_ten

__all__ = ["Cut", "Ray", "rays"]

Cut = tuple[Decimal, bool]
"""A place just below a number, or just above it if the second is true."""


class Ray:
    """The numbers of one sign by their magnitudes, from 0 on, cut into cells.

    Args:
        marks: where it is cut, ascending.
        cells: what the cells are called, one more than marks.

    Attributes:
        cells: what the cells are called.
        marks: the cell number i lies between the marks i and i + 1, of which the first and the
            last stand for no cut.
        exponents: of the leading digits of the marks.
    """

    def __init__(self, marks: Sequence[Mark], cells: Sequence[int]) -> None:
        self.cells = tuple(cells)
        self.marks = (Mark(0, 0, False), *marks, Mark(1, LAST_MAGNITUDE + 1, False))
        self.exponents = tuple(map(_exponent, self.marks))
        self._cuts = tuple(marks)
        self._wholes = tuple(mark.first_on(0) for mark in marks)
        self._doubles: dict[int, int] = {}

    def index_of(self, point: int, grid: int) -> int:
        """The number of the cell of a point of a grid."""
        if grid == 0:
            return bisect_right(self._wholes, point)
        return bisect_right(self._cuts, point, key=lambda mark: mark.first_on(grid))

    def cell_of(self, point: int, grid: int) -> int:
        """The name of the cell of a point of a grid."""
        return self.cells[self.index_of(point, grid)]

    def points(self, number: int, grid: int) -> tuple[int, int]:
        """The first and the last point of a grid in a cell."""
        low, high = self.marks[number], self.marks[number + 1]
        return low.first_on(grid), high.first_on(grid) - 1

    def places(self, number: int) -> tuple[int, int]:
        """The place of the first float in a cell, and the place behind the last."""
        return self._double(number), self._double(number + 1)

    def _double(self, number: int) -> int:
        if number == len(self.marks) - 1:
            return INFINITE
        found = self._doubles.get(number)
        if found is None:
            found = self._doubles[number] = first_double(self.marks[number])
        return found

    def starts(self, size: int, most: int) -> list[int]:
        """The first integer of a length, and those from where the next digits mean another cell.

        Args:
            size: the length, in digits.
            most: what is longer than so many digits is no matter.
        """
        first = power_of_ten(size - 1)
        found = {first}
        for whole in self._wholes[bisect_left(self._wholes, first) :]:
            if whole < power_of_ten(most):
                head = whole // power_of_ten(len(str(whole)) - size)
                found |= {head, head + 1}
        return sorted(found)

    def between(self, first: int, last: int) -> range:
        """The cells that may hold numbers whose leading digits have exponents in a range."""
        low = bisect_right(self.exponents, first - 1, 1, len(self.cells)) - 1
        high = bisect_right(self.exponents, last, 1, len(self.cells))
        return range(low, high)


def _mark(number: Decimal, is_above: bool) -> Mark:
    """A mark that parts the numbers of documents as does one at a decimal's magnitude."""
    if not number:
        return Mark(0, 0, is_above)
    if number.adjusted() > LAST_MAGNITUDE:
        return Mark(1, LAST_MAGNITUDE + 1, is_above)
    if number.adjusted() < FINEST_GRID:
        return Mark(0, 0, True)
    digits, exponent = digits_of(number)
    if exponent >= FINEST_GRID:
        return Mark(digits, exponent, is_above)
    digits, rest = divmod(digits, power_of_ten(FINEST_GRID - exponent))
    return Mark(digits, FINEST_GRID, is_above or rest > 0)


def _exponent(mark: Mark) -> int:
    if mark.digits == 0:
        return -LAST_MAGNITUDE - 1
    return len(str(mark.digits)) - 1 + mark.exponent


def rays(cuts: Iterable[Cut]) -> tuple[Ray, Ray]:
    """The line, cut: the numbers from 0 up, and those from 0 down.

    Cell i lies above i of the cuts.
    """
    ordered = sorted(cuts)
    low = sum(cut < (Decimal(0), True) for cut in ordered)
    upper = [_mark(number, is_above) for number, is_above in ordered[low:]]
    lower = [_mark(number, not is_above) for number, is_above in ordered[:low]]
    size = len(ordered)
    return Ray(upper, range(low, size + 1)), Ray(lower[::-1], range(low, -1, -1))
