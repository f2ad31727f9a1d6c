"""Which keys and items are worth trying on the cheapest way to the end of a frame.

Keys that come to the same are tried cheapest first, and keys that are required whatever else comes
are tried in one order, so that of 2^n sets of keys a search looks at few. Where choices may run
out, one that is left alone is forced, and its symbol is saved: there the two first are tried, so
that any one of them can be the last. So what is tried at a state depends on the state alone, and a
way that begins with it is found again from every place on it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from attrs import frozen

from wfgen_tct.formulas import HasProperty
from wfgen_tct.grammar.frame_states import ArrayState, ObjectState, Step
from wfgen_tct.grammar.keys import UNCONCERNED
from wfgen_tct.grammar.nodes import Nodes

__all__ = ["Chooser", "Option"]

_FEW_SPARE = 6
"""Keys that come to nothing, up to which it is tried whether using them up forces what is left."""

_FEW_TEXTS = 8
"""Keys that are spelt, up to which all are tried."""

_FEW_ITEMS = 4
"""Items that are tried where those behind have another place, or values may run out."""


@frozen(eq=False)
class Option:
    """A key with its value.

    Attributes:
        key: its name, or the bytes of one that is not named.
        step: of the key.
        label: of the value.
        cost: in tokens.
    """

    key: Any
    step: Step
    label: int
    cost: int


class Chooser:
    """Chooses for the states of one grammar.

    Args:
        nodes: all of them.
    """

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        self._independent: dict[ObjectState, tuple[str, ...]] = {}

    # Keys -----------------------------------------------------------------------------------

    def few(self, state: ObjectState) -> int:
        """How many keys that are spelt and come to the same are tried."""
        spelling = state.spelling
        is_scarce = not spelling.minds_none and spelling.number_of_texts <= _FEW_TEXTS
        return _FEW_TEXTS if is_scarce else _few_names(state)

    def witnesses(self, state: ObjectState, used: frozenset[str]) -> frozenset[str]:
        """Names on which it depends whether a symbol is forced between the keys."""
        if state.num_always > 1:
            return frozenset()
        if not state.has_room(used):
            return frozenset(state.keys.names)
        found: frozenset[str] = frozenset()
        while len(found) + state.num_always < 2:
            name = state.spare(used | found)
            assert name is not None
            found |= {name}
        return found

    def independent(self, state: ObjectState) -> tuple[str, ...]:
        """Keys that must come, whose values nothing depends on, nor they on anything."""
        found = self._independent.get(state)
        if found is None:
            found = self._independent[state] = tuple(self._find_independent(state))
        return found

    def _find_independent(self, state: ObjectState) -> Iterator[str]:
        nodes = self._nodes
        support = frozenset(nodes.decisions.support(state.pending))
        needed = nodes.needed(state.pending)
        said = {v: nodes.meaning.assertion(v) for v in support}
        for name in sorted(each.name for v in needed if isinstance(each := said[v], HasProperty)):
            others = set(support) - needed
            if all(state.keys.concern(v, name) == UNCONCERNED for v in others):
                yield name

    def names(
        self, state: ObjectState, used: frozenset[str], *, is_shut: bool = False
    ) -> tuple[Collection[str], frozenset[str]]:
        """The names that are worth trying, and those whose use the choice depends on.

        Args:
            state: of the object.
            used: names that it has.
            is_shut: whether it may not end before one more key.
        """
        required = self.independent(state)
        if len(required) > 1:
            return required[: _few_names(state)], frozenset()
        if is_shut:
            return [name for name in state.names if name not in used], frozenset(state.names)
        helpful = [name for name in state.names if _changes(state, state.step(name))]
        minded = frozenset(helpful)
        if not _may_press(state):
            return [name for name in helpful if name not in used], minded
        spare = [name for name in state.names if name not in used and name not in minded]
        if len(spare) > _FEW_SPARE:
            minded = minded.union(spare[: _FEW_SPARE + 1])
            return [name for name in helpful if name not in used], minded
        return [name for name in state.names if name not in used], frozenset(state.names)

    def spelt(self, state: ObjectState, *, is_shut: bool = False) -> Iterator[tuple[Step, int]]:
        """The keys that are not named and worth trying: step and label of the value."""
        if not state.spelling.is_possible:
            return
        may_be_idle = is_shut or _may_press(state)
        for step in filter(None, map(state.step, state.keys.classes)):
            for label in range(1, len(step.after)):
                if may_be_idle or step.after[label].pending != state.pending:
                    yield step, label

    def choose(self, state: ObjectState, options: Iterable[Option]) -> Iterator[Option]:
        """The cheapest of those that come to the same."""
        few_texts, few_names = self.few(state), _few_names(state)
        chosen: dict[int, set[Any]] = {}
        for option in sorted(options, key=lambda each: each.cost):
            keys = chosen.setdefault(option.step.after[option.label].pending, set())
            few = few_texts if isinstance(option.key, bytes) else few_names
            if len(keys) < few or option.key in keys:
                keys.add(option.key)
                yield option

    # Items ----------------------------------------------------------------------------------

    def few_items(self, state: ArrayState, after: ArrayState) -> int:
        """How many items of one label are tried."""
        assert state.step is not None
        is_alike = after.step is None or after.step.node is state.step.node
        return 1 if is_alike and not self._nodes.finite_items(state.pending) else _FEW_ITEMS


def _few_names(state: ObjectState) -> int:
    """How many named keys that come to the same are tried."""
    return 1 if state.num_always > 1 else 2


def _changes(state: ObjectState, step: Step | None) -> bool:
    """Whether a key may change what its frame is still to come to."""
    return step is not None and any(each.pending != state.pending for each in step.after[1:])


def _may_press(state: ObjectState) -> bool:
    """Whether keys that change nothing may help, as fewer choices are left behind them."""
    return not state.close and state.num_always < 2
