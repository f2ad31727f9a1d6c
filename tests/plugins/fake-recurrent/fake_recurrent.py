"""A foreign model: recurrent, no module of torch's, and nothing but the protocol.

Legend: B sequences, T positions, V vocabulary, C width.
"""

from __future__ import annotations

from attrs import field, frozen
from attrs.validators import ge

from wfgen.api import ModelEntry, hookimpl


@frozen(kw_only=True)
class RecurrentSettings:
    width: int = field(default=16, validator=ge(1))


class Recurrent:
    """h = tanh(E[x] + h W); logits = h U. The cache is h, shape [B, C]."""

    def __init__(self, settings, vocab_size, context):
        import torch  # noqa: PLC0415  an extra

        def fresh(*shape):
            return torch.nn.Parameter(torch.randn(shape) / settings.width**0.5)

        self._embedding_VC = fresh(vocab_size, settings.width)
        self._hidden_CC = fresh(settings.width, settings.width)
        self._head_CV = torch.nn.Parameter(torch.zeros(settings.width, vocab_size))

    def logits(self, ids_BT, cache=None, *, states_BT=None, segments_BT=None):
        import torch  # noqa: PLC0415  an extra

        inputs_BTC = self._embedding_VC[ids_BT]
        hidden_BC = torch.zeros_like(inputs_BTC[:, 0]) if cache is None else cache.hidden_BC
        all_BC = []
        for inputs_BC in inputs_BTC.unbind(1):
            hidden_BC = torch.tanh(inputs_BC + hidden_BC @ self._hidden_CC)
            all_BC.append(hidden_BC)
        return torch.stack(all_BC, 1) @ self._head_CV, Hidden(hidden_BC)

    def parameters(self):
        return [self._embedding_VC, self._hidden_CC, self._head_CV]

    def hidden_matrices(self):
        return [self._hidden_CC]


@frozen
class Hidden:
    hidden_BC: object

    def select(self, rows):
        return Hidden(self.hidden_BC[list(rows)])


@hookimpl
def wfgen_models():
    return [
        ModelEntry(
            name="recurrent",
            summary="A tiny recurrent network.",
            settings=RecurrentSettings,
            create=Recurrent,
        )
    ]
