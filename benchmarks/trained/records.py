"""Makes the rows of one job, which share an arm besides what all rows of a recorder share."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from recording import Recorder
from wfgen.api import Interval, Score
from wfgen.evaluate.contenders import error_text
from wfgen.report.rows import Row, score_row

__all__ = ["JobRecorder"]


@frozen(kw_only=True)
class JobRecorder:
    """Rows of one arm.

    Attributes:
        arm: as rows carry it.
        recorder: makes them.
        folder: of the comparison; a row is no place for one machine's paths.
    """

    arm: str
    recorder: Recorder
    folder: Path

    @property
    def about(self) -> Mapping[str, Any]:
        """The provenance of every row."""
        return self.recorder.about

    def row(
        self,
        figure: str,
        value: float,
        unit: str,
        count: int,
        interval: Interval | None = None,
        **more: Any,
    ) -> Row:
        """One figure; `more` is what the provenance of this row says besides."""
        return self.recorder.row(self.arm, figure, value, unit, count, interval=interval, **more)

    def score(self, score: Score, suffix: str) -> list[Row]:
        """An evaluator's figure and its parts, `suffix` behind their names."""
        return [
            score_row(
                evolve(each, name=each.name + suffix),
                suite=self.recorder.suite,
                arm=self.arm,
                seed=self.recorder.seed,
                provenance=self.about,
            )
            for each in (score, *score.parts)
        ]

    def failed(self, figure: str, error: BaseException) -> Row:
        """A figure that could not be had."""
        text = error_text(error).replace(f"{self.folder}/", "")
        return self.recorder.failure(self.arm, text, figure)
