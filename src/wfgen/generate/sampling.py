"""Draws tokens from logits: temperature, top-k, top-p and min-p, and one random number a token.

Legend: B sequences, V entries of the vocabulary, N blocks of K tokens.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from wfgen.errors import SettingError
from wfgen.generate.config import GenerateConfig

__all__ = ["draw", "probabilities"]

_NUCLEUS = 256
"""Tokens among which a nucleus is looked for at first. Sorting them all costs a CPU core 1 ms a
sequence at V = 8,192."""

_BLOCK = 64
"""Tokens that are summed first, as a running sum over all is the slowest part on a CPU."""

_LARGEST_LOGIT = 1e37
_FORBIDDEN = 2.5e38
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
    padded_BV = functional.pad(chance_BV, (0, -chance_BV.shape[1] % _BLOCK))
    blocks_BNK = padded_BV.view(len(padded_BV), -1, _BLOCK)
    sums_BN = blocks_BNK.sum(dim=-1).double()
    reached_B1 = chances_B.to(sums_BN.device)[:, None] * sums_BN.sum(dim=-1, keepdim=True)
    block_B1, rest_B1 = _reach(sums_BN, reached_B1)
    weights_BK = blocks_BNK.gather(1, block_B1[:, :, None].expand(-1, -1, _BLOCK))[:, 0].double()
    place_B1, _ = _reach(weights_BK, rest_B1)
    return (block_B1 * _BLOCK + place_B1)[:, 0]


def _reach(weights_BN: Tensor, reached_B1: Tensor) -> tuple[Tensor, Tensor]:
    """Where the running sum of some weights passes `reached_B1`, and what of that is left there.

    The weight there is never 0, though sums are rounded, and a device adds up in an order of its
    own.
    """
    sums_BN = weights_BN.cumsum(dim=-1)
    place_B1 = torch.searchsorted(sums_BN, reached_B1, right=True)
    place_B1.clamp_(max=weights_BN.shape[1] - 1)
    is_possible_B1 = weights_BN.gather(1, place_B1) > 0
    place_B1 = torch.where(is_possible_B1, place_B1, weights_BN.argmax(dim=-1, keepdim=True))
    before_B1 = sums_BN.gather(1, place_B1) - weights_BN.gather(1, place_B1)
    return place_B1, (reached_B1 - before_B1).clamp_(min=0)


def probabilities(logits_BV: Tensor, allowed_BV: Tensor | None, config: GenerateConfig) -> Tensor:
    """What tokens are drawn by at a temperature above 0; raises as `draw` does.

    Returns:
        float32, shape [B, V]; 0 for what is left out, and the rest need not add up to 1.
    """
    scaled_BV = _masked(logits_BV, allowed_BV)
    scaled_BV -= scaled_BV.amax(dim=-1, keepdim=True)
    scaled_BV /= max(config.temperature, _COLDEST)
    chance_BV = scaled_BV.softmax(dim=-1)
    if config.top_k is not None and config.top_k < chance_BV.shape[1]:
        least_B1 = chance_BV.topk(config.top_k, dim=-1).values[:, -1:]
        chance_BV *= chance_BV >= least_B1
    if config.top_p is not None and config.top_p < 1:
        chance_BV *= chance_BV >= _least_of_nucleus(chance_BV, config.top_p)
    if config.min_p is not None:
        chance_BV *= chance_BV >= config.min_p * chance_BV.amax(dim=-1, keepdim=True)
    return chance_BV


def _masked(logits_BV: Tensor, allowed_BV: Tensor | None) -> Tensor:
    """A copy in float32: finite, and far below all others where a token is not allowed."""
    masked_BV = logits_BV.float().clamp(-_LARGEST_LOGIT, _LARGEST_LOGIT)
    if allowed_BV is not None:
        # Adding takes a third of the time of filling.
        masked_BV.add_(allowed_BV.float().sub_(1), alpha=_FORBIDDEN)
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
    enough_B1 = top_p * chance_BV.sum(dim=-1, keepdim=True)
    while True:
        top_BK = chance_BV.topk(num, dim=-1).values
        before_BK = top_BK.double().cumsum(dim=-1) - top_BK
        if num == vocab_size or bool((before_BK[:, -1:] >= enough_B1).all()):
            is_left_out_BK = before_BK >= enough_B1
            return top_BK.masked_fill(is_left_out_BK, torch.inf).amin(dim=-1, keepdim=True)
        num = min(4 * num, vocab_size)
