"""What each optional part of the GPT is worth: the preset `tiny` with it and without.

Every arm is trained on the same windows in the same order from the same weights of the parts that
it shares with `plain`, and is judged in bits per byte over all held-out documents. The difference
to `plain` is taken seed by seed. A step's time is that of the process, in rounds of all arms in
turn, so that a busy machine slows every arm alike.

    wfgen prepare --tokenizer tct-github-workflow --corpus TRAIN --valid VALID --out DATA
    python benchmarks/model_options.py --data DATA --scratch FOLDER

Runs lie in the scratch folder; finished ones that are there already are not trained anew.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from statistics import fmean, median
from typing import Annotated, Any

import cyclopts
import torch
from attrs import evolve, frozen
from cyclopts import Parameter
from torch.nn import functional

from recording import Recorder, tell
from wfgen.errors import SettingError, WfgenError, name_hint
from wfgen.evaluate.intervals import runs_interval
from wfgen.models import GptSettings, count_parameters, find_preset
from wfgen.models.gpt import Gpt
from wfgen.report.provenance import provenance
from wfgen.report.rows import Row, append_rows, probe_rows
from wfgen.report.terminal import one_line
from wfgen.store import TokenStore
from wfgen.train import TrainConfig, train

SUITE = "model-options"
RESULTS = Path(__file__).parent / "results" / "model_options.jsonl"
PLAIN = "plain"
ARMS: Mapping[str, Mapping[str, Any]] = {
    PLAIN: {},
    "residual scalars": {"residual_scalars": True},
    "value embeddings": {"value_embeddings": True},
    "scalars and values": {"residual_scalars": True, "value_embeddings": True},
    "logit cap 15": {"logit_cap": 15},
    "2 heads of keys": {"kv_heads": 2},
}
_BATCH_TOKENS = 2_048
_LEARNING_RATE = 0.01
"""Of AdamW. After 100 steps plain has 6.94 nats a token at 0.003, and 6.23 at 0.01."""
_ROUNDS = 9

app = cyclopts.App(name="model_options", help=__doc__)


@frozen(kw_only=True, slots=False)  # no slots: cached_property keeps its values here
class Task:
    """One run of the benchmark.

    Attributes:
        data: a prepared store.
        scratch: where runs lie.
        steps: of each run.
        seeds: how many.
        arms: which, `plain` among them.
    """

    data: Path
    scratch: Path
    steps: int
    seeds: int
    arms: Sequence[str]
    preset: str = "tiny"

    @cached_property
    def about(self) -> dict[str, Any]:
        """The provenance of every row."""
        names = ("steps", "seeds", "preset")
        configuration = {name: getattr(self, name) for name in names}
        configuration |= {"batch_tokens": _BATCH_TOKENS, "learning_rate": _LEARNING_RATE}
        return provenance(corpus=self.store.manifest.body["corpus"], configuration=configuration)

    @cached_property
    def store(self) -> TokenStore:
        """The data."""
        return TokenStore.open(self.data)

    def settings(self, arm: str) -> GptSettings:
        """The model of an arm."""
        return evolve(find_preset(self.preset).settings, **ARMS[arm])

    def recorder(self, arm: str, seed: int | None = None) -> Recorder:
        """What makes the rows of an arm, of one seed or over all."""
        about = {**self.about, "settings": dict(ARMS[arm])}
        return Recorder(suite=SUITE, seed=seed, about=about)


@app.default
def main(  # noqa: PLR0913  a command has as many options as it has
    *,
    data: Path,
    scratch: Path,
    steps: int = 300,
    seeds: int = 2,
    only: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    results: Path = RESULTS,
) -> None:
    """Train every arm with every seed, and add the figures to the results.

    Parameters
    ----------
    data
        A store that `wfgen prepare` wrote, of both splits.
    scratch
        Where runs lie, finished ones among them.
    steps
        Of each run, 2,048 positions each.
    seeds
        How many, at least 2; they begin with 0.
    only
        An arm beside plain; may be given several times. All where none is given.
    results
        The file to add rows to.
    """
    if seeds < 2:
        raise SettingError(name="seeds", cause=f"{seeds} has no spread", hint="give 2 or more")
    arms = _chosen(only)
    probe_rows(results)
    torch.set_num_threads(1)
    task = Task(data=data, scratch=scratch, steps=steps, seeds=seeds, arms=arms)
    rows = [*_sizes(task), *_times(task)]
    found: dict[str, list[float]] = {arm: [] for arm in arms}
    for seed in range(seeds):
        for arm in arms:
            rows.append(_train(task, arm, seed))
            found[arm].append(rows[-1].value or 0.0)
    rows += [row for arm in arms for row in _over_seeds(task, arm, found)]
    append_rows(results, rows)
    for row in rows:
        tell(row)


def _chosen(only: Sequence[str]) -> Sequence[str]:
    for name in only:
        if name not in ARMS:
            cause, hint = f"there is no arm {name!r}", name_hint(name, ARMS)
            raise SettingError(name="only", cause=cause, hint=hint)
    return [arm for arm in ARMS if arm == PLAIN or arm in only or not only]


def _sizes(task: Task) -> Iterator[Row]:
    for arm in task.arms:
        total = count_parameters(task.settings(arm), task.store.vocab_size).total
        yield task.recorder(arm).row(arm, "parameters", total, "parameters", 1)


# Time -------------------------------------------------------------------------------------------


def _times(task: Task) -> Iterator[Row]:
    """The time of a step, forward and backward, over that of plain; the median of the rounds."""
    context = find_preset(task.preset).context
    models = {arm: Gpt(task.settings(arm), task.store.vocab_size, context) for arm in task.arms}
    ids = torch.randint(task.store.vocab_size, (_BATCH_TOKENS // context, context + 1))
    rounds = [
        {arm: _step_seconds(model, ids) for arm, model in models.items()} for _ in range(_ROUNDS)
    ]
    for arm in task.arms:
        ratios = [seconds[arm] / seconds[PLAIN] for seconds in rounds[1:]]  # the first one warms up
        recorder = task.recorder(arm)
        yield recorder.row(arm, "step-time-to-plain", median(ratios), "times", len(ratios))


def _step_seconds(model: Gpt, ids: torch.Tensor) -> float:
    began = time.process_time()
    logits, _ = model.logits(ids[:, :-1], segments_BT=torch.zeros_like(ids[:, :-1]))
    functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten()).backward()  # type: ignore[no-untyped-call]
    model.zero_grad()
    return time.process_time() - began


# Bits per byte ----------------------------------------------------------------------------------


def _train(task: Task, arm: str, seed: int) -> Row:
    config = TrainConfig(
        data=task.data,
        out=task.scratch / f"{arm.replace(' ', '-')}-{task.steps}-{seed}",
        preset=task.preset,
        model_settings=dict(ARMS[arm]),
        steps=task.steps,
        batch_tokens=_BATCH_TOKENS,
        learning_rate=_LEARNING_RATE,
        eval_every=task.steps,
        device="cpu",
        seed=seed,
    )
    result = train(config)
    print(one_line(f"{arm}, seed {seed}: {result.metrics}"), flush=True)
    documents = len(task.store.documents("valid"))
    value = result.metrics["bits_per_byte"]
    return task.recorder(arm, seed).row(arm, "bits-per-byte", value, "bits/byte", documents)


def _over_seeds(task: Task, arm: str, found: Mapping[str, Sequence[float]]) -> Iterator[Row]:
    """The mean over seeds, and that of the differences to plain."""
    values, recorder = found[arm], task.recorder(arm)
    differences = [mine - plain for mine, plain in zip(values, found[PLAIN], strict=True)]
    for figure, numbers in (("bits-per-byte", values), ("bits-per-byte-to-plain", differences)):
        mean, interval = fmean(numbers), runs_interval(numbers)
        yield recorder.row(arm, figure, mean, "bits/byte", len(numbers), interval=interval)


if __name__ == "__main__":
    try:
        app()
    except WfgenError as error:
        sys.exit(f"model_options: {one_line(str(error))}")
