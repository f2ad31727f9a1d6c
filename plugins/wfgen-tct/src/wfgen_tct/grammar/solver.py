"""Which goals some finite value reaches.

A least fixpoint: a goal is reached by a scalar, or by an array or object of values that reach
theirs. What is not found so, no finite value reaches; a recursion without an end is known for
what it is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from math import inf
from typing import Any

from wfgen.canonical import read_json
from wfgen_tct.errors import SchemaError
from wfgen_tct.formulas import ItemsFrom, Matches, MinItems, MinLength, MinProperties
from wfgen_tct.grammar.arrays import can_finish_array
from wfgen_tct.grammar.decisions import FALSE, TRUE
from wfgen_tct.grammar.keys import UNCONCERNED, Keys
from wfgen_tct.grammar.meaning import Form, Meaning
from wfgen_tct.grammar.objects import NOTHING_SPENT, can_finish_object
from wfgen_tct.grammar.spelling import Spelling
from wfgen_tct.grammar.values import value_key
from wfgen_tct.scalars.machine import ScalarMachine
from wfgen_tct.scalars.numbers import NumberMachine
from wfgen_tct.scalars.text import TextMachine
from wfgen_tct.symbols import END

__all__ = ["Solver"]

Can = Callable[[int], bool]


class Solver:
    """Answers for the goals of one schema, each worked out once."""

    def __init__(self, meaning: Meaning) -> None:
        self.meaning = meaning
        self._depths: dict[int, int | None] = {FALSE: None, TRUE: 0}
        self._most_depth = 0
        self._keys: dict[Any, Keys] = {}
        self._numbers: dict[Any, NumberMachine] = {}
        self._varieties: dict[int, frozenset[Any] | None] = {}

    # Scalars --------------------------------------------------------------------------------

    def keys(self, goal: int) -> Keys:
        """The keys that the schemas of a goal tell apart."""
        mentions = self.meaning.mentions(goal)
        found = self._keys.get(mentions)
        if found is None:
            found = self._keys[mentions] = Keys(self.meaning, mentions)
        return found

    def text(self, goal: int) -> tuple[TextMachine, tuple[int, ...]]:
        """The machine of strings that no schema lists, and the label of each of its outcomes."""
        decision = self.meaning.decision(goal, "text")
        said = [self.meaning.assertion(v) for v in self.meaning.decisions.support(decision)]
        patterns = sorted(each.pattern for each in said if hasattr(each, "pattern"))
        thresholds = sorted(each.least for each in said if hasattr(each, "least"))
        texts = self.meaning.mentions(goal).texts
        machine = self.meaning.text_machine(tuple(patterns), tuple(thresholds), texts)
        order = [*(Matches(p) for p in patterns), *(MinLength(n) for n in thresholds)]
        return machine, self._labels(decision, order, machine)

    def number(self, goal: int) -> tuple[NumberMachine, tuple[int, ...]]:
        """The machine of numbers, and the label of each of its outcomes."""
        decision = self.meaning.decision(goal, "number")
        said = [self.meaning.assertion(v) for v in self.meaning.decisions.support(decision)]
        machine = self.number_machine(tuple(said))
        return machine, self._labels(decision, said, machine)

    def number_machine(self, assertions: tuple[Any, ...]) -> NumberMachine:
        """The machine that tells some assertions about numbers."""
        found = self._numbers.get(assertions)
        if found is None:
            found = self._numbers[assertions] = NumberMachine(assertions)
        return found

    def _labels(self, decision: int, said: list[Any], machine: ScalarMachine) -> tuple[int, ...]:
        decisions, variable = self.meaning.decisions, self.meaning.variable
        place = {variable(each): number for number, each in enumerate(said)}

        def label(truth: tuple[bool, ...]) -> int:
            return decisions.evaluate(decision, lambda v: truth[place[v]])

        return tuple(map(label, machine.outcomes))

    # Goals ----------------------------------------------------------------------------------

    def depth(self, goal: int) -> int | None:
        """A nesting of arrays and objects that suffices for label 1; None where no value has it.

        Args:
            goal: with the labels 0 and 1.
        """
        if goal not in self._depths:
            self._settle(goal)
        return self._depths[goal]

    @property
    def most_depth(self) -> int:
        """The greatest of the depths that were worked out."""
        return self._most_depth

    def can(self, goal: int) -> bool:
        """Whether some finite value has label 1."""
        return self.depth(goal) is not None

    def labels(self, goal: int) -> frozenset[int]:
        """The labels, other than 0, that some finite value has."""
        decisions = self.meaning.decisions
        found = decisions.labels(goal)
        return frozenset(x for x in found if x and self.can(decisions.only(goal, x)))

    def _settle(self, goal: int) -> None:
        """Answer a goal and all that it comes down to."""
        waiting: dict[int, set[int]] = {}
        met, queue = {goal}, deque([goal])
        while queue:
            at = queue.popleft()
            if at in self._depths:
                continue
            depth = self._evaluate(at, met, queue, waiting)
            if depth is not None:
                self._depths[at] = depth
                self._most_depth = max(self._most_depth, depth)
                queue.extend(waiting.pop(at, ()))
        for at in met:
            self._depths.setdefault(at, None)

    def _evaluate(
        self, goal: int, met: set[int], queue: deque[int], waiting: dict[int, set[int]]
    ) -> int | None:
        if self.scalar(goal):
            return 0
        asked: set[int] = set()

        def can(child: int) -> bool:
            asked.add(child)
            return self._depths.get(child) is not None

        if not self._nests(goal, can):
            for child in sorted(asked):
                waiting.setdefault(child, set()).add(goal)
                if child not in met:
                    met.add(child)
                    queue.append(child)
            return None
        for enough in sorted({d for child in asked if (d := self._depths.get(child)) is not None}):
            if self._nests(goal, partial(self._can_within, enough)):
                return enough + 1
        return 1

    def _can_within(self, most: int, goal: int) -> bool:
        depth = self._depths.get(goal)
        return depth is not None and depth <= most

    def _nests(self, goal: int, can: Can) -> bool:
        """Whether an array or an object has label 1."""
        meaning = self.meaning
        as_object = meaning.decision(goal, "object")
        if as_object != FALSE and can_finish_object(
            meaning, self.keys(goal), as_object, NOTHING_SPENT, can
        ):
            return True
        as_array = meaning.decision(goal, "array")
        return as_array != FALSE and can_finish_array(meaning, as_array, can, self.variety)

    def scalar(self, goal: int) -> bool:
        """Whether a value that is neither array nor object has label 1."""
        meaning = self.meaning
        if any(meaning.decision(goal, form) == TRUE for form in ("null", "true", "false")):
            return True
        if any(meaning.label_of_text(goal, t) for t in meaning.mentions(goal).texts):
            return True
        if meaning.decision(goal, "text") != FALSE and any(self.text(goal)[1]):
            return True
        return meaning.decision(goal, "number") != FALSE and any(self.number(goal)[1])

    # Values that may run out ----------------------------------------------------------------

    def variety(self, goal: int) -> frozenset[Any] | None:
        """The values that meet a goal, as `value_key` gives them; None where they never run out.

        Args:
            goal: with the labels 0 and 1.

        Raises:
            SchemaError: they may run out, and are arrays or objects.
        """
        if goal not in self._varieties:
            self._varieties[goal] = self._variety(goal)
        return self._varieties[goal]

    def _variety(self, goal: int) -> frozenset[Any] | None:
        found = self._finite_scalars(goal)
        if found is None:
            return None
        meaning = self.meaning
        as_object, as_array = (meaning.decision(goal, form) for form in ("object", "array"))
        keys = self.keys(goal)
        is_object = can_finish_object(meaning, keys, as_object, NOTHING_SPENT, self.can)
        is_array = can_finish_array(meaning, as_array, self.can, self.variety)
        if not is_object and not is_array:
            return found
        if (is_object and not self._takes_more_keys(as_object, keys)) or (
            is_array and not self._takes_more_items(as_array)
        ):
            raise SchemaError(
                cause="its unique items are arrays or objects of which there may be too few",
                hint="drop uniqueItems there, or compile with allow_approximate",
            )
        return None

    def _finite_scalars(self, goal: int) -> frozenset[Any] | None:
        meaning = self.meaning
        forms: tuple[Form, ...] = ("null", "true", "false")
        found = {(form,) for form in forms if meaning.decision(goal, form) == TRUE}
        texts = meaning.mentions(goal).texts
        found |= {value_key(text) for text in texts if meaning.label_of_text(goal, text)}
        for spelling, read in ((self.text(goal), _text), (self.number(goal), _number)):
            words = _words(Spelling(*spelling))
            if words is None:
                return None
            found |= {value_key(read(word)) for word in words}
        return frozenset(found)

    def _takes_more_keys(self, condition: int, keys: Keys) -> bool:
        """Whether one more key, that was never there, may always come with any value."""
        decisions, support = self.meaning.decisions, self.meaning.decisions.support(condition)
        for variable in support:
            if isinstance(self.meaning.assertion(variable), MinProperties):
                fewer = decisions.restrict(condition, {variable: False})
                more = decisions.restrict(condition, {variable: True})
                if decisions.choose(fewer, more, TRUE) != TRUE:
                    return False
        endless = (c for c in keys.classes if keys.machine.count(keys.machine.start, 1 << c) == inf)
        return any(all(keys.concern(v, c) == UNCONCERNED for v in support) for c in endless)

    def _takes_more_items(self, condition: int) -> bool:
        """Whether one more item may always come."""
        meets = []
        for variable in self.meaning.decisions.support(condition):
            if self.meaning.decisions.substitute(condition, {variable: FALSE}) != FALSE:
                return False
            match self.meaning.assertion(variable):
                case ItemsFrom(0, schema):
                    meets.append(schema)
                case MinItems():
                    continue
                case _:
                    return False
        return self.can(self.meaning.goal(meets))


_MANY = 10_000
"""Texts of a place from which on they are taken never to run out, as a document is bounded."""


def _words(spelling: Spelling) -> list[bytes] | None:
    """All texts of a place; None where there are too many to run out."""
    if not spelling.is_possible:
        return []
    if spelling.number_of_texts > _MANY:
        return None
    found, stack = [], [(spelling.start, b"")]
    while stack:
        state, text = stack.pop()
        for symbol in spelling.choices(state):
            if symbol == END:
                found.append(text)
            else:
                stack.append((spelling.step(state, symbol), text + bytes((symbol,))))
    return found


def _text(word: bytes) -> str:
    return word.decode()


def _number(word: bytes) -> Any:
    return read_json(word)
