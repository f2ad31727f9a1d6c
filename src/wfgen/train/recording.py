"""The figures of steps: kept on the device, fetched together, checked, written."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from attrs import define, field, frozen

from wfgen.api import TrackedRun, Tracker
from wfgen.registry import load_tracker
from wfgen.runs.metrics import append_metrics
from wfgen.runs.scoring import DocumentScores
from wfgen.train.devices import Team
from wfgen.train.engine import StepFigures
from wfgen.train.errors import DivergedError
from wfgen.train.state import State
from wfgen.train.task import TRAIN, Task

__all__ = ["Recorder", "follow"]

_HOPELESS = 3.0
"""Times the loss of a model that knows nothing, ln V; no loss that still falls is there."""

_NAMED_DOCUMENTS = 5

TRACKERS = "trackers"
"""What trackers keep, in the run directory."""


@frozen
class _Taken:
    """A step whose figures are still on the device."""

    record: dict[str, Any]
    figures: StepFigures
    documents: tuple[int, ...]


@contextmanager
def follow(task: Task, team: Team, step: int) -> Iterator[tuple[Tracker, ...]]:
    """The trackers that a config asks for, in the first process; closed when the block ends.

    Args:
        task: what is trained.
        team: the processes.
        step: where the run goes on.

    Raises:
        UnknownNameError: no plugin offers the tracker.
        MissingExtraError: its library is not installed.
    """
    config = task.config
    with ExitStack() as stack:
        trackers = []
        for name in config.trackers if team.is_first else ():
            run = TrackedRun(
                name=config.out.name,
                directory=config.out / TRACKERS / name,
                config=config.as_json(),
                step=step,
            )
            trackers.append(load_tracker(name, run))
            stack.callback(trackers[-1].close)
        yield tuple(trackers)


@define(kw_only=True, eq=False)
class Recorder:
    """Collects the figures of steps, so that the device need not be waited for at each.

    Attributes:
        task: what is trained.
        team: the processes; the first one writes.
        flops_per_position: of training.
        trackers: get what is written.
    """

    task: Task
    team: Team
    flops_per_position: int
    trackers: Sequence[Tracker] = ()
    _taken: list[_Taken] = field(factory=list, init=False)
    _since: float = field(factory=time.perf_counter, init=False)

    def take(
        self, state: State, figures: StepFigures, rate: float, documents: tuple[int, ...]
    ) -> None:
        """Note a step that was just taken; nothing is waited for."""
        record = {
            "step": state.step,
            "tokens": state.tokens,
            "documents": round(state.documents),
            "flops": state.positions * self.flops_per_position,
            "learning_rate": rate,
        }
        self._taken.append(_Taken(record, figures, documents))

    def fetch(self, state: State) -> list[dict[str, Any]]:
        """The records of the steps taken since, and their time on `state`.

        Raises:
            DivergedError: a loss is not a number, or far too high; what is before it is written.
        """
        taken, self._taken = self._taken, []
        losses = self.team.sum(torch.stack([t.figures.nats for t in taken])).tolist()
        norms = torch.stack([t.figures.gradient_norm for t in taken]).tolist()
        seconds = time.perf_counter() - self._since  # after the device was waited for
        records = [
            t.record
            | {
                "seconds": round(state.seconds + seconds * (n + 1) / len(taken), 6),
                "loss": losses[n],
                "gradient_norm": norms[n],
            }
            for n, t in enumerate(taken)
        ]
        state.seconds += seconds
        self._check(taken, records)
        return records

    def write(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Append records to `metrics.jsonl`; time runs again from here."""
        if self.team.is_first:
            append_metrics(self.task.config.out, records)
            for tracker in self.trackers:
                for record in records:
                    tracker.log(record["step"], {k: v for k, v in record.items() if k != "step"})

    def go_on(self) -> None:
        """Time runs again, after what is not a step."""
        self._since = time.perf_counter()

    def check_validation(self, record: Mapping[str, Any], scores: DocumentScores) -> None:
        """Raise DivergedError where held-out documents cost more than a figure can say."""
        if math.isfinite(scores.perplexity):
            return
        raise DivergedError(
            step=record["step"],
            loss=scores.loss,
            gradient_norm=record["gradient_norm"],
            documents=(),
            cause=f"held-out documents cost {scores.loss:.4g} nats a token; the gradient's norm is"
            f" {record['gradient_norm']:.4g}",
            hint=self._what_to_try(),
        )

    def _check(self, taken: Sequence[_Taken], records: Sequence[Mapping[str, Any]]) -> None:
        for n, record in enumerate(records):
            if cause := self._fault(record):
                self.write(records[:n])
                raise self._diverged(cause, record, taken[n].documents)

    def _fault(self, record: Mapping[str, Any]) -> str:
        loss, norm = record["loss"], record["gradient_norm"]
        if not math.isfinite(loss):
            return f"the loss is {loss}"
        if not math.isfinite(norm):
            return f"the loss is {loss:.4g}, and the gradient is not finite"
        warmup = self.task.config.warmup or 0
        knows_nothing = math.log(self.task.spec.vocab_size)
        if record["step"] > warmup and loss > _HOPELESS * knows_nothing:
            return f"the loss is {loss:.4g}, and {knows_nothing:.4g} is what knowing nothing costs"
        return ""

    def _diverged(
        self, cause: str, record: Mapping[str, Any], documents: tuple[int, ...]
    ) -> DivergedError:
        names = _names(self.task, documents)
        more = len(documents) - _NAMED_DOCUMENTS
        listed = ", ".join(names[:_NAMED_DOCUMENTS]) + (f" and {more:,} more" if more > 0 else "")
        return DivergedError(
            step=record["step"],
            loss=record["loss"],
            gradient_norm=record["gradient_norm"],
            documents=names,
            cause=f"{cause}; the gradient's norm is {record['gradient_norm']:.4g}; its windows"
            f" begin with {listed}",
            hint=self._what_to_try(),
        )

    def _what_to_try(self) -> str:
        config = self.task.config
        return (
            f"try a lower learning_rate (it is {config.learning_rate:g}) or muon_learning_rate"
            f" ({config.muon_learning_rate:g}), a longer warmup ({config.warmup}), a smaller clip"
            f" ({config.clip}), or precision=float32"
        )


def _names(task: Task, documents: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(task.store.document_name(TRAIN, d) for d in dict.fromkeys(documents))
