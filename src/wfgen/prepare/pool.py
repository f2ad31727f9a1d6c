"""The local engine: this process, or several of this machine."""

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

from wfgen.prepare.engine import THREAD_SETTINGS, Engine, WorkerError, check_workers

__all__ = ["local", "spawned"]

T = TypeVar("T")
R = TypeVar("R")

# Chunks on their way for each worker: one in work, and the next ones waiting for it.
_CHUNKS_PER_WORKER = 3


def local(workers: int = 1) -> Engine:
    """Processes of this machine; one worker is this process, more are spawned.

    Chunks are drawn here. Workers end when this process does, however it ends.

    Raises:
        SettingError: `workers` is under 1.
    """
    check_workers(workers)

    def map_in_order(
        function: Callable[[T], R], chunks: Callable[[], Iterable[T]], /
    ) -> Generator[R, None, None]:
        if workers == 1:
            yield from map(function, chunks())
        else:
            yield from _map_spawned(function, chunks(), workers)

    return map_in_order


def _map_spawned(
    function: Callable[[T], R], chunks: Iterable[T], workers: int
) -> Generator[R, None, None]:
    waiting: deque[Future[R]] = deque()
    with spawned(workers) as pool:
        for chunk in chunks:
            waiting.append(pool.submit(function, chunk))
            if len(waiting) >= workers * _CHUNKS_PER_WORKER:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


@contextmanager
def spawned(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Processes of one thread each, which end when this one does, however it ends.

    Raises:
        WorkerError: one of them ended before its work was done.
    """
    pool = ProcessPoolExecutor(
        max_workers=workers, mp_context=get_context("spawn"), initializer=_start_worker
    )
    try:
        with _one_thread_each():
            yield pool
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
    before = {name: os.environ.get(name) for name in THREAD_SETTINGS}
    os.environ.update(THREAD_SETTINGS)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
