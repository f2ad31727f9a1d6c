"""Rows of several seeds made one: the mean, with an interval that another seed should fall into.

Only rows of one run are pooled. What stands for one seed alone stays as it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs

from wfgen.api import Interval
from wfgen.evaluate.figures import ARM
from wfgen.evaluate.intervals import runs_interval, wilson_interval
from wfgen.report.rows import Row

__all__ = [
    "CURVE",
    "failed_seeds",
    "is_trials",
    "pool_seeds",
    "seeds_of",
    "seeds_text",
    "standing_rows",
    "values_by_seed",
]

CURVE = "-curve"
"""What the figures end in whose rows are points on the way of a run; these are never pooled."""

_RATIO = "budget-ratio-"
_OF_DOCUMENTS = frozenset({"refused-by-constraint"})
"""Shares of the held-out documents: every seed is over the same ones, so they are no more."""

_FAILED, _SEEDS = "failed_seeds", "seeds"
_OF_ONE_JOB = frozenset({"job", "at", "seed", "causes"})


def pool_seeds(rows: Iterable[Row]) -> list[Row]:
    """One row for each arm and figure, in the order of their first rows; curves are left out.

    Of several seeds the value is the mean, of budget ratios the geometric one, and the interval
    is Student's over the seeds. For a share it is the hull of that, cut to 0 to 1, and of Wilson's
    over all samples together: three seeds that happen to agree have no spread, yet other samples
    would give another share. The count is the sum where it differs or where the figure is a share,
    else that of each seed; shares of the held-out documents are over as many in every seed.

    A seed that failed beside others is left out of the value, and `failed_seeds` of the row names
    it. Where all failed, the row has their errors.
    """
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in standing_rows(rows):
        groups.setdefault((row.arm, row.figure), []).append(row)
    lost = {arm: group for (arm, figure), group in groups.items() if figure == ARM}
    return [_pooled(group, lost.get(group[0].arm, ())) for group in groups.values()]


def standing_rows(rows: Iterable[Row]) -> list[Row]:
    """One row for each arm, figure and seed; of an arm that failed, one for each job.

    A job that was tried again replaces what it gave before, and its failure. Curves are left out.
    """
    by_job: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        job = row.provenance.get("job")
        if not row.figure.endswith(CURVE):
            by_job[row.arm, row.figure, row.seed, job] = row
        if row.value is not None and job is not None:
            by_job.pop((row.arm, ARM, row.seed, job), None)
    found: dict[tuple[Any, ...], Row] = {}
    for (arm, figure, seed, job), row in by_job.items():
        key = (arm, figure, seed, job if figure == ARM else None)
        before = found.get(key)
        # Two jobs may give the same figure, as the parameters: a failure hides no value.
        if before is None or before.value is None or row.value is not None:
            found[key] = row
    return list(found.values())


def values_by_seed(rows: Iterable[Row]) -> dict[tuple[str, str], dict[int | None, float]]:
    """The values of each arm and figure by seed, failures left out."""
    found: dict[tuple[str, str], dict[int | None, float]] = {}
    for row in standing_rows(rows):
        if row.value is not None:
            found.setdefault((row.arm, row.figure), {})[row.seed] = row.value
    return found


def seeds_of(row: Row) -> tuple[int, ...]:
    """The seeds that a row's value is over; none where nothing is drawn."""
    if row.value is None:
        return ()
    alone = () if row.seed is None else (row.seed,)
    return tuple(row.provenance.get(_SEEDS, alone))


def seeds_text(run: Sequence[Row]) -> str | None:
    """The seeds of a run, for people; where the rows have one at most, as the first row says."""
    seeds = sorted({row.seed for row in run if row.seed is not None})
    if len(seeds) > 1:
        return ", ".join(map(str, seeds))
    said = run[0].provenance.get("seed")
    return None if said is None else str(said)


def failed_seeds(row: Row) -> Mapping[str, str]:
    """The errors of the seeds that a pooled row is without, by seed."""
    found = row.provenance.get(_FAILED, {})
    return found if isinstance(found, Mapping) else {}


