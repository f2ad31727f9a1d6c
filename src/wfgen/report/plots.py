"""Plots from rows, as SVG to stand inside of a page.

Colours are CSS variables of the page (`--ink`, `--arm-1` and so on), text is text: the figures
follow the page from light to dark. The same rows give the same bytes. matplotlib comes with the
extra `report` and is imported when the first figure is drawn.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import frozen

from wfgen.errors import MissingExtraError
from wfgen.evaluate.intrinsic import QUANTILES, quantile_figure
from wfgen.report.defining import plain
from wfgen.report.rows import Row
from wfgen.report.tables import arms_of

__all__ = ["NUM_COLOURS", "PLOTS", "Plot", "arms_with", "draw"]

NUM_COLOURS = 8
"""The page has this many colours for arms; more arms share them and differ by marker and line."""

_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p", "h")
_LINES = ("-", "--", "-.", ":", (0, (5, 1)))
_WIDE, _NARROW = (7.5, 3.7), (3.5, 3.4)
_CONTEXTS = (512, 4096)
_FRAME_INCHES = 0.7
_HASHSALT = "wfgen"

# Colours that stand for the page's variables until the figure is drawn.
_INK, _MUTED, _GRID, _PAPER = "#010203", "#040506", "#070809", "#0a0b0c"
_VARIABLES = {_INK: "--ink", _MUTED: "--muted", _GRID: "--rule", _PAPER: "--paper"} | {
    f"#0d0e{n:02x}": f"--arm-{n + 1}" for n in range(NUM_COLOURS)
}

_STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": _HASHSALT,
    "font.family": "sans-serif",
    "font.size": 9.5,
    "text.color": _INK,
    "axes.labelcolor": _INK,
    "axes.edgecolor": _MUTED,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": _GRID,
    "grid.linewidth": 0.8,
    "xtick.color": _MUTED,
    "ytick.color": _MUTED,
    "xtick.labelcolor": _INK,
    "ytick.labelcolor": _INK,
    "legend.frameon": False,
    "figure.facecolor": "none",
    "lines.linewidth": 1.8,
}


@frozen(kw_only=True)
class Plot:
    """One figure.

    Attributes:
        key: names it in the page.
        title: for people.
        caption: what is drawn, and how to read it.
        needs: figures of the rows; it is left out where no arm has all of them.
        paint: draws the arms' rows, by arm and figure, on axes; for a phone or not.
        describe: the same in words, for those who do not see it.
        arm_inches: height that each arm takes; 0 where arms share one.
    """

    key: str
    title: str
    caption: str
    needs: tuple[str, ...]
    paint: Callable[[Any, Arms, bool], None]
    describe: Callable[[Arms], str]
    arm_inches: float = 0


@frozen
class ArmRows:
    """One arm's rows by figure, and its number among all arms, which gives it its colour."""

    number: int
    rows: Mapping[str, Row]

    def __getitem__(self, figure: str) -> Row:
        return self.rows[figure]

    @property
    def colour(self) -> str:
        return f"#0d0e{self.number % NUM_COLOURS:02x}"

    @property
    def marker(self) -> str:
        return _MARKERS[self.number % len(_MARKERS)]


Arms = Mapping[str, ArmRows]


