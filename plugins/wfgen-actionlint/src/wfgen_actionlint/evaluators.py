"""The share of samples in which a linter finds nothing."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from attrs import evolve, field, frozen
from attrs.validators import gt, instance_of

from wfgen.api import Sample, Score
from wfgen.corpus import dump_yaml
from wfgen.evaluate.judges.reading import need_samples, read_sample
from wfgen.evaluate.scores import share_score
from wfgen_actionlint.linters import Finding, Linter, LinterError

__all__ = ["LintClean"]

_OUTDATED = "is retired on GitHub.com", "too old to run on GitHub Actions"
"""Words of actionlint about actions that were current when a document was written."""


@frozen(kw_only=True)
class LintClean:
    """The share of samples that a linter has nothing to say about.

    A sample is written as YAML before it is judged, so that lines are what a person would see.
    What is no JSON is not clean.

    Attributes:
        linter: which.
        name: of the score.
        seconds: after which the linter is stopped at one sample; it then counts as not clean.
        workers: linters at work at once; None for one for each core.
    """

    linter: Linter
    name: str
    seconds: float = field(default=10.0, validator=[instance_of((int, float)), gt(0)])
    workers: int | None = None

    def evaluate(self, samples: Sequence[Sample]) -> Score:
        """The share, with Wilson's interval; causes count the samples that break each rule. The
        part `NAME-but-outdated` leaves out that an action is retired, or too old to run.

        Raises:
            SettingError: there is no sample.
            LinterError: the linter is not there.
        """
        need_samples(samples)
        self.linter.program()
        with ThreadPoolExecutor(self.workers or os.cpu_count()) as pool:
            found = list(pool.map(self.findings, samples))
        causes = Counter(rule for each in found for rule in {finding.rule for finding in each})
        good = sum(not each for each in found)
        lenient = sum(all(map(_is_outdated, each)) for each in found)
        part = share_score(f"{self.name}-but-outdated", lenient, len(samples))
        score = share_score(self.name, good, len(samples), dict(causes.most_common()))
        return evolve(score, parts=(part,))

    def findings(self, sample: Sample) -> list[Finding]:
        """What the linter finds in a sample; or why it could not look, as a rule of its own."""
        reading = read_sample(sample)
        if reading.cause:
            return [Finding(rule="it is no JSON", message=reading.cause, line=0)]
        try:
            return self.linter.lint(dump_yaml(reading.value), seconds=self.seconds)
        except LinterError as error:
            return [Finding(rule="the linter failed", message=error.cause, line=0)]


def _is_outdated(finding: Finding) -> bool:
    return any(words in finding.message for words in _OUTDATED)
