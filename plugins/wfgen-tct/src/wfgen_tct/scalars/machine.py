"""What a machine that reads scalars byte by byte gives: strings, keys and numbers alike."""

from __future__ import annotations

from typing import Any, Protocol

__all__ = ["ScalarMachine"]


class ScalarMachine(Protocol):
    """Reads the text of one scalar, byte by byte, and tells its *outcome*.

    States are ints of 0 and more; `-1` stands for none. Outcomes are numbered; each is what the
    machine was asked about a text, in truth values.
    """

    @property
    def start(self) -> int:
        """The state before the first byte."""

    @property
    def recipe(self) -> tuple[Any, ...]:
        """What it was made of; equal ones make equal machines."""

    @property
    def outcomes(self) -> tuple[tuple[bool, ...], ...]:
        """The truth values that texts have; only those that some text has."""

    @property
    def has_no_patterns(self) -> bool:
        """Whether no byte of a text is ever the only one that may follow."""

    @property
    def num_states(self) -> float:
        """Every state is below it; `inf` where there are very many."""

    def step(self, state: int, byte: int) -> int:
        """The state after one more byte; -1 where no text goes on so."""

    def moves(self, state: int) -> dict[int, int]:
        """The states that follow, by byte."""

    def outcome(self, state: int) -> int:
        """The outcome of a text that ends here; -1 where none may."""

    def reach(self, state: int) -> int:
        """The outcomes of the texts that go on from here, as a bit set; exact."""

    def run(self, text: bytes) -> int:
        """The outcome of a whole text; -1 where it is none."""

    def count(self, state: int, mask: int) -> float:
        """How many texts go on from here to an outcome in a bit set; `inf` where very many."""
