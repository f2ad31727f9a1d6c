"""Whether samples differ from one another, and from what a model was trained on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np
from attrs import define, evolve, field, frozen

from wfgen.api import Sample, Score
from wfgen.canonical import DEFAULT_LIMITS, JsonValue, to_canonical
from wfgen.corpus.duplicates import DuplicateIndex, Marks, content_sha256, document_marks
from wfgen.evaluate.intervals import mean_interval
from wfgen.evaluate.judges.reading import need_samples, read_sample
from wfgen.evaluate.judges.shared_lines import SharedLines
from wfgen.evaluate.scores import share_score

__all__ = ["Distinct", "Novel"]


@frozen(kw_only=True)
class Distinct:
    """The share of samples that are no repetition of an earlier one, whatever the order of keys."""

    def evaluate(self, samples: Sequence[Sample]) -> Score:
        """The share, with Wilson's interval.

        Raises:
            SettingError: there is no sample.
        """
        need_samples(samples)
        different = {_content(sample) for sample in samples}
        repeated = len(samples) - len(different)
        causes = {"it repeats another sample": repeated} if repeated else {}
        return share_score("distinct", len(different), len(samples), causes)


def _content(sample: Sample) -> bytes:
    reading = read_sample(sample)
    if reading.cause:
        return hashlib.sha256(sample.text.encode(errors="surrogatepass")).digest()
    return content_sha256(reading.value, DEFAULT_LIMITS)


def _marks(value: JsonValue, canonical: bytes) -> Marks:
    return document_marks(canonical, value, DEFAULT_LIMITS)


@define(eq=False)
class Novel:
    """The share of samples that no training document is equal to, or nearly.

    Attributes:
        seed: of the bootstrap.
    """

    seed: int = 0
    _index: DuplicateIndex = field(factory=DuplicateIndex, init=False)
    _lines: SharedLines = field(factory=SharedLines, init=False)

    @classmethod
    def of(cls, training: Iterable[JsonValue], *, seed: int = 0) -> Novel:
        """The evaluator that compares with some training documents."""
        found = cls(seed)
        for value in training:
            found._index.add(_marks(value, to_canonical(value)))
            found._lines.add(value)
        return found

    def evaluate(self, samples: Sequence[Sample]) -> Score:
        """The share, with Wilson's interval; samples that are no JSON are left to other rungs and
        count as novel. Its part `shared-lines` is the longest run of lines, of a sample written as
        YAML, that stands in a training document too: the mean over the samples that parse.

        Raises:
            SettingError: there is no sample.
        """
        need_samples(samples)
        read = [reading for s in samples if not (reading := read_sample(s)).cause]
        kinds = [self._index.find(_marks(each.value, each.canonical)) for each in read]
        causes = {
            f"it is {words} training document": number
            for kind, words in (("exact", "a"), ("near", "nearly a"))
            if (number := sum(found is not None and found[0] == kind for found in kinds))
        }
        good = len(samples) - sum(causes.values())
        score = share_score("novel", good, len(samples), causes)
        runs = [self._lines.longest_run(each.value) for each in read]
        return evolve(score, parts=self._shared(runs))

    def _shared(self, runs: Sequence[int]) -> tuple[Score, ...]:
        if not runs:
            return ()
        return (
            Score(
                name="shared-lines",
                value=float(np.mean(runs)),
                unit="lines",
                count=len(runs),
                interval=mean_interval(runs, seed=self.seed),
            ),
        )
