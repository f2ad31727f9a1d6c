"""Text that is written byte by byte at one place: a string, a number, or a key not named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property

from wfgen_tct.scalars.machine import ScalarMachine
from wfgen_tct.symbols import END

__all__ = ["DEAD", "Spelling"]

DEAD = -1
"""No state: nothing can follow."""

_MAX_STATES = 50_000
"""States whose moves are kept; beyond it the tables start anew."""

_MAX_LOOKED_AT = 2_000
"""States up to which it is looked at whether any of them forces a symbol."""

_MANY = 200_000
"""More texts than a document has places for them (`wfgen.canonical.Limits.num_nodes`)."""


class Spelling:
    """A machine at a place: which of its outcomes may stand there, and what they come to.

    Attributes:
        machine: reads the bytes.
        labels: label by outcome; 0 for one that may not stand there.
        start: the state before the first byte; `DEAD` where nothing may be written.
    """

    def __init__(self, machine: ScalarMachine, labels: Sequence[int]) -> None:
        self.machine = machine
        self.labels = tuple(labels)
        self._good = sum(1 << number for number, label in enumerate(labels) if label)
        self._moves: dict[int, dict[int, int]] = {}
        self._choices: dict[int, tuple[int, ...]] = {}
        self._endless: dict[int, bool] = {}
        self._num_endless: dict[int, int] = {}
        is_live = machine.outcomes and machine.reach(machine.start) & self._good
        self.start = machine.start if is_live else DEAD

    @cached_property
    def is_free(self) -> bool:
        """Whether any text may stand here that is not taken elsewhere."""
        return self.machine.has_no_patterns and all(self.labels)

    @cached_property
    def is_plain(self) -> bool:
        """Whether no symbol of a text is ever forced; where that is hard to tell, no."""
        if self.is_free:
            return True
        if self.machine.num_states > _MAX_LOOKED_AT:
            return False
        met = {self.start} if self.is_possible else set()
        stack = list(met)
        while stack:
            state = stack.pop()
            if len(self.choices(state)) < 2:
                return False
            fresh = set(self.moves(state).values()) - met
            met |= fresh
            stack += fresh
        return True

    @property
    def is_possible(self) -> bool:
        """Whether any text may be written."""
        return self.start != DEAD

    @property
    def number_of_texts(self) -> float:
        """How many texts may be written."""
        return self.machine.count(self.start, self._good) if self.is_possible else 0

    def step(self, state: int, byte: int) -> int:
        """The state after one more byte; `DEAD` where nothing good can follow."""
        after = self.machine.step(state, byte)
        return after if after >= 0 and self.machine.reach(after) & self._good else DEAD

    def moves(self, state: int) -> dict[int, int]:
        """The states that may follow, by byte."""
        found = self._moves.get(state)
        if found is None:
            if len(self._moves) >= _MAX_STATES:
                self._moves.clear()
                self._choices.clear()
            after = self.machine.moves(state)
            live = {to for to in set(after.values()) if self.machine.reach(to) & self._good}
            found = {byte: to for byte, to in after.items() if to in live}
            self._moves[state] = found
        return found

    def end(self, state: int) -> int:
        """The label of a text that ends here; 0 where it may not."""
        outcome = self.machine.outcome(state)
        return 0 if outcome < 0 else self.labels[outcome]

    def labels_from(self, state: int) -> frozenset[int]:
        """The labels of the texts that go on from a state."""
        ahead = self.machine.reach(state) & self._good
        return frozenset(x for number, x in enumerate(self.labels) if ahead >> number & 1)

    def label(self, text: bytes) -> int:
        """The label of a whole text; 0 where it may not stand here."""
        outcome = self.machine.run(text)
        return 0 if outcome < 0 else self.labels[outcome]

    def choices(self, state: int) -> tuple[int, ...]:
        """The symbols that may follow: bytes ascending, and `END` last."""
        found = self._choices.get(state)
        if found is None:
            found = tuple(self.moves(state))
            found = self._choices[state] = (*found, END) if self.end(state) else found
        return found

    def is_endless(self, state: int) -> bool:
        """Whether more texts go on from a state than any document holds."""
        found = self._endless.get(state)
        if found is None:
            if len(self._endless) >= _MAX_STATES:
                self._endless.clear()
            found = self.machine.count(state, self._good) > _MANY
            self._endless[state] = found
        return found

    def num_endless(self, state: int) -> int:
        """How many of the bytes that may follow lead on without end."""
        found = self._num_endless.get(state)
        if found is None:
            if len(self._num_endless) >= _MAX_STATES:
                self._num_endless.clear()
            followers = Counter(self.moves(state).values())
            found = sum(n for after, n in followers.items() if self.is_endless(after))
            self._num_endless[state] = found
        return found

    @cached_property
    def minds_none(self) -> bool:
        """Whether it minds no text at all; where that is hard to tell, no."""
        if self.is_free or not self.is_possible:
            return True
        if self.machine.num_states > _MAX_LOOKED_AT:
            return False
        graph, stack = {}, [self.start]
        while stack:
            state = stack.pop()
            if state not in graph:
                graph[state] = Counter(self.moves(state).values())
                stack += graph[state]
        endless = _on_endless_walks(graph)
        ends = (graph[state] for state in graph if self.end(state))
        return all(sum(n for to, n in after.items() if to in endless) > 1 for after in ends)

    def minds(self, text: bytes) -> bool:
        """Whether more than the `END` of a text depends on its having been used.

        It does not where texts never run out on its way, and no symbol is left alone at its end.
        """
        if self.__dict__.get("minds_none", self.is_free):
            return False
        state = self.start
        for byte in text:
            if state == DEAD:
                return False
            state = self.step(state, byte)
        if state == DEAD:
            return False
        return not self.is_endless(state) or self.num_endless(state) < 2

    def free_choices(self, state: int, prefix: bytes, taken: frozenset[bytes]) -> tuple[int, ...]:
        """As `choices`, without what leads to nothing but texts that are taken.

        Args:
            state: where the text stands.
            prefix: what was written of it.
            taken: texts that may not be written once more.
        """
        found = self.choices(state)
        if not taken:
            return found
        size, ahead = len(prefix), (text for text in taken if text.startswith(prefix))
        touched = {text[size] if len(text) > size else END for text in ahead}
        return tuple(
            symbol
            for symbol in found
            if symbol not in touched or self._is_free(state, symbol, prefix, taken)
        )

    def _is_free(self, state: int, symbol: int, prefix: bytes, taken: frozenset[bytes]) -> bool:
        if symbol == END:
            return prefix not in taken
        prefix += bytes((symbol,))
        used = sum(text.startswith(prefix) and self.label(text) > 0 for text in taken)
        return not used or self.machine.count(self.step(state, symbol), self._good) > used


def _on_endless_walks(graph: Mapping[int, Mapping[int, int]]) -> set[int]:
    """The nodes of a graph at which endless walks begin."""
    endless, before = set(graph), -1
    while len(endless) != before:
        before = len(endless)
        endless = {node for node in endless if any(to in endless for to in graph[node])}
    return endless
