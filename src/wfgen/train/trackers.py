"""Trackers that people know, each imported when it is asked for; none of them uses the network."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from typing import Any

from attrs import frozen

from wfgen.api import TrackedRun, Tracker
from wfgen.errors import MissingExtraError

__all__ = ["follow_by_tensorboard", "follow_by_trackio", "follow_by_wandb"]

_PROJECT = "wfgen"


@frozen
class _TensorBoard:
    """Event files."""

    writer: Any

    def log(self, step: int, figures: Mapping[str, float]) -> None:
        for name, value in figures.items():
            self.writer.add_scalar(name, value, step)

    def close(self) -> None:
        self.writer.close()


@frozen
class _Logged:
    """A library that is called as wandb is."""

    library: Any

    def log(self, step: int, figures: Mapping[str, float]) -> None:
        self.library.log(dict(figures), step=step)

    def close(self) -> None:
        self.library.finish()


def follow_by_tensorboard(run: TrackedRun) -> Tracker:
    """Event files in the run directory, for `tensorboard --logdir RUN`.

    Raises:
        MissingExtraError: tensorboard is not installed.
    """
    tensorboard = _import("torch.utils.tensorboard", "tensorboard")
    purged = run.step + 1 if run.step else None
    return _TensorBoard(tensorboard.SummaryWriter(str(run.directory), purge_step=purged))


def follow_by_wandb(run: TrackedRun) -> Tracker:
    """An offline run of Weights & Biases in the run directory; `wandb sync` sends it.

    Each start is a run of its own, those of one run directory a group.

    Raises:
        MissingExtraError: wandb is not installed.
    """
    wandb = _import("wandb", "wandb")
    run.directory.mkdir(parents=True, exist_ok=True)
    wandb.init(
        project=_PROJECT,
        group=run.name,
        config=dict(run.config),
        dir=str(run.directory),
        mode="offline",
    )
    return _Logged(wandb)


def follow_by_trackio(run: TrackedRun) -> Tracker:
    """A local run of Trackio, in the run directory unless TRACKIO_DIR says otherwise.

    Raises:
        MissingExtraError: trackio is not installed.
    """
    os.environ.setdefault("TRACKIO_DIR", str(run.directory))  # read when it is imported
    trackio = _import("trackio", "trackio")
    trackio.init(project=_PROJECT, name=run.name, config=dict(run.config), resume="allow")
    return _Logged(trackio)


def _import(module: str, package: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingExtraError(
            extra="trackers",
            cause=f"the tracker {package} is not installed ({error})",
            hint="pip install 'wfgen[trackers]'",
        ) from error
