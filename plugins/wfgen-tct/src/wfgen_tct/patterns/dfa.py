"""Machines over code points, spelt out in bytes of UTF-8."""

from __future__ import annotations

from collections.abc import Hashable
from operator import itemgetter

from attrs import field, frozen

from wfgen_tct.patterns.alphabet import Alphabet
from wfgen_tct.patterns.limits import Meter
from wfgen_tct.patterns.machines import Rows

__all__ = ["Dfa", "to_bytes"]


@frozen
class Dfa:
    """A deterministic, complete automaton over the bytes of well-formed UTF-8.

    What it does with bytes that are not well-formed means nothing. Two of them are equal just
    where they accept the same texts.

    Attributes:
        rows: of each state the next one, by byte; states are numbered breadth first.
        accepting: the states at which a text may end.
        byte_classes: of each byte its class; bytes of one class lead everywhere to the same state,
            and those of different ones do not. They are numbered by their first bytes.
        start: the state before the first byte.
    """

    rows: tuple[tuple[int, ...], ...] = field(repr=False)
    accepting: frozenset[int]
    byte_classes: bytes = field(repr=False)
    start: int = 0

    def accepts(self, text: bytes) -> bool:
        """Whether a text is accepted.

        Args:
            text: well-formed UTF-8.
        """
        state = self.start
        for byte in text:
            state = self.rows[state][byte]
        return state in self.accepting


# First and last byte of a character, how many follow, and first and last of those that may follow
# next (Unicode 17.0, table 3-7).
_LEADS = (
    (0x00, 0x7F, 0, 0, 0),
    (0xC2, 0xDF, 1, 0x80, 0xBF),
    (0xE0, 0xE0, 2, 0xA0, 0xBF),
    (0xE1, 0xEC, 2, 0x80, 0xBF),
    (0xED, 0xED, 2, 0x80, 0x9F),
    (0xEE, 0xEF, 2, 0x80, 0xBF),
    (0xF0, 0xF0, 3, 0x90, 0xBF),
    (0xF1, 0xF3, 3, 0x80, 0xBF),
    (0xF4, 0xF4, 3, 0x80, 0x8F),
)


@frozen
class _Tree:
    """What the bytes that may follow on some others lead to, where that differs.

    Attributes:
        first: the first of them; the others come right after it.
        below: of each of them a class of code points, or the number of a tree.
    """

    first: int
    below: tuple[int, ...]

    def padded(self) -> tuple[int | None, ...]:
        """What each of the bytes from 80 to BF leads to, if it may follow."""
        before = self.first - 0x80
        return (None,) * before + self.below + (None,) * (64 - before - len(self.below))

    def follow(self, byte: int) -> int | None:
        """What a byte leads to, if it may follow."""
        at = byte - self.first
        return self.below[at] if 0 <= at < len(self.below) else None


class _Trees:
    """The classes of an alphabet by the bytes of their code points.

    Attributes:
        leads: of each byte that may come first, the class or the number of the tree.
        trees: each once, behind those below it; their numbers follow on those of the classes.
    """

    def __init__(self, alphabet: Alphabet, meter: Meter) -> None:
        self._alphabet = alphabet
        self._meter = meter
        self._numbers: dict[_Tree, int] = {}
        self.leads: dict[int, int] = {}
        for first, last, num_more, low, high in _LEADS:
            bits = 0x7F >> num_more + 1 if num_more else 0x7F
            for byte in range(first, last + 1):
                self.leads[byte] = self._node((byte & bits) << 6 * num_more, num_more, low, high)
        self.trees = list(self._numbers)

    def _node(self, start: int, num_more: int, low: int = 0x80, high: int = 0xBF) -> int:
        """The classes from a code point on, by so many more bytes; three deep at most."""
        alphabet = self._alphabet
        if num_more == 0:
            return alphabet.class_of(start)
        size = 1 << 6 * (num_more - 1)
        begins = range(start + (low - 0x80) * size, start + (high - 0x7F) * size, size)
        if alphabet.is_uniform(begins.start, begins.stop):
            return alphabet.class_of(begins.start)
        self._meter.spend(len(begins))
        tree = _Tree(low, tuple(self._node(begin, num_more - 1) for begin in begins))
        return self._numbers.setdefault(tree, alphabet.num_classes + len(self._numbers))

    def byte_groups(self) -> tuple[list[int], list[int]]:
        """Bytes that all trees treat alike: the first of each group, and the group of each."""
        self._meter.spend(len(self.trees) * 64)
        signatures: list[Hashable] = [self.leads.get(byte) for byte in range(256)]
        if self.trees:
            signatures[0x80:0xC0] = zip(*(tree.padded() for tree in self.trees), strict=True)
        numbers: dict[Hashable, int] = {}
        firsts: list[int] = []
        groups = []
        for byte, signature in enumerate(signatures):
            group = numbers.setdefault(signature, len(numbers))
            if group == len(firsts):
                firsts.append(byte)
            groups.append(group)
        return firsts, groups


def to_bytes(rows: Rows, found: list[bool], alphabet: Alphabet, meter: Meter) -> Dfa:
    """The automaton that reads the bytes of the characters that a machine reads.

    A byte that may not come leads back to the state itself, and what all ways to go on agree on is
    decided at once; so the smallest machine becomes the smallest automaton.

    Args:
        rows: the smallest machine.
        found: of its states, whether a text may end there.
        alphabet: its classes, of which no two are alike.
        meter: counts the work.

    Raises:
        GrammarLimitError: it has too many states.
    """
    trees = _Trees(alphabet, meter)
    firsts, groups = trees.byte_groups()
    grouped = _grouped_rows(rows, trees, firsts, meter)
    order = _breadth_first(grouped)
    number_of = {state: number for number, state in enumerate(order)}
    numbered = [[number_of[after] for after in grouped[state]] for state in order]
    columns: dict[tuple[int, ...], int] = {}
    class_of = [columns.setdefault(each, len(columns)) for each in zip(*numbered, strict=True)]
    every_byte = itemgetter(*groups)
    return Dfa(
        rows=tuple(every_byte(row) for row in numbered),
        accepting=frozenset(number_of[state] for state, is_found in enumerate(found) if is_found),
        byte_classes=bytes(every_byte(class_of)),
    )


def _grouped_rows(rows: Rows, trees: _Trees, firsts: list[int], meter: Meter) -> Rows:
    """Rows over groups of bytes: of all states between characters, then of those inside of one."""
    numbers: dict[_Tree, int] = {}
    grouped: Rows = []
    num_steps = sum(len(tree.below) for tree in trees.trees) + len(firsts)
    for state, row in enumerate(rows):
        meter.spend(num_steps)
        targets = row.copy()
        for tree in trees.trees:
            below = tuple([targets[each] for each in tree.below])
            if below[0] < len(rows) and below.count(below[0]) == len(below):
                targets.append(below[0])
                continue
            inside = numbers.setdefault(_Tree(tree.first, below), len(rows) + len(numbers))
            targets.append(inside)
            meter.check_states(inside + 1)
        leads = (trees.leads.get(byte) for byte in firsts)
        grouped.append([state if lead is None else targets[lead] for lead in leads])
    for inner, state in numbers.items():
        follow = map(inner.follow, firsts)
        grouped.append([state if after is None else after for after in follow])
    return grouped


def _breadth_first(rows: Rows) -> list[int]:
    """The states in the order in which they are met from state 0."""
    order = {0: None}
    queue = [0]
    for state in queue:  # which grows on the way
        for after in rows[state]:
            if after not in order:
                order[after] = None
                queue.append(after)
    return queue
