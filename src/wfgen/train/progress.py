"""What a run tells while it goes on."""

from __future__ import annotations

from collections import deque

import torch
from attrs import define, field, frozen

from wfgen.train.devices import Team, peak_flops
from wfgen.train.state import State

__all__ = ["Meter", "Progress"]

_MARKS = 20


@frozen(kw_only=True)
class Progress:
    """Where a run stands, for people.

    Attributes:
        step, steps: taken, and of the whole run.
        loss: nats a token of the last step.
        learning_rate: of AdamW.
        bits_per_byte: of the last validation; None before the first.
        tokens_per_second, documents_per_second: over the last steps, validation not counted.
        seconds_left: of steps, validation not counted.
        memory_bytes: the most that tensors took on the GPU; None on a CPU.
        utilisation: model FLOPs as a share of the device's peak; None where that is not known.
    """

    step: int
    steps: int
    loss: float
    learning_rate: float
    bits_per_byte: float | None
    tokens_per_second: float
    documents_per_second: float
    seconds_left: float
    memory_bytes: int | None
    utilisation: float | None


@frozen
class _Mark:
    step: int
    seconds: float
    tokens: int
    documents: float
    positions: int


@define(kw_only=True)
class Meter:
    """Rates over the last steps.

    Attributes:
        team: whose devices are metered.
        steps: of the whole run.
        flops_per_position: of training.
    """

    team: Team
    steps: int
    flops_per_position: int
    _marks: deque[_Mark] = field(factory=lambda: deque(maxlen=_MARKS), init=False)

    def begin(self, state: State) -> None:
        """Take the rates from here on."""
        self._marks.clear()
        self._mark(state)

    def read(self, state: State, *, loss: float, learning_rate: float) -> Progress:
        """Where the run stands, after some steps."""
        first, last = self._marks[0], self._mark(state)
        seconds = max(1e-9, last.seconds - first.seconds)
        steps = max(1, last.step - first.step)
        flops = (last.positions - first.positions) * self.flops_per_position / seconds
        return Progress(
            step=state.step,
            steps=self.steps,
            loss=loss,
            learning_rate=learning_rate,
            bits_per_byte=state.bits_per_byte,
            tokens_per_second=(last.tokens - first.tokens) / seconds,
            documents_per_second=(last.documents - first.documents) / seconds,
            seconds_left=(self.steps - state.step) * seconds / steps,
            memory_bytes=self._memory(),
            utilisation=self._utilisation(flops),
        )

    def _mark(self, state: State) -> _Mark:
        mark = _Mark(state.step, state.seconds, state.tokens, state.documents, state.positions)
        self._marks.append(mark)
        return mark

    def _memory(self) -> int | None:
        device = self.team.device
        return torch.cuda.max_memory_allocated(device) if device.type == "cuda" else None

    def _utilisation(self, flops: float) -> float | None:
        peak = peak_flops(self.team.device)
        return None if peak is None else flops / (peak * self.team.ranks)
