"""One optimizer step: forward and backward in pieces, over one device or several.

Legend: R rows of one process, B rows that go through the model at once, T positions.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from attrs import define, field, frozen
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from wfgen.api import Layered, Model
from wfgen.errors import SettingError
from wfgen.runs.checkpoints import ModelSpec
from wfgen.runs.pieces import IGNORED
from wfgen.runs.weights import is_sharded, move_model
from wfgen.train.batches import Batch
from wfgen.train.config import TrainConfig
from wfgen.train.devices import Team
from wfgen.train.errors import OutOfMemoryError
from wfgen.train.optimizers import Optimizers, make_optimizers

__all__ = ["Engine", "Spread", "StepFigures", "Trained", "check_model", "make_engine"]

_LOGITS = {"cuda": 1 << 28, "cpu": 1 << 22}
"""Logits of one forward pass where `micro_batch` is not given: 1 GiB in float32 on a GPU, 16 MiB on
a CPU. Softmax and gradient take as much again each. `tiny` with a vocabulary of 8,192 took 4,200
tokens/s on one core with 512 positions a pass, 3,650 with 1,024 and 3,450 with 4,096."""


class Trained(nn.Module):
    """What torch compiles, copies or shards: a model, whatever it is, and its loss."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        if isinstance(model, nn.Module):
            self.model: Model = model
        else:
            self.__dict__["model"] = model
            for number, parameter in enumerate(model.parameters()):
                self.register_parameter(str(number), parameter)

    def forward(
        self,
        ids_BT: Tensor,
        targets_BT: Tensor | None,
        segments_BT: Tensor | None = None,
        states_BT: Tensor | None = None,
    ) -> Tensor:
        """Nats of all targets together; without targets the logits, shape [B, T, V]."""
        logits_BTV: Tensor = self.model.logits(
            ids_BT, states_BT=states_BT, segments_BT=segments_BT
        )[0]
        if targets_BT is None:
            return logits_BTV
        return functional.cross_entropy(
            logits_BTV.float().flatten(0, 1),
            targets_BT.flatten(),
            ignore_index=IGNORED,
            reduction="sum",
        )


def _alone(is_last: bool) -> AbstractContextManager[None]:
    del is_last
    return nullcontext()


@frozen(kw_only=True, eq=False)
class Spread:
    """A model on one device or several.

    Attributes:
        module: what is called to train.
        scored: what is called to validate.
        synchronised: the context of a pass, by whether it is the last of a step: gradients travel
            between processes once a step.
    """

    module: nn.Module
    scored: Model
    synchronised: Callable[[bool], AbstractContextManager[None]] = _alone


@frozen
class StepFigures:
    """What a step gave, still on the device.

    Attributes:
        nats: of this process's targets, divided by the targets of all.
        gradient_norm: of all gradients, before clipping.
    """

    nats: Tensor
    gradient_norm: Tensor


@define(kw_only=True, eq=False)
class Engine:
    """Takes steps.

    Attributes:
        model: what is trained, as it was made.
        optimizers: of its parameters.
        micro_batch: B, rows that go through the model at once.
        precision: of matrix products.
        scored: the model, for validation: all processes are to call it together.
    """

    model: Model
    optimizers: Optimizers
    micro_batch: int
    _module: nn.Module = field(repr=False)
    _config: TrainConfig = field(repr=False)
    _team: Team = field(repr=False)
    _synchronised: Callable[[bool], AbstractContextManager[None]] = field(repr=False)
    precision: torch.dtype
    scored: Model = field(repr=False)

    def step(self, batch: Batch, rate_factor: float) -> tuple[StepFigures, float]:
        """Train on one batch; gives its figures and the learning rate of AdamW.

        Raises:
            OutOfMemoryError: it does not fit, and halving was not asked for or does not help.
        """
        while True:
            try:
                nats = self._accumulate(batch)
                break
            except (RuntimeError, MemoryError) as error:
                self._make_room(error)
        rate = self.optimizers.scale_rates(rate_factor)
        norm = self._clip()
        self.optimizers.step()
        return StepFigures(nats, norm), rate

    def _accumulate(self, batch: Batch) -> Tensor:
        """Gradients of the mean loss over the targets of the whole step, all processes' together.

        Copies and shards are averaged over processes, so each adds its part times their number.
        """
        device, scale = self._team.device, self._team.ranks / max(1, batch.num_targets)
        total = torch.zeros((), device=device)
        rows = range(0, len(batch.ids_RT), self.micro_batch)
        for at in rows:
            inputs = (
                _to_device(t[at : at + self.micro_batch], device) if t is not None else None
                for t in (batch.ids_RT, batch.targets_RT, batch.segments_RT, batch.states_RT)
            )
            with self._synchronised(at == rows[-1]):
                with torch.autocast(
                    device.type, dtype=self.precision, enabled=self.precision != torch.float32
                ):
                    nats = self._module(*inputs)
                (nats * scale).backward()
            total += nats.detach()
        return total / max(1, batch.num_targets)

    def _clip(self) -> Tensor:
        parameters = [p for p in self.optimizers.parameters() if p.grad is not None]
        clip = self._config.clip
        if clip is None:
            norm = nn.utils.get_total_norm(p.grad for p in parameters if p.grad is not None)
        else:
            norm = nn.utils.clip_grad_norm_(parameters, clip)
        sharded: Any = norm
        gathered: Tensor = sharded.full_tensor() if is_sharded(norm) else norm
        return gathered.detach()

    def _make_room(self, error: Exception) -> None:
        """Halve what goes through the model at once, or say what else to do."""
        if not _is_out_of_memory(error):
            raise error
        self.optimizers.forget_gradients()
        may_halve = self._config.halve_on_out_of_memory and self._team.ranks == 1
        if may_halve and self.micro_batch > 1:
            self.micro_batch //= 2
            return
        raise OutOfMemoryError(
            micro_batch=self.micro_batch,
            cause=f"a pass over {self.micro_batch:,} windows does not fit {self._team.device}",
            hint=_ways_out(self.micro_batch, self._config),
        ) from error


