"""What the rest of a document costs, and which tokens keep it within a budget.

Costs of values and frames are put together along the frames that are open. They leave one thing
out: a key that is being spelt, or an item of an array of unique ones, may come to one that was
there before, or to one that is needed later. Where what is written so far is in such doubt, the
exact cost is found by A* (Hart, Nilsson and Raphael 1968) over forks of the walk, until all doubt
is over; what it costs without minding the doubt is never more.
"""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate, count
from math import inf
from operator import or_
from typing import Any

from attrs import field, frozen

from wfgen.canonical import read_json
from wfgen_tct.grammar.frame_states import Step
from wfgen_tct.grammar.language import Language
from wfgen_tct.grammar.moves import Edge, Place
from wfgen_tct.grammar.places import Items, Members, Text, Value
from wfgen_tct.grammar.spelling import Spelling
from wfgen_tct.grammar.values import texts_of, value_key
from wfgen_tct.grammar.walk import MAX_DEPTH, Frame, Stuck, Walk
from wfgen_tct.sequences.costs import Costs, Finish, Minds
from wfgen_tct.sequences.doubts import agreeing, begun_key, may_become, text_of_key
from wfgen_tct.sequences.groups import Group, groups_of
from wfgen_tct.sequences.repeats import Repeats
from wfgen_tct.sequences.texts import Priced
from wfgen_tct.sequences.trie import Trie, tokens_of

__all__ = ["Budgets", "Ranking"]

_MAX_KEPT = 50_000
_SHARED_LEVELS = 16
"""Levels of nesting from which on a ranking that looked at no more is the same."""


@frozen(eq=False)
class Ranking:
    """Tokens by what is left to pay behind them.

    Attributes:
        costs: ascending.
        each: beside each cost, the tokens behind which just that is left.
        minds: the keys and items before on which it depends.
        sets: beside each cost, the tokens behind which no more than that is left.
    """

    costs: tuple[int, ...]
    each: tuple[int, ...]
    minds: Minds
    sets: tuple[int, ...] = field(init=False)

    @sets.default
    def _add_up(self) -> tuple[int, ...]:
        return tuple(accumulate(self.each, or_))

    def within(self, most: float) -> int:
        """The tokens behind which at most so much is left, as a set."""
        number = bisect_right(self.costs, most)
        return self.sets[number - 1] if number else 0


@frozen(eq=False)
class _Ends:
    """What a walk is to come to.

    Attributes:
        labels: tokens that are left to pay behind all, by its label.
        levels: of nesting that may open in all.
    """

    labels: Mapping[int, int]
    levels: int = MAX_DEPTH


