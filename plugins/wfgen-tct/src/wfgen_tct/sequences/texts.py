"""Distinct texts by what they cost: keys that are not named, cheapest first."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator
from itertools import count
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from wfgen_tct.grammar.moves import Edge, Place
from wfgen_tct.sequences.groups import Group, groups_of
from wfgen_tct.sequences.trie import Trie, tokens_of

if TYPE_CHECKING:
    from wfgen_tct.sequences.costs import Costs, Way

__all__ = ["Priced", "key_texts"]

T = TypeVar("T")


class Priced(Generic[T]):
    """Things by their costs, cheapest first, looked for only as far as they are asked for.

    Args:
        source: them, no one twice.
    """

    def __init__(self, source: Iterator[tuple[int, T]]) -> None:
        self._source = source
        self._found: list[tuple[int, T]] = []

    def free(self, used: Collection[T], number: int) -> Iterator[tuple[int, T]]:
        """All from the first on, until so many came that are not used."""
        at = 0
        while number:
            if at == len(self._found):
                more = next(self._source, None)
                if more is None:
                    return
                self._found.append(more)
            cost, thing = self._found[at]
            yield cost, thing
            number, at = number - (thing not in used), at + 1


def key_texts(  # noqa: PLR0913, PLR0917
    costs: Costs, trie: Trie, place: Place, prefix: bytes, way: Way, levels: int
) -> Iterator[tuple[int, bytes]]:
    """The texts of keys by the fewest tokens for key and value.

    The first paths come first (Dijkstra 1959), as it is known what each still costs. Tokens of one
    group lie on paths that cost the same, and are looked at one by one.

    Args:
        costs: of values.
        trie: the tokens.
        place: between keys, or inside one.
        prefix: what was written of it.
        way: the step that the key has, and the label that the value has.
        levels: of nesting that may open in the value.
    """
    order = count()
    queue: list[tuple[int, int, int, Any]] = []
    emitted: set[bytes] = set()

    def push(tokens: int, at: Place, text: bytes) -> None:
        for group in groups_of(at, trie).groups:
            more = _rest(costs, group, way, levels)
            if more is not None:
                cost = tokens + 1 + more
                entry = tokens + 1, at, text, tokens_of(group.ids)
                heapq.heappush(queue, (cost, -tokens, next(order), entry))

    push(0, place, prefix)
    while queue:
        cost, _, _, (tokens, at, text, ids) = queue[0]
        token = next(ids, None)
        if token is None:
            heapq.heappop(queue)
            continue
        move = at.jump(token, trie.symbols[token])
        written = text + (move.key or b"")
        if move.step is None:
            assert move.to is not None
            push(tokens, move.to, written)
        elif written not in emitted:
            emitted.add(written)
            yield cost, written


def _rest(costs: Costs, group: Group, way: Way, levels: int) -> int | None:
    """What a key with its value still costs behind some tokens; None where they begin no such."""
    if not group.has_key or group.edge == Edge.CLOSE or group.step not in (None, way[0]):
        return None
    ways = costs.behind(group, levels).ways
    return ways.get((None, way[1]) if group.step is not None else way)
