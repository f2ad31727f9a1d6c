"""Flags and the progress bar that several subcommands share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

from attrs import frozen
from cyclopts import Parameter
from rich import progress as bars
from rich.console import Console
from rich.text import Text

from wfgen.canonical import DEFAULT_LIMITS, Limits
from wfgen.corpus.inputs import Progress

__all__ = ["LIMITS", "NEAR", "AsJson", "LimitFlags", "NearFlags", "progress_bar"]

AsJson = Annotated[bool, Parameter(name="--json", negative="")]


@Parameter(name="*")
@frozen(kw_only=True)
class LimitFlags:
    """What a document may measure; one over a limit is refused.

    Parameters
    ----------
    limit_bytes
        Bytes of its text.
    limit_depth
        Objects and arrays open at once.
    limit_nodes
        Values, aliases expanded.
    limit_digits
        Characters of one number.
    """

    limit_bytes: int = DEFAULT_LIMITS.num_bytes
    limit_depth: int = DEFAULT_LIMITS.depth
    limit_nodes: int = DEFAULT_LIMITS.num_nodes
    limit_digits: int = DEFAULT_LIMITS.num_digits

    def limits(self) -> Limits:
        """As the reader takes them; raises SettingError for one it cannot."""
        return Limits(
            num_bytes=self.limit_bytes,
            depth=self.limit_depth,
            num_nodes=self.limit_nodes,
            num_digits=self.limit_digits,
        )


@Parameter(name="*")
@frozen(kw_only=True)
class NearFlags:
    """Which near duplicates go.

    Parameters
    ----------
    near_threshold
        Jaccard similarity from which a document repeats an earlier one, above 0, at most 1.
    keep_near
        Remove exact duplicates only.
    """

    near_threshold: float = 0.9
    keep_near: Annotated[bool, Parameter(negative="")] = False

    def threshold(self) -> float | None:
        """As a corpus takes it."""
        return None if self.keep_near else self.near_threshold


LIMITS = LimitFlags()
NEAR = NearFlags()


class _Rate(bars.ProgressColumn):
    def render(self, task: bars.Task) -> Text:
        num_documents = int(task.fields["num_documents"])
        rate = num_documents / task.elapsed if task.elapsed else 0.0
        return Text(f"{num_documents:,} documents, {rate:,.0f}/s")


@contextmanager
def progress_bar(title: str, *, shown: bool | None) -> Iterator[Callable[[Progress], None] | None]:
    """A bar on stderr with rate and time left; None where it is not to be shown.

    Args:
        title: in front of the bar.
        shown: None shows it where stderr is a terminal.
    """
    if not (sys.stderr.isatty() if shown is None else shown):
        yield None
        return
    columns = (
        bars.TextColumn("{task.description}"),
        bars.BarColumn(),
        _Rate(),
        bars.TimeRemainingColumn(),
    )
    console = Console(stderr=True, force_terminal=shown)
    with bars.Progress(*columns, console=console) as bar:
        task = bar.add_task(title, total=None, num_documents=0)

        def report(state: Progress) -> None:
            bar.update(
                task,
                completed=state.num_read,
                total=state.num_units,
                num_documents=state.num_documents,
            )

        yield report
