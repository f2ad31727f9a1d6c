"""What the trainer costs over a bare PyTorch loop of the same model, batches and optimizers.

The bare loop has its batches ready in memory and does nothing but forward, backward, clip and step.
The trainer cuts windows, keeps figures, writes metrics. Both run in turn, a number of times; a
round gives a ratio of the processor time of a step. On a GPU, where the processor does not wait
alone, it is a ratio of times by the clock.

    python benchmarks/train_overhead.py --data DATA
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import cyclopts
import torch
from attrs import evolve, field, frozen
from torch import Tensor, nn
from torch.nn import functional

from recording import Recorder, tell
from wfgen.errors import WfgenError
from wfgen.evaluate.intervals import runs_interval
from wfgen.models.presets import find_preset
from wfgen.registry import load_model
from wfgen.report.provenance import provenance
from wfgen.report.rows import Row, append_rows, probe_rows
from wfgen.report.terminal import one_line
from wfgen.runs.pieces import IGNORED
from wfgen.store import TokenStore
from wfgen.train import Progress, TrainConfig, train
from wfgen.train.batches import Batch, Batches
from wfgen.train.order import Cursor
from wfgen.train.task import make_task

SUITE = "train-overhead"
RESULTS = Path(__file__).parent / "results" / "train_overhead.jsonl"
_WARM = 10
"""Steps of a run that are not timed; the trainer reports after so many."""


@frozen(kw_only=True)
class Timed:
    """Seconds of a step in one run, and the loss of its last step, which must be the same."""

    seconds: float
    loss: float


@frozen(kw_only=True)
class Setup:
    """What both loops are given."""

    config: TrainConfig
    clock: Callable[[], float] = field(repr=False)

    @property
    def device(self) -> torch.device:
        """Where both run."""
        return torch.device(self.config.device)


def main(  # noqa: PLR0913  the flags of a run
    *,
    data: Path,
    preset: str = "tiny",
    device: str = "cpu",
    batch_tokens: int = 4_096,
    steps: int = 30,
    rounds: int = 7,
    results: Path = RESULTS,
) -> None:
    """Time both loops in turn and append the ratio to the results."""
    probe_rows(results)
    if device == "cpu":
        torch.set_num_threads(1)
    with tempfile.TemporaryDirectory(prefix="wfgen-overhead-") as folder:
        config = TrainConfig(
            data=data,
            out=Path(folder) / "run",
            preset=preset,
            steps=_WARM + steps,
            batch_tokens=batch_tokens,
            micro_batch=batch_tokens // find_preset(preset).context,
            log_every=_WARM,
            eval_every=None,
            save_every=None,
            plot=False,
            device=device,
            schedule="constant",
            warmup=0,
        )
        clock = time.process_time if device == "cpu" else time.perf_counter
        setup = Setup(config=config, clock=clock)
        rows = list(_measure(setup, steps, rounds, preset))
    append_rows(results, rows)
    for row in rows:
        tell(row)


def _measure(setup: Setup, steps: int, rounds: int, preset: str) -> Iterator[Row]:
    batches = _ready(setup)
    pairs = []
    for number in range(rounds):
        again = evolve(setup, config=evolve(setup.config, out=setup.config.out / str(number)))
        pairs.append((run_bare(again, batches), run_trainer(again)))
    ratios = [trainer.seconds / bare.seconds for bare, trainer in pairs]
    differences = [abs(trainer.loss - bare.loss) for bare, trainer in pairs]
    corpus = TokenStore.open(setup.config.data).manifest.body["corpus"]
    about = provenance(corpus=corpus, configuration=_configuration(setup, steps, preset))
    row = Recorder(suite=SUITE, seed=setup.config.seed, about=about).row
    yield row("bare", "step-seconds", median(bare.seconds for bare, _ in pairs), "s", rounds)
    yield row("trainer", "step-seconds", median(mine.seconds for _, mine in pairs), "s", rounds)
    mean, interval = sum(ratios) / rounds, runs_interval(ratios)
    yield row("trainer", "step-time-to-bare", mean, "times", rounds, interval=interval)
    yield row("trainer", "loss-difference-to-bare", max(differences), "nats/token", rounds)


def _configuration(setup: Setup, steps: int, preset: str) -> dict[str, Any]:
    is_gpu = setup.device.type == "cuda"
    return {
        "preset": preset,
        "batch_tokens": setup.config.batch_tokens,
        "steps": steps,
        "device": torch.cuda.get_device_name(setup.device) if is_gpu else "cpu",
        "threads": torch.get_num_threads(),
        "clock": "wall" if is_gpu else "process",
    }


def _ready(setup: Setup) -> list[Batch]:
    task = make_task(setup.config)
    with Batches(task, Cursor()) as batches:
        return list(islice(batches, task.steps))


def run_trainer(setup: Setup) -> Timed:
    """The trainer's time of a step, from its first report to its last."""
    marks: list[tuple[int, float]] = []

    def mark(progress: Progress) -> None:
        marks.append((progress.step, setup.clock()))

    result = train(setup.config, progress=mark)
    # The last report follows the checkpoint: the one before it is the last of steps alone.
    (first, began), (last, ended) = marks[0], marks[-2]
    return Timed(seconds=(ended - began) / (last - first), loss=result.metrics["loss"])


def run_bare(setup: Setup, batches: list[Batch]) -> Timed:
    """The bare loop's time of a step."""
    config, device = setup.config, setup.device
    model, optimizers = _bare_parts(setup)
    forward = torch.compile(_loss) if device.type == "cuda" else _loss
    began, loss = 0.0, torch.zeros(())
    for number, batch in enumerate(batches):
        if number == _WARM:
            began = _now(setup)
        ids, targets = batch.ids_RT.to(device), batch.targets_RT.to(device)
        segments = None if batch.segments_RT is None else batch.segments_RT.to(device)
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            loss = forward(model, ids, targets, segments) / batch.num_targets
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), config.clip or 0.0)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad()
    return Timed(seconds=(_now(setup) - began) / (len(batches) - _WARM), loss=float(loss.detach()))


def _loss(model: Any, ids: Tensor, targets: Tensor, segments: Tensor | None) -> Tensor:
    logits, _ = model.logits(ids, segments_BT=segments)
    return functional.cross_entropy(
        logits.flatten(0, 1), targets.flatten(), ignore_index=IGNORED, reduction="sum"
    )


def _bare_parts(setup: Setup) -> tuple[Any, tuple[torch.optim.Optimizer, ...]]:
    """The model with the same weights, and the same optimizers on the same parameters."""
    config, spec = setup.config, make_task(setup.config).spec
    torch.manual_seed(config.seed)
    model: Any = load_model(spec.name, spec.vocab_size, spec.context, spec.settings)
    model.to(setup.device)
    hidden = list(model.hidden_matrices())
    taken = {id(p) for p in hidden}
    rest = [p for p in model.parameters() if id(p) not in taken]
    decay = config.weight_decay
    muon = torch.optim.Muon(hidden, lr=config.muon_learning_rate, weight_decay=decay)
    betas = (config.beta1, config.beta2)
    adamw = torch.optim.AdamW(
        rest, lr=config.learning_rate, betas=betas, weight_decay=0.0, fused=True
    )
    return model, (muon, adamw)


def _now(setup: Setup) -> float:
    if setup.device.type == "cuda":
        torch.cuda.synchronize()
    return setup.clock()


if __name__ == "__main__":
    try:
        cyclopts.run(main)
    except WfgenError as error:
        sys.exit(f"train_overhead: {one_line(str(error))}")
