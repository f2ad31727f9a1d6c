"""Muon and AdamW, torch's own, as one; and their state as named tensors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from attrs import frozen
from torch import Tensor

from wfgen.api import HiddenMatrices, Model
from wfgen.errors import SettingError
from wfgen.runs.weights import like, named_parameters, whole
from wfgen.train.config import TrainConfig

__all__ = ["Optimizers", "make_optimizers"]


@frozen(kw_only=True, eq=False)
class Optimizers:
    """Several optimizers that step together.

    Attributes:
        parts: each over parameters of its own.
        names: of the parameters, by their `id`.
    """

    parts: tuple[torch.optim.Optimizer, ...]
    names: Mapping[int, str]

    def parameters(self) -> list[Tensor]:
        """Everything that is trained."""
        return [p for group in self._groups() for p in group["params"]]

    def scale_rates(self, factor: float) -> float:
        """Set every learning rate to `factor` times its own; gives AdamW's."""
        for group in self._groups():
            group["lr"] = factor * group["peak"]
        rate: float = self.parts[-1].param_groups[0]["lr"]
        return rate

    def step(self) -> None:
        """Change the parameters by their gradients, and forget those."""
        for part in self.parts:
            part.step()
            part.zero_grad(set_to_none=True)

    def forget_gradients(self) -> None:
        """Drop what was accumulated."""
        for part in self.parts:
            part.zero_grad(set_to_none=True)

    def state(self) -> dict[str, Tensor]:
        """What the optimizers keep of each parameter, named `parameter/key`, on the CPU."""
        return {
            f"{self.names[id(p)]}/{key}": whole(value)
            for part in self.parts
            for p, kept in part.state.items()
            for key, value in kept.items()
            if isinstance(value, Tensor)
        }

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """Put back what `state` gave."""
        by_name: dict[str, dict[str, Tensor]] = {}
        for full_name, tensor in state.items():
            name, _, key = full_name.rpartition("/")
            by_name.setdefault(name, {})[key] = tensor
        for part in self.parts:
            _load(part, by_name, self.names)

    def _groups(self) -> Iterable[dict[str, Any]]:
        return (group for part in self.parts for group in part.param_groups)


def make_optimizers(model: Model, config: TrainConfig, device: torch.device) -> Optimizers:
    """The optimizers that a config asks for.

    Raises:
        SettingError: the model has nothing to train.
    """
    names = {id(p): name for name, p in named_parameters(model).items()}
    parameters = [p for p in model.parameters() if p.requires_grad]
    if not parameters:
        raise SettingError(name="model", cause=f"{config.model} has no parameter to train")
    hidden = {id(p) for p in _hidden_matrices(model, parameters)}
    muon: list[Tensor] = []
    if config.optimizer == "muon" and isinstance(model, HiddenMatrices):
        muon = [p for p in parameters if id(p) in hidden]
    taken = {id(p) for p in muon}
    adamw = [p for p in parameters if id(p) not in taken]
    parts: list[torch.optim.Optimizer] = [_make_muon(muon, config)] if muon else []
    if adamw:
        parts.append(_make_adamw(adamw, hidden, config, device))
    return Optimizers(parts=tuple(parts), names=names)


def _hidden_matrices(model: Model, parameters: Sequence[Tensor]) -> Iterable[Tensor]:
    """What is decayed: the hidden matrices, or all matrices of a model that does not tell."""
    if isinstance(model, HiddenMatrices):
        return model.hidden_matrices()
    return (p for p in parameters if p.ndim > 1)


def _make_muon(parameters: list[Tensor], config: TrainConfig) -> torch.optim.Optimizer:
    group = {"params": parameters, "peak": config.muon_learning_rate}
    return torch.optim.Muon([group], lr=config.muon_learning_rate, weight_decay=config.weight_decay)


def _make_adamw(
    parameters: list[Tensor], hidden: set[int], config: TrainConfig, device: torch.device
) -> torch.optim.Optimizer:
    rate = config.learning_rate
    groups = [
        {"params": chosen, "weight_decay": decay, "peak": rate}
        for decay, chosen in (
            (0.0, [p for p in parameters if id(p) not in hidden]),
            (config.weight_decay, [p for p in parameters if id(p) in hidden]),
        )
        if chosen
    ]
    betas = (config.beta1, config.beta2)
    return torch.optim.AdamW(groups, lr=rate, betas=betas, fused=device.type in ("cpu", "cuda"))


def _load(
    part: torch.optim.Optimizer,
    by_name: Mapping[str, Mapping[str, Tensor]],
    names: Mapping[int, str],
) -> None:
    """Through `load_state_dict`, which knows on which device a step counter is to be."""
    parameters = [p for group in part.param_groups for p in group["params"]]
    state = {}
    for index, parameter in enumerate(parameters):
        kept = by_name.get(names[id(parameter)])
        if kept is not None:
            state[index] = {
                key: like(value, parameter) if value.shape == parameter.shape else value
                for key, value in kept.items()
            }
    part.load_state_dict({"state": state, "param_groups": part.state_dict()["param_groups"]})
