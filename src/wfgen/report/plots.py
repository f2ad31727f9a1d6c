"""Plots of tokenizers: how long documents become, and how fast."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from wfgen.evaluate.intrinsic import QUANTILES, quantile_figure
from wfgen.report.plotting import GRID, INK, LINES, Arms, Plot, errors, listed, log_axis
from wfgen.report.rows import Row

__all__ = ["PLOTS"]

_CONTEXTS = (512, 4096)

# Lengths ----------------------------------------------------------------------------------------


def _paint_lengths(axes: Any, arms: Arms, narrow: bool) -> None:
    shares = [percentile / 100 for percentile in QUANTILES]
    for arm, figures in arms.items():
        lengths = [max(figures[quantile_figure(p)].value or 0, 1) for p in QUANTILES]
        axes.plot(
            lengths,
            shares,
            label=arm,
            color=figures.colour,
            linestyle=LINES[figures.number % len(LINES)],
            marker=figures.marker,
            markersize=3.5,
        )
    log_axis(axes, base=4 if narrow else 2, steps=(1,))
    axes.set_ylim(0, 1.02)
    axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
    axes.set_xlabel("tokens of a document")
    axes.set_ylabel("share of the documents")
    low, high = axes.get_xlim()
    if high > _CONTEXTS[0]:
        axes.axvspan(*_CONTEXTS, color=GRID, alpha=0.35, linewidth=0)
        axes.set_xlim(low, high)
    if narrow:
        axes.figure.legend(ncols=2, loc="outside upper left", fontsize=8.5)
    else:
        axes.legend(loc="upper left")


def _describe_lengths(arms: Arms) -> str:
    middle, far = quantile_figure(50), quantile_figure(99)
    parts = [f"{a}: half {f[middle].value:,.0f}, 99 % {f[far].value:,.0f}" for a, f in arms.items()]
    return f"Tokens that documents do not exceed. {'; '.join(parts)}."


# Bytes per token --------------------------------------------------------------------------------


def _paint_bytes(axes: Any, arms: Arms, narrow: bool) -> None:
    names = list(arms)[::-1]
    for arm, figures in arms.items():
        row = figures["bytes-per-token"]
        at = names.index(arm)
        value = row.value or 0
        axes.barh(at, value, height=0.6, color=figures.colour)
        axes.errorbar(value, at, xerr=errors(row), color=INK, capsize=3, linewidth=1.2)
        axes.annotate(
            f"{value:.2f}",
            (row.high or value, at),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
        )
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)
    axes.margins(x=0.12)
    axes.set_xlim(left=0)
    axes.set_xlabel("bytes a token")


def _describe_bytes(arms: Arms) -> str:
    return f"Bytes a token. {listed(arms, 'bytes-per-token')}."


# Speed against compression ----------------------------------------------------------------------

_SPEED = "encode-megabytes-per-second"


def _paint_speed(axes: Any, arms: Arms, narrow: bool) -> None:
    for figures in arms.values():
        speed, size = figures[_SPEED], figures["bytes-per-token"]
        axes.errorbar(
            speed.value,
            size.value,
            xerr=errors(speed),
            yerr=errors(size),
            color=figures.colour,
            marker=figures.marker,
            markersize=8,
            capsize=3,
            linewidth=1.2,
        )
    axes.margins(x=0.25 if narrow else 0.15, y=0.2)
    log_axis(axes, base=10, steps=(1,) if narrow else (1, 2, 5))
    axes.set_ylim(bottom=0)
    axes.set_xlabel("encoding, MB a second")
    axes.set_ylabel("bytes a token")
    _label_points(axes, {a: (f[_SPEED], f["bytes-per-token"]) for a, f in arms.items()})


def _label_points(axes: Any, points: Mapping[str, tuple[Row, Row]]) -> None:
    """Write each name beside its point, on the first side where it covers nothing."""
    axes.figure.draw_without_rendering()
    scale = axes.figure.dpi / 72
    frame = _Box(*(axes.bbox.extents / scale))
    taken = [_bars_box(axes, across, up) for across, up in points.values()]
    for name, (across, up) in points.items():
        x, y = axes.transData.transform((across.value, up.value)) / scale
        width = 6 * len(name)
        beside = width / 2 + 10
        sides = [(0, 13), (0, -13), (beside, 0), (-beside, 0), (0, 25), (0, -25)]
        boxes = [_Box.around(x + dx, y + dy, width, 11) for dx, dy in sides]
        free = [
            number
            for number, box in enumerate(boxes)
            if frame.holds(box) and not any(map(box.overlaps, taken))
        ]
        best = free[0] if free else 0
        taken.append(boxes[best])
        axes.annotate(
            name,
            (across.value, up.value),
            xytext=sides[best],
            textcoords="offset points",
            ha="center",
            va="center",
        )


@frozen
class _Box:
    """A rectangle, in points."""

    left: float
    bottom: float
    right: float
    top: float

    @classmethod
    def around(cls, x: float, y: float, width: float, height: float) -> _Box:
        return cls(x - width / 2, y - height / 2, x + width / 2, y + height / 2)

    def holds(self, other: _Box) -> bool:
        across = self.left <= other.left and other.right <= self.right
        return across and self.bottom <= other.bottom and other.top <= self.top

    def overlaps(self, other: _Box) -> bool:
        across = self.left < other.right and other.left < self.right
        return across and self.bottom < other.top and other.bottom < self.top


def _bars_box(axes: Any, across: Row, up: Row) -> _Box:
    """What a point's marker and the ends of its intervals take."""
    ends = [(across.low or across.value, up.low or up.value)]
    ends.append((across.high or across.value, up.high or up.value))
    (left, bottom), (right, top) = axes.transData.transform(ends) / (axes.figure.dpi / 72)
    return _Box(left - 7, bottom - 7, right + 7, top + 7)


def _describe_speed(arms: Arms) -> str:
    speeds = listed(arms, _SPEED)
    return f"Encoding, MB a second. {speeds}. {_describe_bytes(arms)}"


PLOTS: tuple[Plot, ...] = (
    Plot(
        key="lengths",
        title="Distribution of lengths",
        caption="Share of the documents that are no longer than so many tokens; further left is"
        " shorter. Marks are measured percentiles; the grey band is contexts of 512 to 4,096.",
        needs=tuple(quantile_figure(percentile) for percentile in QUANTILES),
        paint=_paint_lengths,
        describe=_describe_lengths,
    ),
    Plot(
        key="bytes",
        title="Bytes per token",
        caption="Bytes of canonical form that one token stands for, with 95 % intervals; longer is"
        " better.",
        needs=("bytes-per-token",),
        paint=_paint_bytes,
        describe=_describe_bytes,
        arm_inches=0.45,
    ),
    Plot(
        key="speed",
        title="Speed against compression",
        caption="Further right encodes faster, further up writes fewer tokens; bars are 95 %"
        " intervals.",
        needs=(_SPEED, "bytes-per-token"),
        paint=_paint_speed,
        describe=_describe_speed,
    ),
)
"""In the order in which they are shown."""
