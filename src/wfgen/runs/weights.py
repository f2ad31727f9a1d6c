"""The parameters of any model by name, and how they come to a device and to disk.

A model need be no `torch.nn.Module`: then its parameters are called by their number.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from wfgen.api import Model
from wfgen.errors import DamagedArtefactError

__all__ = [
    "fill_parameters",
    "is_sharded",
    "like",
    "move_model",
    "named_parameters",
    "read_tensors",
    "whole",
]


def named_parameters(model: Model) -> dict[str, Tensor]:
    """The parameters in their order: by the module's names, else "0", "1" and so on."""
    names: dict[int, str] = {}
    if isinstance(model, nn.Module):
        names = {id(p): name for name, p in model.named_parameters()}
    return {names.get(id(p), str(n)): p for n, p in enumerate(model.parameters())}


def move_model(model: Model, device: torch.device) -> None:
    """Put a model's arrays on a device; the model stays the same object."""
    if isinstance(model, nn.Module):
        model.to(device)
        return
    for parameter in model.parameters():
        parameter.data = parameter.data.to(device)


def whole(tensor: Tensor) -> Tensor:
    """A copy of a tensor on the CPU; one that is sharded is gathered by all of its processes."""
    sharded: Any = tensor
    gathered: Tensor = sharded.full_tensor() if is_sharded(tensor) else tensor
    return gathered.detach().to("cpu", copy=True).contiguous()


def like(tensor: Tensor, other: Tensor) -> Tensor:
    """`tensor` on the device of `other`, and sharded as it is."""
    if not is_sharded(other):
        return tensor.to(other.device)
    from torch.distributed.tensor import distribute_tensor  # noqa: PLC0415  takes most of a second

    sharded: Any = other
    moved = tensor.to(sharded.device_mesh.device_type)
    return distribute_tensor(moved, sharded.device_mesh, sharded.placements)


def is_sharded(tensor: Tensor) -> bool:
    """Whether a tensor is spread over several processes, a `DTensor`."""
    return hasattr(tensor, "full_tensor")


@torch.no_grad()
def fill_parameters(model: Model, weights: Mapping[str, Tensor], file: Path) -> None:
    """Copy weights into a model's parameters.

    Raises:
        DamagedArtefactError: names or shapes differ; `file` is where the weights came from.
    """
    parameters = named_parameters(model)
    found = {name: tuple(w.shape) for name, w in weights.items()}
    wanted = {name: tuple(p.shape) for name, p in parameters.items()}
    if found != wanted:
        name = next(n for n in (*wanted, *found) if found.get(n) != wanted.get(n))
        raise DamagedArtefactError(
            path=str(file),
            cause=f"{name!r} is {found.get(name, 'missing')} here and"
            f" {wanted.get(name, 'missing')} in the model",
            hint="the model's code differs from the one that wrote it: install that version",
        )
    for name, parameter in parameters.items():
        parameter.copy_(like(weights[name].to(parameter.dtype), parameter))


def read_tensors(file: Path) -> dict[str, Tensor]:
    """The tensors of a safetensors file, on the CPU.

    Raises:
        DamagedArtefactError: it cannot be read.
    """
    try:
        return safetensors.torch.load_file(file)
    except (OSError, SafetensorError) as error:
        raise DamagedArtefactError(path=str(file), cause=f"cannot be read ({error})") from error
