"""Which tokens agree with the text of a prompt that is still to be written, and at what cost."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING, TypeAlias

from attrs import frozen

from wfgen_tct.grammar.moves import Edge, Move, Place, Stuck
from wfgen_tct.grammar.places import Text
from wfgen_tct.grammar.walk import Walk
from wfgen_tct.sequences.groups import groups_of, possible
from wfgen_tct.sequences.pending import Pending
from wfgen_tct.sequences.trie import Trie
from wfgen_tct.symbols import END

if TYPE_CHECKING:
    from wfgen_tct.sequences.constraint import Engine

__all__ = ["Agreeing", "Agreement", "can_write", "take"]

_MAX_STEPS = 1_000_000

_Where: TypeAlias = tuple[Place, Pending]


@frozen(eq=False)
class Agreeing:
    """Tokens of one group that agree with what is pending, and leave the same of it.

    Attributes:
        pending: what is then left.
        ids: the tokens, as a set.
        walk: where one of them leads.
    """

    pending: Pending
    ids: int
    walk: Walk


def take(walk: Walk, move: Move, pending: Pending) -> Pending | None:
    """Take a move, and what it forces; gives what is left pending, None where they disagree.

    Raises:
        Stuck: the move comes to what was there before, or is too deep.
    """
    mark = walk.num_parts
    walk.pass_through(move)
    return pending.behind(walk.written_since(mark))


def can_write(walk: Walk, pending: Pending) -> bool:
    """Whether the symbols that may follow can write what is pending."""
    stack, steps = [(walk, pending)], 0
    while stack:
        at, left = stack.pop()
        steps += 1
        if not left:
            return True
        if steps > _MAX_STEPS:
            return False
        stack += _symbols_on(at, left)
    return False


def _symbols_on(walk: Walk, pending: Pending) -> Iterator[tuple[Walk, Pending]]:
    place = walk.place
    if place is None:
        return
    for symbol in _candidates(walk, pending):
        move = place.hop(symbol)
        if pending.behind(walk.lead(move) + move.text) is None:
            continue
        fork = walk.fork()
        try:
            left = take(fork, move, pending)
        except Stuck:
            continue
        if left is not None:
            yield fork, left


def _candidates(walk: Walk, pending: Pending) -> tuple[int, ...]:
    """The symbols that may follow, without those that plainly disagree."""
    place = walk.place
    if isinstance(place, Text) and pending.text and place.quote and pending.text[0] != 0x5C:
        symbol = END if pending.text[:1] == b'"' else pending.text[0]
        return (symbol,) if place.admits(symbol) else ()
    return walk.choices()


class Agreement:
    """What agrees with one prompt; kept for all sequences that begin with it.

    Sequences that have the same left to write, at the same place, have written the same text. So
    what may follow is worked out once for each place in the prompt.

    Args:
        engine: the grammar at work.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._ways: dict[_Where, list[Agreeing]] = {}
        self._costs: dict[_Where, int] = {}

    def ways(self, walk: Walk, pending: Pending) -> list[Agreeing]:
        """The tokens that may follow and agree with what is pending, which can then be written."""
        if walk.place is None:
            return []
        where = (walk.place, pending)
        found = self._ways.get(where)
        if found is None:
            found = self._ways[where] = _agreeing(self._engine, walk, pending)
        return found

    def cost(self, walk: Walk, pending: Pending) -> int:
        """The fewest tokens to the end of a document that goes on as is pending."""
        stack = [(walk, pending)]
        while stack:
            at, left = stack[-1]
            assert at.place is not None
            if not left.text:
                self._costs[at.place, left] = self._search(at, left)
                stack.pop()
                continue
            ways = self.ways(at, left)
            further = [w for w in ways if w.pending and self._where(w) not in self._costs]
            if further:
                stack += [(way.walk, way.pending) for way in further]
                continue
            self._costs[at.place, left] = 1 + min(self._cost_behind(at, way) for way in ways)
            stack.pop()
        assert walk.place is not None
        return self._costs[walk.place, pending]

    def within(self, walk: Walk, pending: Pending, most: int) -> int:
        """The tokens that agree, and behind which at most `most` more finish, as a set."""
        found = 0
        for way in self.ways(walk, pending):
            if not way.pending:
                found |= way.ids & self._engine.allowed_within(walk, most)
            elif self._cost_behind(walk, way) <= most:
                found |= way.ids
        return found

    def _cost_behind(self, walk: Walk, way: Agreeing) -> int:
        """The fewest tokens to the end, behind the best token of a way."""
        if not way.pending:
            return self._engine.cost_behind(walk, way.ids)
        found = self._costs.get(self._where(way))
        return self.cost(way.walk, way.pending) if found is None else found

    def _search(self, walk: Walk, pending: Pending) -> int:
        """As `cost`, where one character is pending, of which there are many beginnings.

        A* (Hart, Nilsson and Raphael 1968): what it costs without minding the prompt is never more.
        """
        engine, order = self._engine, count()
        queue = [(engine.cost(walk), next(order), 0, walk, pending)]
        while queue:
            total, _, tokens, at, left = heapq.heappop(queue)
            if not left:
                return total
            for way in self.ways(at, left):
                least = engine.cost(way.walk) if way.pending else self._cost_behind(at, way)
                cost = tokens + 1 + least
                heapq.heappush(queue, (cost, next(order), tokens + 1, way.walk, way.pending))
        raise AssertionError("what is pending can be written")

    @staticmethod
    def _where(way: Agreeing) -> _Where:
        assert way.walk.place is not None
        return way.walk.place, way.pending


