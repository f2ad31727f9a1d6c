"""Samples from files: workflows that anyone made, and those that a corpus holds out."""

from __future__ import annotations

from pathlib import Path

from wfgen.api import Sample
from wfgen.corpus import CorpusSpec, Document, Refusal, load_corpus, read_documents

__all__ = ["held_out_samples", "read_samples"]


def read_samples(path: Path | str) -> list[Sample]:
    """The documents of a folder, a file or JSON lines, as `wfgen.corpus.read_documents` finds them.

    What cannot be read is a sample too, with its fault: it counts against every figure.

    Raises:
        UnreadableFileError: there is no such file, or no document in it.
    """
    return [_sample(each) for each in read_documents(path)]


def held_out_samples(corpus: Path | str, valid: Path | str | None = None) -> list[Sample]:
    """The validation side of a corpus as `wfgen prepare` takes it; raises as `load_corpus` does."""
    return [_sample(each) for each in load_corpus(CorpusSpec(path=corpus, valid=valid)).valid]


def _sample(found: Document | Refusal) -> Sample:
    if isinstance(found, Refusal):
        return Sample(text="", name=found.provenance.name, fault=found.message)
    return Sample(text=found.canonical.decode(), name=found.name)
