"""The states of an open object or array: what is still to come about.

States are shared by all sequences, built when they are first met, and equal where nothing that can
follow differs.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property
from typing import TYPE_CHECKING, Any

from attrs import frozen

from wfgen_tct.formulas import (
    Contains,
    HasProperty,
    IsUnique,
    ItemAt,
    ItemsFrom,
    MinItems,
    MinProperties,
    Property,
)
from wfgen_tct.grammar.arrays import can_finish_array
from wfgen_tct.grammar.decisions import FALSE, TRUE
from wfgen_tct.grammar.keys import BROKEN, Key, Keys
from wfgen_tct.grammar.objects import Spent, can_finish_object
from wfgen_tct.grammar.spelling import Spelling

if TYPE_CHECKING:
    from wfgen_tct.grammar.nodes import Node, Nodes

__all__ = ["ArrayState", "Concern", "ObjectState", "Step"]


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
