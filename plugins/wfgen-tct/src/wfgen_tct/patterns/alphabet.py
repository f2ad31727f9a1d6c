"""The code points of a pattern, sorted into classes that it does not tell apart."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from attrs import frozen

from wfgen_tct.patterns.limits import Meter
from wfgen_tct.patterns.sets import CodePoints

__all__ = ["Alphabet"]

_FIRST_SURROGATE, _FIRST_AFTER_SURROGATES = 0xD800, 0xE000


@frozen
class Alphabet:
    """Classes of code points; surrogates belong to none, as no text holds them.

    Attributes:
        starts: first code points of intervals, ascending from 0; each ends before the next.
        classes: the class of each interval; neighbours differ.
        num_classes: how many there are; they are numbered by their first code points.
        members: of each set of code points, the classes that it consists of.
    """

    starts: tuple[int, ...]
    classes: tuple[int, ...]
    num_classes: int
    members: dict[CodePoints, tuple[int, ...]]

    @classmethod
    def of(cls, sets: Iterable[CodePoints], meter: Meter) -> Alphabet:
        """The coarsest classes of which some sets consist.

        Raises:
            GrammarLimitError: the sets are too many.
        """
        known = list(dict.fromkeys(sets))
        numbers: dict[int, int] = {}
        starts: list[int] = []
        classes: list[int] = []
        for start, signature in _intervals(known, meter):
            number = numbers.setdefault(signature, len(numbers))
            if not classes or classes[-1] != number:
                starts.append(start)
                classes.append(number)
        members = _members(known, numbers, meter)
        return cls(tuple(starts), tuple(classes), len(numbers), members)

    def class_of(self, code_point: int) -> int:
        """The class of a code point."""
        return self.classes[bisect_right(self.starts, code_point) - 1]

    def is_uniform(self, begin: int, end: int) -> bool:
        """Whether all code points from one on to before another are in one class."""
        following = bisect_right(self.starts, begin)
        return following == len(self.starts) or self.starts[following] >= end

    def merged(self, number_of: list[int]) -> Alphabet:
        """The alphabet in which classes have other numbers, which may be the same for several."""
        starts: list[int] = []
        classes: list[int] = []
        for start, old in zip(self.starts, self.classes, strict=True):
            if not classes or classes[-1] != number_of[old]:
                starts.append(start)
                classes.append(number_of[old])
        return Alphabet(tuple(starts), tuple(classes), max(classes) + 1, {})


def _intervals(sets: list[CodePoints], meter: Meter) -> list[tuple[int, int]]:
    """Where membership changes, and in which sets (bits) the code points from there on are."""
    toggles: dict[int, int] = {0: 0}
    for number, ranges in enumerate(sets):
        meter.spend(len(ranges))
        for first, last in ranges:
            toggles[first] = toggles.get(first, 0) ^ 1 << number
            toggles[last + 1] = toggles.get(last + 1, 0) ^ 1 << number
    toggles.setdefault(_FIRST_AFTER_SURROGATES, 0)
    found = []
    signature = 0
    for start in sorted(toggles):
        signature ^= toggles[start]
        if start < _FIRST_SURROGATE or _FIRST_AFTER_SURROGATES <= start <= 0x10FFFF:
            found.append((start, signature))
    return found


def _members(
    sets: list[CodePoints], numbers: dict[int, int], meter: Meter
) -> dict[CodePoints, tuple[int, ...]]:
    found: list[list[int]] = [[] for _ in sets]
    for signature, number in numbers.items():
        meter.spend(signature.bit_count() + 1)
        rest = signature
        while rest:
            low = rest & -rest
            found[low.bit_length() - 1].append(number)
            rest ^= low
    return {ranges: tuple(own) for ranges, own in zip(sets, found, strict=True)}
