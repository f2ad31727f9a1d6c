"""Places: what may stand there, and what becomes of the frames around it.

A `Node` is what may be one value. The states of an open object or array hold what is still to come
about; they are shared by all sequences, built when they are first met, and equal where nothing that
can follow differs. What each sequence has for itself, the keys that it used, is kept by its walk.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cached_property
from typing import Any

from attrs import frozen

from wfgen_tct.errors import GrammarLimitError, SchemaError
from wfgen_tct.formulas import (
    Contains,
    HasProperty,
    IsUnique,
    ItemAt,
    ItemsFrom,
    MinItems,
    MinProperties,
    Property,
    Same,
)
from wfgen_tct.grammar.arrays import can_finish_array
from wfgen_tct.grammar.decisions import FALSE, TRUE
from wfgen_tct.grammar.keys import BROKEN, Key, Keys
from wfgen_tct.grammar.objects import NOTHING_SPENT, Spent, can_finish_object
from wfgen_tct.grammar.solver import Solver
from wfgen_tct.grammar.spelling import Spelling
from wfgen_tct.scalars.machine import ScalarMachine
from wfgen_tct.scalars.numbers import texts_equal

__all__ = ["ArrayState", "Node", "Nodes", "ObjectState", "Step"]


_MAX_CASES = 100_000
"""Diagrams that are made to tell what one value may leave for what follows."""

_MAX_GOALS = 1_000
"""Combinations of schemas that are asked of one item and looked at to tell how many there are."""

_MAX_STATES = 100_000
"""States that are kept of one kind; beyond it they are forgotten, and made anew when met."""


def _make_room(states: dict[Any, Any]) -> None:
    if len(states) >= _MAX_STATES:
        states.clear()


class Step:
    """A key or an item: the value to come, and the state behind it by the label of the value."""

    __slots__ = ("after", "node")

    def __init__(self, node: Node, after: tuple[Any, ...]) -> None:
        self.node = node
        self.after = after


@frozen
class Concern:
    """An assertion about what is in a value.

    Attributes:
        variable: of the assertion.
        schema: it asks whether the value meets it.
        met, failed: what becomes of the variable where it does, and where it does not.
    """

    variable: int
    schema: int
    met: int
    failed: int


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


class ObjectState:
    """An open object between two keys.

    Attributes:
        keys: those that its place tells apart.
        pending: the condition on what is still to come; it gives the label.
        close: the label where it ends here; 0 where it may not.
        roomy_place: kept here by `Places`.
    """

    def __init__(self, nodes: Nodes, keys: Keys, pending: int, spent: Spent) -> None:
        self.keys = keys
        self._nodes = nodes
        self.pending = pending
        self._spent = spent
        self._steps: dict[Key, Step | None] = {}
        self._met: list[str] = []
        self._num_asked = 0
        self._last_spare = ""
        self.roomy_place: Any = None
        d, assertion = nodes.decisions, nodes.meaning.assertion
        absent = (HasProperty, MinProperties)
        self.close = d.evaluate(pending, lambda v: not isinstance(assertion(v), absent))

    @cached_property
    def is_possible(self) -> bool:
        """Whether it can be finished."""
        if self.close:
            return True
        nodes = self._nodes
        condition = nodes.decisions.relabel(self.pending, lambda label: int(label > 0))
        return condition != FALSE and can_finish_object(
            nodes.meaning, self.keys, condition, self._spent, nodes.solver.can
        )

    @cached_property
    def labels(self) -> frozenset[int]:
        """The labels that it may come to."""
        nodes = self._nodes
        return nodes.possible_labels(
            self.pending,
            lambda condition: can_finish_object(
                nodes.meaning, self.keys, condition, self._spent, nodes.solver.can
            ),
        )

    def step(self, key: Key) -> Step | None:
        """The step of a key that was not used; None where it may not come."""
        if key not in self._steps:
            self._steps[key] = self._step(key)
        return self._steps[key]

    def _step(self, key: Key) -> Step | None:
        nodes, d = self._nodes, self._nodes.decisions
        known: dict[int, bool] = {}
        fewer: dict[int, int] = {}
        concerned = []
        for variable in d.support(self.pending):
            match nodes.meaning.assertion(variable):
                case HasProperty(name):
                    if name == key:
                        known[variable] = True
                case MinProperties(least):
                    if least == 1:
                        known[variable] = True
                    else:
                        fewer[variable] = nodes.meaning.ask(MinProperties(least - 1))
                case assertion:
                    concern = self.keys.concern(variable, key)
                    if concern == BROKEN:
                        known[variable] = False
                    elif concern >= 0:
                        # The key cannot come again. Where that it was met can only help, saying so
                        # would but make a state of its own of every set of keys that were used.
                        is_settled = isinstance(assertion, Property) and not nodes.helps(
                            self.pending, variable
                        )
                        met = TRUE if is_settled else d.ask(variable)
                        concerned.append(Concern(variable, concern, met, FALSE))
        pending = d.restrict(self.pending, known)
        pending = d.substitute(pending, fewer) if fewer else pending
        spent = self._plus(key)

        def close(condition: int) -> ObjectState | None:
            state = nodes.object_state(self.keys, condition, spent)
            return state if state.is_possible else None

        return nodes.step(pending, concerned, close)

    def _plus(self, key: Key) -> Spent:
        if isinstance(key, str):
            return Spent(self._spent.names | {key}, self._spent.classes)
        classes = {**self._spent.classes, key: self._spent.classes.get(key, 0) + 1}
        return Spent(self._spent.names, classes)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The named keys that may come, used ones too, sorted."""
        return tuple(name for name in self.keys.names if self.step(name))

    @cached_property
    def spelling(self) -> Spelling:
        """Keys that are not named; the labels are their classes plus 1."""
        labels = [number + 1 if self.step(number) else 0 for number in self.keys.classes]
        return self._nodes.spelling(self.keys.machine, labels)

    @cached_property
    def num_always(self) -> int:
        """How many symbols may follow whatever keys were used, up to 2."""
        endless = self.spelling.num_endless(self.spelling.start) if self.spelling.is_possible else 0
        return min(2, (self.close > 0) + endless)

    def has_room(self, used: Collection[str]) -> bool:
        """Whether more than one symbol may follow, as far as is plain.

        Args:
            used: the named keys that the object has.
        """
        number, at = self.num_always, 0
        if number > 1 or (number and self._last_spare and self._last_spare not in used):
            return True
        while number < 2 and (name := self._possible_name(at)) is not None:
            if name not in used:
                number, self._last_spare = number + 1, name
            at += 1
        return number > 1

    def spare(self, keys: Collection[str]) -> str | None:
        """A named key that may come and is none of some keys; None where there is none."""
        at = 0
        while (name := self._possible_name(at)) is not None and name in keys:
            at += 1
        return name

    def _possible_name(self, number: int) -> str | None:
        """One of the named keys that may come, counted from 0; looked for only when asked for."""
        names = self.keys.names
        while len(self._met) <= number and self._num_asked < len(names):
            name = names[self._num_asked]
            self._num_asked += 1
            if self.step(name) is not None:
                self._met.append(name)
        return self._met[number] if number < len(self._met) else None