def _agreeing(engine: Engine, walk: Walk, pending: Pending) -> list[Agreeing]:
    assert walk.place is not None
    free = engine.allowed(walk)
    partly, wholly = _near(engine.trie, walk, pending)
    found: list[Agreeing] = []
    for group in groups_of(walk.place, engine.trie).groups:
        ids = group.ids & free
        found += _of_group(engine, walk, pending, ids & partly, ids & wholly)
    return found


def _near(trie: Trie, walk: Walk, pending: Pending) -> tuple[int, int]:
    """The tokens that write some of what is pending, and those that write all or more, as sets.

    What an edge forces behind a token is left out of account, and so is what may not come again.
    """
    assert walk.place is not None
    partly = wholly = 0
    stack: list[tuple[Place, int, bytes]] = [(walk.place, 0, b"")]
    while stack:
        at, node, written = stack.pop()
        for symbol, child in possible(at, trie.children[node]):
            move = at.hop(symbol)
            after = written + (move.text if node else walk.lead(move) + move.text)
            left = pending.behind(after)
            if left is None:
                continue
            if not left:
                wholly |= trie.below_node(child)
                continue
            partly |= trie.ids[child]
            if move.edge == Edge.NONE and trie.children[child]:
                assert move.to is not None
                stack.append((move.to, child, after))
    return partly, wholly


def _of_group(
    engine: Engine, walk: Walk, pending: Pending, partly: int, wholly: int
) -> list[Agreeing]:
    """The ways of tokens of one group; all that write what is pending wholly are one way."""
    assert walk.place is not None
    sets: dict[Pending, int] = {}
    walks: dict[Pending, Walk] = {}
    first_of_all = wholly & -wholly
    for token in engine.tokens_of(partly | first_of_all):
        move = walk.place.jump(token, engine.vocabulary.expansions[token])
        fork = walk.fork()
        after = take(fork, move, pending)
        if after is None:
            continue
        if after and not _is_inside(walk.place, move) and not can_write(fork, after):
            continue
        ids = wholly if 1 << token == first_of_all else 1 << token
        sets[after] = sets.get(after, 0) | ids
        walks.setdefault(after, fork)
    return [Agreeing(pending=each, ids=ids, walk=walks[each]) for each, ids in sets.items()]


def _is_inside(place: Place, move: Move) -> bool:
    """Whether a move stays inside of a string.

    There is one way to write the rest of it, so that what could be written before still can.
    """
    if not isinstance(place, Text) or not place.quote or move.edge != Edge.NONE:
        return False
    return isinstance(move.to, Text) and move.to.owner is place.owner
