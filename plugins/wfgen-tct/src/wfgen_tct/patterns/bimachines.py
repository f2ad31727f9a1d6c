"""Assertions as bimachines: what holds at a place, from what stands left and right of it.

A bimachine (Schützenberger, "A remark on finite transducers", 1961) is a machine that reads the
text up to the place, another that reads it from the end back to the place, and a table of their
states. A look-behind adds to the left machine: it reads its body with all ways at once, as in
Rabin and Scott, "Finite automata and their decision problems" (1959). Where the body has
assertions, what is right of the place is not read yet; so the ways are kept for every state that
the right machine may have there. A look-ahead is a look-behind with the sides swapped. The search
itself is the question, at the end of the text, whether the pattern lies behind, and something more.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from operator import or_
from typing import TypeAlias, TypeVar

from attrs import field, frozen

from wfgen_tct.patterns.alphabet import Alphabet
from wfgen_tct.patterns.limits import Meter
from wfgen_tct.patterns.machines import Rows, minimize, product
from wfgen_tct.patterns.sets import WORD
from wfgen_tct.patterns.syntax import Assert, Assertion, Body, Kind, Pattern
from wfgen_tct.patterns.threads import Threads

__all__ = ["search_machine"]

_Label = TypeVar("_Label")

_State: TypeAlias = tuple[int, tuple[int, ...]]  # of the own side, and the ways by the other's


@frozen
class _Bimachine:
    """Where an assertion holds.

    Attributes:
        left: reads from the start of the text.
        right: reads from its end.
        truth: of each state of the left machine, those of the right one, as bits, with which it
            holds.
    """

    left: Rows
    right: Rows
    truth: list[int]


def search_machine(pattern: Pattern, alphabet: Alphabet, meter: Meter) -> tuple[Rows, list[bool]]:
    """The smallest machine that searches a pattern.

    Args:
        pattern: parsed.
        alphabet: has all its sets, and `WORD` if it asks for word boundaries.
        meter: counts the work.

    Returns:
        Rows over the classes of the alphabet, and for each state whether the pattern is found.

    Raises:
        GrammarLimitError: it is too much work.
    """
    work = _Work(alphabet, meter)
    for assertion in pattern.assertions:
        work.known.append(_bimachine(assertion, work))
    rows, truths = _Look(pattern.body, work, is_search=True).read()
    found = [bool(truth & 1) for truth in truths]  # the right machine stands at its start
    smallest, numbers = minimize(rows, found, meter)
    return smallest, _relabelled(numbers, found)


@frozen
class _Work:
    """What all machines of one pattern share.

    Attributes:
        alphabet: what they read.
        meter: counts the work.
        known: the bimachines of the assertions so far.
    """

    alphabet: Alphabet
    meter: Meter
    known: list[_Bimachine] = field(factory=list)


def _relabelled(numbers: list[int], labels: list[_Label]) -> list[_Label]:
    of = dict(zip(numbers, labels, strict=True))
    return [of[number] for number in range(len(of))]


def _bimachine(assertion: Assertion, work: _Work) -> _Bimachine:
    """Where an assertion holds, those inside of it being known."""
    count = work.alphabet.num_classes
    away = [[1] * count, [1] * count]  # from where the machine began
    anywhere = [[0] * count]
    match assertion.kind:
        case Kind.START:
            found = _Bimachine(away, anywhere, [1, 0])
        case Kind.END:
            found = _Bimachine(anywhere, away, [1])
        case Kind.WORD_BOUNDARY:
            inside = set(work.alphabet.members[WORD])
            rows = [[int(symbol in inside) for symbol in range(count)] for _ in range(2)]
            found = _Bimachine(rows, rows, [2, 1])
        case _:
            backwards = assertion.kind is Kind.AHEAD
            found = _Look(assertion.body, work, backwards=backwards).bimachine()
    if assertion.negated:
        every = (1 << len(found.right)) - 1
        return _Bimachine(found.left, found.right, [every ^ truth for truth in found.truth])
    return found


class _Look:
    """Reads a body from every place on, and tells at each place where it was read to the end.

    Its own side is the one that it reads.

    Args:
        body: what to read.
        work: knows the assertions in the body.
        backwards: whether the text is read from right to left.
        is_search: whether the answer stays yes after it was yes once.
    """

    def __init__(
        self, body: Body, work: _Work, *, backwards: bool = False, is_search: bool = False
    ) -> None:
        self._asked = sorted({each.number for each in body if isinstance(each, Assert)})
        self._inner = [work.known[number] for number in self._asked]
        self._threads = Threads(body, work.alphabet, backwards=backwards, meter=work.meter)
        self._end = self._threads.end
        self._meter = work.meter
        self._backwards, self._is_search = backwards, is_search
        lefts, rights = [each.left for each in self._inner], [each.right for each in self._inner]
        own, other = (rights, lefts) if backwards else (lefts, rights)
        self._own, own_states = product(own, work.alphabet.num_classes, work.meter)
        self._other, other_states = product(other, work.alphabet.num_classes, work.meter)
        work.meter.spend(len(own_states) * len(other_states) * (len(self._asked) + 1))
        self._holds = [[self._held(one, two) for two in other_states] for one in own_states]
        self._begin = [[self._threads.start(holds) for holds in row] for row in self._holds]
        self._fresh = [self._settled(own, begin) for own, begin in enumerate(self._begin)]

    def _held(self, own: tuple[int, ...], other: tuple[int, ...]) -> int:
        """The assertions that hold with states on each side, as bits."""
        found = 0
        lefts, rights = (other, own) if self._backwards else (own, other)
        sides = zip(self._asked, self._inner, lefts, rights, strict=True)
        for number, inner, left, right in sides:
            found |= (inner.truth[left] >> right & 1) << number
        return found

    def bimachine(self) -> _Bimachine:
        """Where the body was read to the end."""
        rows, truths = self.read()
        own, numbers = minimize(rows, truths, self._meter)
        truths = _relabelled(numbers, truths)
        self._meter.spend(len(own) * len(self._other))
        columns = _transposed(truths, len(self._other))
        other, numbers = minimize(self._other, columns, self._meter)
        columns = _relabelled(numbers, columns)
        if self._backwards:
            return _Bimachine(other, own, columns)
        return _Bimachine(own, other, _transposed(columns, len(own)))

    def read(self) -> tuple[Rows, list[int]]:
        """The machine of its own side.

        Returns:
            Its rows; and of each state those of the other side, as bits, with which the body was
            read to the end.
        """
        start = self._fresh[0]
        numbers = {start: 0}
        states = [start]
        rows: Rows = []
        for state in states:  # which grows on the way
            row = []
            for after in self._following(state):
                number = numbers.setdefault(after, len(states))
                if number == len(states):
                    self._keep(after, states)
                row.append(number)
            rows.append(row)
        return rows, [self._truth(ways) for _, ways in states]

    def _keep(self, state: _State, states: list[_State]) -> None:
        states.append(state)
        self._meter.check_states(len(states))
        self._meter.spend(len(state[1]) * self._threads.weight)

    def _following(self, state: _State) -> Iterator[_State]:
        """The state behind each class."""
        before, ways = state
        self._meter.spend(len(self._own[before]))
        any_way = reduce(or_, ways)
        is_found = self._is_search and any_way & self._end
        takes = self._threads.takes
        for symbol, own in enumerate(self._own[before]):
            if is_found or any_way & takes[symbol]:
                yield self._step(ways, symbol, own)
            else:
                yield self._fresh[own]

    def _step(self, ways: tuple[int, ...], symbol: int, own: int) -> _State:
        self._meter.spend(len(ways))
        sides = zip(self._other, self._holds[own], self._begin[own], strict=True)
        after = []
        for other, holds, begin in sides:
            so_far = ways[other[symbol]]
            if self._is_search and so_far & self._end:
                after.append(so_far)
            else:
                after.append(begin | self._threads.step(so_far, symbol, holds))
        return self._settled(own, after)

    def _settled(self, own: int, ways: list[int]) -> _State:
        """One state for all those in which a search has no more questions."""
        if not self._is_search:
            return own, tuple(ways)
        end = self._end
        ways = [end if way & end else way for way in ways]
        return (0 if ways.count(end) == len(ways) else own), tuple(ways)

    def _truth(self, ways: tuple[int, ...]) -> int:
        return sum(1 << other for other, way in enumerate(ways) if way & self._end)


def _transposed(rows: list[int], num_columns: int) -> list[int]:
    """The columns of a matrix of bits, as bits."""
    columns = [0] * num_columns
    for number, row in enumerate(rows):
        rest = row
        while rest:
            low = rest & -rest
            columns[low.bit_length() - 1] |= 1 << number
            rest ^= low
    return columns
