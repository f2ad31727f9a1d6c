"""How many steps a budget is: the same documents for every arm, or the same FLOPs."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any

from suites.trained import DOCUMENTS, TrainedArm
from trained.workplace import Workplace
from wfgen.errors import SettingError
from wfgen.registry import load_model
from wfgen.runs.flops import flops_per_position
from wfgen.train import TrainConfig, make_config
from wfgen.train.order import GROUP_DOCUMENTS
from wfgen.train.task import Task, make_task

__all__ = ["planned"]


def planned(place: Workplace, arm: TrainedArm, budget: str, seed: int) -> TrainConfig:
    """The run of an arm whose steps come to a budget."""
    task = _task(place, arm, budget, seed)
    if not task.counts_ends:
        raise SettingError(
            name="windower",
            cause=f"no window of {arm.name} has the end of a document as a target",
            hint="a model that never learns to end cannot be compared; take the windower documents",
        )
    if budget == DOCUMENTS:
        steps = _steps_of_documents(task, place.suite.documents)
    else:
        steps = round(_baseline_flops(place, seed) / _flops_per_step(task))
    if not steps:
        raise SettingError(
            name="documents",
            cause=f"the budget is under one step of {arm.name}",
            hint="give more documents, or a smaller batch",
        )
    every = max(1, steps // (arm.points or place.suite.points))
    given = {"steps": steps, "save_every": every, "keep": steps // every + 1}
    return _config(place, arm, budget, seed, given)


def _config(
    place: Workplace, arm: TrainedArm, budget: str, seed: int, given: Mapping[str, Any]
) -> TrainConfig:
    """Scores come from checkpoints afterwards, so the trainer validates nothing."""
    suite = place.suite
    always = {
        "data": place.data(arm),
        "out": place.model(arm, budget, seed),
        "tokenizer": str(place.tokenizer(arm)),
        "preset": suite.preset,
        "order": "documents",
        "eval_every": None,
        "plot": False,
        "seed": seed,
    }
    return make_config(suite.training, always, given)


def _task(place: Workplace, arm: TrainedArm, budget: str, seed: int) -> Task:
    return make_task(_config(place, arm, budget, seed, {"steps": 1}))


def _steps_of_documents(task: Task, documents: int) -> int:
    """The windows of so many documents, in whole groups, epoch after epoch."""
    assert documents % GROUP_DOCUMENTS == 0, "whole groups, so that every arm sees the same"
    left, epoch, windows = documents, 0, 0
    size = len(task.store.splits["train"])
    while left >= size:
        windows += sum(len(chunk.picks) for chunk in task.order(epoch))
        left, epoch = left - size, epoch + 1
    windows += sum(len(c.picks) for c in islice(task.order(epoch), left // GROUP_DOCUMENTS))
    return windows // task.windows_per_step


def _flops_per_step(task: Task) -> int:
    spec = task.spec
    model = load_model(spec.name, spec.vocab_size, spec.context, spec.settings)
    return flops_per_position(model, task.context) * task.windows_per_step * task.context


def _baseline_flops(place: Workplace, seed: int) -> int:
    suite = place.suite
    arm = next(arm for arm in suite.arms if arm.name == suite.baseline)
    task = _task(place, arm, DOCUMENTS, seed)
    return _steps_of_documents(task, suite.documents) * _flops_per_step(task)
