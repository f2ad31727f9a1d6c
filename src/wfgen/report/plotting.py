"""What every plot shares: one is drawn from rows, as SVG to stand inside of a page.

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
from wfgen.report.defining import plain
from wfgen.report.rows import Row, baseline_of
from wfgen.report.seeds import pool_seeds
from wfgen.report.tables import arms_of

__all__ = [
    "GRID",
    "INK",
    "LINES",
    "MUTED",
    "NUM_COLOURS",
    "ArmRows",
    "Arms",
    "Plot",
    "arms_with",
    "draw",
    "errors",
    "listed",
    "log_axis",
]

NUM_COLOURS = 8
"""The page has this many colours for arms; more arms share them and differ by marker and line."""

_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p", "h")
LINES = ("-", "--", "-.", ":", (0, (5, 1)))
_WIDE, _NARROW = (7.5, 3.7), (3.5, 3.4)
_FRAME_INCHES = 0.7
_HASHSALT = "wfgen"

# Colours that stand for the page's variables until the figure is drawn.
INK, MUTED, GRID, _PAPER = "#010203", "#040506", "#070809", "#0a0b0c"
_VARIABLES = {INK: "--ink", MUTED: "--muted", GRID: "--rule", _PAPER: "--paper"} | {
    f"#0d0e{n:02x}": f"--arm-{n + 1}" for n in range(NUM_COLOURS)
}

_STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": _HASHSALT,
    "font.family": "sans-serif",
    "font.size": 9.5,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
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
        any_of: an arm is drawn where it has one of them at least.
        points: the figure whose rows are points on the way of a run; '' where none is drawn.
        trained: only of suites that train models.
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
    any_of: bool = False
    points: str = ""
    trained: bool = False


@frozen
class ArmRows:
    """One arm's rows by figure, its points, and its number among all arms: that is its colour."""

    number: int
    rows: Mapping[str, Row]
    points: tuple[Row, ...] = ()

    def __getitem__(self, figure: str) -> Row:
        return self.rows[figure]

    @property
    def colour(self) -> str:
        """What stands for its colour until the page's takes the place."""
        return f"#0d0e{self.number % NUM_COLOURS:02x}"

    @property
    def marker(self) -> str:
        """Its marker."""
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
    """The arms that have what is drawn, with those rows, their seeds pooled but for points."""
    if plot.trained and baseline_of(rows) is None:
        return {}
    found: dict[str, dict[str, Row]] = {arm: {} for arm in arms_of(rows)}
    points: dict[str, list[Row]] = {arm: [] for arm in found}
    for row in pool_seeds(rows):
        if row.value is not None and row.figure in plot.needs:
            found[row.arm][row.figure] = row
    for row in rows:
        if row.value is not None and row.figure == plot.points:
            points[row.arm].append(row)
    least = 1 if plot.any_of else len(plot.needs)
    return {
        arm: ArmRows(number, figures, tuple(points[arm]))
        for number, (arm, figures) in enumerate(found.items())
        if len(figures) >= least and bool(points[arm]) == bool(plot.points)
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


# Shared -------------------------------------------------------------------------------------------


def listed(arms: Arms, figure: str) -> str:
    """One figure of every arm, in words."""
    return "; ".join(f"{arm}: {plain(rows[figure].value or 0)}" for arm, rows in arms.items())


def errors(row: Row) -> list[list[float]] | None:
    """The bars of a row's interval; shape [2, 1], None where it has none."""
    if row.value is None or row.low is None or row.high is None:
        return None
    # A percentile interval may lie beside its value; a bar cannot be of negative length.
    return [[max(row.value - row.low, 0)], [max(row.high - row.value, 0)]]


def log_axis(axes: Any, *, base: int, steps: Sequence[float], of: str = "x") -> None:
    """A logarithmic axis with its numbers written out."""
    from matplotlib.ticker import LogLocator, NullLocator  # noqa: PLC0415  it is an extra

    axes.set(**{f"{of}scale": "log"})
    axis = getattr(axes, f"{of}axis")
    axis.set_major_locator(LogLocator(base=base, subs=steps, numticks=30))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(lambda value, _: f"{value:,.6g}")