class ArrayState:
    """An open array between two items.

    Attributes:
        pending: the condition on what is still to come; it gives the label.
        close: the label where it ends here; 0 where it may not.
        is_unique: whether items that are equal are ruled out.
        used: the items so far, where others may run out.
        free_place: kept here by `Places`.
    """

    def __init__(self, nodes: Nodes, pending: int, used: frozenset[Any]) -> None:
        said = map(nodes.meaning.assertion, nodes.decisions.support(pending))
        self.is_unique = any(isinstance(each, IsUnique) for each in said)
        self.used = used
        self.free_place: Any = None
        self._nodes = nodes
        self.pending = pending
        d, assertion = nodes.decisions, nodes.meaning.assertion
        absent = (Contains, MinItems)
        self.close = d.evaluate(pending, lambda v: not isinstance(assertion(v), absent))
        self._after: dict[Any, Step | None] = {}

    @cached_property
    def is_possible(self) -> bool:
        """Whether it can be finished."""
        if self.close:
            return True
        nodes = self._nodes
        condition = nodes.decisions.relabel(self.pending, lambda label: int(label > 0))
        can, variety = nodes.solver.can, nodes.solver.variety
        return condition != FALSE and can_finish_array(
            nodes.meaning, condition, can, variety, self.used
        )

    @cached_property
    def labels(self) -> frozenset[int]:
        """The labels that it may come to."""
        nodes = self._nodes
        can, variety = nodes.solver.can, nodes.solver.variety
        return nodes.possible_labels(
            self.pending,
            lambda condition: can_finish_array(nodes.meaning, condition, can, variety, self.used),
        )

    @cached_property
    def step(self) -> Step | None:
        """The step of one more item; None where none may come."""
        nodes, d = self._nodes, self._nodes.decisions
        concerned = []
        for variable in d.support(self.pending):
            match nodes.meaning.assertion(variable):
                case ItemAt(0, schema):
                    concerned.append(Concern(variable, schema, TRUE, FALSE))
                case ItemsFrom(0, schema):
                    concerned.append(Concern(variable, schema, d.ask(variable), FALSE))
                case Contains(schema, least):
                    fewer = TRUE if least == 1 else nodes.meaning.ask(Contains(schema, least - 1))
                    concerned.append(Concern(variable, schema, fewer, d.ask(variable)))
        return nodes.step(self.pending, concerned, self._close)

    @cached_property
    def must_differ(self) -> bool:
        """Whether some item may not come if it came before."""
        if not self.is_unique or self.step is None:
            return False
        return any(after.repeated is None for after in self.step.after[1:])

    def bars(self, value: Any) -> bool:
        """Whether a scalar, by its `value_key`, may be the next item, but not if it came before."""
        if self.step is None:
            return False
        label = self.step.node.label_of(value)
        return label > 0 and self.step.after[label].repeated is None

    @cached_property
    def repeated(self) -> ArrayState | None:
        """The state where two items are equal; None where that may not be."""
        nodes = self._nodes
        unique = nodes.meaning.variable(IsUnique())
        state = nodes.array_state(
            nodes.decisions.substitute(self.pending, {unique: FALSE}), self.used
        )
        return state if state.is_possible else None

    def using(self, value: Any) -> ArrayState:
        """The state where an item, by its `value_key`, came before, if that matters."""
        if not self.is_unique:
            return self
        return self._nodes.array_state(self.pending, self.used | {value})

    @cached_property
    def excluded(self) -> frozenset[Any]:
        """Values that the next item may not have, by their `value_key`.

        Those that were used, and those without which there would be too few for what must follow.
        """
        if self.step is None or not self.is_unique:
            return frozenset()
        finite = self._nodes.finite_items(self.pending)
        return frozenset(value for value in finite if not self._spares(value))

    def _spares(self, value: Any) -> bool:
        """Whether the next item may be a value, or may not be it anyway."""
        assert self.step is not None
        label = self.step.node.label_of(value)
        if not label:
            return True
        after = self.step.after[label]
        if value in self.used:
            return after.repeated is not None
        return bool(after.using(value).is_possible)

    def _close(self, condition: int) -> ArrayState | None:
        state = self._nodes.array_state(self._shift(condition), self.used)
        return state if state.is_possible else None

    def _shift(self, condition: int) -> int:
        """The condition counted from the item behind."""
        nodes, shifted = self._nodes, {}
        for variable in nodes.decisions.support(condition):
            match nodes.meaning.assertion(variable):
                case ItemAt(index, schema):
                    shifted[variable] = nodes.meaning.ask(ItemAt(index - 1, schema))
                case ItemsFrom(start, schema) if start:
                    shifted[variable] = nodes.meaning.ask(ItemsFrom(start - 1, schema))
                case MinItems(1):
                    shifted[variable] = TRUE
                case MinItems(least):
                    shifted[variable] = nodes.meaning.ask(MinItems(least - 1))
        return nodes.decisions.substitute(condition, shifted)
