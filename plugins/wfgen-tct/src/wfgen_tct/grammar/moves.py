"""Moves: what symbols do at a place; and what all places have in common."""

from __future__ import annotations

from enum import IntEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from wfgen_tct.grammar.frame_states import Step

if TYPE_CHECKING:
    from wfgen_tct.grammar.places import Places

__all__ = ["Edge", "Move", "Place", "Stuck"]


class Edge(IntEnum):
    """What lies at the end of a move."""

    NONE = 0  # another place of the same frame
    VALUE = 1  # a scalar ended
    OPEN_OBJECT = 2
    OPEN_ARRAY = 3
    CLOSE = 4  # the frame, which is a value too, ended


class Move:
    """What some symbols do at a place.

    Attributes:
        text: what they add to the document; no comma in front.
        edge: what lies at the end.
        to: the place behind, of a move that ends at no edge or opens a frame.
        label: of the value or frame that ended.
        begins: whether they begin a key or an item, which takes a comma if it is not the first.
        name: the named key that they are or begin with.
        key: the bytes that they add to a key that is not named.
        step: of the key or item that is known by them.
        goal: of the place of the frame that they open.
        is_inner: whether they neither begin a key or an item nor spell a key.
    """

    __slots__ = ("begins", "edge", "goal", "is_inner", "key", "label", "name", "step", "text", "to")

    def __init__(  # noqa: PLR0913
        self,
        text: bytes,
        *,
        edge: int = Edge.NONE,
        to: Place | None = None,
        label: int = 0,
        begins: bool = False,
        name: str | None = None,
        key: bytes | None = None,
        step: Step | None = None,
        goal: int = 0,
    ) -> None:
        self.text = text
        self.edge: int = int(edge)
        self.is_inner = not begins and name is None and key is None and step is None
        self.to = to
        self.label = label
        self.begins = begins
        self.name = name
        self.key = key
        self.step = step
        self.goal = goal

    def then(self, other: Move) -> Move:
        """Both, one after the other; this one ends at no edge."""
        key = self.key
        if other.key is not None:
            key = (key or b"") + other.key
        return Move(
            self.text + other.text,
            edge=other.edge,
            to=other.to,
            label=other.label,
            begins=self.begins,
            name=self.name,
            key=key,
            step=self.step or other.step,
            goal=other.goal,
        )


class Place:
    """Where a sequence may stand. Subclasses give `choices` and `_move`.

    Attributes:
        choices: the symbols that may follow.
        jumps: what tokens do here, by id, as far as it was asked for.
        groups, costs: kept here by `wfgen_tct.sequences`.
    """

    __slots__ = ("__dict__", "_hops", "_moves", "costs", "groups", "jumps", "places")

    choices: tuple[int, ...]

    def __init__(self, places: Places) -> None:
        self.places = places
        self.jumps: dict[int, Move] = {}
        self.groups: Any = None
        self.costs: dict[Any, Any] = {}
        self._moves: dict[int, Move] = {}
        self._hops: dict[int, Move] = {}

    def move(self, symbol: int) -> Move:
        """What a symbol of `choices` does."""
        found = self._moves.get(symbol)
        if found is None:
            found = self._moves[symbol] = self._move(symbol)
        return found

    def _move(self, symbol: int) -> Move:
        raise NotImplementedError

    @cached_property
    def choice_set(self) -> frozenset[int]:
        """The same as a set."""
        return frozenset(self.choices)

    def admits(self, symbol: int) -> bool:
        """Whether a symbol may follow."""
        return symbol in self.choice_set

    def hop(self, symbol: int) -> Move:
        """What a symbol of `choices` does, and those that are forced behind it up to an edge."""
        found = self._hops.get(symbol)
        if found is None:
            found = self.move(symbol)
            if found.edge == Edge.NONE and found.to is not None and found.to.settled is not None:
                found = found.then(found.to.settled)
            self._hops[symbol] = found
        return found

    @property
    def shortest(self) -> tuple[Edge, int] | None:
        """The edge and label of one symbol by itself, where no way on could be better.

        That is the end of a frame, or of a value that can have no other label.
        """
        return None

    @cached_property
    def forced(self) -> Move | None:
        """What the only symbol that may follow does; None where there are several."""
        if self.has_room:
            return None
        return self.move(self.choices[0]) if len(self.choices) == 1 else None

    @property
    def has_room(self) -> bool:
        """Whether it is plain that several symbols may follow, without looking at all of them."""
        return False

    @cached_property
    def settled(self) -> Move | None:
        """What all symbols do that are forced, one after the other, up to an edge."""
        move, length = self.forced, 1
        while move is not None and move.edge == Edge.NONE:
            assert move.to is not None
            after = move.to.forced
            if after is None or length > _MAX_FORCED:
                break
            move, length = move.then(after), length + 1
        return move

    def jump(self, token: int, symbols: tuple[int, ...]) -> Move:
        """What the symbols of a token do, and those that are forced behind them up to an edge.

        Raises:
            Stuck: one of them may not come, or an edge of a frame lies among them.
        """
        found = self.jumps.get(token)
        if found is None:
            found = self.jumps[token] = self.follow(symbols)
        return found

    @property
    def is_simple(self) -> bool:
        """Whether it is in a value's text, in which no symbol is ever forced; then `run` serves."""
        return False

    def run(self, symbols: tuple[int, ...], start: int) -> Move:
        """What symbols from an index on do, at a simple place, worked out all at once.

        Raises:
            Stuck: one of them may not come.
        """
        raise Stuck(start)

    def follow(self, symbols: tuple[int, ...]) -> Move:
        """As `jump`, for symbols that are no token, and without keeping the answer.

        Raises:
            Stuck: as `jump`.
        """
        move: Move | None = None
        at: Place | None = self
        for index, symbol in enumerate(symbols):
            if at is None or not at.admits(symbol):
                raise Stuck(index)
            one = at.hop(symbol)
            move = one if move is None else move.then(one)
            at = one.to if one.edge == Edge.NONE else None
            if at is not None and at.is_simple and index + 1 < len(symbols):
                return move.then(at.run(symbols, index + 1))
        if move is None:
            raise Stuck
        return move


_MAX_FORCED = 100_000
"""Symbols forced in one run up to an edge."""


class Stuck(Exception):  # noqa: N818  a verdict, not a fault
    """A symbol may not follow here.

    Attributes:
        index: its number in the run that was to be taken.
    """

    def __init__(self, index: int = 0) -> None:
        super().__init__(index)
        self.index = index
