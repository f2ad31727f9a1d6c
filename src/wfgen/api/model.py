"""What a model is to the trainer and the generator, and what it may be besides.

Legend: B sequences, T positions, V entries of the vocabulary. Arrays are the framework's own
(torch tensors for the built-in trainer); the contract itself imports no framework.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol, runtime_checkable

__all__ = ["FlopsCounted", "HiddenMatrices", "Layered", "Model", "SelectableCache"]


@runtime_checkable
class Model(Protocol):
    """Gives the next token's logits."""

    def logits(
        self,
        ids_BT: Any,  # noqa: N803
        cache: Any = None,
        *,
        states_BT: Any = None,  # noqa: N803
        segments_BT: Any = None,  # noqa: N803
    ) -> tuple[Any, Any]:
        """Unnormalised log-probabilities of the next token at each position.

        Args:
            ids_BT: int64, shape [B, T].
            cache: what an earlier call returned, to continue its sequences; None to begin.
            states_BT: int64, shape [B, T]; at each position the state (`wfgen.states`) before the
                token that is predicted there; None where there are none. A model may ignore it.
            segments_BT: int32, shape [B, T], which document of its row each token belongs to, -1
                for padding; None where each row is one document. A model should let no position
                read another document; one that cannot may ignore it. Never given with a cache.

        Returns:
            logits_BTV: floating point, shape [B, T, V]; and the cache for the next call, which
            may be None where gradients are recorded.
        """

    def parameters(self) -> Iterable[Any]:
        """The trainable arrays, always in the same order. All that training changes is in them."""


@runtime_checkable
class SelectableCache(Protocol):
    """A cache that can go on with some of its sequences, or with a sequence several times."""

    def select(self, rows: Sequence[int]) -> SelectableCache:
        """The cache of these rows, in this order; the old one is not used any more."""


@runtime_checkable
class HiddenMatrices(Protocol):
    """A model that says which of its parameters are matrices between hidden vectors."""

    def hidden_matrices(self) -> Iterable[Any]:
        """Those parameters, which Muon may update; embeddings and the head are not among them."""


@runtime_checkable
class Layered(Protocol):
    """A model of layers, one after the other."""

    def layers(self) -> Iterable[Any]:
        """The layers, where activations may be recomputed and parameters sharded."""


@runtime_checkable
class FlopsCounted(Protocol):
    """A model that counts its own floating-point operations."""

    def flops_per_token(self, context: int) -> int:
        """Floating-point operations of training on one token, forward and backward.

        Args:
            context: positions of a sequence.
        """
