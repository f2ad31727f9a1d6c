"""`wfgen generate`: documents from a trained model."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from attrs import asdict, frozen
from cyclopts import Parameter
from rich import progress as bars
from rich.console import Console

from wfgen.artefacts import refuse_existing, replace_file
from wfgen.canonical import read_json
from wfgen.cli.console import INTERRUPTED, cause_lines, plain_warnings
from wfgen.corpus import dump_yaml
from wfgen.errors import one_line

if TYPE_CHECKING:
    from wfgen.generate import GenerateConfig, Generated
    from wfgen.runs import Run

__all__ = [
    "SAMPLING",
    "Format",
    "Sampling",
    "generate_command",
    "open_to_sample",
    "tally",
    "write_samples",
]

Format = Literal["yaml", "json"]
_SUFFIXES: dict[Format, str] = {"yaml": ".yml", "json": ".json"}


@Parameter(name="*")
@frozen(kw_only=True)
class Sampling:
    """How documents are drawn, and where.

    Parameters
    ----------
    temperature
        0 takes the likeliest token always.
    top_k
        Draw from the likeliest k tokens.
    top_p
        Draw from the likeliest tokens whose probabilities together reach this.
    min_p
        Draw from tokens at least this times as likely as the likeliest.
    seed
        Sample number n is drawn by the seed and n, whatever the batch.
    max_tokens
        Tokens of a document behind the prompt's; as many as the model's context where it is not
        given. With a constraint that knows budgets every document ends in time.
    batch_size
        Documents that are drawn at once.
    constrain
        Keep to valid documents, or not; where it is not given, where the tokenizer can.
    engine
        The constraint of a byte-level tokenizer, as `wfgen plugins` lists them.
    schema
        What an engine keeps to: the name of a schema that check-jsonschema ships, or a JSON file.
    step
        Which checkpoint: a step, best (as it is where it is not given), last.
    device
        cpu, cuda; auto is a GPU where there is one.
    """

    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None
    min_p: float | None = None
    seed: int = 0
    max_tokens: int | None = None
    batch_size: int = 32
    constrain: bool | None = None
    engine: str | None = None
    schema: str = "github-workflows"
    step: int | Literal["best", "last"] | None = None
    device: str = "auto"


SAMPLING = Sampling()


def generate_command(
    *,
    checkpoint: Path,
    num_samples: Annotated[int, Parameter(name=["--num-samples", "-n"])] = 1,
    prompt: Path | None = None,
    form: Annotated[Format, Parameter(name="--format")] = "yaml",
    out: Path | None = None,
    sampling: Sampling = SAMPLING,
) -> None:
    """Generate documents; what does not end or parse is written as it is, and counted.

    Parameters
    ----------
    checkpoint
        A run that `wfgen train` wrote, or one of its checkpoints.
    num_samples
        How many.
    prompt
        What every document begins with: the beginning of a YAML file, cut at a line, or of a JSON
        file, cut anywhere; a whole JSON object or array is continued inside.
    form
        yaml or json.
    out
        The folder to write, one file a document; without it they are printed.
    sampling
        How documents are drawn.
    """
    write_samples(
        checkpoint=checkpoint,
        num_samples=num_samples,
        prompt=prompt,
        form=form,
        out=out,
        sampling=sampling,
    )


def write_samples(
    *,
    checkpoint: Path,
    num_samples: int,
    prompt: Path | None,
    form: Format,
    out: Path | None,
    sampling: Sampling,
) -> None:
    """Generate, write or print, and say on stderr what came of it."""
    from wfgen.generate import Prompt, generate, read_prompt  # noqa: PLC0415  torch

    if out is not None:
        refuse_existing(out)
    begin = Prompt() if prompt is None else read_prompt(prompt)
    if begin.kept:
        _say(f"of the prompt {prompt}, {begin.kept}")
    run, config = open_to_sample(checkpoint, num_samples, sampling)
    found = generate(
        run.model,
        run.tokenizer,
        config,
        context=run.context,
        prompt=begin,
        states=run.states(),
    )
    # Documents that are printed are bar enough.
    with tally(num_samples, has_bar=not sys.stdout.isatty()) as count:
        for one in found:
            _write(one, form, out, is_one=num_samples == 1)
            count(one)


def open_to_sample(
    checkpoint: Path, num_samples: int, sampling: Sampling
) -> tuple[Run, GenerateConfig]:
    """The run, on its device, and how its documents are drawn."""
    from wfgen.generate import GenerateConfig  # noqa: PLC0415  torch
    from wfgen.runs import open_run  # noqa: PLC0415
    from wfgen.runs.devices import choose_device  # noqa: PLC0415

    values = asdict(sampling)
    step, device = values.pop("step"), values.pop("device")
    config = GenerateConfig(num_samples=num_samples, **values)
    with plain_warnings():
        return open_run(checkpoint, step=step, device=choose_device(device)), config


def _say(text: str) -> None:
    print(one_line(text), file=sys.stderr, flush=True)


def _write(one: Generated, form: Format, out: Path | None, *, is_one: bool) -> None:
    text = one.sample.text
    if form == "yaml" and not one.cause:
        text = dump_yaml(read_json(text))
    text = text if text.endswith("\n") else text + "\n"
    if out is not None:
        replace_file(out / f"sample-{one.index:06}{_SUFFIXES[form]}", text)
        return
    if form == "yaml" and not is_one:
        text = "---\n" + text
    sys.stdout.write(text)
    sys.stdout.flush()


# What came of it --------------------------------------------------------------------------------


@contextmanager
def tally(num_samples: int, *, has_bar: bool) -> Iterator[Callable[[Generated], None]]:
    """Count documents, with a bar where stderr is a terminal, and say at the end what they were."""
    causes: Counter[str] = Counter()
    began, num_tokens, num_complete = time.monotonic(), 0, 0
    columns = (
        bars.TextColumn("{task.completed:,} of {task.total:,}"),
        bars.BarColumn(bar_width=20),
        bars.TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    has_bar = has_bar and sys.stderr.isatty()
    with bars.Progress(*columns, console=console, disable=not has_bar) as bar:
        task = bar.add_task("", total=num_samples)

        def count(one: Generated) -> None:
            nonlocal num_tokens, num_complete
            causes[one.cause] += 1
            num_complete += one.sample.completed
            num_tokens += one.num_drawn
            bar.advance(task)

        try:
            yield count
        except KeyboardInterrupt:
            _sum_up(causes, num_complete, num_tokens, time.monotonic() - began)
            sys.exit(INTERRUPTED)
    _sum_up(causes, num_complete, num_tokens, time.monotonic() - began)


def _sum_up(causes: Counter[str], num_complete: int, num_tokens: int, seconds: float) -> None:
    total = causes.total()
    rate = num_tokens / seconds if seconds else 0.0
    _say(
        f"{total:,} {'document' if total == 1 else 'documents'}: {num_complete:,} ended,"
        f" {causes.pop('', 0):,} are JSON; {num_tokens:,} tokens in {seconds:,.1f} s,"
        f" {rate:,.0f} tokens/s"
    )
    for line in cause_lines(causes):
        _say(line)
