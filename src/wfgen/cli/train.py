"""`wfgen train`: train a model on prepared data, or go on with a run."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import attrs
from attrs import define, field
from cyclopts import Parameter
from rich import progress as bars
from rich.console import Console
from rich.text import Text

from wfgen.cli.console import INTERRUPTED, plain_warnings, print_line, print_table
from wfgen.cli.flags import AsJson
from wfgen.settings import parse_assignments
from wfgen.store import TokenStore
from wfgen.train import make_config, read_toml

if TYPE_CHECKING:
    from wfgen.train import Progress, Result, TrainConfig

__all__ = ["train_command"]

_SECONDS_BETWEEN_LINES = 15.0


def train_command(
    *,
    data: Path | None = None,
    out: Path | None = None,
    preset: str | None = None,
    windower: str | None = None,
    tokenizer: str | None = None,
    overfit: int | None = None,
    config: Path | None = None,
    assignments: Annotated[tuple[str, ...], Parameter(name="--set", negative="")] = (),
    progress: bool | None = None,
    as_json: AsJson = False,
) -> None:
    """Train a model on prepared data. The same command again goes on with a run that was ended.

    Parameters
    ----------
    data
        A directory that `wfgen prepare` wrote.
    out
        The run directory.
    preset
        A shape of the model gpt, as `wfgen models` lists them.
    windower
        How windows are cut: documents (as it is where it is not given), position, or a plugin's.
    tokenizer
        The directory of the trained tokenizer that made the data; not needed for one with a name.
    overfit
        Train on so many documents alone until the loss is under 0.1, as a smoke test.
    config
        A TOML file with any of the settings; what is given beside it goes first.
    assignments
        A setting as name=value, any number of times: steps, epochs, batch_tokens, learning_rate,
        eval_every, save_every, seed and so on, model.width and windower.overlap too.
    progress
        Show a bar, or nothing; where it is not given, a bar on a terminal and lines elsewhere.
    as_json
        Print one JSON object instead of a table.
    """
    given = {
        "data": data,
        "out": out,
        "preset": preset,
        "windower": windower,
        "tokenizer": tokenizer,
        "overfit": overfit,
    }
    chosen = make_config(
        read_toml(config) if config else {},
        {name: value for name, value in given.items() if value is not None},
        parse_assignments(assignments),
    )
    result = _train(chosen, shown=progress)
    if os.environ.get("RANK", "0") == "0":
        _print(chosen, result, as_json=as_json)


def _train(config: TrainConfig, *, shown: bool | None) -> Result:
    from wfgen.train import train  # noqa: PLC0415  imports torch

    with plain_warnings(), _reporting(shown) as report:
        try:
            return train(config, progress=report)
        except KeyboardInterrupt:
            print(
                "wfgen: stopped; the same command goes on from the last checkpoint",
                file=sys.stderr,
            )
            sys.exit(INTERRUPTED)


# While it goes on -------------------------------------------------------------------------------


@contextmanager
def _reporting(shown: bool | None) -> Iterator[Callable[[Progress], None] | None]:
    if shown is False:
        yield None
    elif shown or sys.stderr.isatty():
        with _bar() as report:
            yield report
    else:
        yield _Lines().report


@define
class _Lines:
    """A line on stderr now and then, and after each validation."""

    _last: float = field(factory=lambda: time.monotonic() - _SECONDS_BETWEEN_LINES, init=False)
    _bits: float | None = field(default=None, init=False)

    def report(self, progress: Progress) -> None:
        is_news = progress.bits_per_byte != self._bits or progress.step == progress.steps
        if not is_news and time.monotonic() - self._last < _SECONDS_BETWEEN_LINES:
            return
        self._last, self._bits = time.monotonic(), progress.bits_per_byte
        left = time.strftime("%H:%M:%S", time.gmtime(progress.seconds_left))
        head = f"step {progress.step:,} of {progress.steps:,}"
        print(f"{head}, {_figures(progress)}, {left} left", file=sys.stderr, flush=True)


class _Figures(bars.ProgressColumn):
    def render(self, task: bars.Task) -> Text:
        progress = task.fields["progress"]
        return Text("" if progress is None else _figures(progress))


@contextmanager
def _bar() -> Iterator[Callable[[Progress], None]]:
    columns = (
        bars.TextColumn("step {task.completed:,.0f} of {task.total:,.0f}"),
        bars.BarColumn(bar_width=20),
        _Figures(),
        bars.TextColumn("{task.fields[left]} left"),
    )
    with bars.Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=0, progress=None, left="")

        def report(progress: Progress) -> None:
            left = time.strftime("%H:%M:%S", time.gmtime(progress.seconds_left))
            bar.update(
                task, completed=progress.step, total=progress.steps, progress=progress, left=left
            )

        yield report


def _figures(progress: Progress) -> str:
    parts = [f"loss {progress.loss:.3f}"]
    if progress.bits_per_byte is not None:
        parts.append(f"{progress.bits_per_byte:.4f} bits/byte")
    parts.append(f"{progress.tokens_per_second:,.0f} tokens/s")
    parts.append(f"{progress.documents_per_second:,.1f} documents/s")
    if progress.memory_bytes is not None:
        parts.append(f"{progress.memory_bytes / 2**30:.1f} GiB")
    if progress.utilisation is not None:
        parts.append(f"{progress.utilisation:.0%} of peak")
    return ", ".join(parts)


# At the end -------------------------------------------------------------------------------------


def _print(config: TrainConfig, result: Result, *, as_json: bool) -> None:
    note = TokenStore.open(config.data).note
    if as_json:
        print(json.dumps(attrs.asdict(result) | {"note": note or None}, indent=2))
        return
    was = "was finished before" if result.was_finished else "finished"
    print_line(f"{config.out} {was}, at step {result.step:,}")
    print_table(("figure", "value"), _rows(result.metrics))
    if result.best is not None:
        best = result.best
        print_line(f"best: step {best.step:,}, {best.bits_per_byte:.4f} bits per byte")
    if note:
        print_line(note)


def _rows(metrics: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    yield "documents seen", metrics["documents"]
    yield "tokens seen", metrics["tokens"]
    yield "seconds", f"{metrics['seconds']:,.1f}"
    yield "loss, nats per token", f"{metrics['loss']:.4f}"
    if "bits_per_byte" in metrics:
        yield "held-out documents", metrics["valid_documents"]
        yield "held-out bits per byte", f"{metrics['bits_per_byte']:.4f}"
        yield "held-out loss", f"{metrics['valid_loss']:.4f}"
        yield "held-out perplexity", f"{metrics['perplexity']:.2f}"
