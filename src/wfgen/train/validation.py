"""Validation: what held-out documents cost, shared out over the processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from attrs import evolve, frozen
from numpy.typing import NDArray
from torch import nn

from wfgen.runs.scoring import DocumentScores, score_documents
from wfgen.train.devices import Team
from wfgen.train.engine import Engine
from wfgen.train.task import TRAIN, VALID, Task

__all__ = ["Validation", "validate"]


@frozen(kw_only=True)
class Validation:
    """What a validation found.

    Attributes:
        judged: of the documents that every validation scores, by which the best is told.
        scores: of all documents that were scored this time.
    """

    judged: DocumentScores
    scores: DocumentScores


def validate(task: Task, team: Team, engine: Engine, *, is_last: bool) -> Validation:
    """Score the held-out documents that are due: the last time all of them.

    With `overfit` it is the documents that are trained on.
    """
    if task.config.overfit is not None:
        scores = _score(task, team, engine, TRAIN, np.arange(task.config.overfit))
        return Validation(judged=scores, scores=scores)
    num_documents = len(task.store.offsets(VALID)) - 1
    always = _spread_out(num_documents, task.config.eval_documents)
    if not is_last:
        scores = _score(task, team, engine, VALID, always)
        return Validation(judged=scores, scores=scores)
    scores = _score(task, team, engine, VALID, np.arange(num_documents))
    return Validation(judged=scores.of(always), scores=scores)


def _spread_out(num_documents: int, wanted: int | None) -> NDArray[np.int64]:
    """Indices of so many documents, evenly spread, or of all."""
    if wanted is None or wanted >= num_documents:
        return np.arange(num_documents)
    return np.arange(wanted) * num_documents // wanted


def _score(
    task: Task,
    team: Team,
    engine: Engine,
    split: str,
    documents: NDArray[np.int64],
) -> DocumentScores:
    with _evaluating(engine):
        part = score_documents(
            engine.scored,
            task.store,
            split,
            context=task.context,
            documents=documents,
            device=team.device,
            precision=engine.precision,
            max_positions=engine.micro_batch * task.context,
            share=(team.rank, team.ranks),
        )
    if team.ranks == 1:
        return part
    nats = team.sum(torch.from_numpy(part.nats_N).to(team.device))
    return evolve(part, nats_N=nats.cpu().numpy())


@contextmanager
def _evaluating(engine: Engine) -> Iterator[None]:
    module = engine.model if isinstance(engine.model, nn.Module) else nn.Identity()
    module.eval()
    try:
        yield
    finally:
        module.train()
