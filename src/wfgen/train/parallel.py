"""A model over several devices: copied to each, or sharded over all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import torch
from attrs import frozen
from torch import Tensor, nn
from torch.distributed.fsdp import FSDPModule, fully_shard
from torch.nn.parallel import DistributedDataParallel

from wfgen.api import Layered, Model
from wfgen.errors import SettingError
from wfgen.train.config import TrainConfig
from wfgen.train.devices import Team
from wfgen.train.engine import Spread, Trained

__all__ = ["spread"]

_BYTES_PER_PARAMETER = 16
"""Weight, gradient and two moments of AdamW in float32."""


def spread(trained: Trained, model: Model, config: TrainConfig, team: Team) -> Spread:
    """Copy or shard a model, as `parallel` says.

    Raises:
        SettingError: the model cannot be sharded.
    """
    if config.parallel == "ddp" or (config.parallel == "auto" and _fits(trained, team.device)):
        return _copied(trained, model, team.device)
    if not (isinstance(model, nn.Module) and isinstance(model, Layered)):
        raise SettingError(
            name="parallel",
            cause=f"{config.model} is no module with layers, so it cannot be sharded",
            hint="give parallel=ddp",
        )
    for layer in model.layers():
        fully_shard(layer)
    return _sharded(fully_shard(trained))


def _copied(trained: Trained, model: Model, device: torch.device) -> Spread:
    devices = [device.index] if device.type == "cuda" else None
    module = DistributedDataParallel(trained, device_ids=devices)

    def synchronised(is_last: bool) -> AbstractContextManager[None]:
        return nullcontext() if is_last else module.no_sync()

    return Spread(module=module, scored=model, synchronised=synchronised)


def _sharded(module: FSDPModule) -> Spread:
    @contextmanager
    def synchronised(is_last: bool) -> Iterator[None]:
        module.set_requires_gradient_sync(is_last)
        yield

    assert isinstance(module, nn.Module)
    return Spread(module=module, scored=_Scored(module), synchronised=synchronised)


@frozen
class _Scored:
    """Logits through the sharded module, which fetches its weights when it is called itself."""

    module: nn.Module

    def logits(
        self,
        ids_BT: Tensor,
        cache: Any = None,
        *,
        states_BT: Any = None,
        segments_BT: Tensor | None = None,
    ) -> tuple[Tensor, None]:
        """As the model's; without a cache."""
        assert cache is None
        return self.module(ids_BT, None, segments_BT, states_BT), None

    def parameters(self) -> Iterator[Tensor]:
        """The shards."""
        return self.module.parameters()


def _fits(trained: Trained, device: torch.device) -> bool:
    """Whether weights, gradients and moments take at most half of a device's memory."""
    if device.type != "cuda":
        return True
    needed = _BYTES_PER_PARAMETER * sum(p.numel() for p in trained.parameters())
    memory: int = torch.cuda.get_device_properties(device).total_memory
    return 2 * needed <= memory
