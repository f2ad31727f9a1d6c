"""A GPT in the style of nanochat: decoder only, few parts, every one of them measured by its field.

Rotary positions, normalised queries and keys, RMS norm without parameters, squared ReLU, no biases,
an embedding and a head of their own, zero-initialised projections, grouped-query attention.

Legend: B sequences, T positions, S positions that may be read, V entries of the vocabulary,
C channels, H heads, G heads of keys and values, D channels of a head, L layers.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple
from zlib import crc32

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  its usual name
from torch.nn.utils import skip_init

from wfgen.errors import SettingError
from wfgen.models.cache import KvCache
from wfgen.models.settings import GATE_WIDTH, GptSettings, has_value_embedding

__all__ = ["Gpt"]

_ROTARY_BASE = 10_000.0
"""Of the slowest rotation, as in RoFormer (Su et al. 2021)."""

_EMBEDDING_DEVIATION = 0.02
"""Of fresh embeddings, which are normed when they are read: it says how fast they turn, not how
large they are. With AdamW at 0.01 they turn as fast as nanochat's, of deviation 1 and a learning
rate of their own. `tiny`, 100 steps of 2,048 positions of TCT, Muon at 0.02 and AdamW at 0.003:
6.94 nats a token on held-out windows, against 7.07 at a deviation of 0.1 and 7.15 at 1."""

_EPSILON = 1e-6
"""Small beside mean squares of 0.0004; torch's documented default for bfloat16, 0.008, is not."""


