"""What an engine is: it runs a function over chunks, wherever it likes, and keeps their order."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable
from typing import Protocol, TypeVar

from attrs import define

from wfgen.errors import SettingError, WfgenError

__all__ = ["THREAD_SETTINGS", "Engine", "WorkerError", "check_workers", "num_cores"]

T = TypeVar("T")
R = TypeVar("R")

THREAD_SETTINGS = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "RAYON_NUM_THREADS": "1",
}
"""The surroundings of a worker, which is one thread; libraries that start one for every core would
only slow the others."""


@define(kw_only=True, eq=False)
class WorkerError(WfgenError):
    """A worker process ended before its work was done, or is not fit for it."""


class Engine(Protocol):
    """Runs a function over chunks, in order and in bounded memory."""

    def __call__(
        self, function: Callable[[T], R], chunks: Callable[[], Iterable[T]], /
    ) -> Generator[R, None, None]:
        """`function` of each chunk, in the order of the chunks. Close it to end the workers.

        Args:
            function: it runs in other processes, so it must be picklable.
            chunks: gives the chunks; called once, in this process or in another, and drawn from
                as they are needed.

        Raises:
            WorkerError: a worker ended: it was killed, or ran out of memory.
            Exception: what `function` or `chunks` raised, with its fields.
        """


def check_workers(workers: int) -> None:
    """Raise SettingError unless it is a number of workers."""
    if workers < 1:
        raise SettingError(name="workers", cause=f"{workers} is under 1", hint="give 1 or more")


def num_cores() -> int:
    """The cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on macOS and Windows
    return len(affinity(0)) if affinity else os.cpu_count() or 1
