"""A body as a non-deterministic automaton that reads in either direction.

After Thompson, "Regular expression search algorithm" (1968): every operation becomes a few nodes,
some of which read nothing. A node that asks an assertion is passed where the assertion holds.
"""

from __future__ import annotations

from itertools import pairwise

from attrs import define, field, frozen

from wfgen_tct.patterns.alphabet import Alphabet
from wfgen_tct.patterns.limits import Meter
from wfgen_tct.patterns.syntax import (
    Alternate,
    Assert,
    Body,
    Chars,
    Concatenate,
    Operation,
    Repeat,
)

__all__ = ["Threads"]

_NOWHERE = -1

_STEPS_PER_NODE = 10


@frozen
class _Fragment:
    """Consecutive nodes; nothing leads into them but through the entry, and out but at the exit.

    Attributes:
        begin: the first of them.
        entry: where it is entered.
        exit: whose `next` is still open.
    """

    begin: int
    entry: int
    exit: int


@define
class _Builder:
    """Puts fragments together, as the operations of a body ask."""

    backwards: bool
    meter: Meter
    labels: list[Operation | None] = field(factory=list)
    next: list[int] = field(factory=list)
    other: list[int] = field(factory=list)  # a second way on, of a node without a label
    stack: list[_Fragment] = field(factory=list)

    def add(self, operation: Operation) -> None:
        match operation:
            case Concatenate(count):
                self._concatenate(self._pop(count))
            case Alternate(count):
                self._alternate(self._pop(count))
            case Repeat(least, most):
                self._repeat(least, most)
            case _:
                self._push_node(operation)

    def _node(self, label: Operation | None = None, to: int = _NOWHERE) -> int:
        self.meter.spend(_STEPS_PER_NODE)
        self.labels.append(label)
        self.next.append(to)
        self.other.append(_NOWHERE)
        return len(self.labels) - 1

    def _push_node(self, label: Operation | None) -> None:
        node = self._node(label)
        self.stack.append(_Fragment(node, node, node))

    def _pop(self, count: int) -> list[_Fragment]:
        at = len(self.stack) - count
        popped = self.stack[at:]
        del self.stack[at:]
        return popped

    def _concatenate(self, parts: list[_Fragment]) -> None:
        if not parts:
            self._push_node(None)
            return
        begin = parts[0].begin
        if self.backwards:
            parts.reverse()
        for one, following in pairwise(parts):
            self.next[one.exit] = following.entry
        self.stack.append(_Fragment(begin, parts[0].entry, parts[-1].exit))

    def _alternate(self, parts: list[_Fragment]) -> None:
        end = self._node()
        entry = _NOWHERE
        for part in reversed(parts):
            self.next[part.exit] = end
            fork = self._node(to=part.entry)
            self.other[fork] = entry
            entry = fork
        self.stack.append(_Fragment(parts[0].begin, entry, end))

    def _repeat(self, least: int, most: int | None) -> None:
        (part,) = self._pop(1)
        copies = self._copies(part, max(least, 1) if most is None else most)
        end = self._node()
        entry = end if most is not None else self._fork(copies[-1].entry, end)
        for number in reversed(range(len(copies))):
            copy = copies[number]
            self.next[copy.exit] = entry
            entry = copy.entry if number < least else self._fork(copy.entry, end)
        self.stack.append(_Fragment(part.begin, entry, end))

    def _fork(self, one: int, other: int) -> int:
        fork = self._node(to=one)
        self.other[fork] = other
        return fork

    def _copies(self, part: _Fragment, count: int) -> list[_Fragment]:
        """A fragment so many times; it is the last one made, so its nodes end the lists."""
        size = len(self.labels) - part.begin
        self.meter.spend(count * size * _STEPS_PER_NODE)
        copies = [part][:count]
        for by in range(size, count * size, size):
            shifted = slice(part.begin, part.begin + size)
            self.labels += self.labels[shifted]
            self.next += [to + by if to >= 0 else to for to in self.next[shifted]]
            self.other += [to + by if to >= 0 else to for to in self.other[shifted]]
            copies.append(_Fragment(part.begin + by, part.entry + by, part.exit + by))
        return copies


class Threads:
    """All ways to read a body at once: a set of them is a bit set.

    Bits stand for nodes that read a character, in the order of the body, and for its end.

    Attributes:
        end: the bit of the end, above all others.
        takes: of each class, the bits that read it.
        weight: steps that it counts for to keep a set of ways, by its size.

    Args:
        body: what to read.
        alphabet: has the sets of the body.
        backwards: whether the text is read from right to left.
        meter: counts the work.

    Raises:
        GrammarLimitError: the body has too many nodes.
    """

    def __init__(self, body: Body, alphabet: Alphabet, *, backwards: bool, meter: Meter) -> None:
        builder = _Builder(backwards, meter)
        for operation in body:
            builder.add(operation)
        (whole,) = builder.stack
        self._meter = meter
        self._labels, self._next, self._other = builder.labels, builder.next, builder.other
        self._entry = whole.entry
        reading = [at for at, label in enumerate(self._labels) if isinstance(label, Chars)]
        self._bit_of = {node: number for number, node in enumerate(reading)}
        self._after = [self._next[node] for node in reading]
        self.end = 1 << len(reading)
        self.weight = len(reading) // 512
        self.takes = self._taken(alphabet)
        self._closures: dict[tuple[int, int], int] = {}
        self._followed: dict[tuple[int, int], int] = {}

    def _taken(self, alphabet: Alphabet) -> list[int]:
        takes = [0] * alphabet.num_classes
        for node, bit in self._bit_of.items():
            label = self._labels[node]
            assert isinstance(label, Chars)
            classes = alphabet.members[label.members]
            self._meter.spend(len(classes) * (self.weight + 1))
            for symbol in classes:
                takes[symbol] |= 1 << bit
        return takes

    def start(self, holds: int) -> int:
        """The ways to begin at a place.

        Args:
            holds: the assertions that hold there, as bits.
        """
        return self._closure(self._entry, holds)

    def step(self, ways: int, symbol: int, holds: int) -> int:
        """The ways to go on with a character.

        Args:
            ways: before it.
            symbol: its class.
            holds: the assertions that hold behind it, as bits.
        """
        read = ways & self.takes[symbol]
        key = (read, holds)
        found = self._followed.get(key)
        if found is None:
            self._meter.spend(read.bit_count() * (self.weight // 4 + 1) + self.weight)
            found = 0
            rest = read
            while rest:
                low = rest & -rest
                found |= self._closure(self._after[low.bit_length() - 1], holds)
                rest ^= low
            self._followed[key] = found
        return found

    def _closure(self, node: int, holds: int) -> int:
        """The bits that are reached from a node without reading."""
        known = self._closures.get((node, holds))
        if known is not None:
            return known
        found = 0
        seen = {node}
        stack = [node]
        while stack:
            at = stack.pop()
            if at == _NOWHERE:
                found |= self.end
                continue
            label = self._labels[at]
            if isinstance(label, Chars):
                found |= 1 << self._bit_of[at]
                continue
            if isinstance(label, Assert) and not holds >> label.number & 1:
                continue
            ahead = {self._next[at]} - seen
            if self._other[at] != _NOWHERE:
                ahead |= {self._other[at]} - seen
            seen |= ahead
            stack += ahead
        self._meter.spend(len(seen) + self.weight)
        self._closures[node, holds] = found
        return found
