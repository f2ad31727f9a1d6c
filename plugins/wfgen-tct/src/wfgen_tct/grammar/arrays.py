"""Whether an open array can still be finished.

As for objects, a path through a condition says what some assertions must turn out to be; items are
then placed so that they do. Positions differ only as far as some assertion tells them apart; all
behind are alike.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from attrs import evolve, field, frozen

from wfgen_tct.formulas import Contains, IsUnique, ItemAt, ItemsFrom, MinItems
from wfgen_tct.grammar.decisions import TRUE
from wfgen_tct.grammar.meaning import Meaning
from wfgen_tct.grammar.objects import MAX_PATHS, too_many_ways

__all__ = ["Variety", "can_finish_array"]

_MAX_STEPS = 200_000

Variety = Callable[[int], frozenset[Any] | None]
"""The values that meet a goal, as `value_key` gives them; None where they never run out."""


@frozen(kw_only=True)
class _Demand:
    """Some item must stand somewhere.

    Attributes:
        schema: it must meet it, or fail it.
        meets: which.
        first, last: positions, counted from 0, where it may stand.
        group: items of one group are different ones; None for no group.
    """

    schema: int
    meets: bool
    first: int
    last: float
    group: int | None = None


@frozen(kw_only=True)
class _Needs:
    """What one path through a condition asks for.

    Attributes:
        at: schema by position: the item there, if there is one, must meet it.
        since: position to schema: every item from there on must meet it.
        never: schemas that no item may meet.
        rare: schema to how many items may meet it.
        demands: items that must come.
        least, most: how many items must come at least, and may at most.
        is_unique: no two items are equal.
        is_repeated: two items are equal, of those to come.
    """

    at: tuple[tuple[int, int], ...]
    since: tuple[tuple[int, int], ...]
    never: tuple[int, ...]
    rare: tuple[tuple[int, int], ...]
    demands: tuple[_Demand, ...]
    least: int
    most: float
    is_unique: bool
    is_repeated: bool

    @property
    def num_special(self) -> int:
        """Positions that some assertion tells from those behind; from it on all are alike."""
        edges = [p + 1 for p, _ in self.at] + [p for p, _ in self.since]
        edges += [int(d.first) + (d.last != math.inf) for d in self.demands]
        return max(edges, default=0)


def can_finish_array(
    meaning: Meaning,
    condition: int,
    can: Callable[[int], bool],
    variety: Variety,
    used: frozenset[Any] = frozenset(),
) -> bool:
    """Whether some items bring a condition about.

    Args:
        meaning: of the schema.
        condition: over assertions about arrays, counted from the next item on.
        can: whether some value meets a goal.
        variety: how many values meet a goal.
        used: the items already there, where no two may be equal.

    Raises:
        GrammarLimitError: there are too many ways to try.
    """
    may_differ = _may_differ(meaning, condition)
    for number, path in enumerate(meaning.decisions.paths(condition, 1)):
        if number >= MAX_PATHS:
            raise too_many_ways("an array")
        needs = _needs(meaning, path)
        if needs.is_repeated and may_differ:
            needs = evolve(needs, is_repeated=False)
        if any(_Search(meaning, needs, n, can, variety, used).succeeds() for n in _lengths(needs)):
            return True
    return False


def _may_differ(meaning: Meaning, condition: int) -> bool:
    """Whether a condition that holds where items are equal holds too where they are not."""
    decisions, unique = meaning.decisions, meaning.variable(IsUnique())
    no = decisions.restrict(condition, {unique: False})
    yes = decisions.restrict(condition, {unique: True})
    return decisions.choose(no, yes, TRUE) == TRUE


def _lengths(needs: _Needs) -> range:
    """How many items are worth trying: more of them behind the last special one changes nothing."""
    enough = max(needs.least, needs.num_special + len(needs.demands))
    enough += 2 * needs.is_repeated
    return range(needs.least, int(min(needs.most, enough)) + 1)


def _needs(meaning: Meaning, path: Mapping[int, bool]) -> _Needs:
    needs = _Needs(
        at=(),
        since=(),
        never=(),
        rare=(),
        demands=(),
        least=0,
        most=math.inf,
        is_unique=False,
        is_repeated=False,
    )
    for variable, truth in path.items():
        needs = _with(needs, meaning.assertion(variable), truth)
    return needs


def _with(needs: _Needs, assertion: Any, truth: bool) -> _Needs:  # noqa: C901  a table
    match assertion, truth:
        case MinItems(bound), True:
            return evolve(needs, least=max(needs.least, bound))
        case MinItems(bound), False:
            return evolve(needs, most=min(needs.most, bound - 1))
        case IsUnique(), _:
            return evolve(needs, is_unique=truth, is_repeated=not truth)
        case ItemAt(index, schema), True:
            return evolve(needs, at=(*needs.at, (index, schema)))
        case ItemAt(index, schema), False:
            demand = _Demand(schema=schema, meets=False, first=index, last=index)
            return evolve(needs, demands=(*needs.demands, demand))
        case ItemsFrom(start, schema), True:
            return evolve(needs, since=(*needs.since, (start, schema)))
        case ItemsFrom(start, schema), False:
            demand = _Demand(schema=schema, meets=False, first=start, last=math.inf)
            return evolve(needs, demands=(*needs.demands, demand))
        case Contains(schema, least), True:
            group = len(needs.demands)
            demand = _Demand(schema=schema, meets=True, first=0, last=math.inf, group=group)
            return evolve(needs, demands=(*needs.demands, *(demand for _ in range(least))))
        case Contains(schema, 1), False:
            return evolve(needs, never=(*needs.never, schema))
        case Contains(schema, least), False:
            return evolve(needs, rare=(*needs.rare, (schema, least - 1)))
    raise AssertionError(assertion)


@frozen
class _Item:
    """An item that some demand asks for: where it stands, and what it must meet and fail."""

    position: int
    meets: tuple[int, ...] = ()
    fails: tuple[int, ...] = ()
    groups: frozenset[int] = field(factory=frozenset)


@frozen
class _Option:
    """What an item may be: which rare schemas it meets, and the goal that this comes to."""

    meets: frozenset[int]
    goal: int


class _Search:
    """Places items in an array of so many more."""

    def __init__(  # noqa: PLR0913, PLR0917  it is one question
        self,
        meaning: Meaning,
        needs: _Needs,
        length: int,
        can: Callable[[int], bool],
        variety: Variety,
        used: frozenset[Any],
    ) -> None:
        self._meaning = meaning
        self._needs = needs
        self._can = can
        self._variety = variety
        self._used = used
        self._is_plain = not needs.is_unique and not needs.is_repeated
        self._num_special = min(needs.num_special, length)
        self._num_alike = length - self._num_special

    def succeeds(self) -> bool:
        stack: list[tuple[int, tuple[_Item, ...]]] = [(0, ())]
        seen: set[tuple[int, tuple[_Item, ...]]] = set()
        steps = 0
        while stack:
            number, items = stack.pop()
            if (number, items) in seen:
                continue
            seen.add((number, items))
            steps += 1
            if steps > _MAX_STEPS:
                raise too_many_ways("an array")
            if number == len(self._needs.demands):
                if self._completes(items):
                    return True
                continue
            demand = self._needs.demands[number]
            stack += [(number + 1, _sorted(more)) for more in self._meet(demand, items)]
        return False

    def _positions(self) -> range:
        """Special positions one by one, and one that stands for all behind them."""
        return range(self._num_special + (self._num_alike > 0))

    def _meet(self, demand: _Demand, items: tuple[_Item, ...]) -> Iterator[tuple[_Item, ...]]:
        for position in self._positions():
            here = sum(item.position == position for item in items)
            room = 1 if position < self._num_special else self._num_alike
            if here < room and demand.first <= position <= demand.last:
                yield (*items, _take(_Item(position), demand))
        for at, item in enumerate(items):
            is_other = demand.group is None or demand.group not in item.groups
            if is_other and demand.first <= item.position <= demand.last:
                yield (*items[:at], _take(item, demand), *items[at + 1 :])

    def _goal(self, item: _Item, rare: Sequence[int]) -> int:
        meets = [s for p, s in self._needs.at if p == item.position]
        meets += [s for start, s in self._needs.since if start <= item.position]
        fails = (*self._needs.never, *rare, *item.fails)
        return self._meaning.goal((*meets, *item.meets), fails)

    def _completes(self, items: tuple[_Item, ...]) -> bool:
        groups = []
        for item, number in self._all_items(items):
            options = self._options(item)
            if not options:
                return False
            groups.append((options, number))
        ways = self._ways(groups, dict(self._needs.rare))
        if self._needs.is_repeated:
            return any(self._may_repeat(slots) for slots in ways)
        if not self._needs.is_unique:
            return next(ways, None) is not None
        return any(_all_differ(slots, self._variety, self._used) for slots in ways)

    def _may_repeat(self, slots: list[tuple[int, int]]) -> bool:
        """Whether two items can be equal."""
        if any(number > 1 for _, number in slots):
            return True
        both = self._meaning.decisions.both
        return any(self._can(both(one, other)) for (one, _), (other, _) in combinations(slots, 2))

    def _all_items(self, items: tuple[_Item, ...]) -> Iterator[tuple[_Item, int]]:
        """Every item, those that no demand asks for too, and how many there are of each."""
        yield from ((item, 1) for item in items)
        for position in self._positions():
            room = 1 if position < self._num_special else self._num_alike
            room -= sum(item.position == position for item in items)
            if room > 0:
                yield _Item(position), room

    def _options(self, item: _Item) -> list[_Option]:
        """The goals that an item may have, by which rare schemas it meets; few ones first."""
        rare = [schema for schema, _ in self._needs.rare]
        fixed = frozenset(rare).intersection(item.meets)
        left = [schema for schema in rare if schema not in fixed]
        found: list[_Option] = []
        for size in range(len(left) + 1):
            for more in combinations(left, size):
                meets = fixed.union(more)
                if self._is_plain and any(each.meets <= meets for each in found):
                    continue  # it only leaves less for others
                goal = self._goal(item, [schema for schema in rare if schema not in meets])
                if self._can(goal):
                    found.append(_Option(meets, goal))
        return found

    def _ways(
        self, groups: list[tuple[list[_Option], int]], allowance: dict[int, int]
    ) -> Iterator[list[tuple[int, int]]]:
        """Goals and how many items have each, so that no more items meet what is rare than may."""
        stack: list[tuple[int, int, int, dict[int, int], tuple[tuple[int, int], ...]]]
        stack = [(0, 0, groups[0][1] if groups else 0, allowance, ())]
        steps = 0
        while stack:
            at, option, left, allowed, slots = stack.pop()
            steps += 1
            if steps > _MAX_STEPS:
                raise too_many_ways("an array")
            if left == 0:
                if at + 1 >= len(groups):
                    yield list(slots)
                else:
                    stack.append((at + 1, 0, groups[at + 1][1], allowed, slots))
                continue
            options = groups[at][0]
            if option == len(options):
                continue
            meets, goal = options[option].meets, options[option].goal
            most = min([left, *(allowed[schema] for schema in meets)])
            for number in range(most + 1):  # many are tried first
                rest = {s: n - number * (s in meets) for s, n in allowed.items()}
                more = (*slots, (goal, number)) if number else slots
                stack.append((at, option + 1, left - number, rest, more))


def _take(item: _Item, demand: _Demand) -> _Item:
    groups = item.groups if demand.group is None else item.groups | {demand.group}
    if demand.meets:
        return evolve(item, meets=(*item.meets, demand.schema), groups=groups)
    return evolve(item, fails=(*item.fails, demand.schema), groups=groups)


def _sorted(items: tuple[_Item, ...]) -> tuple[_Item, ...]:
    """Items in an order of their own, as it does not matter which was placed first."""
    return tuple(sorted(items, key=lambda each: (each.position, each.meets, each.fails)))


def _all_differ(slots: list[tuple[int, int]], variety: Variety, used: frozenset[Any]) -> bool:
    """Whether every slot can have a value of its own: Kuhn's matching of slots to values."""
    finite: list[frozenset[Any]] = []
    for goal, number in slots:
        values = variety(goal)
        if values is None:
            continue
        free = values - used
        if number > len(free):
            return False
        finite += [free] * number
    owner: dict[Any, int] = {}
    return all(_assign(slot, finite, owner) for slot in range(len(finite)))


def _assign(slot: int, choices: list[frozenset[Any]], owner: dict[Any, int]) -> bool:
    """Give a slot a value, moving others to other values along one path."""
    came_from: dict[Any, tuple[int, Any]] = {}
    queue: list[tuple[int, Any]] = [(slot, None)]
    for at, previous in queue:
        for value in choices[at]:
            if value in came_from:
                continue
            came_from[value] = (at, previous)
            if value not in owner:
                _move(value, came_from, owner)
                return True
            queue.append((owner[value], value))
    return False


def _move(value: Any, came_from: Mapping[Any, tuple[int, Any]], owner: dict[Any, int]) -> None:
    while value is not None:
        slot, previous = came_from[value]
        owner[value] = slot
        value = previous
