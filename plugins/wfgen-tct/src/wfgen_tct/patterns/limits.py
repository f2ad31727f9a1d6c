"""How much work one pattern may be."""

from __future__ import annotations

from attrs import Attribute, define, field, frozen

from wfgen.errors import SettingError
from wfgen_tct.errors import GrammarLimitError

__all__ = ["DEFAULT_PATTERN_LIMITS", "Meter", "PatternLimits"]


def _check(_: object, attribute: Attribute[int], value: int) -> None:
    if type(value) is not int or value < 1:
        raise SettingError(
            name=attribute.name,
            cause=f"{value!r} is not a whole number above 0",
            hint="give a number of 1 or more",
        )


@frozen(kw_only=True)
class PatternLimits:
    """How much work one pattern may be; no clock is read, so the same patterns always compile.

    Attributes:
        num_states: states of one automaton, whether on the way or at the end.
        num_steps: elementary steps of all constructions together; a million take about a second.

    Raises:
        SettingError: a limit is no whole number, or is under 1.
    """

    num_states: int = field(default=20_000, validator=_check)
    num_steps: int = field(default=5_000_000, validator=_check)


DEFAULT_PATTERN_LIMITS = PatternLimits()


@define
class Meter:
    """Counts the work that one pattern is."""

    limits: PatternLimits
    num_steps: int = 0

    def spend(self, num_steps: int) -> None:
        """Count steps, before they are taken.

        Raises:
            GrammarLimitError: they are too many.
        """
        self.num_steps += num_steps
        if self.num_steps > self.limits.num_steps:
            raise self._over("takes too many steps", "num_steps")

    def check_states(self, num_states: int) -> None:
        """Compare the number of states that an automaton has so far.

        Raises:
            GrammarLimitError: they are too many.
        """
        if num_states > self.limits.num_states:
            raise self._over("needs too many states", "num_states")

    def _over(self, what: str, name: str) -> GrammarLimitError:
        most = getattr(self.limits, name)
        return GrammarLimitError(
            cause=f"its pattern {what}: PatternLimits.{name} is {most:,}",
            hint=f"raise PatternLimits.{name}, or repeat less in the pattern",
        )
