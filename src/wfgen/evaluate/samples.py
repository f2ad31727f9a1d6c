"""Samples from files: workflows that anyone made, as YAML or JSON."""

from __future__ import annotations

from pathlib import Path

from wfgen.api import Sample
from wfgen.corpus import Document, Refusal, read_documents

__all__ = ["read_samples"]


def read_samples(path: Path | str) -> list[Sample]:
    """The documents of a folder, a file or JSON lines, as `wfgen.corpus.read_documents` finds them.

    What cannot be read is a sample too, with its fault: it counts against every figure.

    Raises:
        UnreadableFileError: there is no such file, or no document in it.
    """
    return [_sample(each) for each in read_documents(path)]


def _sample(found: Document | Refusal) -> Sample:
    if isinstance(found, Refusal):
        return Sample(text="", name=found.provenance.name, fault=found.message)
    return Sample(text=found.canonical.decode(), name=found.name)
