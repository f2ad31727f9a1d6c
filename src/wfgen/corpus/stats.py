"""What a corpus holds: counts, lengths, refusals, duplicates, and what the schema says."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from attrs import asdict, define, field, frozen

from wfgen.canonical import Limits
from wfgen.corpus.assemble import Assembly, CorpusSpec, open_inputs
from wfgen.corpus.duplicates import document_marks
from wfgen.corpus.inputs import Progress
from wfgen.corpus.readers import Parsed, parse_record
from wfgen.corpus.schema import explain_invalid, is_schema_valid, workflow_schema_sha256

__all__ = ["CorpusStats", "Lengths", "corpus_stats"]

_PERCENTILES = (50, 90, 99)


@frozen(kw_only=True)
class Lengths:
    """Lengths in bytes; percentiles are lengths that occur (the lower of two neighbours)."""

    mean: float
    p50: int
    p90: int
    p99: int
    max: int


@frozen(kw_only=True)
class CorpusStats:
    """What was found; every figure but `kept` is over the readable documents, before removal.

    Attributes:
        documents: that could be read.
        refused: documents that could not, by reason.
        duplicates: documents that repeat an earlier one and go.
        duplicates_by_kind: the same, exact and near.
        kept: documents less duplicates.
        schema_valid: documents that the workflow schema accepts.
        schema_valid_share: of the documents; None where there is none.
        bytes: of the canonical forms.
        source_bytes: of the texts as read.
        lengths: of the canonical forms, in bytes; None where there is no document.
        schema_reasons: why the others are not valid: reason to count, the commonest first.
        repositories, owners: how many different ones are named.
        licenses: documents by licence, "unknown" where none is given.
        is_real: False where any of it comes from the samples or the composer.
        note: says so then, for whatever shows these figures; '' otherwise.
        fingerprint: as `load_corpus` gives it for a spec that holds nothing out.
        schema_sha256: of the schema that judged.
    """

    documents: int
    refused: Mapping[str, int]
    duplicates: int
    duplicates_by_kind: Mapping[str, int]
    kept: int
    schema_valid: int
    schema_valid_share: float | None
    bytes: int
    source_bytes: int
    lengths: Lengths | None
    schema_reasons: Mapping[str, int]
    repositories: int
    owners: int
    licenses: Mapping[str, int]
    is_real: bool
    note: str
    fingerprint: str
    schema_sha256: str

    def as_json(self) -> dict[str, Any]:
        """JSON values by name."""
        return asdict(self)


def corpus_stats(
    spec: CorpusSpec, *, progress: Callable[[Progress], None] | None = None
) -> CorpusStats:
    """Read what `spec` names, once, and count. The split's settings play no part.

    Args:
        spec: what to read; a ready validation side is counted with the rest.
        progress: called after each document.

    Raises:
        UnreadableFileError: there is no such path, or no document in it.
        DocumentError: the first refusal's error, if `spec.strict`.
    """
    inputs = open_inputs(spec)
    tally = _Tally(assembly=Assembly(spec=spec, inputs=inputs))
    for count, (is_ready, record) in enumerate(inputs.records(), start=1):
        result = parse_record(record, limits=spec.limits)
        if isinstance(result, Parsed):
            tally.count(result, spec.limits, is_ready=is_ready)
        elif spec.strict:
            raise result.error
        else:
            tally.assembly.refuse(result.refusal)
        if progress is not None:
            num_read, num_units = record.num_read, inputs.num_units
            progress(Progress(num_documents=count, num_read=num_read, num_units=num_units))
    return tally.result()


@define(kw_only=True)
class _Tally:
    assembly: Assembly
    lengths: array[int] = field(factory=lambda: array("q"))
    source_bytes: int = 0
    schema_valid: int = 0
    reasons: Counter[str] = field(factory=Counter)
    repositories: set[str] = field(factory=set)
    owners: set[str] = field(factory=set)
    licenses: Counter[str] = field(factory=Counter)

    def count(self, parsed: Parsed, limits: Limits, *, is_ready: bool) -> None:
        document, provenance = parsed.document, parsed.document.provenance
        marks = document_marks(document.canonical, parsed.value, limits)
        self.assembly.place(marks, provenance, len(document.canonical), is_ready)
        self.lengths.append(len(document.canonical))
        self.source_bytes += len(document.source.encode())
        self.licenses[provenance.license or "unknown"] += 1
        if provenance.repo and provenance.owner:
            self.repositories.add(provenance.repo.lower())
            self.owners.add(provenance.owner)
        if is_schema_valid(parsed.value):
            self.schema_valid += 1
        elif reason := explain_invalid(parsed.value):
            self.reasons[reason.group] += 1

    def result(self) -> CorpusStats:
        documents, duplicates = len(self.lengths), self.assembly.duplicates.total()
        return CorpusStats(
            documents=documents,
            refused=dict(self.assembly.refused.most_common()),
            duplicates=duplicates,
            duplicates_by_kind=dict(self.assembly.duplicates),
            kept=documents - duplicates,
            schema_valid=self.schema_valid,
            schema_valid_share=self.schema_valid / documents if documents else None,
            bytes=sum(self.lengths),
            source_bytes=self.source_bytes,
            lengths=_lengths(self.lengths),
            schema_reasons=dict(self.reasons.most_common()),
            repositories=len(self.repositories),
            owners=len(self.owners),
            licenses=dict(self.licenses.most_common()),
            is_real=self.assembly.inputs.is_real,
            note=self.assembly.inputs.note,
            fingerprint=self.assembly.fingerprint(),
            schema_sha256=workflow_schema_sha256(),
        )


def _lengths(lengths: array[int]) -> Lengths | None:
    if not lengths:
        return None
    values = np.frombuffer(lengths, dtype=np.int64)
    p50, p90, p99 = (int(v) for v in np.percentile(values, _PERCENTILES, method="lower"))
    return Lengths(mean=float(values.mean()), p50=p50, p90=p90, p99=p99, max=int(values.max()))
