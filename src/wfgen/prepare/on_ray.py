"""The engine on Ray Data: the same work on as many machines as a Ray cluster has.

Ray comes with the extra `ray` and is imported when this engine is chosen.
"""

from __future__ import annotations

import logging
import os
import socket
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from itertools import count as count_from
from itertools import islice
from typing import Any, TypeVar

from attrs import evolve, frozen

from wfgen.errors import MissingExtraError, SettingError
from wfgen.prepare.engine import THREAD_SETTINGS, Engine, WorkerError, check_workers, num_cores

__all__ = ["on_ray"]

T = TypeVar("T")
R = TypeVar("R")

_LOCAL = "local"
_ADDRESS_SETTING = "RAY_ADDRESS"
_COLUMN = "outcome"
# From the first task to the last, 4,739 workflows on two cores took 11 s with one chunk a task, and
# 6 s with eight.
_CHUNKS_PER_TASK = 8
# A chunk takes about 0.5 MB and its result up to 2 MB; Ray holds back who would fill the store.
_STORE_BYTES_PER_WORKER = 128 * 1024 * 1024
# Ray replaces a worker that ended and has its task done again, for ever; but it may be the task
# that ends it.
_ATTEMPTS = 4
_CONNECT_SECONDS = 5.0
_SETTINGS: Mapping[str, Any] = {
    "log_to_driver": False,
    "logging_level": logging.CRITICAL,
    "runtime_env": {"env_vars": THREAD_SETTINGS},
}


def on_ray(address: str | None = None, workers: int | None = None) -> Engine:
    """Ray Data, on a cluster or on a Ray of this process's own.

    One task draws the chunks, others work on them, and this process takes the results in order.
    Every machine needs the same wfgen and plugins, and sees the corpus, and the tokenizer where it
    is a directory, at the same absolute paths. Where `ray.init` has been called already, that Ray
    is used.

    Args:
        address: "local" starts a Ray that ends with the run, "auto" is the cluster that this
            machine is in, `host:port` another one. None is what RAY_ADDRESS says, else "local".
        workers: chunks that are worked on at once; None is one for each core.

    Raises:
        MissingExtraError: Ray Data is not installed.
        SettingError: `workers` is under 1; when the engine begins, no Ray answers at `address`.
    """
    ray = _import_ray()
    if workers is not None:
        check_workers(workers)

    def map_in_order(
        function: Callable[[T], R], chunks: Callable[[], Iterable[T]], /
    ) -> Generator[R, None, None]:
        with _connected(ray, address, workers):
            dataset = _dataset(ray, function, chunks, workers)
            with closing(_outcomes(ray, dataset)) as outcomes:
                for outcome in outcomes:
                    yield from outcome.values
                    if outcome.error is not None:
                        raise outcome.error

    return map_in_order


def _import_ray() -> Any:
    try:
        import ray.data  # noqa: PLC0415  it is an extra
    except ImportError as error:
        raise MissingExtraError(
            extra="ray",
            cause="the engine ray needs Ray Data, which is not installed",
            hint="run pip install 'wfgen[ray]'",
        ) from error
    return ray


# A Ray to work on -------------------------------------------------------------------------------


@contextmanager
def _connected(ray: Any, address: str | None, workers: int | None) -> Iterator[None]:
    if ray.is_initialized():
        yield
        return
    chosen = address or os.environ.get(_ADDRESS_SETTING) or _LOCAL
    try:
        if chosen == _LOCAL:
            _start(ray, workers or num_cores())
        else:
            _check_answers(chosen)
            ray.init(chosen, **_SETTINGS)
    except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
        raise SettingError(
            name="ray_address",
            cause=f"there is no Ray to use at {chosen!r}: {_first_line(error)}",
            hint="run `ray start --head` for one, or say local",
        ) from error
    try:
        with _quiet(logging.getLogger("ray.data")):
            yield
    finally:
        ray.shutdown()


@contextmanager
def _quiet(logger: logging.Logger) -> Iterator[None]:
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)


def _check_answers(address: str) -> None:
    """Ray itself would wait for minutes."""
    host, colon, port = address.rpartition(":")
    if colon and "://" not in address:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_CONNECT_SECONDS).close()


