"""Speeds, measured in turn: every contender does one piece of work before any does the next.

So a machine that slows down slows all of them, and the ratio of two times of one piece is fair.
Seconds are CPU time of the process, all its threads, so a tokenizer that uses several is charged
for all of them, and work beside it on the machine is not. Python's garbage collector waits, as in
`timeit`. Every document has been encoded and decoded once before: the tokenizers are warm.

Legend: R repetitions, C chunks of documents.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from attrs import field, frozen
from attrs.validators import ge
from numpy.typing import NDArray

from wfgen.api import Score
from wfgen.evaluate.contenders import attempt, error_text
from wfgen.evaluate.encoding import Shared
from wfgen.evaluate.figures import Failure, Figure
from wfgen.evaluate.intervals import median_interval

__all__ = ["SpeedPlan", "Timing", "speed_figures", "time_in_turn"]

_NANOSECONDS = 1e9
_MEGABYTE = 1e6

# With other work on the machine, chunks of 0.3 to 9 ms took 4 ms more in a third of all cases by
# the wall clock. Windows counts CPU time in steps of 16 ms, so there it is the wall clock.
_CLOCK = time.perf_counter_ns if sys.platform == "win32" else time.process_time_ns


@frozen(kw_only=True)
class SpeedPlan:
    """How speeds are measured.

    Attributes:
        repetitions: times that every document is encoded and decoded.
        num_documents: the most that are timed; of more, evenly spaced ones.
        chunk_documents: documents that a contender does in a row.
        clock: nanoseconds.
    """

    repetitions: int = field(default=7, validator=ge(1))
    num_documents: int = field(default=512, validator=ge(1))
    chunk_documents: int = field(default=16, validator=ge(1))
    clock: Callable[[], int] = field(default=_CLOCK, repr=False)

    def chunks(self, count: int) -> list[list[int]]:
        """Which of `count` documents are timed, in groups."""
        chosen = list(range(0, count, -(-count // self.num_documents) or 1))
        size = self.chunk_documents
        return [chosen[at : at + size] for at in range(0, len(chosen), size)]


@frozen(kw_only=True)
class Timing:
    """One contender's times of one work.

    Attributes:
        seconds: float64, shape [R, C].
        error: why they do not count; '' where they do.
    """

    seconds: NDArray[np.float64]
    error: str = ""


def time_in_turn(
    works: Sequence[Callable[[int], object]], num_chunks: int, plan: SpeedPlan
) -> list[Timing]:
    """Time each `work(chunk)` for every chunk, all works on a chunk before the next one.

    Who begins changes from chunk to chunk. A work that raises is out, with its error.
    """
    seconds = np.zeros((len(works), plan.repetitions, num_chunks))
    errors = [""] * len(works)
    with _collector_paused():
        for repetition in range(plan.repetitions):
            for chunk in range(num_chunks):
                for turn in range(len(works)):
                    arm = (repetition + chunk + turn) % len(works)
                    if not errors[arm]:
                        spent, errors[arm] = _time(works[arm], chunk, plan.clock)
                        seconds[arm, repetition, chunk] = spent
    return [Timing(seconds=s, error=e) for s, e in zip(seconds, errors, strict=True)]


def speed_figures(
    arms: Sequence[Shared], reference: Shared | None, why_none: str, plan: SpeedPlan, seed: int
) -> list[list[Figure]]:
    """Documents and megabytes a second, and ratios to the reference, for each arm.

    Args:
        arms: with at least one document.
        reference: one of the arms, or None.
        why_none: said of the ratios where it is None.
        plan: how.
        seed: of the bootstrap.
    """
    chunks = plan.chunks(len(arms[0].documents)) if arms else []
    figures: list[list[Figure]] = [[] for _ in arms]
    for name, work_of in (("encode", _encoding), ("decode", _decoding)):
        timings = time_in_turn([work_of(arm, chunks) for arm in arms], len(chunks), plan)
        found = [t for t, arm in zip(timings, arms, strict=True) if arm is reference]
        standard = found[0] if found else Timing(seconds=np.zeros((0, 0)), error=why_none)
        for arm, timing, own in zip(arms, timings, figures, strict=True):
            own.extend(_rates(name, arm, timing, chunks, seed))
            own.append(_ratio(f"{name}-speed-to-o200k", timing, standard, chunks, seed))
    return figures


def _encoding(arm: Shared, chunks: Sequence[Sequence[int]]) -> Callable[[int], object]:
    encode = arm.contender.tokenizer.encode
    texts = [[arm.documents[n].canonical for n in chunk] for chunk in chunks]
    return lambda chunk: [encode(text) for text in texts[chunk]]


def _decoding(arm: Shared, chunks: Sequence[Sequence[int]]) -> Callable[[int], object]:
    decode = arm.contender.tokenizer.decode
    ids = [[arm.ids[n] for n in chunk] for chunk in chunks]
    return lambda chunk: [decode(each) for each in ids[chunk]]


def _rates(
    name: str, arm: Shared, timing: Timing, chunks: Sequence[Sequence[int]], seed: int
) -> Iterator[Figure]:
    """A second's documents and megabytes: the median over repetitions."""
    chosen = [n for chunk in chunks for n in chunk]
    megabytes = sum(len(arm.documents[n].canonical) for n in chosen) / _MEGABYTE
    for what, unit, amount in (
        ("documents", "documents/s", len(chosen)),
        ("megabytes", "MB/s", megabytes),
    ):
        figure = f"{name}-{what}-per-second"
        if timing.error:
            yield Failure(figure=figure, unit=unit, error=timing.error)
        else:
            rates = amount / timing.seconds.sum(axis=1)
            yield _median(figure, unit, rates, len(chosen), seed)


def _ratio(
    figure: str, timing: Timing, reference: Timing, chunks: Sequence[Sequence[int]], seed: int
) -> Figure:
    """How many times as fast as the reference: the median over repetitions and chunks."""
    error = timing.error or reference.error
    if error:
        return Failure(figure=figure, unit="ratio", error=error)
    ratios = (reference.seconds / timing.seconds).ravel()
    return _median(figure, "ratio", ratios, sum(map(len, chunks)), seed)


def _median(figure: str, unit: str, values: NDArray[Any], count: int, seed: int) -> Score:
    return Score(
        name=figure,
        value=float(np.median(values)),
        unit=unit,
        count=count,
        interval=median_interval(values, seed=seed),
        higher_is_better=True,
    )


def _time(work: Callable[[int], object], chunk: int, clock: Callable[[], int]) -> tuple[float, str]:
    begin = clock()
    _, error = attempt(work, chunk)
    nanoseconds = clock() - begin
    # A coarse clock may stand still over a tiny chunk; no work takes no time.
    return max(nanoseconds, 1) / _NANOSECONDS, "" if error is None else error_text(error)


@contextmanager
def _collector_paused() -> Iterator[None]:
    was_enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
