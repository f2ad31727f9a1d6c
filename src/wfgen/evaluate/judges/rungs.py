"""The rungs that a generated document climbs: it closes, it parses, the schema accepts it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from attrs import frozen

from wfgen.api import Sample, Score
from wfgen.corpus.schema import explain_invalid, is_schema_valid
from wfgen.evaluate.judges.reading import need_samples, read_sample
from wfgen.evaluate.scores import share_score

__all__ = ["Completed", "Parses", "SchemaValid"]


def _rung(name: str, samples: Sequence[Sample], fault: Callable[[Sample], str]) -> Score:
    """The share of samples without a fault, with the causes counted."""
    need_samples(samples)
    faults = Counter(found for sample in samples if (found := fault(sample)))
    good = len(samples) - faults.total()
    return share_score(name, good, len(samples), dict(faults.most_common()))


@frozen(kw_only=True)
class Completed:
    """The share of samples that closed by themselves within the token limit."""

    def evaluate(self, samples: Sequence[Sample]) -> Score:
        """The share, with Wilson's interval.

        Raises:
            SettingError: there is no sample.
        """
        return _rung("completed", samples, lambda s: "" if s.completed else "it was cut off")


@frozen(kw_only=True)
class Parses:
    """The share of samples that are JSON, closed or not."""

    def evaluate(self, samples: Sequence[Sample]) -> Score:
        """The share, with Wilson's interval; causes as `wfgen.canonical` words them.

        Raises:
            SettingError: there is no sample.
        """
        return _rung("parses", samples, lambda s: read_sample(s).cause)


@frozen(kw_only=True)
class SchemaValid:
    """The share of samples that the schema of GitHub workflows accepts.

    jsonschema-rs judges; `wfgen.corpus.schema.workflow_schema_sha256` tells which schema it was.
    """

    def evaluate(self, samples: Sequence[Sample]) -> Score:
        """The share, with Wilson's interval; causes are jsonschema's best matches, grouped.

        Raises:
            SettingError: there is no sample.
        """
        return _rung("schema-valid", samples, _schema_fault)


def _schema_fault(sample: Sample) -> str:
    reading = read_sample(sample)
    if reading.cause:
        return "it is no JSON"
    if is_schema_valid(reading.value):
        return ""
    reason = explain_invalid(reading.value)
    return reason.group if reason else "jsonschema-rs alone refuses it"
