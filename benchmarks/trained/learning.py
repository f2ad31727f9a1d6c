"""Trains one model and scores it: a curve from its checkpoints, the last over all documents."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from attrs import frozen
from numpy.typing import NDArray

from suites.trained import DOCUMENTS, TrainedSuite
from trained.budgets import planned
from trained.convergence import CURVE
from trained.jobs import Learn, suffix_of
from trained.records import JobRecorder
from trained.workplace import Workplace
from wfgen.evaluate.intervals import ratio_interval
from wfgen.report.rows import Row
from wfgen.runs import Run, open_run
from wfgen.runs.checkpoints import all_steps
from wfgen.runs.metrics import read_metrics
from wfgen.runs.scoring import DocumentScores, score_documents
from wfgen.runs.weights import named_parameters
from wfgen.store import TokenStore
from wfgen.train import TrainConfig, train

__all__ = ["learn"]

BITS = "bits-per-byte"
_VALID = "valid"


@frozen(kw_only=True)
class _Learned:
    """A finished run, and what its rows share."""

    job: Learn
    suite: TrainedSuite
    store: TokenStore
    run: Run
    recorder: JobRecorder
    records: Mapping[int, Mapping[str, Any]]


def learn(place: Workplace, job: Learn) -> list[Row]:
    """Train, or go on with what was begun, and give all figures."""
    torch.set_num_threads(1)
    config = planned(place, job.arm, job.budgets[0], job.seed)
    train(config)
    store = TokenStore.open(config.data)
    learned = _Learned(
        job=job,
        suite=place.suite,
        store=store,
        run=open_run(config.out, step="last", device=_device(config)),
        recorder=place.recorder(job, tokenizer=place.identity(job.arm, store)),
        records={record["step"]: record for record in read_metrics(config.out)},
    )
    return [*_curve(learned, config), *_final(learned), *_cost(learned)]


def _device(config: TrainConfig) -> torch.device:
    """Where a model is scored: where it was trained."""
    if config.device != "auto":
        return torch.device(config.device)
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


# Scores -----------------------------------------------------------------------------------------


def _score(learned: _Learned, run: Run, documents: NDArray[np.int64] | None) -> DocumentScores:
    device = next(iter(run.model.parameters())).device
    return score_documents(
        run.model,
        learned.store,
        _VALID,
        context=run.context,
        documents=documents,
        device=device,
        max_positions=1 << 15 if device.type == "cuda" else None,
    )


def _curve(learned: _Learned, config: TrainConfig) -> Iterator[Row]:
    """A point for each checkpoint, over the same few documents."""
    size = len(learned.store.splits[_VALID])
    count = min(learned.suite.curve_documents, size)
    some = np.linspace(0, size - 1, count).round().astype(np.int64)
    for step in all_steps(config.out):
        run = open_run(config.out, step=step, device=_device(config))
        bits = _score(learned, run, some).bits_per_byte
        for budget in learned.job.budgets:
            at = {"budget": budget, "final": step == learned.run.step, **_at(learned, step)}
            yield learned.recorder.row(CURVE, bits, "bits/byte", count, at=at)


def _at(learned: _Learned, step: int) -> dict[str, Any]:
    record = learned.records[step]
    return {name: record[name] for name in ("step", "documents", "tokens", "flops", "seconds")}


def _final(learned: _Learned) -> Iterator[Row]:
    """Over every held-out document."""
    scores = _score(learned, learned.run, None)
    count = len(scores.nats_N)
    ends = ratio_interval(scores.nats_N / math.log(2), scores.bytes_N, seed=learned.job.seed)
    row, bits = learned.recorder.row, scores.bits_per_byte
    for budget in learned.job.budgets:
        yield row(BITS + suffix_of(budget), bits, "bits/byte", count, ends)
        if budget == DOCUMENTS:
            yield row("loss", scores.loss, "nats/token", count)
            yield row("perplexity", scores.perplexity, "1", count)


# Cost -------------------------------------------------------------------------------------------


def _cost(learned: _Learned) -> Iterator[Row]:
    last = learned.records[learned.run.step]
    parameters = sum(p.numel() for p in named_parameters(learned.run.model).values())
    yield learned.recorder.row("parameters", parameters, "parameters", 1)
    for budget in learned.job.budgets:
        suffix = suffix_of(budget)
        steps, seconds = learned.run.step, last["seconds"]
        for figure, value, unit in (
            ("train-seconds", seconds, "s"),
            ("train-flops", last["flops"], "FLOP"),
            ("train-documents", last["documents"], "documents"),
            ("train-tokens-per-second", last["tokens"] / seconds, "tokens/s"),
            ("train-documents-per-second", last["documents"] / seconds, "documents/s"),
        ):
            yield learned.recorder.row(figure + suffix, value, unit, steps)
