"""The training loop."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import torch
from attrs import define, evolve, field, frozen

from wfgen.registry import load_model
from wfgen.runs.checkpoints import Best, Checkpoint
from wfgen.runs.flops import flops_per_position
from wfgen.runs.metrics import read_metrics
from wfgen.runs.plot import draw_run, require_matplotlib
from wfgen.train.batches import Batch, Batches
from wfgen.train.config import TrainConfig
from wfgen.train.devices import Team, check_shares, decide_by_device, join_team
from wfgen.train.directory import enter_run
from wfgen.train.engine import Engine, check_model, make_engine
from wfgen.train.errors import OverfitError
from wfgen.train.progress import Meter, Progress
from wfgen.train.recording import Recorder, follow
from wfgen.train.schedule import rate_factor
from wfgen.train.state import State, load_checkpoint, save_checkpoint
from wfgen.train.task import Task, make_task
from wfgen.train.validation import validate

__all__ = ["OVERFIT_LOSS", "Result", "train"]

OVERFIT_LOSS = 0.1
"""Nats a token at which a few documents are known by heart."""

_DRAW_SECONDS = 60
"""A drawing takes about a third of a second."""


@frozen(kw_only=True)
class Result:
    """How a run ended.

    Attributes:
        step: steps taken.
        was_finished: whether the run had come to its end before.
        metrics: the last record of `metrics.jsonl`.
        best: the best validation; None where there was none.
    """

    step: int
    was_finished: bool
    metrics: dict[str, Any]
    best: Best | None


def train(config: TrainConfig, *, progress: Callable[[Progress], None] | None = None) -> Result:
    """Train a model, or go on with a run that was begun with the same config.

    Everything that can be checked is checked before the first step.

    Args:
        config: what is asked for.
        progress: called every `log_every` steps, in the first process.

    Raises:
        SettingError, ArtefactError, UnknownNameError: as `make_task` and `enter_run` do.
        DivergedError: the loss is not a number any more, or far too high.
        OutOfMemoryError: a step does not fit the device's memory.
        OverfitError: with `overfit`, the loss stayed over 0.1.
    """
    task = make_task(config)
    check_shares(task.windows_per_step, task.context)
    if config.plot:
        require_matplotlib()
    with join_team(config.device) as team:
        task = evolve(task, config=decide_by_device(task.config, team.device))
        engine = _make_engine(task, team)
        with enter_run(task, team) as checkpoint:
            return _train(task, team, engine, checkpoint, progress)


def _make_engine(task: Task, team: Team) -> Engine:
    torch.manual_seed(task.config.seed)
    spec = task.spec
    model = load_model(spec.name, spec.vocab_size, spec.context, spec.settings)
    check_model(model, spec)
    rows = task.windows_per_step // team.ranks
    return make_engine(model, task.config, team, spec=spec, rows=rows)


def _train(
    task: Task,
    team: Team,
    engine: Engine,
    checkpoint: Checkpoint | None,
    progress: Callable[[Progress], None] | None,
) -> Result:
    if checkpoint is not None and checkpoint.is_finished:
        return Result(
            step=checkpoint.step,
            was_finished=True,
            metrics=read_metrics(task.config.out)[-1],
            best=checkpoint.best,
        )
    state = State() if checkpoint is None else load_checkpoint(checkpoint, team, engine)
    flops = flops_per_position(engine.model, task.context)
    with follow(task, team, state.step) as trackers:
        loop = _Loop(
            task=task,
            team=team,
            engine=engine,
            state=state,
            recorder=Recorder(task=task, team=team, flops_per_position=flops, trackers=trackers),
            meter=Meter(team=team, steps=task.steps, flops_per_position=flops),
            progress=progress,
        )
        return loop.run()


@define(kw_only=True, eq=False)
class _Loop:
    task: Task
    team: Team
    engine: Engine
    state: State
    recorder: Recorder
    meter: Meter
    progress: Callable[[Progress], None] | None
    _last: dict[str, Any] = field(factory=dict, init=False)
    _drawn: float = field(factory=time.monotonic, init=False)

    def run(self) -> Result:
        self.meter.begin(self.state)
        rank, ranks = self.team.rank, self.team.ranks
        with Batches(self.task, self.state.cursor, rank=rank, ranks=ranks) as batches:
            for batch in batches:
                self._step(batch)
                if self._after_step():
                    break
        return Result(
            step=self.state.step, was_finished=False, metrics=self._last, best=self.state.best
        )

    def _step(self, batch: Batch) -> None:
        config = self.task.config
        factor = rate_factor(
            self.state.step,
            steps=self.task.steps,
            warmup=config.warmup or 0,
            schedule=config.schedule,
            floor=config.floor,
        )
        figures, rate = self.engine.step(batch, factor)
        self.state.advance(batch, self.task.windows_per_step * self.task.context)
        self.recorder.take(self.state, figures, rate, batch.documents)

    def _after_step(self) -> bool:
        """Write, validate and save what is due; whether this was the last step."""
        config = self.task.config
        validates, saves, logs = map(
            self._is_due, (config.eval_every, config.save_every, config.log_every)
        )
        is_last = self.state.step >= self.task.steps
        if not (is_last or validates or saves or logs):
            return False
        records = self.recorder.fetch(self.state)
        self._last = records[-1]
        is_known = self._is_known_by_heart()
        is_best, is_last = self._validate(is_due=validates, is_last=is_last or is_known)
        self.recorder.write(records)
        if is_last or saves or is_best:
            save_checkpoint(self.task, self.team, self.engine, self.state, done=is_last)
        self._draw(is_last=is_last)
        self._report()
        self.recorder.go_on()
        if is_last and config.overfit is not None and not is_known:
            raise self._not_by_heart()
        return is_last

    def _is_due(self, every: int | None) -> bool:
        return every is not None and self.state.step % every == 0

    def _validate(self, *, is_due: bool, is_last: bool) -> tuple[bool, bool]:
        """Validate where it is due; whether it is the best, and whether this is the last step."""
        config = self.task.config
        if config.eval_every is None or not (is_due or is_last):
            return False, is_last
        found = validate(self.task, self.team, self.engine, is_last=is_last)
        self.recorder.check_validation(self._last, found.scores)
        is_best = self.state.judge(found.judged.bits_per_byte)
        if not is_last and config.patience is not None and self.state.num_worse >= config.patience:
            is_last = True
            found = validate(self.task, self.team, self.engine, is_last=True)
        self._last |= {
            "bits_per_byte": found.scores.bits_per_byte,
            "valid_loss": found.scores.loss,
            "perplexity": found.scores.perplexity,
            "valid_documents": len(found.scores.nats_N),
        }
        return is_best, is_last

    def _is_known_by_heart(self) -> bool:
        if self.task.config.overfit is None or self._last["loss"] >= OVERFIT_LOSS:
            return False
        found = validate(self.task, self.team, self.engine, is_last=True)
        return found.scores.loss < OVERFIT_LOSS

    def _not_by_heart(self) -> OverfitError:
        loss, config = self._last["loss"], self.task.config
        return OverfitError(
            loss=loss,
            cause=f"after {self.state.step:,} steps on {config.overfit:,} documents the loss is"
            f" {loss:.3f}, not under {OVERFIT_LOSS}",
            hint="give more steps; if that does not help, model, data or learning rates are broken",
        )

    def _draw(self, *, is_last: bool) -> None:
        """Draw the curves at the end, and where the last drawing is a minute old."""
        is_due = is_last or time.monotonic() - self._drawn > _DRAW_SECONDS
        if self.task.config.plot and self.team.is_first and is_due:
            draw_run(self.task.config.out)
            self._drawn = time.monotonic()

    def _report(self) -> None:
        now = self.meter.read(
            self.state, loss=self._last["loss"], learning_rate=self._last["learning_rate"]
        )
        if self.progress is not None and self.team.is_first:
            self.progress(now)