class Budgets:
    """What it costs to finish documents of one language with one vocabulary.

    Args:
        language: the documents.
        trie: the tokens.

    Attributes:
        repeats: finds what may not come again.
    """

    def __init__(self, language: Language, trie: Trie) -> None:
        self._trie = trie
        self._language = language
        self._costs = Costs(language, trie, self._items)
        self._ends = _Ends(dict.fromkeys(language.root.labels, 0))
        self._rankings: dict[Any, Ranking] = {}
        self.repeats = Repeats(trie, language.naming.key_symbols)
        self._streams: dict[Any, Priced[Any]] = {}

    def cost(self, walk: Walk) -> int:
        """The fewest tokens to the end of the document."""
        found = self._cost(walk, self._ends)
        assert found < inf
        return int(found)

    def within(self, walk: Walk, most: float) -> int:
        """The tokens behind which at most `most` more finish the document, as a set."""
        if walk.place is None:
            return 0
        ranking, base = self._rank(walk, self._ends)
        found = ranking.within(most - base)
        doubtful = self._doubtful(walk, ranking, most - base)
        found &= ~(self.repeats.taken(walk) | doubtful)
        for token in tokens_of(doubtful):
            fork = self._behind(walk, token)
            if fork is not None and self._cost(fork, self._ends) <= most:
                found |= 1 << token
        return found

    def _behind(self, walk: Walk, token: int) -> Walk | None:
        assert walk.place is not None
        fork = walk.fork()
        try:
            fork.pass_through(walk.place.jump(token, self._trie.symbols[token]))
        except Stuck:
            return None
        return fork

    # Along the frames -----------------------------------------------------------------------

    def _cost(self, walk: Walk, ends: _Ends) -> float:
        if self._is_in_doubt(walk, ends):
            return next((cost for cost, _ in self._forks(walk, ends, self._is_sure(ends))), inf)
        return self._plain_cost(walk, ends)

    def _plain_cost(self, walk: Walk, ends: _Ends) -> float:
        """The same where what came before and what is needed later is left out of account."""
        place, levels = walk.place, ends.levels - len(walk.frames)
        if place is None:
            return ends.labels.get(walk.label, inf)
        rest = self._rest(walk, ends)
        if isinstance(place, Members | Items):
            finish = self._costs.frame(
                place.state, levels, *_used(walk.frames[-1]), is_shut=place.is_shut
            )
            return _least(finish, rest)
        ways = self._costs.value(place, levels).ways
        if walk.frames:
            frame = walk.frames[-1]
            known = None if _is_key(place) else frame.step
            price = self._price(frame, levels, rest)
            return min((more + price(known or s, x) for (s, x), more in ways.items()), default=inf)
        return min((more + rest.get(label, inf) for (_, label), more in ways.items()), default=inf)

    def _price(
        self, frame: Frame, levels: int, rest: Mapping[int, int]
    ) -> Callable[[Any, int], float]:
        """Gives what is left to pay behind a value in a frame, by its step and label."""

        def price(step: Step, label: int) -> float:
            return _least(self._costs.frame(step.after[label], levels, *_used(frame)), rest)

        return price

    def _rest(self, walk: Walk, ends: _Ends) -> Mapping[int, int]:
        """What is left to pay behind the innermost frame, by its label."""
        rest = ends.labels
        for number, frame in enumerate(walk.frames):
            if number:
                if frame.rest is None:
                    around = walk.frames[number - 1]
                    price = self._price(around, ends.levels - number, rest)
                    frame.rest = _priced(around.step, price)
                rest = frame.rest
        return rest

    def _rest_of_value(self, walk: Walk, ends: _Ends) -> Mapping[int, int]:
        """What is left to pay behind the value that a walk is in, by its label."""
        rest = self._rest(walk, ends)
        if not walk.frames:
            return rest
        frame, levels = walk.frames[-1], ends.levels - len(walk.frames)
        return _priced(frame.step, self._price(frame, levels, rest))

    # Rankings -------------------------------------------------------------------------------

    def _rank(self, walk: Walk, ends: _Ends) -> tuple[Ranking, int]:
        """The tokens by what is left behind them, above something that is left behind all."""
        place, levels = walk.place, ends.levels - len(walk.frames)
        assert place is not None
        is_inside = isinstance(place, Value | Text) and not _is_key(place)
        rest = self._rest_of_value(walk, ends) if is_inside else self._rest(walk, ends)
        if not rest:
            return _NO_RANKING, 0
        base = min(rest.values())
        relative = tuple(sorted((label, cost - base) for label, cost in rest.items()))
        used = () if is_inside else _used(walk.frames[-1])
        kept: frozenset[Any] = frozenset()
        while True:
            ranking = self._ranking(place, kept, relative, levels)
            more = ranking.minds.among(*used)
            if more <= kept:
                return ranking, base
            kept |= more

    def _ranking(
        self, place: Place, used: frozenset[Any], relative: tuple[tuple[int, int], ...], levels: int
    ) -> Ranking:
        key = place, used, relative
        found = self._rankings.get((key, levels))
        if found is None and levels >= _SHARED_LEVELS:
            found = self._rankings.get(key)
        if found is None:
            ranker = _Ranker(self._costs, place, used, dict(relative), levels)
            found = ranker.rank(groups_of(place, self._trie).groups)
            if len(self._rankings) >= _MAX_KEPT:
                self._rankings.clear()
            shared = not ranker.is_cut and ranker.depth <= _SHARED_LEVELS <= levels
            self._rankings[key if shared else (key, levels)] = found
        return found

    # Doubts ---------------------------------------------------------------------------------

    def _is_sure(self, ends: _Ends) -> Callable[[Walk], bool]:
        return lambda walk: not self._is_in_doubt(walk, ends)

    def _is_in_doubt(self, walk: Walk, ends: _Ends) -> bool:
        """Whether what is being written may come to what came before, or is needed later."""
        place, last = walk.place, len(walk.frames) - 1
        if place is None:
            return False
        for number, frame in enumerate(walk.frames):
            if frame.used is not None and not (number == last and isinstance(place, Items)):
                values = self._values_in_doubt(frame, ends.levels - number - 1)
                if values and may_become(walk.written_since(frame.begin), values):
                    return True
        if not _is_key(place):
            return False
        texts, is_any = self._texts_in_doubt(walk.frames[-1], place, ends.levels - last - 1)
        return is_any or any(text.startswith(walk.key) for text in texts)

    def _values_in_doubt(self, frame: Frame, levels: int) -> frozenset[Any]:
        found = frozenset(frame.used or ())
        for after in frame.step.after[1:]:
            found |= self._costs.frame(after, levels, found).minds.these
        return found

    def _texts_in_doubt(self, frame: Frame, place: Any, levels: int) -> tuple[frozenset[Any], bool]:
        """Keys that are not named, and whether it may be any."""
        found, is_any = frozenset(frame.others), False
        for step, label in self._costs.value(place, levels).ways:
            minds = self._costs.frame(step.after[label], levels, *_used(frame)).minds
            found |= frozenset(key for key in minds.these if isinstance(key, bytes))
            is_any = is_any or any(isinstance(w, Spelling) for w in minds.watched)
        return found, is_any

    def _doubtful(self, walk: Walk, ranking: Ranking, most: float) -> int:
        """Tokens behind which there is a doubt, as a set; none where the budget is ample."""
        place, frames = walk.place, walk.frames
        if most == inf or place is None or not frames:
            return 0
        levels = self._ends.levels - len(frames)
        if any(each.used is not None for each in frames[:-1]) and self._is_in_doubt(
            walk, self._ends
        ):
            return groups_of(place, self._trie).ids
        frame = frames[-1]
        if frame.used is not None:
            return self._doubtful_items(walk, frame, levels)
        if not isinstance(place, Members) and not _is_key(place):
            return 0
        return self._doubtful_keys(walk, frame, ranking, most)

    def _doubtful_items(self, walk: Walk, frame: Frame, levels: int) -> int:
        place = walk.place
        assert place is not None
        begun = b""
        if not isinstance(place, Items):
            begun, step = walk.written_since(frame.begin), frame.step
        elif (step := place.state.step) is None:
            return 0
        values = frozenset(frame.used or ())
        for after in step.after[1:]:
            values |= self._costs.frame(after, levels, values).minds.these
        found = 0
        for value in values:
            for text in texts_of(value):
                if text.startswith(begun):
                    found |= agreeing(place, self._trie, text[len(begun) :])
        for group in groups_of(place, self._trie).groups:
            if group.edge in (Edge.OPEN_ARRAY, Edge.OPEN_OBJECT):
                found |= group.ids
        return found

    def _doubtful_keys(self, walk: Walk, frame: Frame, ranking: Ranking, most: float) -> int:
        place: Any = walk.place
        state = place.owner if _is_key(place) else place.state
        if not state.spelling.is_possible:
            return 0
        texts = {key for key in ranking.minds.these if isinstance(key, bytes)} | frame.others
        if any(isinstance(w, Spelling) for w in ranking.minds.watched):
            groups = groups_of(place, self._trie).groups
            return sum(group.ids for group in groups if group.has_key)
        if state.spelling.is_free and ranking.costs[-1] + len(texts) + _AMPLE <= most:
            return 0
        found, begun = 0, begun_key(walk.key) if _is_key(place) else b""
        for text in map(text_of_key, texts):
            if text.startswith(begun):
                found |= agreeing(place, self._trie, text[len(begun) :])
        return found

    # Forks ----------------------------------------------------------------------------------

    def _forks(
        self, walk: Walk, ends: _Ends, is_end: Callable[[Walk], bool]
    ) -> Iterator[tuple[float, Walk]]:
        """Ends that forks of a walk come to, by the fewest tokens to the end through them."""
        order = count()
        queue: list[tuple[float, int, int, int, Walk, Iterator[int] | None]] = []

        def push(cost: float, tokens: int, at: Walk, ids: Iterator[int] | None = None) -> None:
            if cost < inf:
                # Of those that cost the same the furthest first, and a fork before its siblings.
                heapq.heappush(queue, (cost, -tokens, ids is not None, next(order), at, ids))

        push(self._plain_cost(walk, ends), 0, walk)
        while queue:
            cost, ahead, _, _, at, ids = queue[0]
            tokens = -ahead
            if ids is not None:
                token = next(ids, None)
                if token is None:
                    heapq.heappop(queue)
                elif (fork := self._behind(at, token)) is not None:
                    push(tokens + self._plain_cost(fork, ends), tokens, fork)
                continue
            heapq.heappop(queue)
            if is_end(at):
                yield cost, at
                continue
            ranking, base = self._rank(at, ends)
            for more, each in zip(ranking.costs, ranking.each, strict=True):
                push(tokens + 1 + base + more, tokens + 1, at, tokens_of(each))

    def _items(self, place: Value, label: int, levels: int, is_forced: bool) -> Priced[Any]:
        """The values of a place that have a label, by what they cost."""
        key = place, label, levels, is_forced
        found = self._streams.get(key)
        if found is None:
            found = self._streams[key] = Priced(self._values(*key))
        return found

    def _values(
        self, place: Value, label: int, levels: int, is_forced: bool
    ) -> Iterator[tuple[int, Any]]:
        walk = Walk(self._language, write=True)
        walk.place = place
        if is_forced:
            walk.follow()
        seen: set[Any] = set()
        for cost, fork in self._forks(walk, _Ends({label: 0}, levels), lambda at: at.place is None):
            value = value_key(read_json(fork.written))
            if value not in seen:
                seen.add(value)
                yield int(cost), value


