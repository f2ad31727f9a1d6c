"""Where a run stands, and how that is written to a checkpoint and read back."""

from __future__ import annotations

from typing import Any

import attrs
import torch
from attrs import define, field

from wfgen.artefacts import read_manifest
from wfgen.errors import ArtefactError
from wfgen.runs.checkpoints import (
    OPTIMIZER,
    RANDOM,
    WEIGHTS,
    Best,
    Checkpoint,
    all_steps,
    prune_checkpoints,
    step_directory,
    write_checkpoint,
)
from wfgen.runs.weights import fill_parameters, named_parameters, read_tensors, whole
from wfgen.train.batches import Batch
from wfgen.train.devices import Team
from wfgen.train.engine import Engine
from wfgen.train.order import Cursor
from wfgen.train.task import Task

__all__ = ["State", "load_checkpoint", "save_checkpoint"]


@define(kw_only=True)
class State:
    """Where a run stands.

    Attributes:
        step: steps taken.
        cursor: the next window.
        tokens: targets trained on.
        positions: places of windows trained on, padding and repeated tokens among them.
        documents: whole documents trained on.
        seconds: spent on steps, not on validation and checkpoints.
        best: the best validation so far.
        num_worse: validations since.
        bits_per_byte: of the last validation.
    """

    step: int = 0
    cursor: Cursor = field(factory=Cursor)
    tokens: int = 0
    positions: int = 0
    documents: float = 0.0
    seconds: float = 0.0
    best: Best | None = None
    num_worse: int = 0
    bits_per_byte: float | None = None

    def advance(self, batch: Batch, positions: int) -> None:
        """Count a step."""
        self.step += 1
        self.cursor = batch.after
        self.tokens += batch.num_targets
        self.positions += positions
        self.documents += batch.num_documents

    def judge(self, bits_per_byte: float) -> bool:
        """Count a validation; whether it is the best so far."""
        self.bits_per_byte = bits_per_byte
        if self.best is not None and bits_per_byte >= self.best.bits_per_byte:
            self.num_worse += 1
            return False
        self.best, self.num_worse = Best(step=self.step, bits_per_byte=bits_per_byte), 0
        return True

    def as_json(self) -> dict[str, Any]:
        """JSON values; `of` reads them."""
        return attrs.asdict(self)

    @classmethod
    def of(cls, checkpoint: Checkpoint) -> State:
        """The state that a checkpoint was written in."""
        values = dict(checkpoint.state)
        cursor = Cursor(**values.pop("cursor"))
        return cls(**{**values, "cursor": cursor, "best": checkpoint.best})


def save_checkpoint(task: Task, team: Team, engine: Engine, state: State, *, done: bool) -> None:
    """Write a checkpoint by the first process, and remove those that are not kept.

    Raises:
        ArtefactError: it cannot be written.
    """
    weights = {name: whole(p) for name, p in named_parameters(engine.model).items()}
    tensors = {
        WEIGHTS: weights,
        OPTIMIZER: engine.optimizers.state(),
        RANDOM: _random_states(team),
    }
    if team.is_first:
        write_checkpoint(
            task.config.out,
            step=state.step,
            model=task.spec,
            tokenizer=task.identity,
            best=state.best,
            is_finished=done,
            state=state.as_json(),
            tensors=tensors,
        )
        prune_checkpoints(task.config.out, keep=_kept(task))
    team.wait()


def load_checkpoint(checkpoint: Checkpoint, team: Team, engine: Engine) -> State:
    """Put weights, optimizers and random numbers back; gives the state.

    Raises:
        DamagedArtefactError: a file does not fit the model.
    """
    file = checkpoint.path / WEIGHTS
    fill_parameters(engine.model, read_tensors(file), file)
    engine.optimizers.load_state(read_tensors(checkpoint.path / OPTIMIZER))
    random = read_tensors(checkpoint.path / RANDOM)
    if (state := random.get(f"cpu.{team.rank}")) is not None:
        torch.set_rng_state(state)
    if team.device.type == "cuda" and (state := random.get(f"cuda.{team.rank}")) is not None:
        torch.cuda.set_rng_state(state, team.device)
    return State.of(checkpoint)


def _random_states(team: Team) -> dict[str, torch.Tensor]:
    states = {"cpu": torch.get_rng_state()}
    if team.device.type == "cuda":
        states["cuda"] = torch.cuda.get_rng_state(team.device)
    return {
        f"{name}.{rank}": one
        for name, state in states.items()
        for rank, one in enumerate(team.gather(state))
    }


def _kept(task: Task) -> set[int]:
    """The newest checkpoints, and what each of them holds to be the best."""
    run = task.config.out
    newest = all_steps(run)[: task.config.keep]
    kept = set(newest)
    for step in newest:
        try:
            best = read_manifest(step_directory(run, step)).body["best"]
        except ArtefactError:
            continue  # damaged since; opening the run says so
        if best is not None:
            kept.add(int(best["step"]))
    return kept
