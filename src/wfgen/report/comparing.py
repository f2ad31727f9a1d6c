"""Arms compared with one another: differences over the seeds that both have, with intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from attrs import field, frozen

from wfgen.api import Interval
from wfgen.evaluate.intervals import runs_interval
from wfgen.report.rows import Row
from wfgen.report.seeds import is_trials, pool_seeds, standing_rows, values_by_seed

__all__ = ["Comparison", "Difference"]


@frozen(kw_only=True)
class Difference:
    """What an arm has more than another of one figure.

    Attributes:
        value, other: of the two arms, means over the seeds that both have.
        num_seeds: how many these are.
        interval: of the difference, 95 %; None of one seed, which says nothing of another.
    """

    value: float
    other: float
    num_seeds: int
    interval: Interval | None

    @property
    def change(self) -> float:
        """The difference."""
        return self.value - self.other

    @property
    def is_significant(self) -> bool:
        """Whether the interval is clear of 0."""
        return self.interval is not None and not self.interval.low <= 0 <= self.interval.high


@frozen
class Comparison:
    """The rows of one run, ready to be compared."""

    rows: Sequence[Row]
    pooled: Mapping[tuple[str, str], Row] = field(init=False)
    _values: Mapping[tuple[str, str], Mapping[int | None, float]] = field(init=False)
    _trials: frozenset[tuple[str, str]] = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Pool the rows once."""
        pooled = {(row.arm, row.figure): row for row in pool_seeds(self.rows)}
        object.__setattr__(self, "pooled", pooled)
        object.__setattr__(self, "_values", values_by_seed(self.rows))
        by_key: dict[tuple[str, str], list[Row]] = {}
        for row in standing_rows(self.rows):
            if row.value is not None:
                by_key.setdefault((row.arm, row.figure), []).append(row)
        trials = frozenset(key for key, rows in by_key.items() if is_trials(rows))
        object.__setattr__(self, "_trials", trials)

    def values(self, figure: str) -> dict[str, Row]:
        """The pooled rows of one figure by arm, those that have a value."""
        return {
            arm: row
            for (arm, name), row in self.pooled.items()
            if name == figure and row.value is not None
        }

    def difference(self, arm: str, other: str, figure: str) -> Difference | None:
        """Of one figure, paired by seed; None where they share none.

        Student's interval of the paired differences. Of shares of samples it is the hull of that
        and of the interval that the samples give, as seeds that agree by chance have no spread.
        """
        mine, theirs = (self._values.get((name, figure), {}) for name in (arm, other))
        seeds = [seed for seed in mine if seed in theirs]
        if not seeds:
            return None
        ends = None
        if len(seeds) > 1:
            ends = runs_interval([mine[seed] - theirs[seed] for seed in seeds])
            if {(arm, figure), (other, figure)} <= self._trials:
                ends = _hull(ends, self._of_samples(arm, other, figure))
        return Difference(
            value=math.fsum(mine[seed] for seed in seeds) / len(seeds),
            other=math.fsum(theirs[seed] for seed in seeds) / len(seeds),
            num_seeds=len(seeds),
            interval=ends,
        )

    def _of_samples(self, arm: str, other: str, figure: str) -> Interval:
        """The interval of a difference from those of its sides (Newcombe, 1998, Statistics in
        Medicine 17:873, method 10).
        """
        mine, theirs = self.pooled[arm, figure], self.pooled[other, figure]
        value, reference = mine.value or 0.0, theirs.value or 0.0
        below = math.hypot(value - _low(mine), _high(theirs) - reference)
        above = math.hypot(_high(mine) - value, reference - _low(theirs))
        return Interval(low=value - reference - below, high=value - reference + above)


def _low(row: Row) -> float:
    return row.low if row.low is not None else row.value or 0.0


def _high(row: Row) -> float:
    return row.high if row.high is not None else row.value or 0.0


def _hull(one: Interval, other: Interval) -> Interval:
    return Interval(low=min(one.low, other.low), high=max(one.high, other.high))
