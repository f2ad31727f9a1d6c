"""The states that a tokenizer with a grammar tells itself.

Legend: T tokens of one document.
"""

from __future__ import annotations

from typing import Any

from attrs import define, frozen

from wfgen.api import Constrainable, GrammarState, IdArray, Stateful, Tokenizer
from wfgen.errors import CapabilityError, ConstraintError

__all__ = ["GrammarStates", "grammar_states"]


def grammar_states(tokenizer: Tokenizer) -> GrammarStates:
    """Raises CapabilityError where the tokenizer is not `Stateful` and `Constrainable`."""
    if not isinstance(tokenizer, Stateful) or not isinstance(tokenizer, Constrainable):
        raise CapabilityError(
            name=type(tokenizer).__name__,
            capability="states",
            cause="it has no grammar that tells a state before each token",
            hint="take the states of the lexer, or a tokenizer such as tct-github-workflow",
        )
    return GrammarStates(tokenizer)


@frozen
class GrammarStates:
    """As `wfgen.states.StateSource`."""

    tokenizer: Any

    @property
    def num_states(self) -> int:
        """Of the tokenizer's grammar."""
        return int(self.tokenizer.num_states)

    def encode(self, document: bytes | str) -> tuple[IdArray, IdArray]:
        """Ids, and the state before each and before the end; int32, shapes [T] and [T + 1]."""
        ids, states = self.tokenizer.encode_with_states(document)
        return ids, states

    def track(self) -> GrammarTracker:
        """Before the first id."""
        return GrammarTracker(self.tokenizer.constrain().start()[1])


@define
class GrammarTracker:
    """Follows a sequence; off the grammar there is no state."""

    _state: GrammarState | None

    @property
    def state_id(self) -> int:
        """The state before the next token; 0 off the grammar."""
        return 0 if self._state is None else self._state.state_id

    def advance(self, token: int) -> None:
        """Take a token."""
        if self._state is None:
            return
        try:
            self._state.advance(token)
        except ConstraintError:
            self._state = None

    def fork(self) -> GrammarTracker:
        """A second one at the same place."""
        return GrammarTracker(None if self._state is None else self._state.fork())
