"""The run directory: begun, recognised, locked, and gone on with."""

from __future__ import annotations

import json
import os
import platform
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any

from wfgen.api import Saveable
from wfgen.artefacts import replace_file
from wfgen.errors import ArtefactError
from wfgen.registry import installed
from wfgen.runs.checkpoints import (
    Checkpoint,
    DamagedCheckpointWarning,
    all_steps,
    good_checkpoints,
    prune_checkpoints,
)
from wfgen.runs.metrics import cut_metrics
from wfgen.runs.opening import CONFIG, TOKENIZER, read_config
from wfgen.train.config import differing_fields
from wfgen.train.devices import Team
from wfgen.train.errors import RunDiffersError
from wfgen.train.task import Task

__all__ = ["VERSIONS", "enter_run"]

VERSIONS = "versions.json"
_LOCK = ".lock"
_TELLING = ("torch", "safetensors", "numpy")


@contextmanager
def enter_run(task: Task, team: Team) -> Iterator[Checkpoint | None]:
    """Begin the run directory, or go on with it: gives the checkpoint to go on from.

    The first process writes; the others follow it.

    Raises:
        RunDiffersError: the directory belongs to another configuration or other data.
        ArtefactError: it is no run directory, cannot be written, or is trained in already.
    """
    run = task.config.out
    with _locked(run, team):
        if team.is_first:
            _begin(task)
        team.wait()
        with warnings.catch_warnings():
            if not team.is_first:
                warnings.simplefilter("ignore", DamagedCheckpointWarning)  # once is enough
            checkpoint = next(good_checkpoints(run), None)
        team.wait()
        if team.is_first:
            step = 0 if checkpoint is None else checkpoint.step
            prune_checkpoints(run, keep=[s for s in all_steps(run) if s <= step])
            cut_metrics(run, step=step)
            _note_versions(run, team, step)
        yield checkpoint


@contextmanager
def _locked(run: Path, team: Team) -> Iterator[None]:
    """Keep a second trainer out; the system drops the lock of a process that was killed."""
    if not team.is_first or os.name == "nt":
        yield
        return
    import fcntl  # noqa: PLC0415  not on Windows

    try:
        run.mkdir(parents=True, exist_ok=True)
        file = os.open(run / _LOCK, os.O_RDWR | os.O_CREAT)
    except OSError as error:
        raise ArtefactError(path=str(run), cause=f"cannot write here ({error})") from error
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ArtefactError(
                path=str(run), cause="another process trains here", hint="wait for it, or end it"
            ) from error
        except OSError:
            pass  # a file system without locks
        yield
    finally:
        os.close(file)


def _begin(task: Task) -> None:
    run = task.config.out
    wanted = task.config.as_json() | {"data_sha256": task.data_sha256}
    wanted["tokenizer"] = dict(task.identity)
    if (run / CONFIG).is_file():
        _check_same(run, read_config(run), wanted)
    else:
        others = [p.name for p in run.iterdir() if p.name != _LOCK and not _is_partial(p)]
        if others:
            raise ArtefactError(
                path=str(run),
                cause=f"it holds {others[0]} and is no run",
                hint="name another directory",
            )
        _write_json(run / CONFIG, wanted)
    for left in filter(_is_partial, run.iterdir()):
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    if isinstance(task.tokenizer, Saveable) and not (run / TOKENIZER).is_dir():
        task.tokenizer.save(run / TOKENIZER)


def _is_partial(path: Path) -> bool:
    """Whether a killed writer left it."""
    return path.name.startswith(".") and path.name.endswith(".partial")


def _check_same(run: Path, found: dict[str, Any], wanted: dict[str, Any]) -> None:
    names = list(differing_fields(found, wanted))
    if found.get("data_sha256") != wanted["data_sha256"]:
        names.append("data")
    if names:
        listed = ", ".join(
            f"{name} ({_value(found, name)} there, {_value(wanted, name)} here)" for name in names
        )
        raise RunDiffersError(
            path=str(run),
            names=tuple(names),
            cause=f"it was begun with another {listed}",
            hint="give the same, or name another directory",
        )


def _value(config: dict[str, Any], name: str) -> str:
    if name == "data":
        return str(config.get("data_sha256"))[:12]
    outer, dot, inner = name.partition(".")
    value = (config.get(f"{outer}_settings") or {}).get(inner) if dot else config.get(name)
    return json.dumps(value)


def _note_versions(run: Path, team: Team, step: int) -> None:
    """Add this start to the list of starts: by what, on what, from which step."""
    file = run / VERSIONS
    starts = json.loads(file.read_bytes()) if file.is_file() else []
    plugins = {p.distribution: p.version for p in installed().plugins}
    start = {
        "step": step,
        "python": platform.python_version(),
        "versions": plugins | {name: metadata.version(name) for name in _TELLING},
        "platform": platform.platform(),
        "device": str(team.device),
        "processes": team.ranks,
    }
    _write_json(file, [*starts, start])


def _write_json(file: Path, value: Any) -> None:
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    replace_file(file, text + "\n")
