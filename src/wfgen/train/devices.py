"""The device of this process, and the other processes that train the same model.

Started by `torchrun`, processes find one another by its environment variables.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import torch
import torch.distributed as dist
from attrs import evolve, frozen
from torch import Tensor

from wfgen.errors import SettingError
from wfgen.runs.devices import choose_device
from wfgen.train.config import TrainConfig

__all__ = [
    "PEAK_FLOPS",
    "Team",
    "check_shares",
    "decide_by_device",
    "join_team",
    "peak_flops",
]

PEAK_FLOPS = {
    "A100": 312e12,
    "H100 PCIe": 756e12,
    "H100 NVL": 835e12,
    "H100": 989e12,
    "H200": 989e12,
    "L40S": 362e12,
    "L40": 181e12,
    "L4": 121e12,
    "RTX 4090": 165e12,
}
"""Dense bfloat16 operations a second, from NVIDIA's data sheets and the Ada whitepaper; the first
whose words the device's name holds."""


@frozen(kw_only=True)
class Team:
    """The processes that train together.

    Attributes:
        rank: which one this is, counted from 0.
        ranks: how many there are.
        device: of this one.
    """

    rank: int = 0
    ranks: int = 1
    device: torch.device

    @property
    def is_first(self) -> bool:
        """Whether this process is the one that writes and speaks."""
        return self.rank == 0

    def sum(self, tensor: Tensor) -> Tensor:
        """The sum over all processes, in place."""
        if self.ranks > 1:
            dist.all_reduce(tensor)
        return tensor

    def gather(self, tensor: Tensor) -> list[Tensor]:
        """A tensor of the same shape from each process, on the CPU, in the order of ranks."""
        if self.ranks == 1:
            return [tensor.cpu()]
        mine = tensor.to(self.device)
        gathered = [torch.empty_like(mine) for _ in range(self.ranks)]
        dist.all_gather(gathered, mine)
        return [t.cpu() for t in gathered]

    def wait(self) -> None:
        """Go on when all processes are here."""
        if self.ranks > 1:
            dist.barrier()


def check_shares(windows: int, context: int) -> None:
    """Raise SettingError unless the processes can share a step of so many windows equally."""
    ranks = _num_processes()
    if windows % ranks:
        wanted = -(-windows // ranks) * ranks * context
        raise SettingError(
            name="batch_tokens",
            cause=f"a step of {windows:,} windows cannot be shared by {ranks:,} processes",
            hint=f"give {wanted:,}",
        )


def _num_processes() -> int:
    return int(os.environ.get("WORLD_SIZE", "1"))


@contextmanager
def join_team(device: str) -> Iterator[Team]:
    """This process among those that `torchrun` started, or alone.

    A process group that is there already is used, and left there.

    Raises:
        SettingError: the device is unknown, or is not there.
    """
    ranks = _num_processes()
    chosen = choose_device(device, int(os.environ.get("LOCAL_RANK", "0")) if ranks > 1 else None)
    if ranks == 1:
        yield Team(device=chosen)
        return
    was_there = dist.is_initialized()
    if not was_there:
        dist.init_process_group("nccl" if chosen.type == "cuda" else "gloo")
    try:
        yield Team(rank=dist.get_rank(), ranks=ranks, device=chosen)
    finally:
        if not was_there:
            dist.destroy_process_group()


def decide_by_device(config: TrainConfig, device: torch.device) -> TrainConfig:
    """A config with precision and compiling decided, which `auto` leaves to the device."""
    is_gpu = device.type == "cuda"
    precision: Literal["float32", "bfloat16"] = "float32"
    if config.precision != "auto":
        precision = config.precision
    elif is_gpu and torch.cuda.is_bf16_supported(including_emulation=False):
        precision = "bfloat16"
    return evolve(
        config,
        precision=precision,
        compile=is_gpu if config.compile == "auto" else config.compile,
    )


def peak_flops(device: torch.device) -> float | None:
    """Dense bfloat16 operations a second of a device; None where they are not known."""
    if device.type != "cuda":
        return None
    name = torch.cuda.get_device_name(device)
    return next((peak for words, peak in PEAK_FLOPS.items() if words in name), None)
