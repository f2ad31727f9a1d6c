"""Makes the rows of one job, which share an arm, a seed and a provenance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import evolve, frozen

from wfgen.api import Interval, Score
from wfgen.evaluate.contenders import error_text
from wfgen.report.rows import Row, score_row

__all__ = ["Recorder"]


@frozen(kw_only=True)
class Recorder:
    """What rows of one job share."""

    suite: str
    arm: str
    seed: int | None
    about: Mapping[str, Any]

    def row(
        self, figure: str, value: float, unit: str, count: int, ends: Interval | None = None
    ) -> Row:
        """One figure and its interval."""
        return Row(
            suite=self.suite,
            arm=self.arm,
            seed=self.seed,
            figure=figure,
            value=value,
            unit=unit,
            count=count,
            low=ends.low if ends else None,
            high=ends.high if ends else None,
            provenance=self.about,
        )

    def score(self, score: Score, suffix: str) -> list[Row]:
        """An evaluator's figure and its parts, `suffix` behind their names."""
        return [
            score_row(
                evolve(each, name=each.name + suffix),
                suite=self.suite,
                arm=self.arm,
                seed=self.seed,
                provenance=self.about,
            )
            for each in (score, *score.parts)
        ]

    def failed(self, figure: str, error: BaseException) -> Row:
        """A figure that could not be had."""
        return Row(
            suite=self.suite,
            arm=self.arm,
            seed=self.seed,
            figure=figure,
            value=None,
            unit="",
            count=0,
            provenance=self.about,
            error=error_text(error),
        )
