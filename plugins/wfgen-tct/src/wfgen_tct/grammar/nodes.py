"""Places: what may stand there, and what becomes of the frames around it.

A `Node` is what may be one value. The states of an open object or array hold what is still to come
about (`frame_states`). What each sequence has for itself, the keys that it used, is kept by its
walk.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cached_property
from typing import Any

from wfgen_tct.errors import GrammarLimitError, SchemaError
from wfgen_tct.formulas import (
    Contains,
    HasProperty,
    IsUnique,
    ItemAt,
    ItemsFrom,
    MinProperties,
    Property,
    Same,
)
from wfgen_tct.grammar.decisions import FALSE, TRUE
from wfgen_tct.grammar.frame_states import ArrayState, Concern, ObjectState, Step
from wfgen_tct.grammar.keys import Keys
from wfgen_tct.grammar.objects import NOTHING_SPENT, Spent
from wfgen_tct.grammar.solver import Solver
from wfgen_tct.grammar.spelling import Spelling
from wfgen_tct.scalars.machine import ScalarMachine
from wfgen_tct.scalars.numbers import texts_equal

__all__ = ["Node", "Nodes"]


_MAX_CASES = 100_000
"""Diagrams that are made to tell what one value may leave for what follows."""

_MAX_GOALS = 1_000
"""Combinations of schemas that are asked of one item and looked at to tell how many there are."""

_MAX_STATES = 100_000
"""States that are kept of one kind; beyond it they are forgotten, and made anew when met."""


def _make_room(states: dict[Any, Any]) -> None:
    if len(states) >= _MAX_STATES:
        states.clear()


def _by_schema(concerned: Iterable[Concern]) -> list[tuple[int, list[Concern]]]:
    """The same by the schema that they ask for."""
    found: dict[int, list[Concern]] = {}
    for each in concerned:
        found.setdefault(each.schema, []).append(each)
    return list(found.items())


class Nodes:
    """All nodes and states of one grammar; equal ones are one."""

    def __init__(self, solver: Solver) -> None:
        self.solver = solver
        self.meaning = solver.meaning
        self.decisions = solver.meaning.decisions
        self._nodes: dict[int, Node] = {}
        self._spellings: dict[Any, Spelling] = {}
        self._objects: dict[Any, ObjectState] = {}
        self._arrays: dict[Any, ArrayState] = {}
        self._needed: dict[int, frozenset[int]] = {}
        self._helps: dict[tuple[int, int], bool] = {}
        self._finite: dict[int, frozenset[Any]] = {}

    def spelling(self, machine: ScalarMachine, labels: Iterable[int]) -> Spelling:
        """What may be spelt by a machine."""
        key = (machine, tuple(labels))
        found = self._spellings.get(key)
        if found is None:
            found = self._spellings.setdefault(key, Spelling(*key))
        return found

    def node(self, goal: int) -> Node:
        """The node of a goal."""
        found = self._nodes.get(goal)
        return self._nodes.setdefault(goal, Node(self, goal)) if found is None else found

    def object_state(self, keys: Keys, pending: int, spent: Spent) -> ObjectState:
        """The state of an open object."""
        known = spent if self._minds_what_is_spent(keys, pending) else NOTHING_SPENT
        key = (keys, pending, known.names, frozenset(known.classes.items()))
        found = self._objects.get(key)
        if found is None:
            _make_room(self._objects)
            found = self._objects.setdefault(key, ObjectState(self, keys, pending, known))
        return found

    def array_state(self, pending: int, used: frozenset[Any]) -> ArrayState:
        """The state of an open array."""
        key = (pending, used & self.finite_items(pending) if used else used)
        found = self._arrays.get(key)
        if found is None:
            _make_room(self._arrays)
            found = self._arrays.setdefault(key, ArrayState(self, *key))
        return found

    def finite_items(self, pending: int) -> frozenset[Any]:
        """Values, by their `value_key`, of which an array of unique items may have too few.

        Raises:
            SchemaError: there may be too few, and they are arrays or objects.
        """
        found = self._finite.get(pending)
        if found is None:
            said = [self.meaning.assertion(v) for v in self.decisions.support(pending)]
            found = self.finite_items_of(said) if IsUnique() in said else frozenset()
            self._finite[pending] = found
        return found

    def finite_items_of(self, said: Collection[Any]) -> frozenset[Any]:
        """The same for an array of which all these assertions are made.

        Raises:
            SchemaError: as `finite_items`.
        """
        found: set[Any] = set()
        extra = {each.schema for each in said if isinstance(each, Contains)}
        edges = {0} | {each.index + d for each in said if isinstance(each, ItemAt) for d in (0, 1)}
        edges |= {each.start for each in said if isinstance(each, ItemsFrom)}
        for at in edges:
            here = {each.schema for each in said if isinstance(each, ItemAt) and each.index == at}
            here |= {
                each.schema for each in said if isinstance(each, ItemsFrom) and each.start <= at
            }
            self._add_finite(found, tuple(sorted(here | extra)))
        return frozenset(found)

    def _add_finite(self, found: set[Any], schemas: tuple[int, ...]) -> None:
        """Add the values that meet some of the schemas and fail others, where they run out."""
        stack: list[tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]] = [((), (), schemas)]
        steps = 0
        while stack:
            meets, fails, rest = stack.pop()
            values = self.solver.variety(self.meaning.goal(meets, fails))
            if values is not None:
                found |= values  # all that is asked beyond it leaves fewer
                continue
            steps += 1
            if steps > _MAX_GOALS:
                raise SchemaError(
                    cause="too many schemas are asked of one item for unique ones to be counted",
                    hint="drop uniqueItems there, or compile with allow_approximate",
                )
            for number, schema in enumerate(rest):
                stack.append(((*meets, schema), fails, rest[number + 1 :]))
                stack.append((meets, (*fails, schema), rest[number + 1 :]))

    def _minds_what_is_spent(self, keys: Keys, pending: int) -> bool:
        """Whether more keys may have to come than those that are required by name."""
        for variable in self.decisions.support(pending):
            match self.meaning.assertion(variable):
                case MinProperties():
                    return True
                case HasProperty() | Property():
                    continue
            if variable not in self.needed(pending):
                return True
        return False

    def needed(self, pending: int) -> frozenset[int]:
        """The variables without which nothing is left of a condition."""
        found = self._needed.get(pending)
        if found is None:
            found = self._needed[pending] = self.decisions.needed(pending)
        return found

    def possible_labels(self, pending: int, can: Callable[[int], bool]) -> frozenset[int]:
        """The labels that a condition can be brought to."""
        d = self.decisions
        labels = [label for label in d.labels(pending) if label]
        if len(labels) == 1:
            return frozenset(labels)  # a state that cannot be finished is never made
        return frozenset(label for label in labels if can(d.only(pending, label)))

    def helps(self, pending: int, variable: int) -> bool:
        """Whether what a condition comes to is never lost by a variable that holds."""
        if variable in self.needed(pending):
            return True
        found = self._helps.get((pending, variable))
        if found is None:
            d = self.decisions
            no = d.restrict(pending, {variable: False})
            yes = d.restrict(pending, {variable: True})
            no, yes = (d.relabel(each, lambda label: int(label > 0)) for each in (no, yes))
            found = self._helps[pending, variable] = d.choose(no, yes, TRUE) == TRUE
        return found

    def step(
        self,
        pending: int,
        concerned: list[Concern],
        close: Callable[[int], Any | None],
    ) -> Step | None:
        """The step of a key or item, or None where no value may stand there.

        Args:
            pending: the condition behind it, but for what the value decides.
            concerned: what the value decides.
            close: gives the state of a condition behind the value; None where it cannot end well.
        """
        d, states = self.decisions, [None]
        labels: dict[int, int] = {}
        asked = _by_schema(concerned)
        built: dict[tuple[int, int], int] = {}
        most = len(d) + _MAX_CASES

        def leaf(condition: int) -> int:
            if condition not in labels:
                state = close(condition)
                labels[condition] = 0 if state is None else len(states)
                states.extend([] if state is None else [state])
            return d.leaf(labels[condition])

        def build(number: int, condition: int) -> int:
            if number == len(asked):
                return leaf(condition)
            found = built.get((number, condition))
            if found is None:
                schema, same = asked[number]
                yes = build(number + 1, self._become(condition, {c.variable: c.met for c in same}))
                no = build(
                    number + 1, self._become(condition, {c.variable: c.failed for c in same})
                )
                found = d.choose(self.meaning.ask(Same(schema)), yes, no)
                built[number, condition] = found
                if len(d) > most:
                    raise GrammarLimitError(
                        cause="what may be asked of one value combines to too many cases",
                        hint="put the key that tells its alternatives apart in front",
                    )
            return found

        goal = build(0, pending)
        order = self._first_met(goal)
        if not order:
            return None
        new = {old: number for number, old in enumerate(order, start=1)}
        node = self.node(d.relabel(goal, lambda label: new.get(label, 0)))
        return Step(node, (None, *(states[old] for old in order))) if node.is_possible else None

    def _become(self, condition: int, changes: Mapping[int, int]) -> int:
        """The condition with variables replaced, all at once."""
        d = self.decisions
        known = {v: what == TRUE for v, what in changes.items() if what in (FALSE, TRUE)}
        others = {v: what for v, what in changes.items() if v not in known and what != d.ask(v)}
        condition = d.restrict(condition, known)
        return d.substitute(condition, others) if others else condition

    def _first_met(self, goal: int) -> list[int]:
        """The labels other than 0 in an order that depends on the shape of the goal alone."""
        d = self.decisions
        found = dict.fromkeys(d.label(at) for at in d.below(goal) if d.is_leaf(at))
        return [label for label in found if label]


class Node:
    """What may be one value, and the label that it then has; a label of 0 is never reached.

    Attributes:
        goal: the diagram over schemas.
        null, true, false: labels.
        literals: labels of listed strings, those that may stand there.
        text, number: strings that are not listed, and numbers.
    """

    def __init__(self, nodes: Nodes, goal: int) -> None:
        solver, meaning = nodes.solver, nodes.meaning
        self.goal = goal
        self._nodes = nodes
        d = nodes.decisions
        self.null, self.true, self.false = (
            d.label(meaning.decision(goal, form)) for form in ("null", "true", "false")
        )
        texts = sorted(meaning.mentions(goal).texts)
        labels = {text: meaning.label_of_text(goal, text) for text in texts}
        self.literals = {text: label for text, label in labels.items() if label}
        self.text = nodes.spelling(*solver.text(goal))
        self.number = nodes.spelling(*solver.number(goal))

    @cached_property
    def object(self) -> ObjectState | None:
        """An object that was just opened; None where none may be."""
        pending = self._nodes.meaning.decision(self.goal, "object")
        keys = self._nodes.solver.keys(self.goal)
        state = self._nodes.object_state(keys, pending, NOTHING_SPENT)
        return state if state.is_possible else None

    @cached_property
    def array(self) -> ArrayState | None:
        """An array that was just opened; None where none may be."""
        pending = self._nodes.meaning.decision(self.goal, "array")
        state = self._nodes.array_state(pending, frozenset())
        return state if state.is_possible else None

    @cached_property
    def labels(self) -> frozenset[int]:
        """The labels that values have."""
        return self._nodes.solver.labels(self.goal)

    @cached_property
    def is_possible(self) -> bool:
        """Whether some finite value may stand there."""
        is_scalar = self.null or self.true or self.false or self.literals
        if is_scalar or self.text.is_possible or self.number.is_possible:
            return True
        return self.object is not None or self.array is not None

    def label_of(self, value: Any) -> int:
        """The label of a scalar, by its `value_key`; 0 where it may not stand there."""
        match value:
            case ("string", text):
                label = self.literals.get(text, 0)
                return label or self.text.label(text.encode())
            case ("number", number):
                return max(self.number.label(text) for text in texts_equal(number))
            case (kind, *_):
                return {"null": self.null, "true": self.true, "false": self.false}.get(kind, 0)
        return 0
