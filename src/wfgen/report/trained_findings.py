"""What was found of trained models, in sentences made from rows.

A difference is called significant where its interval is clear of 0, that of a ratio where it is
clear of 1; one seed is never enough for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wfgen.report.comparing import Comparison, Difference
from wfgen.report.defining import percent
from wfgen.report.definitions import definition_of
from wfgen.report.rows import CEILING, Row, baseline_of
from wfgen.report.seeds import seeds_of
from wfgen.report.tables import arms_of
from wfgen.report.trained_definitions import EQUAL_FLOPS
from wfgen.report.trained_tables import RUNGS

__all__ = ["trained_findings"]

_BITS = "bits-per-byte"
_BUDGETS = {"equal documents": _BITS, "equal FLOPs": _BITS + EQUAL_FLOPS}
_RATIOS = {"documents": "budget-ratio-documents", "FLOPs": "budget-ratio-flops"}
_LINT = "lint-clean"
_OURS = "tct"
_MORE_IS_BETTER = {
    **dict.fromkeys((*_BUDGETS.values(), "faithful", "milliseconds", "train-seconds"), False),
    **dict.fromkeys(RUNGS, True),
}
"""The figures in which an arm may lose to the baseline."""


def trained_findings(rows: Sequence[Row]) -> list[str]:
    """A few sentences on the rows of one run; none where it trained no models."""
    baseline = baseline_of(rows)
    if baseline is None:
        return []
    found = Comparison(rows)
    arms = [arm for arm in arms_of(rows) if arm != CEILING]
    ours = [arm for arm in arms if arm.startswith(_OURS) and arm != baseline]
    return [
        *_one_seed(found),
        *(s for words, figure in _BUDGETS.items() for s in _budget(found, baseline, words, figure)),
        *(sentence for arm in ours for sentence in _ratios(found, baseline, arm)),
        *(sentence for arm in ours for sentence in _losses(found, baseline, arm)),
        *(sentence for arm in arms for sentence in _guided(found, arm)),
        *(sentence for arm in arms for sentence in _leaks(found, arm)),
        *(sentence for arm in arms for sentence in _held(found, arm)),
        *_ceiling(found),
    ]


def _one_seed(found: Comparison) -> Iterator[str]:
    if all(len(seeds_of(row)) < 2 for row in found.pooled.values()):
        yield "There is one seed only, so no difference between arms can be called significant."


# What was learned -------------------------------------------------------------------------------


def _budget(found: Comparison, baseline: str, words: str, figure: str) -> Iterator[str]:
    by_arm = found.values(figure)
    if not by_arm:
        return
    best = min(by_arm, key=lambda arm: by_arm[arm].value or 0.0)
    row = by_arm[best]
    lowest = f"At {words} {best} has the lowest bits per byte, {row.value:.4f}{_interval(row)}"
    if best == baseline:
        yield f"{lowest}; it is the baseline."
    elif difference := found.difference(best, baseline, figure):
        yield f"{lowest}, {_relative(difference)} of {baseline}; {_verdict(difference)}."
    else:
        yield f"{lowest}; {baseline}, the baseline, has no such figure to compare with."
    yield from _others(found, baseline, words, figure, [a for a in by_arm if a != best])


def _others(
    found: Comparison, baseline: str, words: str, figure: str, arms: Sequence[str]
) -> Iterator[str]:
    against = {arm: found.difference(arm, baseline, figure) for arm in arms if arm != baseline}
    parts = [
        f"{arm} {_percent_change(each)}{_mark(each)}"
        for arm, each in against.items()
        if each is not None
    ]
    if parts:
        yield f"The other arms' bits per byte at {words} against {baseline}: {', '.join(parts)}."


def _relative(difference: Difference) -> str:
    text = _percent_change(difference)
    return f"{text.lstrip('+-')} {'above' if difference.change > 0 else 'below'} that"


def _percent_change(difference: Difference) -> str:
    return f"{100 * difference.change / difference.other:+.1f} %" if difference.other else "n/a"


def _verdict(difference: Difference) -> str:
    if difference.interval is None:
        return "of one seed, so nothing is said of another"
    low, high = difference.interval.low, difference.interval.high
    word = "is significant" if difference.is_significant else "is not significant"
    return (
        f"the difference {word} ({difference.change:+.4f}, 95 %: {low:+.4f} to {high:+.4f},"
        f" {difference.num_seeds} seeds)"
    )


def _mark(difference: Difference) -> str:
    if difference.is_significant:
        return ""
    return " (one seed)" if difference.interval is None else " (not significant)"


def _interval(row: Row) -> str:
    return "" if row.low is None else f" (95 %: {row.low:.4f} to {row.high:.4f})"


def _ratios(found: Comparison, baseline: str, arm: str) -> Iterator[str]:
    for words, figure in _RATIOS.items():
        row = found.pooled.get((arm, figure))
        if row is None:
            continue
        if row.value is None:
            yield f"How many {words} {arm} takes to come level with {baseline} is not known."
            continue
        yield (
            f"{arm} takes {row.value:.3f} times the {words} of {baseline} for the same bits per"
            f" byte{_clear_of_one(row)}."
        )


def _clear_of_one(row: Row) -> str:
    if len(seeds_of(row)) < 2 or row.low is None or row.high is None:
        return " (one seed)"
    interval = f" (95 %: {row.low:.3f} to {row.high:.3f})"
    if row.low <= 1 <= row.high:
        return f"{interval}, which is not significantly more or less"
    return f"{interval}, which is significantly {'fewer' if row.high < 1 else 'more'}"


# Where it loses ---------------------------------------------------------------------------------


def _losses(found: Comparison, baseline: str, arm: str) -> Iterator[str]:
    against = {f: found.difference(arm, baseline, f) for f in _MORE_IS_BETTER}
    known = {figure: each for figure, each in against.items() if each is not None}
    lost = [
        f"{_name(figure)} ({_both(figure, each)}{_doubt(each)})"
        for figure, each in known.items()
        if each.change and (each.change > 0) != _MORE_IS_BETTER[figure]
    ]
    if lost:
        named = "; ".join(lost)
        yield f"{arm} loses to {baseline} in {len(lost)} of {len(known)} figures: {named}."
    elif known:
        names = ", ".join(map(_name, known))
        yield f"{arm} does not lose to {baseline} in any of {len(known)} figures: {names}."


def _name(figure: str) -> str:
    return definition_of(figure).heading


def _both(figure: str, difference: Difference) -> str:
    write = definition_of(figure).write
    return f"{write(difference.value)} against {write(difference.other)}"


def _doubt(difference: Difference) -> str:
    return _mark(difference).replace(" (", ", ").rstrip(")")


# What is written --------------------------------------------------------------------------------


def _guided(found: Comparison, arm: str) -> Iterator[str]:
    """An arm that is held to a schema against the same weights left alone."""
    base, plus, _ = arm.rpartition("+")
    against = {rung: found.difference(arm, base, rung) for rung in RUNGS} if plus else {}
    parts = [
        f"{_name(rung)} {_both(rung, each)}{_mark(each)}"
        for rung, each in against.items()
        if each is not None
    ]
    if parts:
        yield f"{arm} against {base}, the same weights without it: {', '.join(parts)}."


def _leaks(found: Comparison, arm: str) -> Iterator[str]:
    """A constraint under which documents end that the schema rejects allows too much."""
    completed, valid = (found.values(rung).get(arm) for rung in ("completed", "schema-valid"))
    if "+" not in arm or completed is None or valid is None:
        return
    ended, kept = (round((row.value or 0.0) * row.count) for row in (completed, valid))
    if kept < ended:
        yield (
            f"The constraint of {arm} allows too much: of {ended:,} documents that ended under it,"
            f" the schema rejects {ended - kept:,}."
        )


def _held(found: Comparison, arm: str) -> Iterator[str]:
    """What a constraint saves, and what it would never let a model write."""
    names = ("constrained-bits-per-byte", "free-bits-per-byte", "refused-by-constraint")
    held, free, refused = (found.values(name).get(arm) for name in names)
    if held and free and refused:
        yield (
            f"Held to its constraint, {arm} comes to {held.value:.4f} bits a byte where the same"
            f" weights left alone come to {free.value:.4f}, over the documents that the constraint"
            f" takes; it refuses {percent(refused.value or 0.0)} of the {refused.count:,} held-out"
            f" ones."
        )


def _ceiling(found: Comparison) -> Iterator[str]:
    by_arm = found.values(_LINT)
    top = by_arm.pop(CEILING, None)
    if top is None or not by_arm:
        return
    listed = sorted(by_arm.items(), key=lambda item: -(item[1].value or 0.0))
    parts = [f"{arm} {percent(row.value or 0.0)}{_reaches(row, top)}" for arm, row in listed]
    yield (
        f"The linter finds nothing in {percent(top.value or 0.0)} of the {top.count:,} held-out"
        f" documents, the ceiling; of what the arms write, in: {', '.join(parts)}."
    )


def _reaches(row: Row, top: Row) -> str:
    if row.low is None or row.high is None or top.low is None or top.high is None:
        return ""
    if row.low > top.high:
        return " (above it)"
    return " (level with it)" if row.high >= top.low else ""