_AMPLE = 8
"""Tokens with which a key that is free in its spelling can always be made another."""


class _Ranker:
    """Works one ranking out.

    Attributes:
        depth, is_cut: as a `Finish` has them.
    """

    def __init__(
        self,
        costs: Costs,
        place: Place,
        used: frozenset[Any],
        rest: Mapping[int, int],
        levels: int,
    ) -> None:
        self._costs = costs
        self._used = used
        self._rest = rest
        self._levels = levels
        self._is_inside = isinstance(place, Value | Text) and not _is_key(place)
        self.depth = 0
        self.is_cut = False
        self._these: set[Any] = set()
        self._watched: set[Any] = set()

    def rank(self, groups: Sequence[Group]) -> Ranking:
        sets: dict[int, int] = {}
        for group in groups:
            least = self._cost_behind(group)
            if least < inf:
                sets[int(least)] = sets.get(int(least), 0) | group.ids
        costs = tuple(sorted(sets))
        minds = Minds(frozenset(self._these), frozenset(self._watched))
        return Ranking(costs, tuple(sets[cost] for cost in costs), minds)

    def _cost_behind(self, group: Group) -> float:
        if group.edge == Edge.CLOSE:
            return self._rest.get(group.label, inf)
        finish = self._note(self._costs.behind(group, self._levels))
        ways = finish.ways.items()
        if self._is_inside:
            return min((more + self._rest.get(x, inf) for (_, x), more in ways), default=inf)
        used = self._used if group.name is None else self._used | {group.name}
        return min(
            (more + self._price(group.step or s, x, used) for (s, x), more in ways), default=inf
        )

    def _price(self, step: Any, label: int, used: frozenset[Any]) -> float:
        finish = self._note(self._costs.frame(step.after[label], self._levels, used))
        self._these |= finish.minds.these
        self._watched |= finish.minds.watched
        return _least(finish, self._rest)

    def _note(self, finish: Finish) -> Finish:
        self.depth = max(self.depth, finish.depth)
        self.is_cut = self.is_cut or finish.is_cut
        return finish


_NO_RANKING = Ranking((), (), Minds())


def _is_key(place: Place | None) -> bool:
    return isinstance(place, Text) and place.owner is not None


def _used(frame: Frame) -> tuple[Any, ...]:
    """What came before in a frame, in collections."""
    if not frame.is_array:
        return frame.names, frame.others
    return () if frame.used is None else (frame.used,)


def _least(finish: Finish, rest: Mapping[int, int]) -> float:
    return min((more + rest[x] for x, more in finish.ways.items() if x in rest), default=inf)


def _priced(step: Step, price: Callable[[Any, int], float]) -> dict[int, int]:
    """What is left to pay behind a value, by its label, as far as anything can follow."""
    costs = ((label, price(step, label)) for label in range(1, len(step.after)))
    return {label: int(cost) for label, cost in costs if cost < inf}
