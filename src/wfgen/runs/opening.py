"""Opens a run: its model with trained weights, its tokenizer, and what it was asked to do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import torch
from attrs import field, frozen
from torch import nn

from wfgen.api import Model, Tokenizer
from wfgen.artefacts import MANIFEST
from wfgen.errors import ArtefactError, DamagedArtefactError, NotAnArtefactError
from wfgen.registry import load_model, load_tokenizer, same_tokenizer, tokenizer_identity
from wfgen.runs.checkpoints import (
    CHECKPOINTS,
    WEIGHTS,
    Checkpoint,
    good_checkpoints,
    open_checkpoint,
    step_directory,
)
from wfgen.runs.weights import fill_parameters, move_model, read_tensors
from wfgen.states import StateSource, open_states

__all__ = [
    "CONFIG",
    "TOKENIZER",
    "Run",
    "build_model",
    "find_checkpoint",
    "open_run",
    "read_config",
]

CONFIG, TOKENIZER = "config.json", "tokenizer"

Which = int | Literal["best", "last"] | None
"""A step, the lowest bits per byte, the newest; None is the best where one is known."""


@frozen(kw_only=True, eq=False)
class Run:
    """A trained model and what belongs to it.

    Attributes:
        path: the run directory, or the directory of the checkpoint where that was opened.
        model: on the device that was asked for, ready to be run.
        tokenizer: the one that made its training data.
        context: positions that the model was trained with.
        config: what training was asked for; {} for a checkpoint that lies outside of its run.
        checkpoint: which one it is.
    """

    path: Path
    model: Model = field(repr=False)
    tokenizer: Tokenizer = field(repr=False)
    context: int
    config: Mapping[str, Any] = field(repr=False)
    checkpoint: Checkpoint

    def states(self) -> StateSource | None:
        """What gives the states that the model reads; None where it reads none.

        Raises:
            CapabilityError: the tokenizer cannot give them.
        """
        name = self.checkpoint.model.states
        return None if name is None else open_states(name, self.tokenizer)

    @property
    def step(self) -> int:
        """Optimizer steps that were taken."""
        return self.checkpoint.step


def open_run(path: Path | str, *, step: Which = None, device: str | torch.device = "cpu") -> Run:
    """The model and the tokenizer of a run.

    A checkpoint that is half-written or damaged is passed over with a DamagedCheckpointWarning, and
    the one before it is used, unless it was asked for by its step.

    Args:
        path: a run directory, or the directory of one checkpoint.
        step: which checkpoint of a run directory.
        device: where the model is to run.

    Raises:
        NotAnArtefactError: there is no run, or no checkpoint in it.
        DamagedArtefactError: the checkpoint asked for is damaged, or its weights do not fit.
        ArtefactError: the tokenizer is not there, or is another one than the run's.
        UnknownNameError: no plugin offers the model or the tokenizer.
    """
    path = Path(path)
    checkpoint = find_checkpoint(path, step)
    home = _home(checkpoint.path) or path
    model = build_model(checkpoint, torch.device(device))
    return Run(
        path=path,
        model=model,
        tokenizer=_open_tokenizer(home, checkpoint),
        context=checkpoint.model.context,
        config=read_config(home),
        checkpoint=checkpoint,
    )


def find_checkpoint(path: Path, which: Which = None) -> Checkpoint:
    """The checkpoint of a run, or the one in `path` itself; raises as `open_run` does."""
    if (path / MANIFEST).is_file():
        return open_checkpoint(path)
    if isinstance(which, int):
        return open_checkpoint(step_directory(path, which))
    newest = next(good_checkpoints(path), None)
    if newest is None:
        raise _none_there(path)
    if which == "last" or newest.best is None:
        return newest
    # The best one may be damaged: then the one before it.
    return next(good_checkpoints(path, up_to=newest.best.step), newest)


def build_model(checkpoint: Checkpoint, device: torch.device) -> Model:
    """The checkpoint's model on a device, with its weights; raises as `open_run` does."""
    spec = checkpoint.model
    model = load_model(spec.name, spec.vocab_size, spec.context, spec.settings)
    file = checkpoint.path / WEIGHTS
    fill_parameters(model, read_tensors(file), file)
    move_model(model, device)
    if isinstance(model, nn.Module):
        model.eval()
    return model


def read_config(run: Path) -> dict[str, Any]:
    """What `config.json` says; {} where there is none.

    Raises:
        DamagedArtefactError: it is no JSON object.
    """
    file = run / CONFIG
    if not file.is_file():
        return {}
    try:
        config = json.loads(file.read_bytes())
        if not isinstance(config, dict):
            raise TypeError("no object")
    except (OSError, ValueError, TypeError) as error:
        raise DamagedArtefactError(path=str(file), cause=f"cannot be read ({error})") from error
    return config


def _open_tokenizer(home: Path, checkpoint: Checkpoint) -> Tokenizer:
    kept = home / TOKENIZER
    source = kept if kept.is_dir() else checkpoint.tokenizer["name"]
    tokenizer = load_tokenizer(source)
    identity = tokenizer_identity(source, tokenizer)
    if not same_tokenizer(identity, checkpoint.tokenizer):
        raise ArtefactError(
            path=str(kept),
            cause=f"the tokenizer {identity['name']!r} here is another one than that of training",
            hint="put the tokenizer's artefact here, or install the version that was used:"
            f" {checkpoint.tokenizer['distribution']} {checkpoint.tokenizer['version']}",
        )
    return tokenizer


def _home(checkpoint: Path) -> Path | None:
    """The run directory that a checkpoint lies in."""
    folder = checkpoint.resolve().parent
    return folder.parent if folder.name == CHECKPOINTS else None


def _none_there(path: Path) -> NotAnArtefactError:
    if not (path / CONFIG).is_file():
        return NotAnArtefactError(
            path=str(path), cause="there is no run", hint="name a directory that wfgen train wrote"
        )
    return NotAnArtefactError(
        path=str(path),
        cause="there is no checkpoint that can be used",
        hint="train longer: the same wfgen train command again goes on",
    )
