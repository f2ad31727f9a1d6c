"""A limit on the time of a piece of work in the main thread."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from attrs import define

__all__ = ["Limit", "TimeIsUpError", "time_limit"]


class TimeIsUpError(BaseException):
    """Raised inside the work; nothing that handles errors is to take it for one of its own."""


@define
class Limit:
    """Whether the time was up before the work was done."""

    is_over: bool = False


@contextmanager
def time_limit(seconds: float) -> Iterator[Limit]:
    """Interrupt what is done inside after some seconds; then the limit is over."""
    limit = Limit()

    def end(_number: int, _frame: FrameType | None) -> None:
        limit.is_over = True
        raise TimeIsUpError

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield limit
    except TimeIsUpError:
        pass
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
