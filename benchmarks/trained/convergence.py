"""The ratio of budgets at which an arm is where the baseline is, from the points of their curves.

The arm that ends lower is looked up where it reaches the other's last figure, between two points of
its curve by interpolation over the logarithm of the budget. Learning rates fall to the end of each
run, so that a run stopped there would have been a little lower: the ratio is in the slower arm's
favour.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from attrs import evolve

from suites.trained import DOCUMENTS, FLOPS, TrainedSuite
from wfgen.report.rows import Row

__all__ = ["CURVE", "budget_at", "ratio_rows"]

CURVE = "bits-per-byte-curve"

Points = Sequence[tuple[float, float]]
"""Budget and bits per byte, budgets ascending."""


def ratio_rows(suite: TrainedSuite, rows: Sequence[Row]) -> Iterator[Row]:
    """A row for each arm but the baseline, budget and seed that both have a curve for."""
    for seed in suite.seeds:
        for budget in (DOCUMENTS, FLOPS):
            base = _points(rows, suite.baseline, budget, seed)
            for arm in suite.arms:
                points = _points(rows, arm.name, budget, seed)
                if base and points and arm.name != suite.baseline:
                    like = next(r for r in rows if r.figure == CURVE and _is_of(r, arm.name, seed))
                    yield _row(like, budget, _ratio(points, base))


def _is_of(row: Row, arm: str, seed: int) -> bool:
    return row.arm == arm and row.seed == seed


def _row(like: Row, budget: str, value: float) -> Row:
    kept = {name: said for name, said in like.provenance.items() if name != "at"}
    job = f"ratio {like.arm} {budget} {like.seed}"
    provenance = {**kept, "job": job}
    figure = f"budget-ratio-{budget}"
    return evolve(like, figure=figure, unit="ratio", value=value, provenance=provenance)


def _points(rows: Sequence[Row], arm: str, budget: str, seed: int) -> Points:
    found = {
        float(row.provenance["at"][budget]): row.value
        for row in rows
        if row.figure == CURVE
        and _is_of(row, arm, seed)
        and row.provenance["at"]["budget"] == budget
    }
    return sorted((at, value) for at, value in found.items() if value is not None)


def _ratio(points: Points, base: Points) -> float:
    ours, theirs = points[-1][1], base[-1][1]
    if ours <= theirs:
        return budget_at(points, theirs) / base[-1][0]
    return points[-1][0] / budget_at(base, ours)


def budget_at(points: Points, bits: float) -> float:
    """Where a curve first comes down to a figure; its first point where it starts below."""
    before: tuple[float, float] | None = None
    for at, value in points:
        if value <= bits:
            if before is None or value == before[1]:
                return at
            share = (before[1] - bits) / (before[1] - value)
            return math.exp(math.log(before[0]) + share * math.log(at / before[0]))
        before = (at, value)
    raise ValueError(f"the curve does not come down to {bits}")
