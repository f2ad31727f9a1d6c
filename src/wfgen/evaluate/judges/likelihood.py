"""How well a model foretells documents: bits per byte, freely and under a constraint.

torch is imported where a run is opened.

Legend: N documents.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import NDArray

from wfgen.api import Constraint, Interval, Sample, Score
from wfgen.errors import EncodeError, SettingError
from wfgen.evaluate.intervals import ratio_interval
from wfgen.evaluate.judges.reading import need_samples, read_sample
from wfgen.evaluate.scores import share_score
from wfgen.store import MemoryTokens

if TYPE_CHECKING:
    from wfgen.runs import DocumentScores, Run

__all__ = ["BitsPerByte", "ConstrainedBitsPerByte", "ConstrainedSettings", "ModelSettings"]

_LARGEST_LOSS = 709.0
"""Its exponential is the largest that a float holds."""


@frozen(kw_only=True)
class ModelSettings:
    """Settings of evaluators that ask a model.

    Attributes:
        checkpoint: a run that `wfgen train` wrote, or one of its checkpoints.
        step: which checkpoint of a run; None for the best.
        device: cpu, cuda; auto is a GPU where there is one.
        seed: of the bootstrap.
    """

    checkpoint: Path | None = None
    step: int | Literal["best", "last"] | None = None
    device: str = "auto"
    seed: int = 0


@frozen(kw_only=True)
class ConstrainedSettings(ModelSettings):
    """The same, and what the model is held to.

    Attributes:
        engine: registry name of the constraint for a byte-level tokenizer; None for the
            tokenizer's own.
        schema: what an engine keeps to, as `wfgen generate --schema` takes it.
    """

    engine: str | None = None
    schema: str = "github-workflows"


@frozen(kw_only=True)
class BitsPerByte:
    """What documents cost a model: the negative log2-likelihood of all, the ends included, over
    their canonical bytes.

    Attributes:
        run: the model and its tokenizer.
        device: where the model is; a torch device.
        seed: of the bootstrap.
    """

    run: Run = field(repr=False)
    device: Any
    seed: int = 0

    @classmethod
    def of(cls, settings: ModelSettings) -> BitsPerByte:
        """The evaluator that asks a run's model; raises as `wfgen.runs.open_run` does.

        Raises:
            SettingError: no run is named.
        """
        run, device = _open(settings)
        return cls(run=run, device=device, seed=settings.seed)

    def evaluate(self, samples: Sequence[Sample]) -> Score:
        """The ratio, with a bootstrap interval over the documents; its parts are nats a token and
        perplexity, which tell nothing across tokenizers. The count is that of the documents that
        were scored; what is no JSON, or refused by the tokenizer, stands in the causes.

        Raises:
            SettingError: there is no sample, none that can be scored, or a figure is not finite.
        """
        from wfgen.runs import score_documents  # noqa: PLC0415  torch

        encoded = _encode(samples, self.run)
        found = score_documents(
            self.run.model, encoded.source, context=self.run.context, device=self.device
        )
        score = _bits("bits-per-byte", found, self.seed)
        causes = dict(encoded.causes.most_common())
        return evolve(score, causes=causes, parts=_per_token(found, self.seed))


@frozen(kw_only=True)
class ConstrainedBitsPerByte:
    """The same with the model's distribution renormalised over what a constraint allows.

    Attributes:
        run: the model and its tokenizer.
        device: where the model is; a torch device.
        constraint: over the tokenizer's ids.
        seed: of the bootstrap.
    """

    run: Run = field(repr=False)
    device: Any
    constraint: Constraint = field(repr=False)
    seed: int = 0

    @classmethod
    def of(cls, settings: ConstrainedSettings) -> ConstrainedBitsPerByte:
        """The evaluator that asks a run's model; raises as `wfgen.runs.open_run` does.

        Raises:
            SettingError: no run is named.
            CapabilityError: the run's tokenizer has no constraint, or not this one.
            UnknownNameError: there is no such engine, or no such schema.
        """
        run, device = _open(settings)
        from wfgen.runs.constraints import open_constraint  # noqa: PLC0415  torch

        constraint = open_constraint(run.tokenizer, settings.engine, settings.schema)
        return cls(run=run, device=device, constraint=constraint, seed=settings.seed)

    def evaluate(self, samples: Sequence[Sample]) -> Score:
        """The ratio over the documents that the constraint takes, with a bootstrap interval.

        Its parts are `free-bits-per-byte`, of the same documents without the constraint, and
        `refused`, the share of the documents that the tokenizer takes and the constraint does not.
        What is left out stands in the causes.

        Raises:
            SettingError: there is no sample, none that can be scored, or a figure is not finite.
            ConstraintError: the constraint contradicts itself.
        """
        from wfgen.runs import score_constrained  # noqa: PLC0415  torch

        encoded = _encode(samples, self.run)
        found = score_constrained(
            self.run.model,
            encoded.source,
            self.constraint,
            context=self.run.context,
            device=self.device,
        )
        causes = encoded.causes + Counter({"the constraint refuses it": len(found.refused)})
        if not len(found.accepted):
            raise _none_left(causes)
        parts = (
            _bits("free-bits-per-byte", found.free.of(found.accepted), self.seed),
            evolve(
                share_score("refused", len(found.refused), len(found.nats_N)),
                higher_is_better=False,
            ),
        )
        score = _bits("constrained-bits-per-byte", found.held, self.seed)
        return evolve(score, causes=dict(causes.most_common()), parts=parts)


def _open(settings: ModelSettings) -> tuple[Run, Any]:
    if settings.checkpoint is None:
        raise SettingError(
            name="checkpoint",
            cause="bits per byte are a model's, and none is named",
            hint="name a run that wfgen train wrote: --checkpoint RUN",
        )
    from wfgen.runs import open_run  # noqa: PLC0415  torch
    from wfgen.runs.devices import choose_device  # noqa: PLC0415

    device = choose_device(settings.device)
    return open_run(settings.checkpoint, step=settings.step, device=device), device


# Documents --------------------------------------------------------------------------------------


@frozen(kw_only=True)
class _Encoded:
    """The documents that a tokenizer takes, and why it does not take the others, counted."""

    source: MemoryTokens
    causes: Counter[str]


def _encode(samples: Sequence[Sample], run: Run) -> _Encoded:
    need_samples(samples)
    causes: Counter[str] = Counter()
    source, ids, states, sizes = run.states(), [], [], []
    for reading in map(read_sample, samples):
        if reading.cause:
            causes["it is no JSON"] += 1
            continue
        try:
            if source is None:
                ids.append(run.tokenizer.encode(reading.canonical))
            else:
                found, before = source.encode(reading.canonical)
                ids.append(found)
                states.append(before)
            sizes.append(len(reading.canonical))
        except EncodeError as error:
            causes[f"the tokenizer refuses it: {error.cause}"] += 1
    if not ids:
        raise _none_left(causes)
    tokens = MemoryTokens.encoded(run.tokenizer, ids, sizes, states if source else None)
    return _Encoded(source=tokens, causes=causes)


def _none_left(causes: Counter[str]) -> SettingError:
    why = ", ".join(f"{number:,} x {cause}" for cause, number in causes.most_common(2))
    return SettingError(
        name="samples", cause=f"none can be scored: {why}", hint="give one that can be"
    )


# Figures ----------------------------------------------------------------------------------------


def _bits(name: str, scores: DocumentScores, seed: int) -> Score:
    bits = scores.nats_N / math.log(2)
    return _ratio(name, "bits", bits, scores.bytes_N, seed)


def _per_token(scores: DocumentScores, seed: int) -> tuple[Score, ...]:
    loss = _ratio("loss", "nats", scores.nats_N, scores.tokens_N, seed)
    assert loss.interval is not None
    if loss.interval.high >= _LARGEST_LOSS:
        return (loss,)
    ends = Interval(low=math.exp(loss.interval.low), high=math.exp(loss.interval.high))
    perplexity = evolve(
        loss, name="perplexity", unit="tokens", value=math.exp(loss.value), interval=ends
    )
    return loss, perplexity


def _ratio(
    name: str, unit: str, above: NDArray[np.float64], below: NDArray[np.int64], seed: int
) -> Score:
    if not np.isfinite(above).all():
        raise SettingError(
            name="checkpoint",
            cause=f"{name} is not finite: a document has no likelihood",
            hint="score an earlier checkpoint, and see whether training ran off",
        )
    return Score(
        name=name,
        value=float(above.sum() / below.sum()),
        unit=unit,
        count=len(above),
        interval=ratio_interval(above, below, seed=seed),
        higher_is_better=False,
    )