def _start(ray: Any, workers: int) -> None:
    """A Ray of this process's own, without the process that would serve a dashboard.

    Ray starts that one in any case (2.60), and then it does nothing but ask the metadata services
    of clouds where it runs. wfgen asks no network.
    """
    node = ray._private.node.Node
    start_api_server = node.start_api_server

    def start_none(self: Any, **_: object) -> None:
        self._webui_url = None

    node.start_api_server = start_none
    try:
        store_bytes = workers * _STORE_BYTES_PER_WORKER
        ray.init(_LOCAL, num_cpus=workers, object_store_memory=store_bytes, **_SETTINGS)
    finally:
        node.start_api_server = start_api_server


# The work ---------------------------------------------------------------------------------------


@frozen(kw_only=True)
class _Outcome:
    """Some values in order, and the error that stopped there, if one did.

    Through Ray's own errors ours would lose their fields. `number` counts tasks.
    """

    number: int
    values: tuple[Any, ...]
    error: Exception | None = None


# Ray Data would pickle an object by itself, but only once it has tried to make Arrow of it, and has
# written all of it down as text to say that it cannot: minutes for a chunk.
_Row = Mapping[str, bytes]


def _pack(ray: Any, outcome: _Outcome) -> _Row:
    return {_COLUMN: ray.cloudpickle.dumps(outcome)}


def _unpack(ray: Any, row: _Row) -> _Outcome:
    outcome: _Outcome = ray.cloudpickle.loads(row[_COLUMN])
    return outcome


class _Attempts:
    """An actor that counts how often each task was begun."""

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()

    def begin(self, number: int) -> int:
        self._counts[number] += 1
        return self._counts[number]


def _dataset(
    ray: Any,
    function: Callable[[T], R],
    chunks: Callable[[], Iterable[T]],
    workers: int | None,
) -> Any:
    def draw(_: object) -> Iterator[_Row]:
        source = iter(chunks())
        for number in count_from(1):
            drawn = _take(source, number)
            yield _pack(ray, drawn)
            if drawn.error is not None or len(drawn.values) < _CHUNKS_PER_TASK:
                return

    def work(row: _Row) -> _Row:
        drawn = _unpack(ray, row)
        if ray.get(attempts.begin.remote(drawn.number)) > _ATTEMPTS:
            return _pack(ray, evolve(drawn, values=(), error=_ended_its_workers()))
        done = _take(map(function, drawn.values), drawn.number)
        return _pack(ray, done if done.error is not None else evolve(done, error=drawn.error))

    # A lost actor is replaced and counts anew.
    options = {"num_cpus": 0, "max_restarts": -1, "max_task_retries": -1}
    attempts = ray.remote(**options)(_Attempts).remote()
    with ray.data.DataContext.current(_context(ray, workers)):
        start = ray.data.from_items([{_COLUMN: b""}])
        # Tasks that need different resources are not fused into one. The drawing task would wait
        # for ever if it held the only core while its chunks wait for one.
        drawn = start.flat_map(draw, num_cpus=0)
        return drawn.map(work, num_cpus=1)


def _take(source: Iterator[Any], number: int) -> _Outcome:
    """The next values for a task, or of one."""
    values: list[Any] = []
    try:
        for value in islice(source, _CHUNKS_PER_TASK):
            values.append(value)
    except Exception as error:
        return _Outcome(number=number, values=tuple(values), error=error)
    return _Outcome(number=number, values=tuple(values))


def _ended_its_workers() -> WorkerError:
    return WorkerError(
        cause=f"some documents ended {_ATTEMPTS} workers in turn",
        hint="they may have run out of memory: try fewer workers; Ray's own logs say more",
    )


def _context(ray: Any, workers: int | None) -> Any:
    context = ray.data.DataContext.get_current().copy()
    context.execution_options.preserve_order = True
    context.execution_options.resource_limits = ray.data.ExecutionResources(cpu=workers)
    context.target_max_block_size = 1  # bytes: each row is a block, and has a task, of its own
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    return context


def _outcomes(ray: Any, dataset: Any) -> Generator[_Outcome, None, None]:
    try:
        for row in dataset.iter_rows():
            yield _unpack(ray, row)
    except ray.exceptions.RayError as error:
        raise WorkerError(
            cause=f"Ray has given up: {_first_line(error)}", hint="Ray's own logs say more"
        ) from error


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
