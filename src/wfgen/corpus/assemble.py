"""A corpus: documents read, duplicates removed, split in two, with a fingerprint.

`Assembly` decides document by document, so that a corpus need not lie in memory; `load_corpus`
holds it there.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from attrs import asdict, define, evolve, field, frozen

from wfgen.canonical import DEFAULT_LIMITS, Limits
from wfgen.corpus.document import Document, Provenance, Refusal
from wfgen.corpus.duplicates import DuplicateIndex, Marks, check_threshold, document_marks
from wfgen.corpus.inputs import EMBEDDED, EMBEDDED_TRAIN, SAMPLES, Source, open_source
from wfgen.corpus.readers import Parsed, RawRecord, parse_record
from wfgen.corpus.split import Side, side_of
from wfgen.errors import SettingError, UnreadableFileError, WfgenError

__all__ = ["Assembly", "Corpus", "CorpusSpec", "Inputs", "load_corpus", "open_inputs"]

_FINGERPRINT_FORMAT = 1
_NOT_REAL = "made from embedded samples and composed documents: this is not real data"


def _check_share(_: object, __: object, share: float) -> None:
    if not 0 <= share <= 1:
        raise SettingError(name="valid_share", cause=f"{share} is not a share", hint="give 0 to 1")


@frozen(kw_only=True)
class CorpusSpec:
    """What to read and how.

    Attributes:
        path: a folder, a file, or one of the names "samples" (the embedded ones), "composed:N"
            (N composed ones) and "embedded" (samples to validate on, composed ones to train on).
        valid: a ready validation side. It is taken whole; what repeats it leaves the training
            side. None splits by owner.
        limits: what a document may measure.
        seed: of the split, and of what is composed.
        valid_share: 0 to 1, the share of owners that a split holds out.
        near_threshold: Jaccard similarity of near duplicates, above 0, at most 1; None keeps them.
        strict: stop at the first refusal.

    Raises:
        SettingError: a share or a threshold is out of range.
    """

    path: Path | str = EMBEDDED
    valid: Path | str | None = None
    limits: Limits = DEFAULT_LIMITS
    seed: int = 0
    valid_share: float = field(default=0.1, validator=_check_share)
    near_threshold: float | None = field(default=0.9, validator=check_threshold)
    strict: bool = False


@frozen(kw_only=True)
class Corpus:
    """Documents in memory.

    Attributes:
        train, valid: the two sides.
        refusals: what could not be read, and why.
        duplicates: removed documents by kind: exact, near, of_validation.
        fingerprint: sha256 in hex of what was kept on either side, in order, and of the rule.
        is_real: False where any of it comes from the samples or the composer.
    """

    train: tuple[Document, ...] = field(repr=False)
    valid: tuple[Document, ...] = field(repr=False)
    refusals: tuple[Refusal, ...] = field(repr=False)
    duplicates: Mapping[str, int]
    fingerprint: str
    is_real: bool
    _description: Mapping[str, Any] = field(repr=False)

    def describe(self) -> dict[str, Any]:
        """JSON values that say what this corpus is, for whatever is made from it."""
        return json.loads(json.dumps(self._description))  # type: ignore[no-any-return]


def load_corpus(spec: CorpusSpec) -> Corpus:
    """Read a corpus into memory.

    Raises:
        UnreadableFileError: there is no such path, or no document in it that can be read.
        SettingError: a setting is out of range, or leaves nothing to train on.
        DocumentError: the first refusal's error, if `spec.strict`.
    """
    inputs = open_inputs(spec)
    assembly = Assembly(spec=spec, inputs=inputs)
    sides: dict[Side, list[Document]] = {"train": [], "valid": []}
    refusals: list[Refusal] = []
    for is_ready, record in inputs.records():
        result = parse_record(record, limits=spec.limits)
        if not isinstance(result, Parsed):
            if spec.strict:
                raise result.error
            refusals.append(result.refusal)
            assembly.refuse(result.refusal)
            continue
        document = result.document
        marks = document_marks(document.canonical, result.value, spec.limits)
        side = assembly.place(marks, document.provenance, len(document.canonical), is_ready)
        if side is not None:
            sides[side].append(document)
    assembly.check()
    return Corpus(
        train=tuple(sides["train"]),
        valid=tuple(sides["valid"]),
        refusals=tuple(refusals),
        duplicates=dict(assembly.duplicates),
        fingerprint=assembly.fingerprint(),
        is_real=inputs.is_real,
        description=assembly.describe(),
    )


# Inputs -----------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Inputs:
    """Where a corpus is read from: the documents to split, and perhaps a ready validation side."""

    main: Source
    ready_valid: Source | None

    @property
    def is_real(self) -> bool:
        """Whether all of it is."""
        return all(source.is_real for _, source in self._in_order())

    @property
    def note(self) -> str:
        """What stands beside every figure of it that is not real data; '' where all of it is."""
        return "" if self.is_real else _NOT_REAL

    @property
    def num_units(self) -> int:
        """How much there is to read: bytes on disk, or documents."""
        return sum(source.num_units for _, source in self._in_order())

    def records(self) -> Iterator[tuple[bool, RawRecord]]:
        """Each record, and whether it belongs to the ready validation side, which comes first."""
        return self.reader()()

    def reader(self) -> Callable[[], Iterator[tuple[bool, RawRecord]]]:
        """What gives the records afresh each time, here or on another machine."""
        parts = [(ready, s.records, s.num_units) for ready, s in self._in_order()]
        return functools.partial(_read_parts, parts)

    def identity(self) -> list[list[Any]]:
        """What tells these inputs from others: JSON values; reads every file once."""
        return [[is_ready, *row] for is_ready, s in self._in_order() for row in s.identity()]

    def _in_order(self) -> list[tuple[bool, Source]]:
        first = [] if self.ready_valid is None else [(True, self.ready_valid)]
        return [*first, (False, self.main)]


def _read_parts(
    parts: list[tuple[bool, Callable[[], Iterator[RawRecord]], int]],
) -> Iterator[tuple[bool, RawRecord]]:
    num_before = 0
    for is_ready, records, num_units in parts:
        for record in records():
            yield is_ready, evolve(record, num_read=num_before + record.num_read)
        num_before += num_units


def open_inputs(spec: CorpusSpec) -> Inputs:
    """The sources of a corpus; raises as `open_source` does."""
    path, valid = spec.path, spec.valid
    if path == EMBEDDED:
        path, valid = EMBEDDED_TRAIN, SAMPLES if valid is None else valid
    main = open_source(path, limits=spec.limits, seed=spec.seed)
    if valid is None:
        return Inputs(main=main, ready_valid=None)
    ready = open_source(valid, limits=spec.limits, seed=spec.seed)
    return Inputs(main=main, ready_valid=ready)


# Decisions --------------------------------------------------------------------------------------


@define(kw_only=True)
class Assembly:
    """Decides for one document after the other where it goes, and keeps count.

    Attributes:
        spec, inputs: what is assembled.
        refused: refusals by reason.
        duplicates: removed documents by kind.
        num_documents, num_bytes: kept, by side; bytes of the canonical form.
    """

    spec: CorpusSpec
    inputs: Inputs
    refused: Counter[str] = field(factory=Counter, init=False)
    duplicates: Counter[str] = field(init=False)
    num_documents: Counter[Side] = field(init=False)
    num_bytes: Counter[Side] = field(init=False)
    _index: DuplicateIndex = field(init=False)
    _num_ready: int = field(default=0, init=False)
    _first_refusal: str = field(default="", init=False)
    _digests: dict[Side, Any] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.duplicates = Counter({"exact": 0, "near": 0, "of_validation": 0})
        self.num_documents = Counter({"train": 0, "valid": 0})
        self.num_bytes = Counter({"train": 0, "valid": 0})
        self._index = DuplicateIndex(near_threshold=self.spec.near_threshold)
        self._digests = {"train": hashlib.sha256(), "valid": hashlib.sha256()}

    def refuse(self, refusal: Refusal) -> None:
        """Count a document that could not be read."""
        self._first_refusal = self._first_refusal or refusal.message
        self.refused[refusal.reason] += 1

    def place(
        self, marks: Marks, provenance: Provenance, num_bytes: int, is_ready: bool
    ) -> Side | None:
        """The side of a document, or None where it is a duplicate and goes."""
        if is_ready:
            self._num_ready = self._index.add(marks) + 1
            return self._keep("valid", marks, num_bytes)
        found = self._index.find(marks)
        if found is not None:
            kind, number = found
            self.duplicates["of_validation" if number < self._num_ready else kind] += 1
            return None
        self._index.add(marks)
        return self._keep(self._side(marks, provenance), marks, num_bytes)

    def _side(self, marks: Marks, provenance: Provenance) -> Side:
        if self.inputs.ready_valid is not None:
            return "train"
        return side_of(
            provenance.owner,
            marks.content,
            seed=self.spec.seed,
            valid_share=self.spec.valid_share,
        )

    def _keep(self, side: Side, marks: Marks, num_bytes: int) -> Side:
        self.num_documents[side] += 1
        self.num_bytes[side] += num_bytes
        self._digests[side].update(marks.canonical)
        return side

    def check(self) -> None:
        """Raise unless there is something to train on."""
        if self.num_documents["train"]:
            return
        path = str(self.spec.path)
        if not self.num_documents["valid"] and not self.duplicates.total():
            cause = f"none of its {self.refused.total():,} documents can be read"
            raise UnreadableFileError(
                path=path, cause=cause, hint=f"the first: {self._first_refusal}"
            )
        if self.inputs.ready_valid is not None:
            raise self._nothing_beside_valid(path)
        raise SettingError(
            name="seed",
            cause="the validation side takes every document and leaves none to train on",
            hint="give another seed, another share, or a ready validation side",
        )

    def _nothing_beside_valid(self, path: str) -> WfgenError:
        if not self.duplicates.total():
            hint = f"the first refusal: {self._first_refusal}"
            cause = "none of its training documents can be read"
            return UnreadableFileError(path=path, cause=cause, hint=hint)
        num_repeated = self.duplicates.total()
        return SettingError(
            name="valid",
            cause=f"all {num_repeated:,} training documents repeat the validation side",
            hint="give a validation side of other documents, or none to hold owners out",
        )

    def fingerprint(self) -> str:
        """sha256 in hex of both sides' canonical forms, in order, and of the rule."""
        content = {side: digest.hexdigest() for side, digest in self._digests.items()}
        whole = {"format": _FINGERPRINT_FORMAT, "rule": self.rule(), "content": content}
        return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()

    def rule(self) -> dict[str, Any]:
        """How documents were chosen and split; JSON values."""
        ready = self.inputs.ready_valid is not None
        split = {"by": "owner", "seed": self.spec.seed, "valid_share": self.spec.valid_share}
        return {
            "limits": asdict(self.spec.limits),
            "near_threshold": self.spec.near_threshold,
            "split": {"by": "ready validation side"} if ready else split,
        }

    def describe(self) -> dict[str, Any]:
        """JSON values that say what this corpus is."""
        ready = self.inputs.ready_valid
        return {
            "source": self.inputs.main.name,
            "valid_source": None if ready is None else ready.name,
            "is_real": self.inputs.is_real,
            "note": self.inputs.note,
            "fingerprint": self.fingerprint(),
            "documents": dict(self.num_documents),
            "bytes": dict(self.num_bytes),
            "duplicates": dict(self.duplicates),
            "refused": dict(sorted(self.refused.items())),
            "rule": self.rule(),
        }
