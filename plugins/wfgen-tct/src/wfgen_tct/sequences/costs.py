"""The fewest tokens to the end of a value, and to the end of an open object or array.

Within a value nothing depends on the frame around it, so what it costs is a shortest path (Dijkstra
1959) over its places. Between the keys or items of a frame it is a shortest path over the frame's
states, whose edges are whole keys with their values, or whole items; a frame that opens in a value
is worked out by itself, with one level of nesting less. Either path gives the cost of every label,
as the frames around it wait for the label.

Keys and items that came before count only where a search met them: `Finish.minds` says which, and
the answer holds wherever the same of them came before. What is worth trying next is chosen in
`choices`, and distinct texts by their costs come from `texts`.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import count
from math import inf
from typing import Any

from attrs import evolve, field, frozen

from wfgen_tct.grammar.frame_states import ArrayState, ObjectState, Step
from wfgen_tct.grammar.language import Language
from wfgen_tct.grammar.moves import Edge, Move, Place
from wfgen_tct.grammar.nodes import Node
from wfgen_tct.grammar.places import Items, Text, Value, matters
from wfgen_tct.grammar.spelling import Spelling
from wfgen_tct.sequences.choices import Chooser, Option
from wfgen_tct.sequences.groups import Group, groups_of
from wfgen_tct.sequences.texts import Priced, key_texts
from wfgen_tct.sequences.trie import Trie
from wfgen_tct.symbols import CLOSE

__all__ = ["Costs", "Finish", "Minds", "Way"]

_MAX_KEPT = 200_000

Way = tuple[Step | None, int]
"""How a value ends: the step of a key that became known on the way, or None, and the label."""

Used = Collection[Any]
"""Keys of an object, names as str and others as bytes; or items, by their `value_key`."""

ItemsByCost = Callable[[Value, int, int, bool], Priced[Any]]


@frozen
class Minds:
    """Which keys or items that came before make a difference.

    Attributes:
        these: they do.
        watched: spellings of keys, and states of arrays, that mind what is used up.
    """

    these: frozenset[Any] = frozenset()
    watched: frozenset[Spelling | ArrayState] = frozenset()

    def among(self, *used: Used) -> frozenset[Any]:
        """Those that came before and make a difference."""
        if not self.these and not self.watched:
            return frozenset()
        found = {each for each in self.these if any(each in some for some in used)}
        if self.watched:
            every = (each for some in used for each in some)
            found |= {each for each in every if any(_minds(w, each) for w in self.watched)}
        return frozenset(found)


def _minds(watched: Spelling | ArrayState, used: Any) -> bool:
    """Whether choices depend on a key or an item that came before."""
    if isinstance(watched, Spelling):
        return isinstance(used, bytes) and watched.minds(used)
    step = watched.step
    return step is not None and matters(used, step.node) and watched.bars(used)


@frozen(eq=False)
class Finish:
    """What it costs to finish a value or a frame.

    Attributes:
        ways: tokens by `Way` of a value, by label of a frame; none where it cannot be finished.
        depth: levels of nesting that were looked at; with as many or more the answer is the same,
            unless it was cut off.
        is_cut: whether more levels might change the answer.
        minds: which of the keys or items before matter.
    """

    ways: Mapping[Any, int]
    depth: int = 0
    is_cut: bool = False
    minds: Minds = field(factory=Minds)


@frozen
class _Spot:
    """Between two keys or items of a frame.

    Attributes:
        state: of the frame.
        used: keys or items that came before, as far as they matter.
        is_shut: whether the frame may not end right there.
    """

    state: ObjectState | ArrayState
    used: frozenset[Any] = frozenset()
    is_shut: bool = False


@frozen
class _Opened:
    """Behind the symbol that opens a frame."""

    state: ObjectState | ArrayState


class _Lead(Place):
    """Before the symbol of a named key, when it is the one to be written."""

    def __init__(self, language: Language, symbol: int, node: Node) -> None:
        super().__init__(language.places)
        self.choices = (symbol,)
        self.node = node

    def _move(self, symbol: int) -> Move:
        return Move(b"", to=self.places.value(self.node))


class _Search:
    """One search: what lies ahead, by the tokens that lead there.

    Attributes:
        levels: of nesting that may still open.
        wanted: the ends that are looked for.
        ways: those found, and the tokens that lead there.
        these, watched: what it found to matter, as `Minds` has it.
    """

    def __init__(self, levels: int, wanted: frozenset[Any] = frozenset()) -> None:
        self.levels = levels
        self.wanted = wanted
        self.ways: dict[Any, int] = {}
        self.these: set[Any] = set()
        self.watched: set[Spelling | ArrayState] = set()
        self._depth = 0
        self._is_cut = False
        self._seen: set[Any] = set()
        self._queue: list[tuple[int, int, Any]] = []
        self._order = count()

    def push(self, tokens: int, what: Any) -> None:
        """Note something that lies so many tokens ahead."""
        if what not in self._seen:
            heapq.heappush(self._queue, (tokens, next(self._order), what))

    def end(self, tokens: int, way: Any) -> None:
        """Note an end that lies so many tokens ahead."""
        if tokens < self.ways.get(way, inf):
            self.ways[way] = tokens

    def __iter__(self) -> Iterator[tuple[int, Any]]:
        """What lies ahead, the nearest first, until nothing could help any more."""
        while self._queue:
            tokens, _, what = heapq.heappop(self._queue)
            if self.has_found(self.wanted, tokens):
                return
            if what not in self._seen:
                self._seen.add(what)
                yield tokens, what

    def has_found(self, ways: Collection[Any], tokens: int) -> bool:
        """Whether some ends were all found with so many tokens or fewer."""
        return all(self.ways.get(way, inf) <= tokens for way in ways)

    def use(self, inner: Finish, levels: int = 0) -> Mapping[Any, int]:
        """The ways of an answer that this one builds on, which lies some levels further in."""
        self._depth = max(self._depth, inner.depth + levels)
        self._is_cut = self._is_cut or inner.is_cut
        return inner.ways

    def cut(self) -> None:
        """Note that more levels might change the answer."""
        self._is_cut = True

    def finish(self) -> Finish:
        """What was found."""
        minds = Minds(frozenset(self.these), frozenset(self.watched))
        return Finish(self.ways, self._depth, self._is_cut, minds)


class Costs:
    """What it costs to finish what is open, in one language and one vocabulary.

    Args:
        language: the documents.
        trie: the tokens.
        items: gives the values of a place that have a label, by what they cost, with so many
            levels of nesting; whether what is forced at their beginning needs no token.
    """

    def __init__(self, language: Language, trie: Trie, items: ItemsByCost) -> None:
        self._language = language
        self._nodes = language.nodes
        self._trie = trie
        self._items_of = items
        self._known: dict[Any, Finish] = {}
        self._texts: dict[Any, Priced[bytes]] = {}
        self._leads: dict[tuple[int, Node], _Lead] = {}
        self._chooser = Chooser(language.nodes)

    def _ask(self, key: Any, levels: int, search: Callable[[], Finish]) -> Finish:
        found = self._known.get(key)
        if found is not None and found.depth <= levels:
            return found
        found = self._known.get((key, levels))
        if found is None:
            found = search()
            if len(self._known) >= _MAX_KEPT:
                self._known.clear()
            self._known[(key, levels) if found.is_cut else key] = found
        return found

    # Values ---------------------------------------------------------------------------------

    def value(self, place: Place, levels: int) -> Finish:
        """What it costs from a place in a value, or in a key, to the end of the value."""
        return self._ask(place, levels, lambda: self._search_value(place, levels))

    def behind(self, move: Group | Move, levels: int) -> Finish:
        """What it costs from behind some symbols to the end of the value that they are in.

        Its ways have the step of a key only where the key became known behind them.
        """
        if move.edge in (Edge.VALUE, Edge.CLOSE):
            return Finish({(None, move.label): 0})
        assert move.to is not None
        if move.edge == Edge.NONE:
            return self.value(move.to, levels)
        search = _Search(levels)
        self._pass_frame(search, 0, move.to.state, None)  # type: ignore[attr-defined]
        return search.finish()

    def _search_value(self, place: Place, levels: int) -> Finish:
        search = _Search(levels, _ways_from(place))
        search.push(0, (place, None))
        for tokens, (at, step) in search:
            if isinstance(at, _Opened):
                self._pass_frame(search, tokens, at.state, step)
            elif not _is_idle(search, tokens, at):
                self._expand_value(search, tokens, at, step)
        return search.finish()

    def _expand_value(self, search: _Search, tokens: int, place: Place, step: Step | None) -> None:
        if place.shortest is not None and place.shortest[0] == Edge.VALUE:
            search.end(tokens + 1, (step, place.shortest[1]))
            return
        for group in groups_of(place, self._trie).groups:
            known = step or group.step
            if group.edge == Edge.VALUE:
                search.end(tokens + 1, (known, group.label))
            elif group.edge == Edge.NONE:
                search.push(tokens + 1, (group.to, known))
            else:
                search.push(tokens + 1, (_Opened(group.to.state), known))  # type: ignore[union-attr]

    def _pass_frame(self, search: _Search, tokens: int, state: Any, step: Step | None) -> None:
        if search.levels == 0:
            search.cut()
            return
        for label, more in search.use(self.frame(state, search.levels - 1), levels=1).items():
            search.end(tokens + more, (step, label))

    # Frames ---------------------------------------------------------------------------------

    def frame(
        self, state: ObjectState | ArrayState, levels: int, *used: Used, is_shut: bool = False
    ) -> Finish:
        """What it costs from between two keys or items to the end of the frame.

        Args:
            state: of the frame.
            levels: of nesting that may still open in it.
            used: keys or items that came before, in one collection or more.
            is_shut: whether it may not end right there.
        """
        if isinstance(state, ArrayState) and state.used:
            state = self._plain(state)
        at = _Spot(state, is_shut=is_shut)
        while True:
            found = self._ask(at, levels, lambda at=at: self._search_frame(at, levels))  # type: ignore[misc]
            more = found.minds.among(*used)
            if more <= at.used:
                return found
            at = evolve(at, used=at.used | more)

    def _search_frame(self, start: _Spot, levels: int) -> Finish:
        search = _Search(levels, start.state.labels)
        search.push(0, start)
        for tokens, at in search:
            if isinstance(at.state, ObjectState):
                self._expand_object(search, tokens, at, at.state)
            else:
                self._expand_array(search, tokens, at, at.state)
        return search.finish()

    def _expand_object(self, search: _Search, tokens: int, at: _Spot, state: ObjectState) -> None:
        names = frozenset(key for key in at.used if isinstance(key, str))
        minded = frozenset(key for key in at.used - names if state.spelling.minds(key))
        place = self._language.places.members(state, names, minded, is_shut=at.is_shut)
        search.these |= self._chooser.witnesses(state, names)
        if not state.spelling.minds_none:
            search.watched.add(state.spelling)
        if (move := place.settled) is not None:
            self._be_forced(search, tokens, at, move)
            return
        if place.admits(CLOSE):
            search.end(tokens + 1, state.close)
            if search.has_found(search.wanted, tokens + 1):
                return
        options = list(self._named(search, at, state, names))
        if len(self._chooser.independent(state)) < 2:
            options += self._spelt(search, at, state, place)
        for option in self._chooser.choose(state, options):
            search.push(tokens + option.cost, _behind(at, option))

    def _be_forced(self, search: _Search, tokens: int, at: _Spot, move: Move) -> None:
        """Go where the only symbol that may follow leads, and those that are then forced."""
        if move.edge == Edge.CLOSE:
            search.end(tokens, move.label)
        elif move.step is not None:
            key = move.key if move.name is None else move.name
            for (_, label), cost in search.use(self.behind(move, search.levels)).items():
                search.push(tokens + cost, _behind(at, Option(key, move.step, label, cost)))
        else:
            assert isinstance(at.state, ObjectState)
            assert move.to is not None
            for option in self._spelt(search, at, at.state, move.to, move.key or b""):
                search.push(tokens + option.cost, _behind(at, option))

    def _named(
        self, search: _Search, at: _Spot, state: ObjectState, names: frozenset[str]
    ) -> Iterator[Option]:
        """Named keys that are worth trying."""
        chosen, minded = self._chooser.names(state, names, is_shut=at.is_shut)
        search.these |= minded
        for name in chosen:
            step = state.step(name)
            assert step is not None
            inner = self.value(self._lead(name, step.node), search.levels)
            for (_, label), cost in search.use(inner).items():
                yield Option(name, step, label, cost)

    def _lead(self, name: str, node: Node) -> _Lead:
        symbol = self._language.naming.key_symbols[name]
        found = self._leads.get((symbol, node))
        if found is None:
            found = self._leads[symbol, node] = _Lead(self._language, symbol, node)
        return found

    def _spelt(
        self, search: _Search, at: _Spot, state: ObjectState, place: Place, prefix: bytes = b""
    ) -> Iterator[Option]:
        """Keys that are not named and worth trying, from a place where some of one is written."""
        for step, label in self._chooser.spelt(state, is_shut=at.is_shut):
            texts = self._texts_of(place, prefix, (step, label), search.levels)
            for cost, text in texts.free(at.used, self._chooser.few(state)):
                search.these.add(text)
                if text not in at.used:
                    yield Option(text, step, label, cost)

    def _texts_of(self, place: Place, prefix: bytes, way: Way, levels: int) -> Priced[bytes]:
        key = place, prefix, way, levels
        found = self._texts.get(key)
        if found is None:
            texts = key_texts(self, self._trie, place, prefix, way, levels)
            found = self._texts[key] = Priced(texts)
        return found

    # Arrays ---------------------------------------------------------------------------------

    def _expand_array(self, search: _Search, tokens: int, at: _Spot, plain: ArrayState) -> None:
        state = plain
        if plain.is_unique:
            state = self._nodes.array_state(plain.pending, at.used)
            search.these |= self._nodes.finite_items(plain.pending)
            if plain.must_differ:
                search.watched.add(plain)
        place = self._items(state, at)
        move = place.settled
        if move is not None and move.edge == Edge.CLOSE:
            search.end(tokens, move.label)
            return
        if place.admits(CLOSE):
            search.end(tokens + 1, state.close)
            if search.has_found(search.wanted, tokens + 1):
                return
        if state.step is None or place.item is None:
            return
        if state.is_unique:
            self._add_unique(search, tokens, at, state, place)
            return
        inner = self.behind(move, search.levels) if move else self.value(place.item, search.levels)
        for (_, label), cost in search.use(inner).items():
            search.push(tokens + cost, _Spot(state.step.after[label], at.used))

    def _items(self, state: ArrayState, at: _Spot) -> Items:
        minded = frozenset(each for each in at.used if state.is_unique and _minds(state, each))
        return self._language.places.items(state, minded, is_shut=at.is_shut)

    def _add_unique(
        self, search: _Search, tokens: int, at: _Spot, state: ArrayState, place: Items
    ) -> None:
        assert state.step is not None
        assert place.item is not None
        is_forced = place.settled is not None
        for label in range(1, len(state.step.after)):
            after = state.step.after[label]
            items = self._items_of(place.item, label, search.levels, is_forced)
            for cost, item in items.free(at.used, self._chooser.few_items(state, after)):
                search.these.add(item)
                if item not in at.used:
                    into = _Spot(self._plain(after), at.used | {item})
                    search.push(tokens + cost, into)
                elif after.repeated is not None:
                    search.push(tokens + cost, _Spot(self._plain(after.repeated), at.used))

    def _plain(self, state: ArrayState) -> ArrayState:
        return self._nodes.array_state(state.pending, frozenset())


def _behind(at: _Spot, option: Option) -> _Spot:
    return _Spot(option.step.after[option.label], at.used | {option.key})


def _ways_from(place: Any) -> frozenset[Way]:
    """How a value may end, from a place in it."""
    if not isinstance(place, Text):
        return frozenset((None, label) for label in place.node.labels)
    labels = place.spelling.labels_from(place.state)
    if place.owner is None:
        return frozenset((None, label) for label in labels)
    steps = [step for label in labels if (step := place.owner.step(label - 1))]
    return frozenset((step, label) for step in steps for label in step.node.labels)


def _is_idle(search: _Search, tokens: int, place: Place) -> bool:
    """Whether a text comes to nothing that was not reached with fewer tokens."""
    return (
        isinstance(place, Text)
        and place.owner is None
        and search.has_found(_ways_from(place), tokens)
    )
