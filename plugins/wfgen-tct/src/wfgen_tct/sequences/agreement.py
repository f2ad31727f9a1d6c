"""Which tokens agree with the text of a prompt that is still to be written, and at what cost."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING

from attrs import frozen

from wfgen_tct.grammar.moves import Move, Stuck
from wfgen_tct.grammar.places import Text
from wfgen_tct.grammar.walk import Walk
from wfgen_tct.sequences.groups import Group, groups_of
from wfgen_tct.sequences.pending import Pending
from wfgen_tct.symbols import END

if TYPE_CHECKING:
    from wfgen_tct.sequences.constraint import Engine

__all__ = ["Agreeing", "agreeing", "can_write", "cost_of_pending", "take"]

_MAX_STEPS = 1_000_000


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


def agreeing(engine: Engine, walk: Walk, pending: Pending) -> list[Agreeing]:
    """The tokens that may follow and agree with what is pending, which can then be written."""
    place = walk.place
    if place is None:
        return []
    free = engine.allowed(walk)
    found: list[Agreeing] = []
    for group in groups_of(place, engine.trie).groups:
        found += _of_group(engine, walk, pending, group, free)
    return found


def _of_group(
    engine: Engine, walk: Walk, pending: Pending, group: Group, free: int
) -> list[Agreeing]:
    assert walk.place is not None
    sets: dict[tuple[bytes, int], int] = {}
    ways: dict[tuple[bytes, int], tuple[Pending, Walk]] = {}
    for token in engine.tokens_of(group.ids & free):
        move = walk.place.jump(token, engine.vocabulary.expansions[token])
        left = pending.behind(walk.lead(move) + move.text)
        if left is None:
            continue
        key = (left.text, len(left.spans))
        if left or key not in ways:
            fork = walk.fork()
            after = take(fork, move, pending)
            if after is None or not can_write(fork, after):
                continue
            key = (after.text, len(after.spans))
            ways.setdefault(key, (after, fork))
        sets[key] = sets.get(key, 0) | 1 << token
    return [Agreeing(pending=ways[key][0], ids=ids, walk=ways[key][1]) for key, ids in sets.items()]


def cost_of_pending(engine: Engine, walk: Walk, pending: Pending) -> int:
    """The fewest tokens to the end of a document that goes on as is pending.

    A* (Hart, Nilsson and Raphael 1968): what it costs without minding the prompt is never more.
    """
    order = count()
    queue = [(engine.cost(walk), next(order), 0, walk, pending)]
    while queue:
        total, _, tokens, at, left = heapq.heappop(queue)
        if not left:
            return total
        for way in agreeing(engine, at, left):
            cost = tokens + 1 + engine.cost(way.walk)
            heapq.heappush(queue, (cost, next(order), tokens + 1, way.walk, way.pending))
    raise AssertionError("what is pending can be written")
