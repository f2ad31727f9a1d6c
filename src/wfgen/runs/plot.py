"""The curves of a run as one SVG."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wfgen.artefacts import replace_file
from wfgen.errors import MissingExtraError
from wfgen.runs.metrics import read_metrics

__all__ = ["PLOT", "draw_run", "require_matplotlib"]

PLOT = "plot.svg"

_STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "wfgen",  # the same records give the same bytes
    "font.size": 9,
    "axes.grid": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.alpha": 0.3,
}
_MOST_POINTS = 2_000


def require_matplotlib() -> Any:
    """The module.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        import matplotlib  # noqa: PLC0415  slow to import
        import matplotlib.figure  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError(
            extra="train",
            cause=f"drawing needs matplotlib ({error})",
            hint="pip install 'wfgen[train]', or train with plot=false",
        ) from error
    return matplotlib


def draw_run(run: Path) -> None:
    """Draw `plot.svg` from `metrics.jsonl`: loss and bits per byte by step; nothing without one.

    Raises:
        MissingExtraError: matplotlib is not installed.
        ArtefactError: the drawing cannot be written.
    """
    records = read_metrics(run)
    if not records:
        return
    replace_file(run / PLOT, _draw(records))


def _draw(records: Sequence[Mapping[str, Any]]) -> str:
    matplotlib = require_matplotlib()
    with matplotlib.rc_context(_STYLE):
        figure = matplotlib.figure.Figure(figsize=(9, 3.4), layout="constrained")
        losses, bits = figure.subplots(1, 2)
        every = -(-len(records) // _MOST_POINTS)
        _line(losses, records[::every], "loss", label="training", linewidth=0.8, alpha=0.7)
        _line(losses, records, "valid_loss", label="held-out", marker="o", markersize=3)
        losses.set(xlabel="step", ylabel="nats per token")
        losses.legend(frameon=False)
        _line(bits, records, "bits_per_byte", marker="o", markersize=3)
        bits.set(xlabel="step", ylabel="bits per byte, held-out")
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue()


def _line(axes: Any, records: Sequence[Mapping[str, Any]], name: str, **style: Any) -> None:
    having = [r for r in records if name in r]
    axes.plot([r["step"] for r in having], [r[name] for r in having], **style)
