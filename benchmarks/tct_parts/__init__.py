"""The parts of `benchmarks/tct.py`: each a function that yields rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from recording import Recorder
from tct_parts import compression, fidelity, making, masks, schemas, speed, suite, verdicts, walks
from tct_parts.task import Task
from wfgen.report.rows import Row

__all__ = ["PARTS"]

PARTS: Mapping[str, Callable[[Task, Recorder], Iterator[Row]]] = {
    "making": making.measure,
    "speed": speed.measure,
    "masks": masks.measure,
    "fidelity": fidelity.measure,
    "verdicts": verdicts.measure,
    "suite": suite.measure,
    "schemas": schemas.measure,
    "walks": walks.measure,
    "suite-walks": suite.measure_walks,
    "compression": compression.measure,
}
"""By name, in the order in which they run: what is timed comes first."""