class Gpt(nn.Module):
    """The next token's logits by a decoder-only transformer.

    A position reads itself and the `context - 1` positions before it, in training as in generation.
    So a sequence may go on past the context, and a cache gives the logits that a whole pass gives.

    Weights are drawn by a seed from torch's global random numbers, each parameter by its name:
    after the same `torch.manual_seed`, models of one shape have the same core at any vocabulary.

    Attributes:
        settings: its shape.
        vocab_size: V.
        context: positions that one position reads at most.
    """

    def __init__(self, settings: GptSettings, vocab_size: int, context: int) -> None:
        super().__init__()
        self.settings = settings
        self.vocab_size = vocab_size
        self.context = context
        seed = int(torch.randint(1 << 62, (), device="cpu"))
        self.embedding = _table(vocab_size, settings.width)
        self.states: nn.Embedding | None = None
        if settings.num_states:
            self.states = _table(settings.num_states, settings.width)
        self.blocks = nn.ModuleList(
            Block(settings, vocab_size, layer) for layer in range(settings.depth)
        )
        self.head = _linear(settings.width, vocab_size)
        self.bias = StateBias(settings, vocab_size) if settings.state_bias else None
        _draw_weights(self, seed)

    def logits(
        self,
        ids_BT: Tensor,
        cache: KvCache | None = None,
        *,
        states_BT: Tensor | None = None,
        segments_BT: Tensor | None = None,
    ) -> tuple[Tensor, KvCache | None]:
        """Unnormalised log-probabilities of the next token at each position.

        Args:
            ids_BT: int64, shape [B, T].
            cache: what an earlier call returned, to continue its sequences; it is added to in
                place, so that `KvCache.select` is the way to continue one twice.
            states_BT: int64, shape [B, T]; needed where `num_states` is set, else ignored.
            segments_BT: int32, shape [B, T]; a position reads its own segment only. Not together
                with a cache.

        Returns:
            logits_BTV: float32, shape [B, T, V]; and the cache. It is None where gradients are
            recorded and where segments are given, since a packed row is not continued.

        Raises:
            SettingError: `num_states` is set and there are no states.
        """
        assert cache is None or segments_BT is None, "a packed row is not continued"
        if cache is None and segments_BT is None and not torch.is_grad_enabled():
            cache = KvCache(self.settings.depth, self.context)
        first_BTC = _norm(self._embed(ids_BT, states_BT))
        num_before, position = (cache.num_readable, cache.position) if cache else (0, 0)
        mask = _readable(ids_BT, num_before, self.context, segments_BT)
        turns = _turns(position, ids_BT.shape[1], self.settings.head_width, ids_BT.device)
        shared = Pass(ids_BT, first_BTC, turns, mask, cache)
        x_BTC = first_BTC
        for block in self.blocks:
            x_BTC = block(x_BTC, shared)
        logits_BTV: Tensor = self.head(_norm(x_BTC)).float()
        if self.bias is not None:
            logits_BTV = logits_BTV + self.bias(states_BT)
        if cap := self.settings.logit_cap:
            logits_BTV = cap * torch.tanh(logits_BTV / cap)
        return logits_BTV, cache

    def forward(
        self,
        ids_BT: Tensor,
        cache: KvCache | None = None,
        *,
        states_BT: Tensor | None = None,
        segments_BT: Tensor | None = None,
    ) -> tuple[Tensor, KvCache | None]:
        """As `logits`."""
        return self.logits(ids_BT, cache, states_BT=states_BT, segments_BT=segments_BT)

    def hidden_matrices(self) -> Iterable[Tensor]:
        """The matrices of attention and feed-forward, layer by layer; gates are not among them."""
        return [w for m in self.modules() if isinstance(m, Block) for w in m.hidden_matrices()]

    def layers(self) -> Iterable[nn.Module]:
        """The blocks; call each as a module."""
        return self.blocks

    def flops_per_token(self, context: int) -> int:
        """Floating-point operations of training on one token, forward and backward.

        The count of PaLM (Chowdhery et al. 2022, appendix B): 6 for each parameter of a matrix
        product, and 12 for each channel, layer and position of the context, as if every position
        read all of them; embeddings are looked up and cost nothing.

        Args:
            context: positions of a sequence.
        """
        matrices = sum(m.weight.numel() for m in self.modules() if isinstance(m, nn.Linear))
        return 6 * matrices + 12 * self.settings.depth * self.settings.width * context

    def _embed(self, ids_BT: Tensor, states_BT: Tensor | None) -> Tensor:
        x_BTC: Tensor = self.embedding(ids_BT)
        if self.states is None:
            return x_BTC
        if states_BT is None:
            raise SettingError(
                name="num_states",
                cause="the model reads a state with every token, and there is none",
                hint="give states_BT, or make the model with num_states=0",
            )
        return torch.add(x_BTC, self.states(states_BT))


class Pass(NamedTuple):
    """What all layers share in one pass.

    Attributes:
        ids_BT: int64, shape [B, T].
        first_BTC: the stream in front of the first layer.
        turns: float32, cosines and sines of the positions, shape [2, T, D / 2].
        mask: bool, shape [B or 1, 1, T, S], True where T reads S; None for all up to itself.
        cache: keys and values to read and to add to.
    """

    ids_BT: Tensor
    first_BTC: Tensor
    turns: Tensor
    mask: Tensor | None
    cache: KvCache | None


class Block(nn.Module):
    """One layer: attention, then feed-forward, each added to the stream."""

    def __init__(self, settings: GptSettings, vocab_size: int, layer: int) -> None:
        super().__init__()
        self.scalars = nn.Parameter(torch.empty(2)) if settings.residual_scalars else None
        self.attention = Attention(settings, vocab_size, layer)
        self.feed_forward = FeedForward(settings)

    def forward(self, x_BTC: Tensor, shared: Pass) -> Tensor:
        """The stream behind the layer, shape [B, T, C], from the stream in front of it."""
        if self.scalars is not None:
            x_BTC = self.scalars[0] * x_BTC + self.scalars[1] * shared.first_BTC
        x_BTC = x_BTC + self.attention(_norm(x_BTC), shared)
        out_BTC: Tensor = x_BTC + self.feed_forward(_norm(x_BTC))
        return out_BTC

    def hidden_matrices(self) -> list[Tensor]:
        """The matrices between hidden vectors."""
        attention, feed_forward = self.attention, self.feed_forward
        of_attention = (attention.query, attention.key, attention.value, attention.out)
        return [m.weight for m in (*of_attention, feed_forward.into, feed_forward.out)]


