"""The machine that reads canonical numbers byte by byte, under assertions about their values."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from decimal import Decimal
from math import inf, lcm

import orjson

from wfgen_tct.errors import GrammarLimitError
from wfgen_tct.formulas import Above, AtLeast, AtMost, Below, Equals, IsInteger, MultipleOf
from wfgen_tct.scalars.number_divisors import Divisors
from wfgen_tct.scalars.number_doubles import FIRST_EXPONENT, LAST_EXPONENT, shortest_decimal
from wfgen_tct.scalars.number_lines import Cut, Ray, rays
from wfgen_tct.scalars.number_search import MOST_COUNTED, Search
from wfgen_tct.scalars.number_texts import (
    ANY,
    FIRST_POINTED,
    LAST_POINTED,
    MOST_CHARS,
    MOST_DIGITS,
    SAFE_EXPONENTS,
    Rest,
    Span,
    read_prefix,
)

__all__ = ["NumberAssertion", "NumberMachine", "texts_equal"]

NumberAssertion = IsInteger | Equals | AtLeast | Above | AtMost | Below | MultipleOf
"""What a machine can be asked about a number."""

_BYTES = tuple(b"+-.0123456789e")  # ascending
# Short beginnings, from which whole and broken numbers go on, with room for more digits.
_EASY = re.compile(r"(?=.{0,14}\Z)-?(?:(?:0|[1-9][0-9]*)(?:\.(?!000)[0-9]*)?)?")
_LONGEST_FLOAT = 25  # -1.2345678901234567e-300, and a plus
_SAFE_DIGITS = 15
_MAX_CASES = 1 << 13
_MAX_TRUTHS = 1 << 22
_MAX_KNOWN = 50_000  # states whose outcomes are kept
_MAX_STARTS = 64  # lengths of integers whose cuts are kept
_START = 1
_FULL = 2  # the first of the five bytes of the state behind a text that cannot go on


class NumberMachine:
    """Reads a number, and tells which of some assertions hold of its exact value.

    The language is that of canonical numbers: integers of at most 400 characters, and finite
    floats as orjson writes them. A float's value is that of its text.

    A state holds the text so far, because all digits of a float bear on which 16th and 17th may
    follow. Where less matters, it holds the least text that goes on alike: integers too long for
    a float keep their length, remainder and place among the bounds; an exponent that is far from
    those of the least and greatest floats keeps no digits, where assertions ask for none; and
    texts that cannot go on are told apart by outcome only.

    Args:
        assertions: what is asked.

    Attributes:
        outcomes: the truth values that numbers have, each in the order of the assertions.
        start: the state before the first byte.
        num_states: infinite; states hold digits.
        has_no_patterns: whether no symbol is ever forced; false, for bounds do force digits.

    Raises:
        GrammarLimitError: the divisors combine to more than 1,024 patterns, bounds and patterns
            to more than 8,192 cases, or there are more than 4 million truth values.
    """

    num_states = inf
    has_no_patterns = False

    def __init__(self, assertions: Sequence[NumberAssertion]) -> None:
        table = _Table(assertions)
        self.recipe = tuple(assertions)
        self.start = _START
        self.outcomes = table.outcomes
        self._is_easy = self.recipe in ((), (IsInteger(),))
        self._rays = table.rays
        self._divisors = table.divisors
        self._names = table.names
        self._search = Search(table.rays, table.divisors, table.bits)
        self._all = (1 << len(self.outcomes)) - 1
        self._period = lcm(*self._divisors.whole)
        self._is_plain = tuple(self._plain(ray) for ray in self._rays)
        self._known: dict[int, int] = {}
        self._starts: dict[tuple[bool, int], list[int]] = {}

    def _plain(self, ray: Ray) -> tuple[bool, bool]:
        """Whether all floats are alike that are written with an exponent: below 0, and above."""
        low, high = FIRST_POINTED, LAST_POINTED
        is_whole = self._period == 1
        is_undivided = not self._divisors.divides_below(low)
        return (
            is_undivided and len(ray.between(FIRST_EXPONENT, low - 1)) == 1,
            is_whole and len(ray.between(high + 1, LAST_EXPONENT)) == 1,
        )

    # Whole texts ----------------------------------------------------------------------------

    def run(self, text: bytes) -> int:
        """The outcome of a whole text; -1 where it is no canonical number."""
        is_negative = text[:1] == b"-"
        digits = text[1:] if is_negative else text
        if not digits.isdigit():
            return self._run_float(text, is_negative)
        if (digits[0] == 48 and text != b"0") or len(text) > MOST_CHARS:
            return -1
        return self._name(is_negative, int(digits), 0)

    def _run_float(self, text: bytes, is_negative: bool) -> int:
        if len(text) > _LONGEST_FLOAT:
            return -1
        try:
            number = float(text)
        except ValueError:
            return -1
        if orjson.dumps(number) != text:
            return -1
        return self._name(is_negative, *shortest_decimal(abs(number)))

    def _name(self, is_negative: bool, point: int, grid: int) -> int:
        cell = self._rays[is_negative].cell_of(point, grid)
        return self._names[cell][self._divisors.pattern(point, grid)]

    # States ---------------------------------------------------------------------------------

    def step(self, state: int, byte: int) -> int:
        """The state after one more byte; -1 where no canonical number goes on so."""
        if byte not in _BYTES or state >> 32 == _FULL:
            return -1
        text = _text(state) + chr(byte)
        if _EASY.fullmatch(text):
            return _encode(text)
        rests = read_prefix(text)
        return self._state(text, rests[0]) if rests else -1

    def moves(self, state: int) -> dict[int, int]:
        """The states that follow, by byte, ascending."""
        after = ((byte, self.step(state, byte)) for byte in _BYTES)
        return {byte: to for byte, to in after if to >= 0}

    def outcome(self, state: int) -> int:
        """The outcome of a text that ends here; -1 where it is no canonical number."""
        if state >> 32 == _FULL:
            return state & 0xFFFFFFFF
        return self.run(_text(state).encode())

    def reach(self, state: int) -> int:
        """The outcomes of the canonical numbers that go on from here, as a bit set."""
        if state >> 32 == _FULL:
            return 1 << (state & 0xFFFFFFFF)
        found = self._known.get(state)
        if found is None:
            if len(self._known) >= _MAX_KNOWN:
                self._known.clear()
            found = self._known[state] = self._find(state)
        return found

    def _find(self, state: int) -> int:
        text, found = _text(state), 0
        if self._is_easy and _EASY.fullmatch(text) and ("." not in text or not self.recipe):
            return self._all
        for rest in read_prefix(text):
            found |= self._search.find(rest, self._all & ~found)
        return found

    def count(self, state: int, mask: int) -> float:
        """How many texts go on from here to an outcome in a bit set.

        Returns:
            The exact number up to 1,000,000; `inf` above it.
        """
        if state >> 32 == _FULL:
            return mask >> (state & 0xFFFFFFFF) & 1
        total = sum(self._search.count(rest, mask) for rest in read_prefix(_text(state)))
        return total if total <= MOST_COUNTED else inf

    # Sharing --------------------------------------------------------------------------------

    def _state(self, text: str, rest: Rest) -> int:
        """The state behind a text, that of another where all goes on alike."""
        if "e" in text:
            return self._in_exponent(text, rest.is_negative, rest.spans[0])
        if rest.wholes and not rest.spans:
            return self._in_long_whole(text, rest.is_negative)
        if not rest.wholes and len(rest.spans) == 1 and rest.spans[0].size == MOST_DIGITS:
            return self._full(text)
        return _encode(text)

    def _full(self, text: str) -> int:
        return _FULL << 32 | self.run(text.encode())

    def _in_exponent(self, text: str, is_negative: bool, span: Span) -> int:
        first, last = span.exponents[0][0], span.exponents[-1][1]
        if first == last:
            return self._full(text)
        is_above = first > 0
        is_one_sided = is_above or last < 0
        if not is_one_sided or not self._is_plain[is_negative][is_above]:
            return _encode(text)
        if span.size > _SAFE_DIGITS or first < SAFE_EXPONENTS[0]:
            return _encode(text)
        is_under_limit = last <= SAFE_EXPONENTS[1] or span.holds_float(last)
        sign, digit = "-" * is_negative, "1" if is_under_limit else "9"
        return _encode(f"{sign}{digit}{text[text.index('e') :]}")

    def _in_long_whole(self, text: str, is_negative: bool) -> int:
        number, size = int(text.lstrip("-")), len(text) - is_negative
        starts = self._starts_of(is_negative, size)
        start = starts[bisect_right(starts, number) - 1]
        least = start + (number - start) % self._period
        return _encode(f"{'-' * is_negative}{least}")

    def _starts_of(self, is_negative: bool, size: int) -> list[int]:
        """Where the integers of a length change their place among the bounds, seen so far."""
        key = (is_negative, size)
        found = self._starts.get(key)
        if found is None:
            if len(self._starts) >= _MAX_STARTS:
                self._starts.clear()
            found = self._starts[key] = self._rays[is_negative].starts(size, MOST_CHARS)
        return found


class _Table:
    """The outcomes that there are, and where.

    Attributes:
        rays: the line, cut where a comparison changes.
        divisors: those that are asked for; 1 for integers.
        outcomes: the truth values that numbers have.
        bits: by cell and by pattern of divisors, the bit of the outcome; 0 where there is none.
        names: by cell, the outcome by pattern.
    """

    def __init__(self, assertions: Sequence[NumberAssertion]) -> None:
        cuts, truths = _comparisons(assertions)
        numbers = _divisors(assertions)
        self.rays = rays(cuts)
        self.divisors = Divisors(tuple(numbers))
        shown = [_union(list(numbers.values()), pattern) for pattern in self.divisors.patterns]
        cases: dict[int, int] = {}
        for truth in truths:
            for divided in shown:
                cases.setdefault(truth | divided, len(cases))
            if len(cases) > _MAX_CASES:
                raise _over(f"bounds and divisors combine to more than {_MAX_CASES:,} cases")
        self.bits = [[1 << cases[truth | divided] for divided in shown] for truth in truths]
        found = self._found((1 << len(cases)) - 1)
        kept = [truth for truth, case in cases.items() if found >> case & 1]
        if len(kept) * len(assertions) > _MAX_TRUTHS:
            raise _over(f"its assertions have more than {_MAX_TRUTHS:,} truth values")
        size = range(len(assertions))
        self.outcomes = tuple(tuple(bool(truth >> i & 1) for i in size) for truth in kept)
        names = {truth: number for number, truth in enumerate(kept)}
        self.names = [self._named(truth, shown, names) for truth in truths]
        self.bits = [self._bits(named) for named in self.names]

    def _found(self, mask: int) -> int:
        search, found = Search(self.rays, self.divisors, self.bits), 0
        for rest in ANY:
            found |= search.find(rest, mask & ~found)
        return found

    def _named(self, truth: int, shown: list[int], names: dict[int, int]) -> dict[int, int]:
        pairs = zip(self.divisors.patterns, shown, strict=True)
        return {p: names[truth | divided] for p, divided in pairs if truth | divided in names}

    def _bits(self, named: dict[int, int]) -> list[int]:
        patterns = self.divisors.patterns
        return [1 << named[pattern] if pattern in named else 0 for pattern in patterns]


def _over(cause: str) -> GrammarLimitError:
    return GrammarLimitError(cause=cause, hint="demand less of one number at once")


def _comparisons(assertions: Sequence[NumberAssertion]) -> tuple[list[Cut], list[int]]:
    """Where comparisons change, and which hold in each cell, as bit sets of their indices."""
    truth, changes = 0, dict[Cut, int]()
    for number, each in enumerate(assertions):
        match each:
            case AtLeast(bound) | Below(bound):
                cuts = [(bound, False)]
            case Above(bound) | AtMost(bound):
                cuts = [(bound, True)]
            case Equals(bound):
                cuts = [(bound, False), (bound, True)]
            case _:
                continue
        truth |= isinstance(each, Below | AtMost) << number
        for cut in cuts:
            changes[cut] = changes.get(cut, 0) ^ 1 << number
    ordered, truths = sorted(changes), [truth]
    for cut in ordered:
        truths.append(truths[-1] ^ changes[cut])
    return ordered, truths


def _divisors(assertions: Sequence[NumberAssertion]) -> dict[Decimal, int]:
    """The divisors, each with the assertions that ask for it, as a bit set of their indices."""
    found: dict[Decimal, int] = {}
    for number, each in enumerate(assertions):
        if isinstance(each, IsInteger | MultipleOf):
            divisor = each.divisor if isinstance(each, MultipleOf) else Decimal(1)
            found[divisor] = found.get(divisor, 0) | 1 << number
    return found


def _union(sets: Sequence[int], chosen: int) -> int:
    """The union of the bit sets whose indices are chosen."""
    total = 0
    for index, each in enumerate(sets):
        total |= each if chosen >> index & 1 else 0
    return total


# States and texts -------------------------------------------------------------------------------


def _encode(text: str) -> int:
    return int.from_bytes(b"\x01" + text.encode())


def _text(state: int) -> str:
    return state.to_bytes((state.bit_length() + 7) // 8)[1:].decode()


def texts_equal(number: Decimal) -> tuple[bytes, ...]:
    """The canonical texts of a value: of an integer, of a float, or of both; three if it is 0."""
    if not number:
        return b"0", b"0.0", b"-0.0"
    if not FIRST_EXPONENT <= number.adjusted() < MOST_CHARS:
        return ()
    found = []
    if number == number.to_integral_value():
        whole = str(int(number)).encode()
        found += [whole] if len(whole) <= MOST_CHARS else []
    nearest = orjson.dumps(float(number))
    if nearest != b"null" and Decimal(nearest.decode()) == number:
        found.append(nearest)
    return tuple(found)
