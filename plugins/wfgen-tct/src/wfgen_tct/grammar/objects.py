"""Whether an open object can still be finished.

What an object must come to is a condition over assertions about objects. A path through it says
what some assertions must turn out to be; keys are then chosen one by one so that they do: those
that must stand there, those that break what must be broken, and more of them where there are too
few. No two keys have a value in common, so each key is a question of its own.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from attrs import field, frozen

from wfgen_tct.errors import GrammarLimitError
from wfgen_tct.formulas import HasProperty, MinProperties
from wfgen_tct.grammar.keys import BROKEN, UNCONCERNED, Key, Keys
from wfgen_tct.grammar.meaning import Meaning

__all__ = ["NOTHING_SPENT", "Spent", "can_finish_object"]

MAX_PATHS = 20_000
_MAX_STEPS = 200_000


@frozen
class Spent:
    """Keys that stand in an object already and cannot come again.

    Attributes:
        names: the named ones.
        classes: how many of each class of keys that are not named.
    """

    names: frozenset[str] = frozenset()
    classes: Mapping[int, int] = field(factory=dict, hash=False)


NOTHING_SPENT = Spent()


@frozen(kw_only=True)
class _Needs:
    """What one path through a condition asks for.

    Attributes:
        keys, absent: keys that must and must not come.
        hold, fail: variables of assertions about values and names that must hold, and must not.
        least, most: how many keys must come at least, and may at most.
    """

    keys: frozenset[str]
    absent: frozenset[str]
    hold: tuple[int, ...]
    fail: tuple[int, ...]
    least: int
    most: float


def can_finish_object(
    meaning: Meaning, keys: Keys, condition: int, spent: Spent, can: Callable[[int], bool]
) -> bool:
    """Whether some keys and values bring a condition about.

    Args:
        meaning: of the schema.
        keys: those that the place tells apart.
        condition: over assertions about objects, the keys already there taken into account.
        spent: the keys already there.
        can: whether some value meets a goal.

    Raises:
        GrammarLimitError: there are too many ways to try.
    """
    paths = meaning.decisions.paths(condition, 1)
    for number, path in enumerate(paths):
        if number >= MAX_PATHS:
            raise too_many_ways("an object")
        needs = _needs(meaning, path)
        if needs.least <= needs.most and _Search(meaning, keys, needs, spent, can).succeeds():
            return True
    return False


def too_many_ways(what: str) -> GrammarLimitError:
    """The error of a search that found no end."""
    return GrammarLimitError(
        cause=f"{what} can be finished in more ways than can be tried",
        hint="simplify what it demands of one value at once",
    )


def _needs(meaning: Meaning, path: Mapping[int, bool]) -> _Needs:
    present, absent = set[str](), set[str]()
    hold, fail = list[int](), list[int]()
    least, most = 0, math.inf
    for variable, truth in path.items():
        match meaning.assertion(variable):
            case HasProperty(name):
                (present if truth else absent).add(name)
            case MinProperties(bound):
                least = max(least, bound) if truth else least
                most = most if truth else min(most, bound - 1)
            case _:
                (hold if truth else fail).append(variable)
    return _Needs(
        keys=frozenset(present),
        absent=frozenset(absent),
        hold=tuple(hold),
        fail=tuple(fail),
        least=least,
        most=most,
    )


_Carriers = tuple[tuple[Key, tuple[int, ...]], ...]
"""Keys to add, and which assertions each must make false."""


class _Search:
    def __init__(
        self, meaning: Meaning, keys: Keys, needs: _Needs, spent: Spent, can: Callable[[int], bool]
    ) -> None:
        self._meaning = meaning
        self._keys = keys
        self._needs = needs
        self._spent = spent
        self._can = can

    def succeeds(self) -> bool:
        required: _Carriers = tuple((name, ()) for name in sorted(self._needs.keys))
        if any(not self._may_come(name) for name, _ in required):
            return False
        stack, steps = [(0, required)], 0
        while stack:
            number, carriers = stack.pop()
            steps += 1
            if steps > _MAX_STEPS:
                raise too_many_ways("an object")
            if len(carriers) > self._needs.most:
                continue
            if number == len(self._needs.fail):
                if self._completes(carriers):
                    return True
                continue
            stack += [
                (number + 1, more) for more in self._carry(self._needs.fail[number], carriers)
            ]
        return False

    def _may_come(self, key: Key) -> bool:
        """Whether a key may stand there at all; its value is another question."""
        if isinstance(key, str) and (key in self._spent.names or key in self._needs.absent):
            return False
        return all(self._keys.concern(v, key) != BROKEN for v in self._needs.hold)

    def _carry(self, variable: int, carriers: _Carriers) -> Iterator[_Carriers]:
        """Ways to make an assertion false: by a new key, or by one that comes anyway."""
        for key in (*self._keys.classes, *self._keys.names):
            is_there = isinstance(key, str) and any(key == other for other, _ in carriers)
            if not is_there and self._may_come(key) and self._makes_false(variable, key, ()):
                yield (*carriers, (key, (variable,)))
        for at, (key, fails) in enumerate(carriers):
            if self._makes_false(variable, key, fails):
                yield (*carriers[:at], (key, (*fails, variable)), *carriers[at + 1 :])

    def _makes_false(self, variable: int, key: Key, others: tuple[int, ...]) -> bool:
        concern = self._keys.concern(variable, key)
        return concern != UNCONCERNED and self._can(self._goal(key, (*others, variable)))

    def _goal(self, key: Key, fails: tuple[int, ...]) -> int:
        concern = self._keys.concern
        meets = [s for v in self._needs.hold if (s := concern(v, key)) >= 0]
        broken = [s for v in fails if (s := concern(v, key)) >= 0]
        return self._meaning.goal(meets, broken)

    def _completes(self, carriers: _Carriers) -> bool:
        if not all(self._can(self._goal(key, fails)) for key, fails in carriers):
            return False
        taken = Counter(key for key, _ in carriers)
        for key, number in taken.items():
            if isinstance(key, int) and number > self._left(key):
                return False
        missing = self._needs.least - len(carriers)
        return missing <= 0 or self._has_more(missing, taken)

    def _left(self, key: int) -> float:
        machine = self._keys.machine
        return machine.count(machine.start, 1 << key) - self._spent.classes.get(key, 0)

    def _has_more(self, missing: float, taken: Mapping[Key, int]) -> bool:
        """Whether there are so many keys more that may come with some value."""
        for key in (*self._keys.classes, *self._keys.names):
            left = self._left(key) if isinstance(key, int) else 1
            left -= taken.get(key, 0)
            if left > 0 and self._may_come(key) and self._can(self._goal(key, ())):
                missing -= left
                if missing <= 0:
                    return True
        return False
