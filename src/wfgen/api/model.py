"""What a model is to the trainer and the generator.

Legend: B sequences, T positions, V entries of the vocabulary. Arrays are the framework's own
(torch tensors for the built-in trainer); the contract itself imports no framework.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol, runtime_checkable

__all__ = ["Model"]


@runtime_checkable
class Model(Protocol):
    """Gives the next token's logits."""

    def logits(self, ids_BT: Any, cache: Any = None, states_BT: Any = None) -> tuple[Any, Any]:  # noqa: N803
        """Unnormalised log-probabilities of the next token at each position.

        Args:
            ids_BT: int64, shape [B, T].
            cache: what an earlier call returned, to continue its sequences; None to begin.
            states_BT: int64, shape [B, T], the grammar state before each token of a `Stateful`
                tokenizer, or None. A model may ignore it.

        Returns:
            logits_BTV: floating point, shape [B, T, V]; and the cache for the next call.
        """

    def parameters(self) -> Iterable[Any]:
        """The trainable arrays."""