@torch.no_grad()
def check_model(model: Model, spec: ModelSpec) -> None:
    """Ask a model, still on the CPU, for the logits of the first and the last id.

    Raises:
        SettingError: it does not take them, or gives logits of another shape.
    """
    ids_BT = torch.tensor([[0, spec.vocab_size - 1]])
    wanted = (*ids_BT.shape, spec.vocab_size)
    states_BT = torch.zeros_like(ids_BT) if spec.states else None
    try:
        found = tuple(model.logits(ids_BT, states_BT=states_BT)[0].shape)
    except (IndexError, RuntimeError) as error:
        raise SettingError(
            name="model",
            cause=f"{spec.name} does not take the ids of a vocabulary of {spec.vocab_size:,}"
            f" ({error})",
            hint="its entry is to make it for the vocab_size that it is given",
        ) from error
    if found != wanted:
        raise SettingError(
            name="model",
            cause=f"{spec.name} gives logits of shape {found} for ids of shape (1, 2), and the"
            f" data has {spec.vocab_size:,} ids",
            hint="its entry is to make it for the vocab_size that it is given",
        )


def make_engine(
    model: Model, config: TrainConfig, team: Team, *, spec: ModelSpec, rows: int
) -> Engine:
    """Put a model on its device and make it ready to be trained.

    Args:
        model: with the weights to begin with.
        config: what is asked for, with nothing left to the device.
        team: the processes.
        spec: what the model was made from.
        rows: R.

    Raises:
        SettingError: the model cannot do what is asked for.
    """
    move_model(model, team.device)
    if config.recompute:
        _recompute(model)
    spread = _spread(model, config, team)
    if config.compile:
        spread.module.compile()
    return Engine(
        model=model,
        scored=spread.scored,
        optimizers=make_optimizers(model, config, team.device),
        micro_batch=_micro_batch(config, team.device, rows, spec.context * spec.vocab_size),
        module=spread.module,
        synchronised=spread.synchronised,
        config=config,
        team=team,
        precision=torch.bfloat16 if config.precision == "bfloat16" else torch.float32,
    )


# Memory ------------------------------------------------------------------------------------------


def _spread(model: Model, config: TrainConfig, team: Team) -> Spread:
    trained = Trained(model)
    if team.ranks == 1:
        return Spread(module=trained, scored=model)
    from wfgen.train.parallel import spread  # noqa: PLC0415  takes two seconds to import

    return spread(trained, model, config, team)


def _recompute(model: Model) -> None:
    layers = list(model.layers()) if isinstance(model, Layered) else []
    if not layers or not all(isinstance(layer, nn.Module) for layer in layers):
        raise SettingError(
            name="recompute", cause="the model is no module with layers", hint="leave it out"
        )
    for layer in layers:
        layer.forward = functools.partial(checkpoint, layer.forward, use_reentrant=False)


def _micro_batch(config: TrainConfig, device: torch.device, rows: int, row_logits: int) -> int:
    """The largest divisor of the rows that keeps the logits small: all passes have one shape."""
    limit = config.micro_batch or _LOGITS.get(device.type, _LOGITS["cuda"]) // row_logits
    return max((n for n in _divisors(rows) if n <= limit), default=1)


def _divisors(number: int) -> Iterator[int]:
    return (n for n in range(1, number + 1) if number % n == 0)


def _to_device(tensor: Tensor, device: torch.device) -> Tensor:
    if device.type != "cuda":
        return tensor.to(device)
    return tensor.pin_memory().to(device, non_blocking=True)


def _is_out_of_memory(error: Exception) -> bool:
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return "can't allocate memory" in str(error)  # of torch's allocator on a CPU


def _ways_out(micro_batch: int, config: TrainConfig) -> str:
    ways = []
    if micro_batch > 1:
        ways.append(f"give micro_batch={micro_batch // 2} or halve_on_out_of_memory=true")
    if not config.recompute:
        ways.append("give recompute=true")
    return " or ".join([*ways, "give a smaller context or model"])
