"""What gives states, and how one is had by name.

Legend: T tokens of one document.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from wfgen.api import IdArray, Tokenizer
from wfgen.errors import SettingError, name_hint
from wfgen.states.grammar import grammar_states
from wfgen.states.lexer import lexer_states

__all__ = ["SOURCES", "StateSource", "StateTracker", "open_states"]


class StateTracker(Protocol):
    """The state of one sequence while it is written. Mutable; one per sequence."""

    @property
    def state_id(self) -> int:
        """The state before the next token."""

    def advance(self, token: int) -> None:
        """Take a token, any of the vocabulary; after one that no document goes on with, 0 stays."""

    def fork(self) -> StateTracker:
        """A second one, at the same place."""


class StateSource(Protocol):
    """Tells the states of documents, and of sequences on the way, by the same numbers."""

    @property
    def num_states(self) -> int:
        """Every state is in `range(num_states)`; 0 where nothing is known."""

    def encode(self, document: bytes | str) -> tuple[IdArray, IdArray]:
        """`tokenizer.encode(document)`, and the state before each id and before the end.

        Returns:
            ids: int32, shape [T].
            states: int32, shape [T + 1].

        Raises:
            EncodeError: as the tokenizer does.
        """

    def track(self) -> StateTracker:
        """A tracker that stands before the first id of a document."""


SOURCES: Mapping[str, Callable[[Tokenizer], StateSource]] = {
    "grammar": grammar_states,
    "lexer": lexer_states,
}
"""Name to what makes a source over a tokenizer."""


def open_states(name: str, tokenizer: Tokenizer) -> StateSource:
    """A source over a tokenizer.

    Args:
        name: `grammar` for what a `Stateful` tokenizer knows itself, `lexer` for what a lexer of
            JSON knows of the bytes of a `ByteLevel` tokenizer.
        tokenizer: whose ids they are.

    Raises:
        SettingError: there is no such source.
        CapabilityError: the tokenizer cannot give it.
    """
    if name not in SOURCES:
        hint = name_hint(name, SOURCES)
        raise SettingError(name="states", cause=f"{name!r} is no source of states", hint=hint)
    return SOURCES[name](tokenizer)
