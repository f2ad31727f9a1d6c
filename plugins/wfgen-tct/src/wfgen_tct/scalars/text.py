"""Strings and keys: patterns, lengths, and texts that are spelt elsewhere, in one machine."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Sequence
from itertools import pairwise
from math import inf

from wfgen_tct.errors import GrammarLimitError
from wfgen_tct.patterns import Dfa
from wfgen_tct.scalars import utf8
from wfgen_tct.scalars.lengths import Distances

__all__ = ["TextMachine"]

_MAX_NODES = 100_000
_MAX_COUNT = 1_000_000_000
_OFF = -1  # no taken text begins so


class TextMachine:
    """Reads UTF-8. Its outcomes are: does each pattern match; is each length reached.

    A state is a node of the product of all automata, and the number of characters so far, which
    is counted up to the highest length that is asked for.

    Args:
        patterns: compiled.
        lengths: in characters, above 0, ascending.
        taken: texts that are none of this machine's.
        names: the sources of the patterns, to make the machine again from `recipe`.

    Raises:
        GrammarLimitError: its patterns combine to too many states.
    """

    def __init__(
        self,
        patterns: Sequence[Dfa],
        lengths: Sequence[int],
        taken: Collection[str],
        names: Sequence[str] = (),
    ) -> None:
        self.recipe = tuple(names), tuple(lengths), tuple(sorted(taken))
        self.taken = frozenset(taken)
        self._patterns = tuple(patterns)
        self._lengths = tuple(lengths)
        self._taken = frozenset(text.encode() for text in taken)
        self._most = self._lengths[-1] if self._lengths else 0
        self._base = self._most + 1
        self.has_no_patterns = not patterns
        self._explore()
        self._distances = Distances(self._edges, self._missing, self._ends)
        self._reach: dict[int, int] = {}
        self._number: dict[tuple[bool, ...], int] = {}
        self.start = 0
        self.outcomes = self._possible()
        self._number = {truth: number for number, truth in enumerate(self.outcomes)}
        self._reach.clear()

    # The product ----------------------------------------------------------------------------

    def _explore(self) -> None:
        """Number the nodes that can be reached, and find what follows each."""
        self._trie = _trie(self._taken)
        self._classes = self._common_classes()
        first = (utf8.BOUNDARY, 0, *(pattern.start for pattern in self._patterns))
        self._nodes: dict[tuple[int, ...], int] = {first: 0}
        self._order = [first]
        self._rows: list[list[int]] = []
        self._edges: list[dict[int, int]] = []
        self._missing: list[int] = []
        self._ends: list[int] = []
        self._truths: list[tuple[bool, ...]] = []
        self._plain_rows: dict[tuple[int, ...], tuple[list[int], dict[int, int]]] = {}
        for node in self._order:  # which grows on the way
            row, edges = self._row(node)
            self._rows.append(row)
            self._edges.append(edges)
            self._missing.append(utf8.continuations(node[0]))
            self._ends.append(self._end(node))

    def _common_classes(self) -> list[tuple[int, list[int]]]:
        """Bytes that no automaton but the trie tells apart: one of them, and all."""
        columns = [utf8.BYTE_CLASSES, *(pattern.byte_classes for pattern in self._patterns)]
        found: dict[tuple[int, ...], list[int]] = {}
        for byte, signature in enumerate(zip(*columns, strict=True)):
            if signature[0]:
                found.setdefault(signature, []).append(byte)
        return [(every[0], every) for every in found.values()]

    def _row(self, node: tuple[int, ...]) -> tuple[list[int], dict[int, int]]:
        """The node behind each byte, and how many bytes lead to each."""
        plain = self._plain_row((node[0], _OFF, *node[2:]))
        children = self._trie[node[1]][0] if node[1] != _OFF else {}
        if not children:
            return plain
        row, edges = plain[0].copy(), plain[1].copy()
        for byte, child in children.items():
            if row[byte] >= 0:
                edges[row[byte]] -= 1
                row[byte] = self._after(node, byte, child)
                edges[row[byte]] = edges.get(row[byte], 0) + 1
        return row, {to: number for to, number in edges.items() if number}

    def _plain_row(self, node: tuple[int, ...]) -> tuple[list[int], dict[int, int]]:
        """The same for a node at which no taken text begins or goes on."""
        found = self._plain_rows.get(node)
        if found is None:
            row, edges = [-1] * 256, dict[int, int]()
            for byte, every in self._classes:
                after = self._after(node, byte, _OFF)
                if after >= 0:
                    edges[after] = edges.get(after, 0) + len(every)
                    for each in every:
                        row[each] = after
            found = self._plain_rows[node] = row, edges
        return found

    def _after(self, node: tuple[int, ...], byte: int, place: int) -> int:
        at, _, *states = node
        state = utf8.TRANSITIONS[utf8.BYTE_CLASSES[byte]].get(at)
        if state is None:
            return -1
        moved = (p.rows[s][byte] for p, s in zip(self._patterns, states, strict=True))
        after = (state, place, *moved)
        found = self._nodes.get(after)
        if found is None:
            found = self._nodes[after] = len(self._order)
            self._order.append(after)
            if found >= _MAX_NODES:
                raise GrammarLimitError(
                    cause="the patterns and listed texts of one string combine to too many states",
                    hint="simplify its patterns",
                )
        return found

    def _end(self, node: tuple[int, ...]) -> int:
        """The bit of what a text that ends at a node is; 0 where none may end."""
        at, place, *states = node
        if at != utf8.BOUNDARY or (place != _OFF and self._trie[place][1]):
            return 0
        truth = tuple(s in p.accepting for p, s in zip(self._patterns, states, strict=True))
        if truth not in self._truths:
            self._truths.append(truth)
        return 1 << self._truths.index(truth)

    # Outcomes -------------------------------------------------------------------------------

    def _spans(self, so_far: int) -> list[tuple[int, float, tuple[bool, ...]]]:
        """How many more characters lead to which lengths: from, to under, and what then holds."""
        edges = [0, *self._lengths, inf]
        found = []
        for number, (low, high) in enumerate(pairwise(edges)):
            if high > so_far:
                reached = tuple(at < number for at in range(len(self._lengths)))
                found.append((max(int(low) - so_far, 0), high - so_far, reached))
        return found

    def _ahead(self, state: int) -> list[tuple[bool, ...]]:
        node, so_far = divmod(state, self._base)
        found = []
        for first, last, reached in self._spans(so_far):
            bits = self._distances.within(node, first, last)
            found += [truth + reached for at, truth in enumerate(self._truths) if bits >> at & 1]
        return found

    def _possible(self) -> tuple[tuple[bool, ...], ...]:
        return tuple(sorted(self._ahead(self.start)))

    def reach(self, state: int) -> int:
        """The outcomes of the texts that go on from here, as a bit set; exact."""
        found = self._reach.get(state)
        if found is None:
            if len(self._reach) > _MAX_NODES:
                self._reach.clear()
            found = 0
            for truth in self._ahead(state):
                found |= 1 << self._number[truth]
            self._reach[state] = found
        return found

    def without_taken(self, state: int) -> int:
        """The state of `TextMachine((), (), ())` from which all goes on as from one of these.

        -1 where there is none: the machine has patterns or lengths, or a taken text may follow.
        """
        if self._patterns or self._lengths:
            return -1
        at, place = self._order[state]
        return _UNTAKEN[at] if place == _OFF else -1

    @property
    def num_states(self) -> int:
        """Every state is in `range(num_states)`."""
        return len(self._order) * self._base

    def outcome(self, state: int) -> int:
        """The outcome of a text that ends here; -1 where none may."""
        node, so_far = divmod(state, self._base)
        end = self._ends[node]
        if not end:
            return -1
        return self._number[self._truths[end.bit_length() - 1] + self._reached(so_far)]

    def _reached(self, num_chars: int) -> tuple[bool, ...]:
        return tuple(num_chars >= length for length in self._lengths)

    # Reading --------------------------------------------------------------------------------

    def step(self, state: int, byte: int) -> int:
        """The state after one more byte; -1 where no text goes on so."""
        node, so_far = divmod(state, self._base)
        after = self._rows[node][byte]
        if after < 0:
            return -1
        is_first = not self._missing[node]
        return after * self._base + min(so_far + is_first, self._most)

    def run(self, text: bytes) -> int:
        """The outcome of a whole text of well-formed UTF-8; -1 where it is taken."""
        if text in self._taken:
            return -1
        num_chars = len(text.decode()) if self._lengths else 0
        if self.has_no_patterns:
            return bisect_right(self._lengths, num_chars) - self._num_missed
        node, rows = 0, self._rows
        for byte in text:
            node = rows[node][byte]
        truth = self._truths[self._ends[node].bit_length() - 1]
        return self._number[truth + self._reached(num_chars)]

    @property
    def _num_missed(self) -> int:
        """Lengths that no text has only just not reached: all are, where the empty one is taken."""
        return len(self._lengths) + 1 - len(self.outcomes)

    def count(self, state: int, mask: int) -> float:
        """How many texts go on from here to an outcome in a bit set; `inf` where very many."""
        ahead, total, rounds = {state: 1}, 0, 0
        most_rounds = 4 * len(self._edges) * self._base
        while ahead:
            after: Counter[int] = Counter()
            for at, ways in ahead.items():
                outcome = self.outcome(at)
                if outcome >= 0 and mask >> outcome & 1:
                    total += ways
                for to, num_bytes in self.followers(at):
                    if self.reach(to) & mask:
                        after[to] += ways * num_bytes
            ahead, rounds = after, rounds + 1
            if total + sum(ahead.values()) > _MAX_COUNT or rounds > most_rounds:
                return inf
        return total

    def followers(self, state: int) -> list[tuple[int, int]]:
        """The states that follow, and how many bytes lead to each."""
        node, so_far = divmod(state, self._base)
        so_far = min(so_far + (not self._missing[node]), self._most)
        return [(to * self._base + so_far, number) for to, number in self._edges[node].items()]

    def moves(self, state: int) -> dict[int, int]:
        """The states that follow, by byte."""
        node, so_far = divmod(state, self._base)
        so_far = min(so_far + (not self._missing[node]), self._most)
        base, row = self._base, self._rows[node]
        return {byte: to * base + so_far for byte, to in enumerate(row) if to >= 0}


def _trie(texts: Collection[bytes]) -> list[tuple[dict[int, int], bool]]:
    """Nodes of a trie, the root first: children by byte, and whether a text ends there."""
    children: list[dict[int, int]] = [{}]
    ends = [False]
    for text in sorted(texts):
        at = 0
        for byte in text:
            child = children[at].get(byte)
            if child is None:
                child = children[at][byte] = len(children)
                children.append({})
                ends.append(False)
            at = child
        ends[at] = True
    return list(zip(children, ends, strict=True))


def _untaken() -> dict[int, int]:
    """State of a machine without taken texts, by state of UTF-8."""
    machine = TextMachine((), (), ())
    return {node[0]: number for number, node in enumerate(machine._order) if node[1] == _OFF}


_UNTAKEN = _untaken()
