"""What generation gives and costs: validity at any budget, the constraint's part of a step, speed.

    python benchmarks/generation.py --run RUN

RUN is a run of `wfgen train` on a tokenizer with a constraint, such as tct-github-workflow. Samples
are drawn from it and from the same model with random weights, at several temperatures, without a
limit, and at limits from the shortest document on. The constraint's cost is that of RUN's own
documents, walked again token by token; a step's cost is that of a preset of random weights.
All times are of the process, so that a busy machine makes no figure better or worse.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

import cyclopts
import numpy as np
import torch
from attrs import frozen
from cyclopts import Parameter

from recording import Recorder, tell
from wfgen.api import Constrainable, Constraint, Model
from wfgen.canonical import read_json
from wfgen.corpus.schema import is_schema_valid
from wfgen.errors import CapabilityError, WfgenError
from wfgen.evaluate.intervals import wilson_interval
from wfgen.generate import GenerateConfig, Generated, generate
from wfgen.generate.allowed import Masks
from wfgen.generate.stepping import Sequences
from wfgen.models import find_preset
from wfgen.models.gpt import Gpt
from wfgen.report.provenance import provenance
from wfgen.report.rows import Row, append_rows, probe_rows
from wfgen.report.terminal import one_line
from wfgen.runs import Run, open_run

SUITE = "generation"
RESULTS = Path(__file__).parent / "results" / "generation.jsonl"
_CPU = torch.device("cpu")
_MICROSECONDS = 1e6
_STEPS = 20
_LENGTH = 256
"""Positions that are read before a step is timed: about half of a workflow."""

app = cyclopts.App(name="generation", help=__doc__)


@frozen(kw_only=True, slots=False)  # no slots: cached_property keeps its values here
class Task:
    """One run of the benchmark.

    Attributes:
        run: a trained model.
        samples: documents of each arm.
        preset: the shape whose steps are timed.
    """

    run: Run
    samples: int
    preset: str

    @cached_property
    def recorder(self) -> Recorder:
        """What makes the rows."""
        configuration = {
            "samples": self.samples,
            "preset": self.preset,
            "step": self.run.step,
            "tokenizer": dict(self.run.checkpoint.tokenizer),
            "model": self.run.checkpoint.model.name,
        }
        about = provenance(configuration=configuration)
        return Recorder(suite=SUITE, seed=None, about=about)


def constraint_of(run: Run) -> Constraint:
    """That of a run's tokenizer; raises CapabilityError where it has none of its own."""
    if not isinstance(run.tokenizer, Constrainable):
        cause = "the run's tokenizer has no constraint of its own"
        name = type(run.tokenizer).__name__
        raise CapabilityError(name=name, capability="constrain", cause=cause)
    return run.tokenizer.constrain()


@app.default
def main(
    *,
    run: Path,
    samples: int = 1000,
    temperature: Annotated[tuple[float, ...], Parameter(negative="")] = (0.5, 1.0, 2.0),
    preset: str = "small",
    results: Path = RESULTS,
) -> None:
    """Draw samples, time the constraint and the steps, and add the figures to the results.

    Parameters
    ----------
    run
        A run that `wfgen train` wrote.
    samples
        Documents of each arm.
    temperature
        May be given several times.
    preset
        The shape whose steps the constraint's cost is compared with.
    results
        The file to add rows to.
    """
    probe_rows(results)
    torch.set_num_threads(1)
    task = Task(run=open_run(run), samples=samples, preset=preset)
    documents: list[Generated] = []
    for found in (_validity(task, temperature, documents), _costs(task, documents), _speed(task)):
        # One by one, as an arm takes minutes: what was measured stays.
        for row in found:
            tell(row)
            append_rows(results, [row])


# Validity ---------------------------------------------------------------------------------------


def _validity(
    task: Task, temperatures: Sequence[float], documents: list[Generated]
) -> Iterator[Row]:
    """Shares that end, parse and are valid; `documents` gets the trained model's own."""
    least = constraint_of(task.run).start()[1].cost_to_finish()
    limits = {"no limit": None, "shortest": least, "shortest + 1": least + 1, "100 tokens": 100}
    for weights, model in (("trained", task.run.model), ("random weights", _random_weights(task))):
        for temperature in temperatures:
            for name, limit in limits.items():
                config = GenerateConfig(
                    num_samples=task.samples, temperature=temperature, max_tokens=limit
                )
                found = list(generate(model, task.run.tokenizer, config, context=task.run.context))
                if model is task.run.model and limit is None:
                    documents += found
                yield from _shares(task, f"{weights}, t {temperature:g}, {name}", found)


