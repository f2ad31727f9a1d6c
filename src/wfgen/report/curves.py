"""Curves of runs: points on the way, the mean over seeds and how far seeds are from one another.

Legend: S seeds, P points.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from wfgen.evaluate.intervals import runs_interval
from wfgen.report.rows import Row, RowsError

__all__ = ["MeanCurve", "mean_curve"]

Floats = NDArray[np.float64]

_PLACE = ("step", "documents", "flops", "seconds")


@frozen(kw_only=True, eq=False)
class MeanCurve:
    """The mean of one arm's curves.

    Attributes:
        budget: of the runs that it is over.
        along: where the points lie on the axis asked for; shape [P].
        values: the means; shape [P].
        low, high: Student's interval at each point; shape [P], None of one seed.
    """

    budget: str
    along: Floats
    values: Floats
    low: Floats | None = None
    high: Floats | None = None


def mean_curve(points: Iterable[Row], axis: str, budgets: Sequence[str]) -> MeanCurve | None:
    """The mean over the seeds of an arm's points; None where there are none.

    Seeds meet at the same share of their steps: their orders of documents may make runs that
    differ by a step, and then a value between two points is on the line between them.

    Args:
        points: rows of one arm.
        axis: documents, flops or seconds.
        budgets: the runs of the first of these that the arm has are taken.

    Raises:
        RowsError: a row does not say which point it is.
    """
    runs = _runs(points)
    budget = next((each for each in budgets if each in runs), None)
    if budget is None:
        return None
    seeds = [sorted(run.values(), key=lambda at: at["step"]) for run in runs[budget].values()]
    along, values = _aligned(seeds, axis)
    curve = MeanCurve(budget=budget, along=along.mean(0), values=values.mean(0))
    if len(seeds) < 2:
        return curve
    ends = [runs_interval(at_point.tolist()) for at_point in values.T]
    low, high = (np.array([getattr(end, side) for end in ends]) for side in ("low", "high"))
    return MeanCurve(budget=budget, along=curve.along, values=curve.values, low=low, high=high)


Run = dict[int, Mapping[str, Any]]


def _runs(points: Iterable[Row]) -> dict[str, dict[int | None, Run]]:
    """Places and values by budget, seed and step; what a job gave again replaces what it gave."""
    found: dict[str, dict[int | None, Run]] = {}
    for row in points:
        at = row.provenance.get("at")
        if not isinstance(at, Mapping) or not {"budget", *_PLACE} <= set(at):
            cause = f"the row {row.figure!r} of {row.arm!r} does not say which point it is"
            raise RowsError(cause=cause, hint=f"`at` of its provenance has {', '.join(_PLACE)}")
        run = found.setdefault(at["budget"], {}).setdefault(row.seed, {})
        run[at["step"]] = {**at, "value": row.value}
    return found


def _aligned(seeds: Sequence[Sequence[Mapping[str, Any]]], axis: str) -> tuple[Floats, Floats]:
    """Places and values of every seed where the first has its points; shapes [S, P]."""
    shares = [np.array([at["step"] for at in run]) / max(run[-1]["step"], 1) for run in seeds]
    along, values = (
        np.array(
            [
                np.interp(shares[0], share, [float(at[name]) for at in run])
                for share, run in zip(shares, seeds, strict=True)
            ]
        )
        for name in (axis, "value")
    )
    return along, values
