"""A document that goes on in one of several ways, as one state of a grammar."""

from __future__ import annotations

import numpy as np
from attrs import define

from wfgen.api import GrammarState, MaskRow
from wfgen.errors import BudgetError, ConstraintError
from wfgen.masks import row_of

__all__ = ["Alternatives", "Branch"]


@define
class Branch:
    """A state, and the ids that lead to it and are still to be written."""

    ids: list[int]
    state: GrammarState

    def fill_mask(self, row: MaskRow, budget: int | None) -> None:
        """As `GrammarState.fill_mask`."""
        if not self.ids:
            self.state.fill_mask(row, budget)
            return
        if budget is not None and self.cost() > budget:
            raise BudgetError(
                budget=budget,
                cost=self.cost(),
                cause=f"{self.cost()} tokens are needed, {budget} are left",
            )
        row[:] = row_of(self.ids[:1], 32 * len(row))

    def advance(self, token: int) -> None:
        """As `GrammarState.advance`."""
        if not self.ids:
            self.state.advance(token)
        elif token != self.ids[0]:
            raise ConstraintError(token=token, cause="the prompt goes on with another")
        else:
            self.ids = self.ids[1:]

    def cost(self) -> int:
        """As `GrammarState.cost_to_finish`."""
        return len(self.ids) + self.state.cost_to_finish()


@define
class Alternatives:
    """A `GrammarState` of a document that goes on in one of several ways."""

    branches: list[Branch]

    @property
    def state_id(self) -> int:
        """That of the first way; 0 where it has none."""
        return 0 if self.branches[0].ids else self.branches[0].state.state_id

    def fill_mask(self, row: MaskRow, budget: int | None = None) -> None:
        """What any of the ways allows; raises as each of them does where all do."""
        found = np.zeros_like(row)
        errors: list[BudgetError] = []
        for branch in self.branches:
            try:
                branch.fill_mask(row, budget)
                found |= row
            except BudgetError as error:
                errors.append(error)
        if len(errors) == len(self.branches):
            raise min(errors, key=lambda error: error.cost)
        row[:] = found

    def advance(self, token: int) -> None:
        """Take one token; ways that do not take it are left."""
        if len(self.branches) == 1:
            self.branches[0].advance(token)
            return
        taken: list[Branch] = []
        for branch in self.branches:
            try:
                ahead = Branch(branch.ids, branch.state.fork())
                ahead.advance(token)
                taken.append(ahead)
            except ConstraintError as error:
                refusal = error
        if not taken:
            raise refusal
        self.branches = taken

    def fork(self) -> Alternatives:
        """An independent copy."""
        return Alternatives([Branch(b.ids, b.state.fork()) for b in self.branches])

    def is_accepting(self) -> bool:
        """True where a way is whole."""
        return any(not b.ids and b.state.is_accepting() for b in self.branches)

    def is_finished(self) -> bool:
        """True after the end."""
        return any(not b.ids and b.state.is_finished() for b in self.branches)

    def cost_to_finish(self) -> int:
        """Of the cheapest way."""
        return min(branch.cost() for branch in self.branches)
