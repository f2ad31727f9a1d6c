"""Numbers of the local states of a grammar: a feature for models, never a key of a cache.

A local state is which subschemas are alive at the innermost place, and what phase of the value a
sequence is in. Keys that were used and counters do not enter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import field, frozen

from wfgen_tct.formulas import Definitions, Same
from wfgen_tct.grammar.moves import Place
from wfgen_tct.grammar.places import Items, Members, Text
from wfgen_tct.grammar.walk import Walk

__all__ = ["PHASES", "Situation", "StateNames", "StateReader"]

PHASES = ("value", "string", "number", "key", "keys", "items")
"""Before a value; inside a string, a number or a key that is spelt; between keys or items."""

Situation = tuple[str, tuple[int, ...]]
"""A phase, and the indexes in `Definitions.schemas` of the subschemas that are alive."""


@frozen
class StateNames:
    """Ids of situations; 0 is for all that are not among them.

    Attributes:
        situations: situation number n has the id n + 1.
    """

    situations: tuple[Situation, ...] = ()
    _ids: Mapping[Situation, int] = field(init=False, repr=False, eq=False)

    @_ids.default
    def _number(self) -> Mapping[Situation, int]:
        return {situation: n for n, situation in enumerate(self.situations, start=1)}

    @property
    def num_states(self) -> int:
        """Every id is in `range(num_states)`."""
        return len(self.situations) + 1

    def id_of(self, situation: Situation) -> int:
        """The id of a situation; 0 for one that is not known."""
        return self._ids.get(situation, 0)

    @classmethod
    def of(cls, situations: Iterable[Situation]) -> StateNames:
        """The names of some situations, in an order of their own."""
        return cls(tuple(sorted(set(situations))))


class StateReader:
    """Tells the situation that a walk is in.

    Args:
        walks in: one language, the meaning of whose goals it keeps.
    """

    def __init__(self, names: StateNames) -> None:
        self._names = names
        self._known: dict[tuple[int, str, int], int] = {}

    def id_of(self, walk: Walk) -> int:
        """The id of the state that a walk is in; 0 behind the document."""
        phase, goal = position(walk)
        key = (id(walk.language), phase, goal)
        found = self._known.get(key)
        if found is None:
            found = self._names.id_of(situation_of(walk)) if phase else 0
            self._known[key] = found
        return found


def position(walk: Walk) -> tuple[str, int]:
    """The phase that a walk is in, and the goal of the place; '' behind the document."""
    place = walk.place
    frame: Any = walk.frames[-1] if walk.frames else None
    if place is None:
        return "", 0
    if isinstance(place, Members | Items):
        return ("keys" if isinstance(place, Members) else "items"), frame.goal
    if isinstance(place, Text) and place.owner is not None:
        return "key", frame.goal
    goal = walk.language.root.goal if frame is None else frame.step.node.goal
    return _phase_of_value(place), goal


def _phase_of_value(place: Place) -> str:
    if not isinstance(place, Text):
        return "value"
    return "string" if place.quote else "number"


def situation_of(walk: Walk) -> Situation:
    """The situation that a walk is in."""
    phase, goal = position(walk)
    meaning = walk.language.meaning
    found = {_target(meaning.definitions, index) for index in meaning.schemas(goal)}
    return phase, tuple(sorted(found))


def _target(definitions: Definitions, index: int) -> int:
    """Behind `$ref`s that say nothing of their own."""
    formula = definitions.schemas[index].formula
    while isinstance(formula, Same):
        index = formula.schema
        formula = definitions.schemas[index].formula
    return index