def _random_weights(task: Task) -> Model:
    """The run's model with a head of random weights: with the usual one all tokens are alike."""
    torch.manual_seed(0)
    size, context = task.run.tokenizer.vocab_size, task.run.context
    model = Gpt(find_preset("tiny").settings, size, context)
    torch.nn.init.normal_(model.head.weight, std=0.1)
    return model.eval()


def _shares(task: Task, arm: str, found: Sequence[Generated]) -> Iterator[Row]:
    parsed = [read_json(one.sample.text) for one in found if not one.cause]
    counts = {
        "completed": sum(one.sample.completed for one in found),
        "parses": len(parsed),
        "schema-valid": sum(map(is_schema_valid, parsed)),
    }
    for figure, count in counts.items():
        interval, share = wilson_interval(count, len(found)), count / len(found)
        yield task.recorder.row(arm, figure, share, "share", len(found), interval=interval)
    tokens = sum(one.num_drawn for one in found)
    yield task.recorder.row(arm, "tokens", tokens / len(found), "tokens/document", len(found))


# The constraint's cost --------------------------------------------------------------------------


def _costs(task: Task, documents: Sequence[Generated]) -> Iterator[Row]:
    """Microseconds of a mask and a token, and their part of a step of the preset."""
    # A tokenizer that was just opened has worked out nothing yet.
    fresh = constraint_of(open_run(task.run.path))
    first, later = _walk(task, fresh, documents), _walk(task, fresh, documents)
    count = sum(len(one.ids) + 1 for one in documents)
    for name, microseconds in (("first walk", first), ("second walk", later)):
        yield task.recorder.row(f"constraint, {name}", "token", microseconds, "us", count)
    for batch in (1, 8, 32):
        step, masks = _step(task, batch), later * batch + _unpack(task, batch)
        share = masks / (masks + step)
        arm = f"{task.preset}, batch {batch}"
        yield task.recorder.row(arm, "step", step, "us", _STEPS)
        yield task.recorder.row(arm, "constraint-share-of-step", share, "share", count)


def _walk(task: Task, constraint: Constraint, documents: Sequence[Generated]) -> float:
    """Microseconds a token."""
    masks = Masks(1, task.run.tokenizer.vocab_size, _CPU)
    began, count = time.process_time(), 0
    for one in documents:
        _, state = constraint.start()
        for left, token in zip(range(task.run.context, -1, -1), _tokens(task, one), strict=False):
            masks.fill([state], left)
            state.advance(token)
            count += 1
    return (time.process_time() - began) / count * _MICROSECONDS


def _tokens(task: Task, one: Generated) -> list[int]:
    ids: list[int] = one.ids.tolist()
    return [*ids, task.run.tokenizer.eos]


def _unpack(task: Task, batch: int) -> float:
    """Microseconds in which the masks of a batch are unpacked."""
    masks = Masks(batch, task.run.tokenizer.vocab_size, _CPU)
    return _timed(lambda: masks.allowed(batch))


def _step(task: Task, batch: int) -> float:
    """Microseconds of a step of the preset, the sampling left out."""
    size = task.run.tokenizer.vocab_size
    preset = find_preset(task.preset)
    torch.manual_seed(0)
    model = Gpt(preset.settings, size, preset.context).eval()
    sequences = Sequences(model, _CPU, preset.context)
    sequences.begin(np.arange(_LENGTH).tolist(), batch)
    return _timed(lambda: sequences.add([0] * batch))


def _timed(work: Any) -> float:
    """Microseconds of the process; the median of some calls."""
    taken = []
    for _ in range(_STEPS):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return float(np.median(taken)) * _MICROSECONDS


# Speed ------------------------------------------------------------------------------------------


def _speed(task: Task) -> Iterator[Row]:
    """Tokens a second of the trained model: batches, and no cache."""
    arms: list[tuple[str, Model, int]] = [
        (f"cache, batch {size}", task.run.model, size) for size in (1, 8, 32)
    ]
    arms.append(("no cache, batch 8", Forgetful(task.run.model), 8))
    for arm, model, size in arms:
        config = GenerateConfig(num_samples=32, batch_size=size)
        began = time.process_time()
        found = list(generate(model, task.run.tokenizer, config, context=task.run.context))
        tokens = sum(one.num_drawn for one in found)
        seconds = time.process_time() - began
        yield task.recorder.row(arm, "speed", tokens / seconds, "tokens/s", len(found))


@frozen
class Forgetful:
    """A model that keeps no cache."""

    model: Model

    def logits(self, ids_BT: Any, cache: Any = None, **more: Any) -> tuple[Any, Any]:  # noqa: N803
        """Those of the model."""
        return self.model.logits(ids_BT, None, **more)[0], None

    def parameters(self) -> Any:
        """Those of the model."""
        return self.model.parameters()


if __name__ == "__main__":
    try:
        app()
    except WfgenError as error:
        sys.exit(f"generation: {one_line(str(error))}")