def draw(plot: Plot, rows: Sequence[Row], *, narrow: bool, prefix: str) -> str:
    """The figure as an SVG element; '' where no arm has all that it needs.

    Args:
        plot: what to draw.
        rows: of one run.
        narrow: for a phone.
        prefix: of every id in it, so that several may stand in one page.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    arms = arms_with(plot, rows)
    if not arms:
        return ""
    matplotlib, figure_class = _matplotlib()
    with matplotlib.rc_context(_STYLE):
        width, height = _NARROW if narrow else _WIDE
        height = _FRAME_INCHES + plot.arm_inches * len(arms) if plot.arm_inches else height
        figure = figure_class(figsize=(width, height), layout="constrained")
        plot.paint(figure.add_subplot(), arms, narrow)
        out = io.StringIO()
        nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
        figure.savefig(out, format="svg", metadata=nothing)
    return _embedded(out.getvalue(), prefix)


def arms_with(plot: Plot, rows: Sequence[Row]) -> dict[str, ArmRows]:
    """The arms that have a value of each figure that is needed, with those rows."""
    found: dict[str, dict[str, Row]] = {arm: {} for arm in arms_of(rows)}
    for row in rows:
        if row.value is not None and row.figure in plot.needs:
            found[row.arm][row.figure] = row
    return {
        arm: ArmRows(number, figures)
        for number, (arm, figures) in enumerate(found.items())
        if len(figures) == len(plot.needs)
    }


def _matplotlib() -> tuple[Any, Any]:
    try:
        import matplotlib  # noqa: PLC0415  it is an extra
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError(
            extra="report",
            cause="the page's figures need matplotlib, which is not installed",
            hint="run pip install 'wfgen[report]'",
        ) from error
    return matplotlib, Figure


def _embedded(svg: str, prefix: str) -> str:
    """The bare element: variables for colours, the page's font, ids that are its own."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    # The rule for all elements would hold for the whole page.
    svg = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", svg, flags=re.DOTALL)
    for colour, variable in _VARIABLES.items():
        svg = svg.replace(colour, f"var({variable})")
    svg = re.sub(r"font: ([\d.]+px) [^;\"]*", r"font-size: \1", svg)
    svg = re.sub(r"font-family: [^;\"]*;?", "", svg)
    svg = re.sub(r'\bid="', f'id="{prefix}-', svg)
    svg = re.sub(r'href="#', f'href="#{prefix}-', svg)
    svg = svg.replace("url(#", f"url(#{prefix}-")
    return svg.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1).strip()


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
            linestyle=_LINES[figures.number % len(_LINES)],
            marker=figures.marker,
            markersize=3.5,
        )
    _log_axis(axes, base=4 if narrow else 2, steps=(1,))
    axes.set_ylim(0, 1.02)
    axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
    axes.set_xlabel("tokens of a document")
    axes.set_ylabel("share of the documents")
    low, high = axes.get_xlim()
    if high > _CONTEXTS[0]:
        axes.axvspan(*_CONTEXTS, color=_GRID, alpha=0.35, linewidth=0)
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
        axes.errorbar(value, at, xerr=_errors(row), color=_INK, capsize=3, linewidth=1.2)
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
    return f"Bytes a token. {_listed(arms, 'bytes-per-token')}."


# Speed against compression ----------------------------------------------------------------------

_SPEED = "encode-megabytes-per-second"


def _paint_speed(axes: Any, arms: Arms, narrow: bool) -> None:
    for figures in arms.values():
        speed, size = figures[_SPEED], figures["bytes-per-token"]
        axes.errorbar(
            speed.value,
            size.value,
            xerr=_errors(speed),
            yerr=_errors(size),
            color=figures.colour,
            marker=figures.marker,
            markersize=8,
            capsize=3,
            linewidth=1.2,
        )
    axes.margins(x=0.25 if narrow else 0.15, y=0.2)
    _log_axis(axes, base=10, steps=(1,) if narrow else (1, 2, 5))
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
    speeds = _listed(arms, _SPEED)
    return f"Encoding, MB a second. {speeds}. {_describe_bytes(arms)}"


# Shared -----------------------------------------------------------------------------------------


def _listed(arms: Arms, figure: str) -> str:
    return "; ".join(f"{arm}: {plain(rows[figure].value or 0)}" for arm, rows in arms.items())


def _errors(row: Row) -> list[list[float]] | None:
    if row.value is None or row.low is None or row.high is None:
        return None
    # A percentile interval may lie beside its value; a bar cannot be of negative length.
    return [[max(row.value - row.low, 0)], [max(row.high - row.value, 0)]]


def _log_axis(axes: Any, *, base: int, steps: Sequence[int]) -> None:
    """A logarithmic x axis with its numbers written out."""
    from matplotlib.ticker import LogLocator, NullLocator  # noqa: PLC0415  it is an extra

    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(base=base, subs=steps, numticks=30))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.6g}")


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
