"""What a GPT is made of, and how many parameters that gives. Needs no torch."""

from __future__ import annotations

from attrs import field, frozen
from attrs.validators import optional

from wfgen.builtin.checks import boolean, whole_number
from wfgen.errors import SettingError

__all__ = ["GATE_WIDTH", "GptSettings", "Parameters", "count_parameters", "has_value_embedding"]

GATE_WIDTH = 32
"""Channels that the gate of a value embedding reads, as in nanochat."""

_MAX_WIDTH = 1 << 16
_MAX_LOGIT_CAP = 1_000


@frozen(kw_only=True)
class GptSettings:
    """The shape of a GPT, and its optional parts.

    Attributes:
        width: C, channels of the hidden vectors.
        depth: L, layers.
        heads: H, heads of a layer; `width / heads` is even, as rotary positions turn pairs.
        kv_heads: heads of keys and values, each shared by a group of query heads (grouped-query
            attention, Ainslie et al. 2023); None for `heads`.
        residual_scalars: a learned factor for the stream and one for the first hidden vector, in
            front of each layer; 1 and 0 at the start.
        value_embeddings: in every second layer, the last one included, an embedding of the token
            is added to the values of attention, through a gate of each head.
        logit_cap: logits are kept within plus and minus this by tanh; None lets them run.
        num_states: states of the side input, each with an embedding that is added to the token's;
            0 for none.
        state_bias: let the state also add to the logits, through a bottleneck of so many channels;
            0 for not.

    Raises:
        SettingError: a value does not fit, or does not fit the others.
    """

    width: int = field(default=384, validator=whole_number(2, _MAX_WIDTH))
    depth: int = field(default=8, validator=whole_number(1, 1_000))
    heads: int = field(default=6, validator=whole_number(1, _MAX_WIDTH))
    kv_heads: int | None = field(default=None, validator=optional(whole_number(1, _MAX_WIDTH)))
    residual_scalars: bool = field(default=False, validator=boolean)
    value_embeddings: bool = field(default=False, validator=boolean)
    logit_cap: int | None = field(default=None, validator=optional(whole_number(1, _MAX_LOGIT_CAP)))
    num_states: int = field(default=0, validator=whole_number(0, 1 << 24))
    state_bias: int = field(default=0, validator=whole_number(0, _MAX_WIDTH))

    def __attrs_post_init__(self) -> None:
        if self.width % (2 * self.heads):
            raise SettingError(
                name="heads",
                cause=f"{self.heads} heads do not cut {self.width} channels into even parts",
                hint="give a width that is a multiple of twice the heads",
            )
        if self.heads % self.num_kv_heads:
            raise SettingError(
                name="kv_heads",
                cause=f"{self.heads} heads do not make {self.kv_heads} equal groups",
                hint="give a divisor of heads",
            )
        if self.state_bias and not self.num_states:
            raise SettingError(
                name="state_bias",
                cause="the model reads no states",
                hint="train with states=true on data that holds states, or give state_bias=0",
            )

    @property
    def num_kv_heads(self) -> int:
        """Heads of keys and values."""
        return self.kv_heads or self.heads

    @property
    def head_width(self) -> int:
        """D, channels of a head."""
        return self.width // self.heads

    @property
    def kv_width(self) -> int:
        """Channels of the keys, and of the values, of all heads."""
        return self.num_kv_heads * self.head_width


def has_value_embedding(settings: GptSettings, layer: int) -> bool:
    """Whether layer `layer`, counted from 0, has one: every second, the last one included."""
    return settings.value_embeddings and (settings.depth - 1 - layer) % 2 == 0


@frozen(kw_only=True)
class Parameters:
    """How many parameters a GPT has.

    Attributes:
        embedding: of the tokens, value embeddings included; grows with the vocabulary.
        head: from hidden vectors to logits; grows with the vocabulary.
        core: the rest, the same for every vocabulary.
    """

    embedding: int
    head: int
    core: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.embedding + self.head + self.core


def count_parameters(settings: GptSettings, vocab_size: int) -> Parameters:
    """The exact numbers, without making the model."""
    width, depth = settings.width, settings.depth
    num_tables = sum(has_value_embedding(settings, layer) for layer in range(depth))
    attention = 2 * width * width + 2 * width * settings.kv_width
    feed_forward = 8 * width * width
    scalars = 2 * depth if settings.residual_scalars else 0
    gates = num_tables * min(GATE_WIDTH, width) * settings.num_kv_heads
    return Parameters(
        embedding=vocab_size * (width + num_tables * settings.kv_width),
        head=vocab_size * (width + settings.state_bias),
        core=depth * (attention + feed_forward)
        + scalars
        + gates
        + settings.num_states * (width + settings.state_bias),
    )
