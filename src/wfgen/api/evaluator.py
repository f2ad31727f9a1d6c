"""What judges documents. An evaluator knows no tokenizer and no model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from wfgen.api.records import Sample, Score

__all__ = ["Evaluator"]


@runtime_checkable
class Evaluator(Protocol):
    """Turns samples into one figure."""

    def evaluate(self, samples: Sequence[Sample]) -> Score:
        """The figure over all samples, with its count and interval.

        A sample that cannot be judged counts against the figure and is named in its causes.

        Raises:
            SettingError: there is no sample. No sample, no score: never 0.
        """
