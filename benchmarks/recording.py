"""How the benchmarks make rows and tell them to people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from wfgen.api import Interval
from wfgen.evaluate.contenders import error_text
from wfgen.evaluate.figures import ARM
from wfgen.report.bars import bar_line
from wfgen.report.rows import Row
from wfgen.report.terminal import one_line

__all__ = ["Recorder", "tell"]

_MAX_ERROR = 300


@frozen(kw_only=True)
class Recorder:
    """Makes rows that share a suite, a seed and a provenance.

    Attributes:
        suite: as rows carry it.
        seed: of the run; None where it has none, or several.
        about: the provenance of every row.
    """

    suite: str
    seed: int | None
    about: Mapping[str, Any] = field(repr=False)

    def row(  # noqa: PLR0913  a row has as many columns as it has
        self,
        arm: str,
        figure: str,
        value: float,
        unit: str,
        count: int,
        *,
        interval: Interval | None = None,
        bar: Mapping[str, float] | None = None,
        **more: Any,
    ) -> Row:
        """One figure.

        Args:
            arm, figure, value, unit, count: as a row has them.
            interval: 95 %, where the method has one.
            bar: what the figure has to reach: `{"least": x}` or `{"most": x}`.
            more: JSON values for the provenance of this row alone.
        """
        return Row(
            suite=self.suite,
            arm=arm,
            seed=self.seed,
            figure=figure,
            value=value,
            unit=unit,
            count=count,
            low=None if interval is None else interval.low,
            high=None if interval is None else interval.high,
            provenance={**self.about, **({"bar": dict(bar)} if bar else {}), **more},
        )

    def failure(self, arm: str, error: BaseException | str, figure: str = ARM) -> Row:
        """A figure that could not be measured; the whole arm where none is named."""
        text = error if isinstance(error, str) else error_text(error)
        return Row(
            suite=self.suite,
            arm=arm,
            seed=self.seed,
            figure=figure,
            value=None,
            unit="",
            count=0,
            provenance=self.about,
            error=text[:_MAX_ERROR] or "it failed without a word",
        )


def tell(row: Row) -> None:
    """Print a row: what was measured, over how many, and whether its bar holds."""
    value = f"FAILED {row.error}" if row.value is None else f"{row.value:,.4f} {row.unit}"
    line = f"{row.arm:40} {row.figure:30} {value}  ({row.count:,})  {bar_line(row)}"
    print(one_line(line.rstrip()), flush=True)
