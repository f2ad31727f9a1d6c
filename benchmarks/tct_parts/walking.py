"""Masked random walks within a budget: how the next token is chosen, and one walk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from attrs import frozen
from numpy.typing import NDArray

from wfgen.api import GrammarState
from wfgen.masks import allowed_ids, empty_row
from wfgen_tct import TctTokenizer
from wfgen_tct.symbols import CLOSE, END

__all__ = ["STRATEGIES", "Strategy", "Walk", "chooser", "walk"]

Strategy = Callable[[Sequence[int], Random], int]
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
        return lambda allowed, rng: rng.choice(allowed)
    if name == "greedy-longest":
        return lambda allowed, rng: max(allowed, key=lambda t: (len(expansions[t]), rng.random()))
    if name == "rarest-first":
        return lambda allowed, rng: min(allowed, key=lambda t: (uses.get(t, 0), rng.random()))
    closing = {t for t, s in enumerate(expansions) if not s or s[-1] in (END, CLOSE)}
    return lambda allowed, rng: rng.choice([t for t in allowed if t not in closing] or allowed)


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
        token = choose(allowed_ids(row, tokenizer.vocab_size).tolist(), rng)
        state.advance(token)
        if state.is_finished():
            return Walk(ids=ids, budget=budget, is_finished=True)
        ids.append(token)
        if len(ids) > budget:
            return Walk(ids=ids, budget=budget, is_finished=False)
