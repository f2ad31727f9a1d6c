"""Plots of trained models: how they learn, and how far up the rungs their documents get."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from wfgen.report.curves import MeanCurve, mean_curve
from wfgen.report.defining import percent, plain
from wfgen.report.definitions import definition_of
from wfgen.report.plotting import INK, LINES, ArmRows, Arms, Plot, errors, log_axis
from wfgen.report.trained_tables import RUNGS

__all__ = ["TRAINED_PLOTS"]

_DOCUMENTS, _FLOPS = "documents", "flops"
_POINTS = "bits-per-byte-curve"
_STEPS_BITS = (1, 1.5, 2, 3, 5, 7)
_LONG_NAME = 18
"""Characters of a name that leave no room for two columns on a phone."""

# Curves -----------------------------------------------------------------------------------------


def _unit(arms: Arms, axis: str) -> tuple[float, str]:
    """By what the axis is divided, and its name."""
    if axis == "documents":
        return 1.0, "documents trained on"
    if axis == "seconds":
        return 1.0, "seconds of training"
    most = max(row.provenance["at"][axis] for figures in arms.values() for row in figures.points)
    size, letter = next(
        (s for s in ((1e15, "P"), (1e12, "T"), (1e9, "G")) if most >= s[0]), (1, "")
    )
    return size, f"{letter}FLOPs of training"


def _paint_curves(axis: str, budgets: Sequence[str]) -> Callable[[Any, Arms, bool], None]:
    def paint(axes: Any, arms: Arms, narrow: bool) -> None:
        size, name = _unit(arms, axis)
        for arm, figures in arms.items():
            curve = mean_curve(figures.points, axis, budgets)
            if curve is not None:
                _paint_curve(axes, arm, figures, curve, size)
        _scale(axes)
        axes.set_xlabel(name)
        axes.set_ylabel("bits a byte")
        _legend(axes, arms, narrow)

    return paint


def _paint_curve(axes: Any, arm: str, figures: ArmRows, curve: MeanCurve, size: float) -> None:
    seen = (curve.along > 0) & (curve.values > 0)  # a logarithm has no place for the others
    along = curve.along[seen] / size
    axes.plot(
        along,
        curve.values[seen],
        label=arm,
        color=figures.colour,
        linestyle=LINES[figures.number % len(LINES)],
        marker=figures.marker,
        markersize=3.5,
    )
    if curve.low is not None and curve.high is not None:
        least = np.maximum(curve.low[seen], curve.values[seen] / 10)
        axes.fill_between(
            along, least, curve.high[seen], color=figures.colour, alpha=0.18, linewidth=0
        )


def _scale(axes: Any) -> None:
    log_axis(axes, base=10, steps=(1, 2, 5))
    low, high = axes.get_ylim()
    if low > 0 and high > 2 * low:
        log_axis(axes, base=10, steps=_STEPS_BITS, of="y")


def _legend(axes: Any, arms: Arms, narrow: bool) -> None:
    if not narrow:
        axes.figure.legend(loc="outside right upper")
        return
    columns = 1 if max(map(len, arms)) > _LONG_NAME else 2
    axes.figure.legend(ncols=columns, loc="outside upper left", fontsize=8.5)


def _describe_curves(axis: str, budgets: Sequence[str]) -> Callable[[Arms], str]:
    def describe(arms: Arms) -> str:
        size, name = _unit(arms, axis)
        ends = []
        for arm, figures in arms.items():
            curve = mean_curve(figures.points, axis, budgets)
            if curve is not None:
                at = plain(float(curve.along[-1]) / size)
                ends.append(f"{arm}: {curve.values[-1]:.4f} at {at}")
        return f"Bits per byte against {name}; where each ends. {'; '.join(ends)}."

    return describe


def _curves(key: str, title: str, caption: str, axis: str, budgets: Sequence[str]) -> Plot:
    return Plot(
        key=key,
        title=title,
        caption=f"{caption} Further down is better. Lines are means over the seeds at checkpoints,"
        " over some of the held-out documents; bands are Student's 95 % intervals.",
        needs=(),
        points=_POINTS,
        trained=True,
        paint=_paint_curves(axis, budgets),
        describe=_describe_curves(axis, budgets),
    )


# Rungs ------------------------------------------------------------------------------------------

_BAR, _GAP = 0.78, 1.3


def _paint_rungs(axes: Any, arms: Arms, narrow: bool) -> None:
    places, names, at = [], [], 0.0
    for rung in RUNGS:
        having = {arm: figures for arm, figures in arms.items() if rung in figures.rows}
        if having:
            heading = definition_of(rung).heading
            axes.annotate(heading, (0, at), xytext=(2, 0), textcoords="offset points", va="center")
        for arm, figures in having.items():
            at += 1
            places.append(at)
            names.append(arm)
            _paint_rung(axes, figures, rung, at)
        at += _GAP if having else 0
    axes.set_yticks(places, names)
    axes.set_ylim(at - _GAP + 0.7, -0.7)
    axes.tick_params(axis="y", length=0, labelsize=8)
    axes.grid(axis="y", visible=False)
    axes.set_xlim(0, 1.28 if narrow else 1.15)
    axes.set_xticks((0, 0.5, 1) if narrow else (0, 0.25, 0.5, 0.75, 1))
    axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
    axes.set_xlabel("share of the samples")


def _paint_rung(axes: Any, figures: ArmRows, rung: str, at: float) -> None:
    row = figures[rung]
    value = row.value or 0.0
    axes.barh(at, value, height=_BAR, color=figures.colour)
    axes.errorbar(value, at, xerr=errors(row), color=INK, capsize=2, linewidth=1)
    axes.annotate(
        percent(value),
        (row.high or value, at),
        xytext=(5, 0),
        textcoords="offset points",
        va="center",
        fontsize=8,
    )


def _describe_rungs(arms: Arms) -> str:
    parts = [
        f"{arm}: "
        + ", ".join(
            f"{definition_of(rung).heading} {percent(figures[rung].value or 0)}"
            for rung in RUNGS
            if rung in figures.rows
        )
        for arm, figures in arms.items()
    ]
    return f"Share of samples that get up each rung. {'; '.join(parts)}."


TRAINED_PLOTS: tuple[Plot, ...] = (
    _curves(
        "by-documents",
        "Bits per byte against documents",
        "Every arm saw the same documents in the same order; one that was trained for equal FLOPs"
        " alone ends where its budget did.",
        "documents",
        (_DOCUMENTS, _FLOPS),
    ),
    _curves(
        "by-flops",
        "Bits per byte against FLOPs",
        "Every arm had the FLOPs that the baseline took.",
        "flops",
        (_FLOPS, _DOCUMENTS),
    ),
    _curves(
        "by-seconds",
        "Bits per byte against time",
        "The runs of equal FLOPs, by the clock of one machine, on which other work went on.",
        "seconds",
        (_FLOPS, _DOCUMENTS),
    ),
    Plot(
        key="rungs",
        title="Generation by rung",
        caption="Share of the samples at temperature 1.0 that close, parse, are valid by the"
        " schema, and give the linter nothing to say, with 95 % intervals. Real documents, held out"
        " and judged the same way, are the ceiling.",
        needs=RUNGS,
        any_of=True,
        trained=True,
        paint=_paint_rungs,
        describe=_describe_rungs,
        arm_inches=0.78,
    ),
)
"""In the order in which they are shown; none of them in a suite that trains no models."""
