"""Judges samples and the held-out documents, by evaluators that a process makes once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from trained.jobs import Judge
from trained.records import JobRecorder
from trained.workplace import Workplace
from wfgen.api import Evaluator, Sample
from wfgen.corpus import CorpusSpec, Document, load_corpus
from wfgen.errors import WfgenError
from wfgen.registry import load_evaluator
from wfgen.report.rows import Row

__all__ = ["held_out", "judge_held_out", "judge_samples", "real_samples", "verdict_of"]

_REAL = ("parses", "schema-valid", "lint-clean", "distinct", "novel", "length")
"""What real documents can be judged by: no model took time for them, and they are at no distance to
themselves."""


@cache
def held_out(corpus: CorpusSpec) -> Sequence[Document]:
    """The validation side, read once a process."""
    return load_corpus(corpus).valid


def judge_held_out(place: Workplace, job: Judge) -> list[Row]:
    """The figures of the held-out documents themselves: the ceiling of the rungs."""
    samples = real_samples(place.suite.corpus)
    return list(judge_samples(place.recorder(job), samples, "", place.suite.corpus, _REAL))


def real_samples(corpus: CorpusSpec) -> list[Sample]:
    """The validation side as samples."""
    return [
        Sample(text=document.canonical.decode(), name=document.name)
        for document in held_out(corpus)
    ]


def judge_samples(
    recorder: JobRecorder,
    samples: Sequence[Sample],
    suffix: str,
    corpus: CorpusSpec,
    evaluators: Sequence[str],
) -> Iterator[Row]:
    """What evaluators say, `suffix` behind the names."""
    for name in evaluators:
        try:
            score = _evaluator(name, corpus).evaluate(samples)
        except WfgenError as error:
            yield recorder.failed(name + suffix, error)
        else:
            yield from recorder.score(score, suffix)


@cache
def _evaluator(name: str, corpus: CorpusSpec) -> Evaluator:
    """Reading the corpus takes longer than judging, so each is made once a process."""
    sides = {
        "corpus": str(corpus.path),
        "valid": None if corpus.valid is None else str(corpus.valid),
    }
    return load_evaluator(name, sides if name in ("novel", "faithful") else {})


def verdict_of(name: str, sample: Sample, corpus: CorpusSpec) -> tuple[bool, str]:
    """Whether one sample is what an evaluator of shares wants, and why not."""
    score = _evaluator(name, corpus).evaluate([sample])
    return score.value == 1, "; ".join(score.causes)
