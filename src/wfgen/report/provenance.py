"""Where a row came from: versions, machine, time, commit."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any
from uuid import uuid4

import wfgen
from wfgen.registry import installed

__all__ = ["provenance"]

_GIT_SECONDS = 10
_REQUIREMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def provenance(
    *,
    seed: int | None = None,
    corpus: Mapping[str, Any] | None = None,
    configuration: Mapping[str, Any] | None = None,
    run: str | None = None,
) -> dict[str, Any]:
    """JSON values that say how a figure came to be.

    Args:
        seed: of the run.
        corpus: what was read, as `Corpus.describe()` gives it.
        configuration: what the run was asked to do.
        run: the name that all rows of one run share; the time and a random part where it is not
            given, as two runs may begin in one second.
    """
    time = datetime.now(UTC).isoformat(timespec="seconds")
    return {
        "run": run or f"{time} {uuid4().hex}",
        "time": time,
        "versions": _versions(),
        "commit": _commit(Path(wfgen.__file__).parent),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "machine": {
            "platform": platform.platform(),
            "cpu": _cpu_model(Path("/proc/cpuinfo")),
            "cores": _cores(),
        },
        "seed": seed,
        "corpus": dict(corpus or {}),
        "configuration": dict(configuration or {}),
    }


def _versions() -> dict[str, str]:
    """wfgen, every distribution that offers a plugin, and what these require, extras left out."""
    offering = {"wfgen", *(plugin.distribution for plugin in installed().plugins)}
    names = set(offering)
    for distribution in offering:
        names.update(_requirements(distribution))
    found = {name: _version(name) for name in sorted(names, key=str.lower)}
    return {name: version for name, version in found.items() if version}


def _requirements(distribution: str) -> list[str]:
    try:
        lines = metadata.requires(distribution) or []
    except metadata.PackageNotFoundError:
        return []
    plain = (line for line in lines if "extra ==" not in line)
    return [match[0] for line in plain if (match := _REQUIREMENT.match(line))]


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""


def _commit(package: Path) -> str | None:
    """The commit of the checkout that `package` belongs to, `-dirty` where it was changed."""
    # An environment may lie inside of someone else's checkout: only a tracked file tells ours.
    if _git(package, "ls-files", "--error-unmatch", "__init__.py") is None:
        return None
    return _git(package, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")


def _git(folder: Path, *arguments: str) -> str | None:
    command = ["git", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(  # noqa: S603  fixed words
            command, capture_output=True, text=True, check=False, timeout=_GIT_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _cpu_model(cpuinfo: Path) -> str:
    try:
        lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


def _cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
