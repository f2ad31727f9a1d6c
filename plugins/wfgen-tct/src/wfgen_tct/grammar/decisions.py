"""Decision diagrams: functions of yes-or-no variables, each held once.

A diagram is an int. It is a leaf with a label, or asks one variable and goes on with one of two
diagrams; variables are asked in one fixed order and no question is superfluous, so two functions
are equal just where their diagrams are the same int. Labels are whole numbers; a condition is a
diagram with the labels 0 and 1. After Bryant, "Graph-based algorithms for Boolean function
manipulation" (1986), with several leaves as in Fujita, McGeer and Yang (1997).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from wfgen_tct.errors import GrammarLimitError

__all__ = ["FALSE", "TRUE", "Decisions"]

FALSE, TRUE = 0, 1
"""The diagrams of the labels 0 and 1."""

_LEAF = 1 << 60  # stands below every variable


class Decisions:
    """A table of diagrams; diagrams of different tables have nothing to do with each other."""

    def __init__(self, *, max_diagrams: int = 2_000_000) -> None:
        self._max = max_diagrams
        self._variable: list[int] = []
        self._no: list[int] = []  # a leaf keeps its label here
        self._yes: list[int] = []
        self._known: dict[tuple[int, int, int], int] = {}
        self._choices: dict[tuple[int, int, int], int] = {}
        self.leaf(0)
        self.leaf(1)

    def __len__(self) -> int:
        """How many diagrams there are."""
        return len(self._variable)

    def leaf(self, label: int) -> int:
        """The diagram that is always `label`."""
        return self._intern(_LEAF, label, label)

    def ask(self, variable: int) -> int:
        """The condition that a variable holds."""
        return self._intern(variable, FALSE, TRUE)

    def _intern(self, variable: int, no: int, yes: int) -> int:
        if no == yes and variable != _LEAF:
            return no
        key = (variable, no, yes)
        found = self._known.get(key)
        if found is None:
            found = len(self._variable)
            if found >= self._max:
                raise GrammarLimitError(
                    cause=f"its conditions combine to more than {self._max:,} cases",
                    hint="simplify what it demands of one value at once",
                )
            self._variable.append(variable)
            self._no.append(no)
            self._yes.append(yes)
            self._known[key] = found
        return found

    # Looking --------------------------------------------------------------------------------

    def is_leaf(self, diagram: int) -> bool:
        """Whether nothing is asked."""
        return self._variable[diagram] == _LEAF

    def label(self, diagram: int) -> int:
        """The label of a leaf."""
        return self._no[diagram]

    def top(self, diagram: int) -> tuple[int, int, int]:
        """The first variable that is asked, and what follows where it does not hold and does."""
        return self._variable[diagram], self._no[diagram], self._yes[diagram]

    def below(self, diagram: int) -> list[int]:
        """Every diagram that this one goes on with, itself first, each once."""
        found, stack = {diagram: None}, [diagram]
        while stack:
            at = stack.pop()
            if self._variable[at] != _LEAF:
                for child in (self._yes[at], self._no[at]):
                    if child not in found:
                        found[child] = None
                        stack.append(child)
        return list(found)

    def support(self, diagram: int) -> list[int]:
        """The variables that it depends on, ascending."""
        asked = {self._variable[at] for at in self.below(diagram)}
        return sorted(asked - {_LEAF})

    def labels(self, diagram: int) -> list[int]:
        """The labels that it has, ascending."""
        return sorted(self._no[at] for at in self.below(diagram) if self.is_leaf(at))

    def evaluate(self, diagram: int, holds: Callable[[int], bool]) -> int:
        """The label, for variables that are all known."""
        while self._variable[diagram] != _LEAF:
            is_yes = holds(self._variable[diagram])
            diagram = self._yes[diagram] if is_yes else self._no[diagram]
        return self._no[diagram]

    def paths(self, diagram: int, label: int) -> Iterator[dict[int, bool]]:
        """The ways to a label: what each one needs of which variable, a fresh dict each."""
        live = self._leading_to(diagram, label)
        stack: list[tuple[int, tuple[tuple[int, bool], ...]]] = [(diagram, ())]
        while stack:
            at, needs = stack.pop()
            if at not in live:
                continue
            variable = self._variable[at]
            if variable == _LEAF:
                yield dict(needs)
                continue
            stack.append((self._no[at], (*needs, (variable, False))))
            stack.append((self._yes[at], (*needs, (variable, True))))

    def _leading_to(self, diagram: int, label: int) -> set[int]:
        live: set[int] = set()
        # A diagram is interned after those it goes on with.
        for at in sorted(self.below(diagram)):
            if self.is_leaf(at):
                if self._no[at] == label:
                    live.add(at)
            elif self._no[at] in live or self._yes[at] in live:
                live.add(at)
        return live

    # Making ---------------------------------------------------------------------------------

    def choose(self, condition: int, yes: int, no: int) -> int:
        """`yes` where a condition holds, else `no`."""
        stack = [(condition, yes, no)]
        known = self._choices
        while stack:
            task = stack[-1]
            if self._simple(task) is not None or task in known:
                stack.pop()
                continue
            variable = min(self._variable[each] for each in task)
            lower = self._cofactors(task, variable, self._no)
            upper = self._cofactors(task, variable, self._yes)
            results = [self._result(lower), self._result(upper)]
            missing = [t for t, r in zip((lower, upper), results, strict=True) if r is None]
            if missing:
                stack += missing
                continue
            assert results[0] is not None
            assert results[1] is not None
            known[task] = self._intern(variable, results[0], results[1])
            stack.pop()
        result = self._result((condition, yes, no))
        assert result is not None
        return result

    def _result(self, task: tuple[int, int, int]) -> int | None:
        simple = self._simple(task)
        return self._choices.get(task) if simple is None else simple

    @staticmethod
    def _simple(task: tuple[int, int, int]) -> int | None:
        condition, yes, no = task
        if condition == TRUE or yes == no:
            return yes
        if condition == FALSE:
            return no
        return condition if (yes, no) == (TRUE, FALSE) else None

    def _cofactors(
        self, task: tuple[int, int, int], variable: int, side: list[int]
    ) -> tuple[int, int, int]:
        a, b, c = (side[d] if self._variable[d] == variable else d for d in task)
        return a, b, c

    def both(self, one: int, other: int) -> int:
        """The condition that two hold."""
        return self.choose(one, other, FALSE)

    def either(self, one: int, other: int) -> int:
        """The condition that one of two holds, or both."""
        return self.choose(one, TRUE, other)

    def negate(self, condition: int) -> int:
        """The condition that another does not hold."""
        return self.choose(condition, FALSE, TRUE)

    def substitute(self, diagram: int, conditions: Mapping[int, int]) -> int:
        """The diagram with variables replaced by conditions, all at once."""
        if self.is_leaf(diagram):
            return diagram
        done: dict[int, int] = {}
        for at in sorted(self.below(diagram)):
            variable = self._variable[at]
            if variable == _LEAF:
                done[at] = at
                continue
            condition = conditions.get(variable)
            if condition is None:
                condition = self.ask(variable)
            done[at] = self.choose(condition, done[self._yes[at]], done[self._no[at]])
        return done[diagram]

    def restrict(self, diagram: int, truths: Mapping[int, bool]) -> int:
        """The diagram where the truth of some variables is known."""
        if not truths:
            return diagram
        last = max(truths)
        variables, no, yes = self._variable, self._no, self._yes
        done: dict[int, int] = {}
        stack = [diagram]
        while stack:
            at = stack[-1]
            variable = variables[at]
            if at in done or variable > last:  # nothing below is known either
                stack.pop()
                continue
            truth = truths.get(variable)
            lower, upper = no[at], yes[at]
            if truth is not None:
                lower = upper = upper if truth else lower
            low = lower if variables[lower] > last else done.get(lower)
            high = upper if variables[upper] > last else done.get(upper)
            if low is None:
                stack.append(lower)
            elif high is None:
                stack.append(upper)
            else:
                stack.pop()
                done[at] = low if truth is not None else self._intern(variable, low, high)
        return done.get(diagram, diagram)

    def needed(self, diagram: int) -> frozenset[int]:
        """The variables that must hold wherever the label is not 0."""
        found: dict[int, frozenset[int] | None] = {}  # None where the label is 0 anyway
        for at in sorted(self.below(diagram)):
            if self._variable[at] == _LEAF:
                found[at] = frozenset() if self._no[at] else None
                continue
            lower, upper = found[self._no[at]], found[self._yes[at]]
            with_it = None if upper is None else upper | {self._variable[at]}
            if lower is None or with_it is None:
                found[at] = with_it if lower is None else lower
            else:
                found[at] = lower & with_it
        return found[diagram] or frozenset()

    def only(self, diagram: int, label: int) -> int:
        """The condition that a diagram has a label."""
        return self.relabel(diagram, lambda other: int(other == label))

    def relabel(self, diagram: int, relabel: Callable[[int], int]) -> int:
        """The diagram with every label replaced."""
        done: dict[int, int] = {}
        for at in sorted(self.below(diagram)):
            if self._variable[at] == _LEAF:
                done[at] = self.leaf(relabel(self._no[at]))
            else:
                yes, no = done[self._yes[at]], done[self._no[at]]
                done[at] = self._intern(self._variable[at], no, yes)
        return done[diagram]
