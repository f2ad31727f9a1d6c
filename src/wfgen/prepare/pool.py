"""Runs a function over chunks in several processes, in order and in bounded memory."""

from __future__ import annotations

import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import connection, get_context, parent_process
from typing import TypeVar

from attrs import define

from wfgen.errors import SettingError, WfgenError

__all__ = ["WorkerError", "map_in_order"]

T = TypeVar("T")
R = TypeVar("R")

# Chunks on their way for each worker: one in work, and the next ones waiting for it.
_CHUNKS_PER_WORKER = 3
# Each worker is one thread; libraries that start one for every core would only slow the others.
_THREAD_SETTINGS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS")


@define(kw_only=True, eq=False)
class WorkerError(WfgenError):
    """A worker process ended before its work was done."""


def map_in_order(
    function: Callable[[T], R], chunks: Iterable[T], *, workers: int
) -> Generator[R, None, None]:
    """`function` of each chunk, in the order of the chunks. Close it to end the workers.

    One worker is this process. More are spawned processes, and `function` must be picklable.
    Chunks are drawn as they are needed. Workers end when this process does, however it ends.

    Raises:
        SettingError: `workers` is under 1.
        WorkerError: a worker ended: it was killed, or ran out of memory.
    """
    if workers < 1:
        raise SettingError(name="workers", cause=f"{workers} is under 1", hint="give 1 or more")
    return _map_spawned(function, chunks, workers) if workers > 1 else _map_here(function, chunks)


def _map_here(function: Callable[[T], R], chunks: Iterable[T]) -> Generator[R, None, None]:
    yield from map(function, chunks)


def _map_spawned(
    function: Callable[[T], R], chunks: Iterable[T], workers: int
) -> Generator[R, None, None]:
    waiting: deque[Future[R]] = deque()
    pool = ProcessPoolExecutor(
        max_workers=workers, mp_context=get_context("spawn"), initializer=_start_worker
    )
    try:
        with _one_thread_each():
            for chunk in chunks:
                waiting.append(pool.submit(function, chunk))
                if len(waiting) >= workers * _CHUNKS_PER_WORKER:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
    except BrokenProcessPool as error:
        raise WorkerError(
            cause="a worker process ended before its work was done",
            hint="it may have run out of memory: try fewer workers; a script that calls this "
            'needs `if __name__ == "__main__":` around the call',
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _start_worker() -> None:
    # Ctrl-C goes to the whole group; the parent answers it, and ends the workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A worker waits on a pipe that it holds open itself, so it would outlive a killed parent."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Processes spawned inside the block use one thread each; workers are spawned on demand."""
    before = {name: os.environ.get(name) for name in _THREAD_SETTINGS}
    os.environ.update(dict.fromkeys(_THREAD_SETTINGS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
