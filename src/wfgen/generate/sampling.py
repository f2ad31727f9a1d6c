"""Draws tokens from logits: temperature, top-k, top-p and min-p, and one random number a token.

Legend: B sequences, V entries of the vocabulary.
"""

from __future__ import annotations

import torch
from torch import Tensor

from wfgen.errors import SettingError
from wfgen.generate.config import GenerateConfig

__all__ = ["draw", "probabilities"]

_NUCLEUS = 256
"""Tokens among which a nucleus is looked for at first. Sorting them all costs a CPU core 1 ms a
sequence at V = 8,192."""
_LARGEST_LOGIT = 1e38
_COLDEST = 1e-6


@torch.inference_mode()
def draw(
    logits_BV: Tensor, allowed_BV: Tensor | None, chances_B: Tensor, config: GenerateConfig
) -> Tensor:
    """One token a sequence.

    Args:
        logits_BV: floating point.
        allowed_BV: bool, at least one True a row; None allows all.
        chances_B: float64, from 0 to below 1; the token is a function of it. On any device.
        config: temperature and the rest.

    Returns:
        int64, shape [B]; always an allowed token.

    Raises:
        SettingError: a logit is NaN.
    """
    if config.temperature == 0:
        return _masked(logits_BV, allowed_BV).argmax(dim=-1)
    chance_BV = probabilities(logits_BV, allowed_BV, config)
    sums_BV = chance_BV.double().cumsum(dim=-1)
    total_B1 = sums_BV[:, -1:]
    reached_B1 = chances_B.to(sums_BV.device)[:, None] * total_B1
    drawn_B1 = torch.searchsorted(sums_BV, reached_B1, right=True).clamp_(
        max=chance_BV.shape[1] - 1
    )
    # A device sums in blocks, so that a sum may rise by rounding where nothing was added.
    is_possible_B1 = chance_BV.gather(1, drawn_B1) > 0
    return torch.where(is_possible_B1, drawn_B1, chance_BV.argmax(dim=-1, keepdim=True))[:, 0]


def probabilities(logits_BV: Tensor, allowed_BV: Tensor | None, config: GenerateConfig) -> Tensor:
    """What tokens are drawn by at a temperature above 0; raises as `draw` does.

    Returns:
        float32, shape [B, V]; 0 for what is left out, and the rest need not add up to 1.
    """
    scaled_BV = _masked(logits_BV, allowed_BV)
    scaled_BV -= scaled_BV.amax(dim=-1, keepdim=True)
    scaled_BV /= max(config.temperature, _COLDEST)
    if config.top_k is not None and config.top_k < scaled_BV.shape[1]:
        least_B1 = scaled_BV.topk(config.top_k, dim=-1).values[:, -1:]
        scaled_BV.masked_fill_(scaled_BV < least_B1, -torch.inf)
    chance_BV = scaled_BV.softmax(dim=-1)
    if config.top_p is not None and config.top_p < 1:
        least_B1 = _least_of_nucleus(chance_BV, config.top_p)
        chance_BV = chance_BV.masked_fill_(chance_BV < least_B1, 0.0)
    if config.min_p is not None:
        least_B1 = config.min_p * chance_BV.amax(dim=-1, keepdim=True)
        chance_BV = chance_BV.masked_fill_(chance_BV < least_B1, 0.0)
    return chance_BV


def _masked(logits_BV: Tensor, allowed_BV: Tensor | None) -> Tensor:
    """A copy in float32: -inf where a token is not allowed, and finite where it is."""
    masked_BV = logits_BV.float().clamp(-_LARGEST_LOGIT, _LARGEST_LOGIT)
    if allowed_BV is not None:
        masked_BV.masked_fill_(~allowed_BV, -torch.inf)
    if bool(masked_BV.amax(dim=-1).isnan().any()):
        raise SettingError(
            name="model",
            cause="a logit is NaN",
            hint="generate from an earlier checkpoint, and see whether training ran off",
        )
    return masked_BV


def _least_of_nucleus(chance_BV: Tensor, top_p: float) -> Tensor:
    """The smallest probability that is kept, shape [B, 1]."""
    num, vocab_size = min(_NUCLEUS, chance_BV.shape[1]), chance_BV.shape[1]
    while True:
        top_BK = chance_BV.topk(num, dim=-1).values
        before_BK = top_BK.double().cumsum(dim=-1) - top_BK
        if num == vocab_size or bool((before_BK[:, -1] >= top_p).all()):
            return top_BK.masked_fill(before_BK >= top_p, torch.inf).amin(dim=-1, keepdim=True)
        num = min(4 * num, vocab_size)
