"""What constraints are checked against: symbols taken one by one, and ways to the end by trying."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from math import inf
from typing import Any

import pytest

import wfgen_tct
from wfgen.errors import BudgetError
from wfgen.masks import allowed_ids, empty_row
from wfgen_tct.grammar.moves import Edge
from wfgen_tct.grammar.places import Items, Members
from wfgen_tct.grammar.walk import TooDeep, Walk

_MOST_SYMBOLS = 200
_CALM = 10
"""Symbols after which a walk for a document takes what leads to an end."""


class Trial:
    """Tokens at a walk, by nothing but the choices of symbols.

    Args:
        tokenizer: whose tokens they are.
        letters: bytes that stand for all when ways to the end are tried.
    """

    def __init__(self, tokenizer: wfgen_tct.TctTokenizer, letters: bytes) -> None:
        self.tokenizer = tokenizer
        self._runs = {token: r for token, r in enumerate(tokenizer.vocabulary.expansions) if r}
        self._usual = {t for t, r in self._runs.items() if all(s > 255 or s in letters for s in r)}
        self._behind: dict[object, list[tuple[object, Walk]]] = {}

    @classmethod
    def taught(
        cls, schema: Any, documents: list[bytes], merges: int, letters: bytes = b""
    ) -> Trial:
        """One of a tokenizer that has up to so many merges."""
        grammar = wfgen_tct.compile_schema(schema)
        size = wfgen_tct.least_vocab_size(grammar) + merges
        return cls(wfgen_tct.learn(grammar, documents * 2, size), letters)

    @classmethod
    def learned(cls, schema: Any, letters: bytes, rng: random.Random, merges: int) -> Trial:
        """The same, of documents made at random."""
        bare = cls.taught(schema, [], 0, letters)
        if not merges:
            return bare
        made = [bare.document(rng) for _ in range(8)]
        return cls.taught(schema, [each for each in made if each is not None], merges, letters)

    def document(self, rng: random.Random) -> bytes | None:
        """A document made at random; None where it would have become long."""
        walk = self.start()
        for number in range(_MOST_SYMBOLS):
            if walk.is_whole:
                return walk.written
            ways = [after for _, after in self.usual(walk)]
            if not ways:
                return None
            ends = [after for after in ways if _comes_to_an_end(walk, after)]
            walk = rng.choice(ends if ends and number > _CALM else ways)
        return None

    def start(self) -> Walk:
        walk = Walk(self.tokenizer.language, write=True)
        self._follow(walk)
        return walk

    # Taking ---------------------------------------------------------------------------------

    def allowed(self, walk: Walk) -> list[int]:
        """The tokens that may follow."""
        return [token for token in self._runs if self.take(walk, token) is not None]

    def usual(self, walk: Walk) -> list[tuple[object, Walk]]:
        """Where the tokens lead with which ways are tried, each place once."""
        at = signature(walk)
        if at not in self._behind:
            taken = (self.take(walk, token) for token in self._usual)
            behind = {signature(after): after for after in taken if after is not None}
            self._behind[at] = list(behind.items())
        return self._behind[at]

    def is_usual(self, token: int) -> bool:
        """Whether a token is one of those."""
        return token in self._usual

    def take(self, walk: Walk, token: int) -> Walk | None:
        """Where a token leads; no edge of a frame may lie among its symbols."""
        fork, is_at_edge = walk.fork(), False
        try:
            for symbol in self._runs[token]:
                if is_at_edge or symbol not in fork.choices():
                    return None
                edge = self._step(fork, symbol)
                is_at_edge = self._follow(fork) or edge
        except TooDeep:
            return None
        return fork

    @staticmethod
    def _step(walk: Walk, symbol: int) -> bool:
        """Take a symbol; whether it comes to an edge of a frame."""
        assert walk.place is not None
        edge = walk.place.move(symbol).edge
        walk.advance(symbol)
        return edge != Edge.NONE

    def _follow(self, walk: Walk) -> bool:
        """Take what is forced, a choice that is the only one; whether that comes to an edge."""
        is_at_edge = False
        while len(choices := walk.choices()) == 1:
            is_at_edge |= self._step(walk, choices[0])
        return is_at_edge

    # Checking -------------------------------------------------------------------------------

    def mask(self, state: Any, budget: int | None = None) -> set[int]:
        """The tokens that a state allows."""
        row = empty_row(self.tokenizer.vocab_size)
        state.fill_mask(row, budget)
        return set(allowed_ids(row, self.tokenizer.vocab_size).tolist())

    def cost(self, walk: Walk, most: int, *, most_states: int = 300) -> float | None:
        """The fewest tokens to the end, breadth first.

        Returns:
            `inf` where more than `most` are needed; None where that would take long to tell.
        """
        level, seen = [walk], {signature(walk)}
        for cost in range(most + 1):
            if any(each.is_whole for each in level):
                return cost
            level = [after for each in level for after in self._fresh(each, seen)]
            if len(seen) > most_states:
                return None
        return inf

    def _fresh(self, walk: Walk, seen: set[object]) -> Iterator[Walk]:
        for key, after in self.usual(walk):
            if key not in seen:
                seen.add(key)
                yield after

    def check(self, state: Any, *, most: int = 6) -> bool:
        """Mask, cost and budgets of a state are those found by trying; whether all was tried."""
        found = self.mask(state)
        assert found == set(self.allowed(state._walk))
        costs = {token: _behind(state, token).cost_to_finish() for token in found}
        cost = state.cost_to_finish()
        assert cost == 1 + min(costs.values())
        self._check_budgets(state, cost, costs)
        tried = self.cost(state._walk, min(cost, most))
        if tried is None or cost > most:
            assert tried in (None, inf)
            return False
        assert tried == cost
        return True

    def _check_budgets(self, state: Any, cost: int, costs: dict[int, int]) -> None:
        for budget in range(cost, cost + 4):
            expected = {token for token, left in costs.items() if left < budget}
            assert self.mask(state, budget) == expected, budget
        with pytest.raises(BudgetError) as caught:
            self.mask(state, cost - 1)
        assert (caught.value.budget, caught.value.cost) == (cost - 1, cost)

    def check_walks(self, rng: random.Random, num_states: int) -> float:
        """Check states that tokens chosen at random come to; how many were tried in full, of 1."""
        _, begin = self.tokenizer.constrain().start()
        if begin.is_accepting():
            return 1  # there is one document, and all of it is forced
        state, number = begin.fork(), 0
        for _ in range(num_states):
            state = begin.fork() if state.is_accepting() else state
            number += self.check(state)
            every = sorted(self.mask(state))
            state.advance(rng.choice([t for t in every if self.is_usual(t)] or every))
        return number / num_states


def signature(walk: Walk) -> object:
    """What all that may follow depends on."""
    frames = []
    for frame in walk.frames:
        used = None if frame.used is None else frozenset(frame.used)
        minds = bool(walk._num_recorders)
        under_way = walk.written_since(frame.begin) if minds else b""
        frames.append((
            id(frame.step), frozenset(frame.names), frozenset(frame.others), used, under_way,
            frame.must_differ, frame.count if minds else 0,
        ))  # fmt: skip
    return id(walk.place), walk.key, tuple(frames)


def _behind(state: Any, token: int) -> Any:
    fork = state.fork()
    fork.advance(token)
    return fork


def _comes_to_an_end(walk: Walk, after: Walk) -> bool:
    place = after.place
    return (
        place is None or len(after.frames) < len(walk.frames) or isinstance(place, Members | Items)
    )


@pytest.fixture(scope="session")
def trial() -> type[Trial]:
    """Makes a `Trial`."""
    return Trial


@pytest.fixture(scope="session")
def is_deep() -> bool:
    """Whether to take long and look at more."""
    return os.environ.get("WFGEN_PROFILE") == "deep"
