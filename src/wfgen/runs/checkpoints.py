"""Checkpoints: artefacts of kind `checkpoint`, one directory a step, found, checked and pruned.

`weights.safetensors` holds the parameters, `optimizer.safetensors` what the optimizer keeps of
each, `random.safetensors` the states of the random number generators. All else is in the
manifest's body.
"""

from __future__ import annotations

import re
import shutil
import warnings
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import safetensors.torch
from attrs import field, frozen
from torch import Tensor

from wfgen.artefacts import Manifest, open_artefact, write_artefact
from wfgen.errors import ArtefactError, DamagedArtefactError

__all__ = [
    "CHECKPOINTS",
    "OPTIMIZER",
    "RANDOM",
    "WEIGHTS",
    "Best",
    "Checkpoint",
    "DamagedCheckpointWarning",
    "ModelSpec",
    "all_steps",
    "good_checkpoints",
    "open_checkpoint",
    "prune_checkpoints",
    "step_directory",
    "write_checkpoint",
]

CHECKPOINTS = "checkpoints"
WEIGHTS, OPTIMIZER, RANDOM = "weights.safetensors", "optimizer.safetensors", "random.safetensors"
_KIND, _NAME, _VERSION = "checkpoint", "run", 1
_DIRECTORY = re.compile(r"step-(\d{8,})")


class DamagedCheckpointWarning(UserWarning):
    """A checkpoint is half-written or damaged, and the one before it is used."""


@frozen(kw_only=True)
class ModelSpec:
    """What it takes to build a run's model.

    Attributes:
        name: of the registry entry.
        settings: of the entry's class, by name; JSON values.
        vocab_size: V.
        context: positions that it was trained with.
        states: what gives the states that it reads, a name in `wfgen.states.SOURCES`; None for
            none.
    """

    name: str
    settings: Mapping[str, Any]
    vocab_size: int
    context: int
    states: str | None = None


@frozen(kw_only=True)
class Best:
    """The checkpoint with the lowest validation figure so far, by its step."""

    step: int
    bits_per_byte: float


@frozen(kw_only=True)
class Checkpoint:
    """What a checkpoint says of itself.

    Attributes:
        path: its directory.
        step: optimizer steps taken.
        model: how to build the model.
        tokenizer: what tells the tokenizer from any other, as `tokenizer_identity` gives it.
        best: the best one when this one was written; None before the first evaluation.
        is_finished: whether training had come to its end.
        state: the trainer's own; JSON values.
        manifest: as it was written.
    """

    path: Path
    step: int
    model: ModelSpec
    tokenizer: Mapping[str, str]
    best: Best | None
    is_finished: bool
    state: Mapping[str, Any]
    manifest: Manifest = field(repr=False)


def step_directory(run: Path, step: int) -> Path:
    """Where the checkpoint of a step lies."""
    return run / CHECKPOINTS / f"step-{step:08d}"


def write_checkpoint(  # noqa: PLR0913  what a checkpoint is made of
    run: Path,
    *,
    step: int,
    model: ModelSpec,
    tokenizer: Mapping[str, str],
    best: Best | None,
    is_finished: bool,
    state: Mapping[str, Any],
    tensors: Mapping[str, Mapping[str, Tensor]],
) -> Path:
    """Write a checkpoint aside and give it its name; gives its directory.

    Args:
        run: the run directory.
        step, model, tokenizer, best, is_finished, state: as `Checkpoint` has them.
        tensors: file name to its tensors, on the CPU.

    Raises:
        ArtefactError: it is there already, or cannot be written.
    """
    body = {
        "step": step,
        "model": attrs.asdict(model),
        "tokenizer": dict(tokenizer),
        "best": None if best is None else attrs.asdict(best),
        "is_finished": is_finished,
        "state": dict(state),
    }
    path = step_directory(run, step)
    with write_artefact(path, kind=_KIND, name=_NAME, format_version=_VERSION, body=body) as aside:
        for file, content in tensors.items():
            safetensors.torch.save_file(dict(content), aside / file)
    return path


def open_checkpoint(path: Path) -> Checkpoint:
    """A checkpoint after every file was checked against its hash.

    Raises:
        NotAnArtefactError, DamagedArtefactError, UnknownFormatError: as `open_artefact` does.
    """
    manifest = open_artefact(path, kind=_KIND, format_version=_VERSION)
    body = manifest.body
    try:
        return Checkpoint(
            path=path,
            step=int(body["step"]),
            model=ModelSpec(**body["model"]),
            tokenizer=dict(body["tokenizer"]),
            best=None if body["best"] is None else Best(**body["best"]),
            is_finished=bool(body["is_finished"]),
            state=dict(body["state"]),
            manifest=manifest,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedArtefactError(
            path=str(path), cause=f"the manifest's body is malformed ({error!r})"
        ) from error


def all_steps(run: Path) -> list[int]:
    """The steps that have a directory, good or not, newest first."""
    folder = run / CHECKPOINTS
    names = [p.name for p in folder.iterdir()] if folder.is_dir() else []
    return sorted((int(m[1]) for n in names if (m := _DIRECTORY.fullmatch(n))), reverse=True)


def good_checkpoints(run: Path, *, up_to: int | None = None) -> Iterator[Checkpoint]:
    """The checkpoints that can be used, newest first; each other one met is named in a warning.

    Args:
        run: the run directory.
        up_to: the newest step to consider; None for any.
    """
    for step in all_steps(run):
        if up_to is not None and step > up_to:
            continue
        try:
            yield open_checkpoint(step_directory(run, step))
        except ArtefactError as error:
            warnings.warn(
                f"the checkpoint of step {step:,} is passed over: {error}",
                DamagedCheckpointWarning,
                stacklevel=2,
            )


def prune_checkpoints(run: Path, *, keep: Collection[int]) -> None:
    """Remove every checkpoint but those of the steps `keep`, and what killed writers left."""
    folder = run / CHECKPOINTS
    for step in all_steps(run):
        if step not in keep:
            gone = folder / f".step-{step:08d}.partial"
            step_directory(run, step).rename(gone)
    for left in folder.glob(".step-*.partial"):
        shutil.rmtree(left, ignore_errors=True)
