"""The fewest tokens to the end of a document.

What an open value still costs depends on its own frame alone, and on the label that the frame is to
have, which the frames around it wait for. So it is a shortest path (Dijkstra 1959) over the places
of one frame, in which a frame that opens counts as one edge, worked out by itself with one level of
nesting less. A key or an item that leaves the state of its frame as it was never helps.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from itertools import count
from math import inf
from typing import Any

from attrs import frozen

from wfgen_tct.grammar.language import Language
from wfgen_tct.grammar.nodes import ObjectState
from wfgen_tct.grammar.places import Edge, Items, Members, Place, Text
from wfgen_tct.sequences.groups import Group, groups_of
from wfgen_tct.sequences.trie import Trie

__all__ = ["Costs", "Finish", "Situated"]

Labels = Mapping[int, int]
"""Label to the fewest tokens that come to it."""


@frozen
class Situated:
    """A place in its frame, as far as costs depend on the frame.

    Attributes:
        place: it.
        step: of the key or item under way; None between them, and where there is no frame.
        names: the named keys that the frame has.
        crowd: the other keys that choices depend on.
    """

    place: Place
    step: Any = None
    names: frozenset[str] = frozenset()
    crowd: frozenset[bytes] = frozenset()


@frozen
class Finish:
    """What it costs to finish a frame.

    Attributes:
        labels: tokens by label; none where it cannot be finished.
        depth: levels of nesting that were looked at; with as many or more the answer is the same,
            unless it was cut off.
        is_cut: whether more levels might change the answer.
    """

    labels: Labels
    depth: int = 0
    is_cut: bool = False


class _Path:
    """One search: what lies ahead, by the tokens that lead there."""

    def __init__(self, language: Language, wanted: frozenset[int]) -> None:
        self.language = language
        self.wanted = wanted
        self.found: dict[int, int] = {}
        self._behind: dict[tuple[Any, int, frozenset[str]], int] = {}
        self._queue: list[tuple[int, int, Any]] = []
        self._order = count()

    def push(self, tokens: int, what: Any) -> None:
        heapq.heappush(self._queue, (tokens, next(self._order), what))

    def pop(self) -> tuple[int, Any] | None:
        """The nearest of what lies ahead; None where nothing does that could help."""
        if not self._queue:
            return None
        tokens, _, what = heapq.heappop(self._queue)
        if all(self.found.get(label, inf) <= tokens for label in self.wanted):
            return None
        return tokens, what

    def end(self, tokens: int, label: int) -> None:
        if tokens < self.found.get(label, inf):
            self.found[label] = tokens

    def come_to(self, tokens: int, edge: Edge, to: Place | None, label: int, at: Situated) -> None:
        """Note what some move leads to; `at` is its frame, and the step that it knows."""
        if edge == Edge.NONE:
            self.push(tokens, Situated(to, at.step, at.names, at.crowd))
        elif edge == Edge.CLOSE or (edge == Edge.VALUE and at.step is None):
            self.end(tokens, label)
        elif edge == Edge.VALUE:
            self.go_behind(tokens, at, label)
        else:
            self.push(tokens, (to, at))

    def go_behind(self, tokens: int, at: Situated, label: int) -> None:
        """Note what lies behind a value that ended, past all that is forced."""
        key = (at.step, label, at.names)
        if self._behind.get(key, inf) <= tokens:
            return
        self._behind[key] = tokens
        state, places = at.step.after[label], self.language.places
        place: Place
        if isinstance(state, ObjectState):
            place = places.members(state, at.names, at.crowd)
        else:
            place = places.items(state)
        self.settle(tokens, Situated(place, None, at.names, at.crowd))

    def is_idle(self, tokens: int, at: Situated) -> bool:
        """Whether a text comes to nothing that was not reached with fewer tokens."""
        place = at.place
        if not isinstance(place, Text) or place.owner is not None:
            return False
        labels = place.spelling.labels_from(place.state)
        if at.step is None:
            return all(self.found.get(label, inf) <= tokens for label in labels)
        keys = ((at.step, label, at.names) for label in labels)
        return all(self._behind.get(key, inf) <= tokens for key in keys)

    def settle(self, tokens: int, at: Situated) -> None:
        """Note a place, or what is forced there."""
        move = at.place.settled
        if move is None:
            self.push(tokens, at)
            return
        names = at.names if move.name is None else at.names | {move.name}
        into = Situated(at.place, move.step or at.step, names, at.crowd)
        self.come_to(tokens, move.edge, move.to, move.label, into)


class Costs:
    """What it costs to finish what is open, in one language and one vocabulary.

    Args:
        language: the documents.
        trie: the tokens.
    """

    def __init__(self, language: Language, trie: Trie) -> None:
        self._language = language
        self._trie = trie
        self._known: dict[Any, Finish] = {}

    def finish(self, at: Situated, levels: int) -> Finish:
        """What it costs from a place to the end of its frame, with so many levels of nesting."""
        return self._ask(at, levels, lambda path: path.push(0, at), self._wanted(at))

    def behind(self, at: Situated, label: int, levels: int) -> Finish:
        """What it costs from behind a value, which ended with a label, to the end of its frame."""
        state = at.step.after[label]
        key = (at, label)
        return self._ask(key, levels, lambda path: path.go_behind(0, at, label), state.labels)

    def behind_group(self, at: Situated, group: Group, levels: int) -> Finish:
        """What it costs from behind a token to the end of the frame that it was taken in."""
        into = _with(at, group)
        key = (into, group.edge, group.to, group.label)
        return self._ask(
            key,
            levels,
            lambda path: path.come_to(0, group.edge, group.to, group.label, into),
            self._wanted(at),
        )

    def _ask(self, key: Any, levels: int, begin: Any, wanted: frozenset[int]) -> Finish:
        found = self._known.get(key)
        if found is not None and found.depth <= levels:
            return found
        found = self._known.get((key, levels))
        if found is None:
            path = _Path(self._language, wanted)
            begin(path)
            found = self._search(path, levels)
            if len(self._known) >= _MAX_KEPT:
                self._known.clear()
            self._known[(key, levels) if found.is_cut else key] = found
        return found

    @staticmethod
    def _wanted(at: Situated) -> frozenset[int]:
        """The labels that the frame of a place may come to."""
        if isinstance(at.place, Members | Items):
            return at.place.state.labels
        if isinstance(at.place, Text) and at.place.owner is not None:
            return at.place.owner.labels
        if at.step is None:
            return frozenset((1,))
        found: frozenset[int] = frozenset()
        for label in at.step.node.labels:
            found |= at.step.after[label].labels
        return found

    def _search(self, path: _Path, levels: int) -> Finish:
        depth, is_cut = 0, False
        seen: set[Situated] = set()
        while (nearest := path.pop()) is not None:
            tokens, what = nearest
            if isinstance(what, Situated):
                if what not in seen and not path.is_idle(tokens, what):
                    seen.add(what)
                    self._expand(path, tokens, what)
                continue
            opened, at = what
            if levels == 0:
                is_cut = True
                continue
            inner = self._opened(opened, levels - 1)
            depth, is_cut = max(depth, inner.depth + 1), is_cut or inner.is_cut
            for label, more in inner.labels.items():
                path.come_to(tokens + more, Edge.VALUE, None, label, at)
        return Finish(path.found, depth, is_cut)

    def _opened(self, place: Place, levels: int) -> Finish:
        at = Situated(place)
        return self._ask(("opened", place), levels, lambda path: path.settle(0, at), self._wanted(at))

    def _expand(self, path: _Path, tokens: int, at: Situated) -> None:
        short = at.place.shortest
        if short is not None:
            edge, label = short
            path.come_to(tokens + 1, edge, None, label, at)
            if edge == Edge.VALUE or path.wanted <= {label}:
                return
        for group in groups_of(at.place, self._trie).groups:
            if group.name not in at.names and _helps(at.place, group):
                path.come_to(tokens + 1, group.edge, group.to, group.label, _with(at, group))


_MAX_KEPT = 200_000


def _with(at: Situated, group: Group) -> Situated:
    """The frame behind a token."""
    names = at.names if group.name is None else at.names | {group.name}
    return Situated(at.place, group.step or at.step, names, at.crowd)


def _helps(place: Place, group: Group) -> bool:
    """Whether a key or an item changes what its frame is still to come to."""
    if not isinstance(place, Members | Items) or group.edge == Edge.CLOSE or place.is_shut:
        return True
    return any(_changes(place, step) for step in _steps(place, group))


def _steps(place: Members | Items, group: Group) -> Iterator[Any]:
    if group.step is not None or isinstance(place, Items):
        yield group.step
        return
    state = place.state
    yield from (state.step(number) for number in state.keys.classes)


def _changes(place: Members | Items, step: Any) -> bool:
    return step is not None and any(after is not place.state for after in step.after[1:])
