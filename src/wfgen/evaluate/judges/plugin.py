"""The plugin `judges`, as the entry-point group `wfgen` names it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from attrs import field, frozen

from wfgen.api import Evaluator, EvaluatorEntry, NoSettings, hookimpl
from wfgen.canonical import JsonValue, read_json
from wfgen.corpus import CorpusSpec, load_corpus
from wfgen.evaluate.judges.diversity import Distinct, Novel
from wfgen.evaluate.judges.faithful import Faithful
from wfgen.evaluate.judges.likelihood import (
    BitsPerByte,
    ConstrainedBitsPerByte,
    ConstrainedSettings,
    ModelSettings,
)
from wfgen.evaluate.judges.rungs import Completed, Parses, SchemaValid
from wfgen.evaluate.judges.sizes import Cost, Length

__all__ = ["CompareSettings", "SeedSettings", "wfgen_evaluators"]


@frozen(kw_only=True)
class SeedSettings:
    """Settings of evaluators with a bootstrap.

    Attributes:
        seed: of the bootstrap.
    """

    seed: int = 0


@frozen(kw_only=True)
class CompareSettings:
    """Settings of evaluators that compare with real documents.

    Attributes:
        corpus: what `wfgen prepare --corpus` takes: a folder, a file, `embedded`.
        valid: a ready validation side, as `wfgen prepare --valid`.
        seed: of the bootstrap.
    """

    corpus: str = field(default="embedded")
    valid: str | None = None
    seed: int = 0


def _values(settings: CompareSettings, side: str) -> Iterator[JsonValue]:
    corpus = load_corpus(CorpusSpec(path=settings.corpus, valid=settings.valid))
    return (read_json(document.canonical) for document in getattr(corpus, side))


def _novel(settings: CompareSettings) -> Novel:
    return Novel.of(_values(settings, "train"), seed=settings.seed)


def _faithful(settings: CompareSettings) -> Faithful:
    return Faithful.to(_values(settings, "valid"), seed=settings.seed)


def _entry(
    name: str, summary: str, create: Callable[[Any], Evaluator], settings: type = NoSettings
) -> EvaluatorEntry:
    return EvaluatorEntry(name=name, summary=summary, create=create, settings=settings)


@hookimpl
def wfgen_evaluators() -> list[EvaluatorEntry]:
    """All of this room."""
    seeded, compared = SeedSettings, CompareSettings
    return [
        _entry("completed", "Share that closed within the limit.", lambda _: Completed()),
        _entry("parses", "Share that is JSON.", lambda _: Parses()),
        _entry("schema-valid", "Share that the workflow schema accepts.", lambda _: SchemaValid()),
        _entry("distinct", "Share that repeats no other sample.", lambda _: Distinct()),
        _entry("novel", "Share that is no training document, or nearly.", _novel, compared),
        _entry("faithful", "Distance to held-out documents by field.", _faithful, compared),
        _entry("length", "Canonical bytes a sample.", lambda s: Length(seed=s.seed), seeded),
        _entry("cost", "Model steps and time a sample.", lambda s: Cost(seed=s.seed), seeded),
        _entry("bits-per-byte", "What a model makes of documents.", BitsPerByte.of, ModelSettings),
        _entry(
            "constrained-bits-per-byte",
            "The same under a constraint.",
            ConstrainedBitsPerByte.of,
            ConstrainedSettings,
        ),
    ]
