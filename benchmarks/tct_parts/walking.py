"""Masked random walks within a budget: how the next token is chosen, and one walk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from wfgen.api import GrammarState, IdArray
from wfgen.masks import allowed_ids, empty_row
from wfgen_tct import TctTokenizer
from wfgen_tct.symbols import CLOSE, END

__all__ = ["STRATEGIES", "Strategy", "Walk", "chooser", "walk"]

Strategy = Callable[[IdArray, Random], int]
"""Chooses one of the allowed tokens."""

STRATEGIES = ("uniform", "greedy-longest", "rarest-first", "never-closing")


@frozen(kw_only=True)
class Walk:
    """One walk.

    Attributes:
        ids: what was taken, without the end.
        budget: tokens that it had.
        is_finished: whether it came to the end within them.
    """

    ids: list[int]
    budget: int
    is_finished: bool


def chooser(name: str, tokenizer: TctTokenizer, uses: Mapping[int, int]) -> Strategy:
    """A strategy by name.

    Args:
        name: one of `STRATEGIES`; ties are broken at random.
        tokenizer: whose tokens they are.
        uses: how often each token occurs in documents; those that are missing are rarest.
    """
    expansions = tokenizer.vocabulary.expansions
    if name == "uniform":
        return _any_of
    if name == "greedy-longest":
        return _best_by([len(symbols) for symbols in expansions])
    if name == "rarest-first":
        return _best_by([-uses.get(token, 0) for token in range(len(expansions))])
    return _best_by([bool(s) and s[-1] not in (END, CLOSE) for s in expansions])


def _any_of(allowed: IdArray, rng: Random) -> int:
    return int(allowed[rng.randrange(len(allowed))])


def _best_by(scores: Sequence[int]) -> Strategy:
    """One of those that score highest."""
    known = np.array(scores, dtype=np.int64)

    def choose(allowed: IdArray, rng: Random) -> int:
        found = known[allowed]
        return _any_of(allowed[found == found.max()], rng)

    return choose


def walk(tokenizer: TctTokenizer, choose: Strategy, slack: int, rng: Random) -> Walk:
    """One walk with a budget of what the shortest document takes, and `slack` more."""
    _, state = tokenizer.constrain().start()
    budget = state.cost_to_finish() + slack
    return _go_on(state, tokenizer, choose, budget, rng)


def _go_on(
    state: GrammarState, tokenizer: TctTokenizer, choose: Strategy, budget: int, rng: Random
) -> Walk:
    row: NDArray[Any] = empty_row(tokenizer.vocab_size)
    ids: list[int] = []
    while True:
        state.fill_mask(row, budget - len(ids))
        token = choose(allowed_ids(row, tokenizer.vocab_size), rng)
        state.advance(token)
        if state.is_finished():
            return Walk(ids=ids, budget=budget, is_finished=True)
        ids.append(token)
        if len(ids) > budget:
            return Walk(ids=ids, budget=budget, is_finished=False)