class Attention(nn.Module):
    """Causal attention with rotary positions, over normalised queries and keys."""

    def __init__(self, settings: GptSettings, vocab_size: int, layer: int) -> None:
        super().__init__()
        self._layer = layer
        self._heads, self._kv_heads = settings.heads, settings.num_kv_heads
        width, kv_width = settings.width, settings.kv_width
        self.query = _linear(width, width)
        self.key = _linear(width, kv_width)
        self.value = _linear(width, kv_width)
        self.out = _linear(width, width)
        has_table = has_value_embedding(settings, layer)
        self.value_embedding = _table(vocab_size, kv_width) if has_table else None
        self.gate = _linear(min(GATE_WIDTH, width), self._kv_heads) if has_table else None

    def forward(self, x_BTC: Tensor, shared: Pass) -> Tensor:
        """What the positions read of one another, shape [B, T, C]."""
        query_BHTD = _norm(_turn(_heads(self.query(x_BTC), self._heads), shared.turns))
        key_BGTD = _norm(_turn(_heads(self.key(x_BTC), self._kv_heads), shared.turns))
        value_BGTD = _heads(self.value(x_BTC), self._kv_heads)
        if self.value_embedding is not None:
            value_BGTD = value_BGTD + self._gated(x_BTC, shared.ids_BT)
        query_BHTD, key_BGTD = query_BHTD.type_as(value_BGTD), key_BGTD.type_as(value_BGTD)
        if shared.cache is not None:
            key_BGTD, value_BGTD = shared.cache.put(self._layer, key_BGTD, value_BGTD)
        if (group := self._heads // self._kv_heads) > 1:
            # Not enable_gqa: with a mask it leaves the memory-efficient kernels of a GPU.
            key_BGTD = key_BGTD.repeat_interleave(group, dim=1)
            value_BGTD = value_BGTD.repeat_interleave(group, dim=1)
        is_causal = shared.mask is None and x_BTC.shape[1] > 1
        read_BHTD = F.scaled_dot_product_attention(
            query_BHTD, key_BGTD, value_BGTD, attn_mask=shared.mask, is_causal=is_causal
        )
        out_BTC: Tensor = self.out(read_BHTD.transpose(1, 2).flatten(2))
        return out_BTC

    def _gated(self, x_BTC: Tensor, ids_BT: Tensor) -> Tensor:
        """The value embeddings, each head times 0 to 2, and 1 at the start."""
        assert self.value_embedding is not None and self.gate is not None
        gate_BTG = 2 * torch.sigmoid(self.gate(x_BTC[..., : self.gate.in_features]))
        values_BGTD = _norm(_heads(self.value_embedding(ids_BT), self._kv_heads))
        return (gate_BTG.transpose(1, 2)[..., None] * values_BGTD).type_as(gate_BTG)


class FeedForward(nn.Module):
    """Four times as wide inside, with squared ReLU (So et al., Primer, 2021)."""

    def __init__(self, settings: GptSettings) -> None:
        super().__init__()
        self.into = _linear(settings.width, 4 * settings.width)
        self.out = _linear(4 * settings.width, settings.width)

    def forward(self, x_BTC: Tensor) -> Tensor:
        """Position by position, shape [B, T, C]."""
        out_BTC: Tensor = self.out(F.relu(self.into(x_BTC)).square())
        return out_BTC


class StateBias(nn.Module):
    """What a state adds to the logits, whatever was read: which tokens are likely there at all."""

    def __init__(self, settings: GptSettings, vocab_size: int) -> None:
        super().__init__()
        self.rows = _table(settings.num_states, settings.state_bias)
        self.out = _linear(settings.state_bias, vocab_size)

    def forward(self, states_BT: Tensor) -> Tensor:
        """Position by position; float32, shape [B, T, V]."""
        bias_BTV: Tensor = self.out(self.rows(states_BT)).float()
        return bias_BTV


# Parts without weights --------------------------------------------------------------------------


def _norm(x: Tensor) -> Tensor:
    """Every vector to a root mean square of 1."""
    return F.rms_norm(x, (x.shape[-1],), eps=_EPSILON)


def _heads(x_BTC: Tensor, heads: int) -> Tensor:
    batch, num, width = x_BTC.shape
    return x_BTC.view(batch, num, heads, width // heads).transpose(1, 2)


def _turns(position: int, num: int, head_width: int, device: torch.device) -> Tensor:
    """Cosines and sines of positions `position` and following; float32, shape [2, T, D / 2]."""
    channels = torch.arange(0, head_width, 2, dtype=torch.float32, device=device)
    positions = torch.arange(position, position + num, dtype=torch.float32, device=device)
    angles = positions[:, None] * _ROTARY_BASE ** (-channels / head_width)
    return torch.stack((angles.cos(), angles.sin()))


def _turn(x_BHTD: Tensor, turns: Tensor) -> Tensor:
    """Turn channel i together with channel i + D / 2, by an angle of the position's."""
    cosines, sines = turns
    left, right = x_BHTD.chunk(2, dim=-1)
    return torch.cat((left * cosines + right * sines, right * cosines - left * sines), dim=-1)


def _readable(
    ids_BT: Tensor, num_before: int, context: int, segments_BT: Tensor | None
) -> Tensor | None:
    """Which positions each one reads: bool, shape [B or 1, 1, T, S]; None for all up to itself."""
    num_new = ids_BT.shape[1]
    if segments_BT is None and num_before + num_new <= context and (not num_before or num_new == 1):
        return None
    read_S = torch.arange(num_before + num_new, device=ids_BT.device)
    distance_TS = read_S[num_before:, None] - read_S
    mask = ((distance_TS >= 0) & (distance_TS < context))[None, None]
    if segments_BT is None:
        return mask
    return mask & (segments_BT[:, None, :, None] == segments_BT[:, None, None, :])


# Weights ----------------------------------------------------------------------------------------


def _linear(width: int, out_width: int) -> nn.Linear:
    made: nn.Linear = skip_init(nn.Linear, width, out_width, bias=False)  # type: ignore[no-untyped-call]
    return made


def _table(num: int, width: int) -> nn.Embedding:
    made: nn.Embedding = skip_init(nn.Embedding, num, width)  # type: ignore[no-untyped-call]
    return made


def _draw_weights(model: Gpt, seed: int) -> None:
    """Draw each parameter by the seed and its name, so that no parameter depends on another."""
    generator = torch.Generator(device="cpu")
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            generator.manual_seed(seed ^ crc32(name.encode()))
            drawn = torch.empty(parameter.shape, device="cpu")
            parameter.copy_(_drawn(name, drawn, model.settings.width, generator))


def _drawn(name: str, weight: Tensor, width: int, generator: torch.Generator) -> Tensor:
    """Fresh weights, as nanochat has them but for the size of embeddings.

    What a layer adds to the stream, the gates and the logits begin at 0; the other matrices keep
    the size of what they read. They are uniform, which has no outliers.
    """
    match name.split(".")[-2:]:
        case (("embedding" | "value_embedding"), "weight"):
            return weight.normal_(std=_EMBEDDING_DEVIATION, generator=generator)
        case _, "scalars":
            return torch.tensor([1.0, 0.0])
        case (("out" | "head" | "gate" | "states"), "weight"):
            return weight.zero_()
    bound = math.sqrt(3 / width)  # a standard deviation of 1 / sqrt(C)
    return weight.uniform_(-bound, bound, generator=generator)
