"""Floating-point operations of training."""

from __future__ import annotations

from wfgen.api import FlopsCounted, Model
from wfgen.runs.weights import named_parameters

__all__ = ["flops_per_position"]


def flops_per_position(model: Model, context: int) -> int:
    """Operations of training on one position, forward and backward.

    As the model counts them, else 6 for each parameter (Kaplan et al. 2020, table 1).

    Args:
        model: any.
        context: positions of a window.
    """
    if isinstance(model, FlopsCounted):
        return model.flops_per_token(context)
    return 6 * sum(p.numel() for p in named_parameters(model).values())
