"""Tables on stdout, warnings on stderr."""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from wfgen.errors import one_line

__all__ = ["INTERRUPTED", "cause_lines", "console", "plain_warnings", "print_line", "print_table"]

INTERRUPTED = 130
"""The exit code of a command that Ctrl-C ended, as shells have it."""

_MAX_CAUSES = 3
_WIDE = 10_000
_NUMBER = re.compile(r"-?[\d,]+(\.\d+)?%?")


def print_table(headings: Sequence[str], rows: Iterable[Sequence[object]], title: str = "") -> None:
    """Print a table: numbers to the right, whole ones with thousands separators, text as it is.

    Piped, every row is one whole line; on a terminal the last column wraps.
    """
    texts = [[_text(value) for value in row] for row in rows]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title=title or None, title_justify="left")
    table.show_header = any(headings)
    for index, heading in enumerate(headings):
        numeric = any(_NUMBER.fullmatch(row[index]) for row in texts)
        wraps = index == len(headings) - 1 and not numeric
        table.add_column(heading, justify="right" if numeric else "left", no_wrap=not wraps)
    for row in texts:
        table.add_row(*map(Text, row))
    console().print(table)


def print_line(text: str) -> None:
    """Print one line, never wrapped, nothing in it taken for markup."""
    console().print(one_line(text), soft_wrap=True)


def cause_lines(causes: Mapping[str, int], where_all: str = "") -> Iterator[str]:
    """The most frequent causes with their numbers, one a line, and how many there are besides.

    Args:
        causes: each with how often it was met.
        where_all: where the others can be seen.
    """
    ordered = sorted(causes.items(), key=lambda item: -item[1])
    yield from (f"{number:,} x {cause}" for cause, number in ordered[:_MAX_CAUSES])
    if len(ordered) > _MAX_CAUSES:
        rest = f"and {len(ordered) - _MAX_CAUSES:,} causes more"
        yield f"{rest}, {where_all}" if where_all else rest


def _text(value: object) -> str:
    is_count = isinstance(value, int) and not isinstance(value, bool)
    return f"{value:,}" if is_count else one_line(str(value))


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to `wfgen.cli.main`: a reader that has seen enough is no error."""
        raise BrokenPipeError


def console() -> Console:
    """stdout: on a terminal as wide as it is, in a pipe as wide as a line gets."""
    width = None if sys.stdout.isatty() else _WIDE
    return _Console(width=width, highlight=False, markup=False)


@contextmanager
def plain_warnings() -> Iterator[None]:
    """In the block, a warning is one line on stderr, without the place in the code."""

    def show(message: Warning | str, *_: Any, **__: Any) -> None:
        print(f"wfgen: warning: {one_line(str(message))}", file=sys.stderr, flush=True)

    with warnings.catch_warnings():
        warnings.simplefilter("always", UserWarning)
        warnings.showwarning = show
        yield