def is_trials(rows: Sequence[Row]) -> bool:
    """Whether a figure is a share of so many that passed: a distance, though in shares, is not."""
    counted = [(row.value or 0.0) * row.count for row in rows]
    whole = all(math.isclose(each, round(each), abs_tol=1e-6) for each in counted)
    return whole and all(row.unit == "share" and 0 <= (row.value or 0.0) <= 1 for row in rows)


def _pooled(group: Sequence[Row], arm_failures: Sequence[Row]) -> Row:
    good = [row for row in group if row.value is not None]
    errors = _errors(group, arm_failures)
    if not good:
        return group[0] if len(group) == 1 and len(errors) == 1 else _all_failed(group, errors)
    if len(good) == 1:
        return attrs.evolve(good[0], provenance=_with(good, errors)) if errors else good[0]
    value, interval = _mean(good)
    counts = [row.count for row in good]
    is_sum = len(set(counts)) > 1 or good[0].unit == "share"
    is_sum = is_sum and good[0].figure not in _OF_DOCUMENTS
    return attrs.evolve(
        good[-1],
        seed=None,
        value=value,
        count=sum(counts) if is_sum else counts[0],
        low=interval.low,
        high=interval.high,
        provenance=_with(good, errors),
    )


def _errors(group: Sequence[Row], arm_failures: Sequence[Row]) -> dict[str, str]:
    """By seed: of the figure itself, and of the arm where a seed has no row of the figure."""
    there = {row.seed for row in group}
    failed = [row for row in group if row.value is None]
    if group[0].figure != ARM:
        failed += [row for row in arm_failures if row.seed not in there]
    errors: dict[str, list[str]] = {}
    for row in failed:
        errors.setdefault(str(row.seed), []).append(row.error)
    return {seed: "; ".join(dict.fromkeys(each)) for seed, each in errors.items()}


def _all_failed(group: Sequence[Row], errors: Mapping[str, str]) -> Row:
    different = set(errors.values())
    if len(different) == 1:
        words = f" (seeds {', '.join(errors)})" if len(errors) > 1 else ""
        error = different.pop() + words
    else:
        error = "; ".join(f"seed {seed}: {each}" for seed, each in errors.items())
    seed = group[0].seed if len(errors) == 1 else None
    return attrs.evolve(group[-1], seed=seed, error=error, provenance=_with(group[-1:], errors))


def _with(rows: Sequence[Row], errors: Mapping[str, str]) -> dict[str, Any]:
    """The last row's provenance, without what is of one job; causes are summed."""
    kept = {k: v for k, v in rows[-1].provenance.items() if k not in _OF_ONE_JOB}
    causes: dict[str, int] = {}
    for row in rows:
        for cause, number in row.provenance.get("causes", {}).items():
            causes[cause] = causes.get(cause, 0) + number
    seeds = {} if rows[-1].value is None else {_SEEDS: [row.seed for row in rows]}
    failed = {_FAILED: dict(errors)} if errors else {}
    return {**kept, **seeds, **failed, **({"causes": causes} if causes else {})}


# Means ------------------------------------------------------------------------------------------


def _mean(rows: Sequence[Row]) -> tuple[float, Interval]:
    # In an order of their own, so that the rows' order does not show in the last digit.
    values = sorted(float(row.value or 0.0) for row in rows)
    if rows[0].figure.startswith(_RATIO) and values[0] > 0:
        # Half and twice the budget are equally far from none saved.
        logs = [math.log(value) for value in values]
        ends = runs_interval(logs)
        middle = math.exp(math.fsum(logs) / len(logs))
        return middle, _around(middle, math.exp(ends.low), math.exp(ends.high))
    mean, ends = math.fsum(values) / len(values), runs_interval(values)
    if rows[0].unit != "share":
        return mean, _around(mean, ends.low, ends.high)
    low, high = max(0.0, ends.low), min(1.0, ends.high)
    if is_trials(rows):
        over = rows[:1] if rows[0].figure in _OF_DOCUMENTS else rows
        passed = math.fsum((row.value or 0.0) * row.count for row in over)
        trials = wilson_interval(round(passed), sum(row.count for row in over))
        low, high = min(low, trials.low), max(high, trials.high)
    return mean, _around(mean, low, high)


def _around(value: float, low: float, high: float) -> Interval:
    """The ends, with the value between them where rounding put it beside."""
    return Interval(low=min(low, value), high=max(high, value))
