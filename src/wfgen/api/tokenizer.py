"""What a tokenizer is, and what it may do besides.

Legend: T tokens of one document, V entries of the vocabulary.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from wfgen.api.records import Piece

__all__ = [
    "ByteLevel",
    "Constrainable",
    "Constraint",
    "FreeMode",
    "GrammarState",
    "IdArray",
    "Inspectable",
    "MaskRow",
    "Saveable",
    "Stateful",
    "Tokenizer",
]

IdArray = NDArray[np.int32]
"""Token ids, int32, shape [T]."""

MaskRow = NDArray[np.int32]
"""One row of a token bitmask, int32, shape [ceil(V / 32)]; see `wfgen.masks`."""


@runtime_checkable
class Tokenizer(Protocol):
    """Turns documents into ids and back. Immutable, and safe to share between threads.

    A document is UTF-8 text; the corpus gives canonical JSON (see `wfgen.canonical`). Equal
    documents give equal ids in every process.
    """

    @property
    def vocab_size(self) -> int:
        """V: every id is in `range(V)`, begin and end among them."""

    @property
    def bos(self) -> int:
        """The id that begins a document in a token store. `encode` never gives it."""

    @property
    def eos(self) -> int:
        """The id that ends a document. `encode` never gives it."""

    def encode(self, document: bytes | str) -> IdArray:
        """The ids of one document, without begin and end; int32, shape [T].

        Text that looks like a special token is plain text.

        Raises:
            EncodeError: the document is not UTF-8, or not of the kind this tokenizer takes.
        """

    def decode(self, ids: IdArray) -> bytes:
        """The document that `ids` stand for; a `bos` in front and an `eos` behind are accepted.

        Raises:
            DecodeError: an id is out of range, a special token stands elsewhere, or the ids are
                no whole document. Nothing is dropped or invented.
        """


@runtime_checkable
class Saveable(Protocol):
    """A tokenizer that can be written to a directory; its entry's `open` reads it back."""

    def save(self, directory: Path) -> None:
        """Write an artefact whose manifest names the entry that opens it (`wfgen.artefacts`).

        Raises:
            ArtefactError: the directory exists already, or cannot be written.
        """


@runtime_checkable
class Inspectable(Protocol):
    """A tokenizer that can say what each token stands for."""

    def inspect(self, document: bytes | str) -> tuple[Piece, ...]:
        """One piece per token of `encode(document)`, in order; what was elided stands between.

        Raises:
            EncodeError: as `encode` does.
        """


@runtime_checkable
class ByteLevel(Protocol):
    """A tokenizer of which each token stands for bytes, whatever stands beside it."""

    def token_bytes(self, token: int) -> bytes:
        """What an id stands for; b'' for begin, end and ids that are not in use.

        Those of `encode(document)`, one after the other, are `decode(encode(document))`.

        Raises:
            DecodeError: the id is out of range.
        """


@runtime_checkable
class FreeMode(Protocol):
    """A tokenizer with a grammar, and a free mode for the documents that its grammar rejects."""

    def is_free(self, ids: IdArray) -> bool:
        """Whether ids of one document, as `encode` gives them, are written in free mode."""


@runtime_checkable
class GrammarState(Protocol):
    """Where one sequence stands in a grammar. Mutable; one per sequence."""

    @property
    def state_id(self) -> int:
        """The local state as `Stateful.encode_with_states` numbers it; 0 if it has none."""

    def fill_mask(self, row: MaskRow, budget: int | None = None) -> None:
        """Write the ids allowed next into `row`; bits past V are 0.

        Args:
            row: int32, shape [ceil(V / 32)], overwritten.
            budget: tokens that may still be spent; ids that would need more are left out.

        Raises:
            BudgetError: no way to the end fits the budget.
            ConstraintError: the row has another shape or dtype.
        """

    def advance(self, token: int) -> None:
        """Take one token. After an error the state is as it was.

        Raises:
            ConstraintError: the token is not allowed here.
        """

    def fork(self) -> GrammarState:
        """An independent copy."""

    def is_accepting(self) -> bool:
        """True where `eos` is allowed next: what was written is a whole document."""

    def is_finished(self) -> bool:
        """True after `eos`: no token may follow."""

    def cost_to_finish(self) -> int:
        """The fewest tokens to a whole document, specials not counted; 0 when it is whole."""


@runtime_checkable
class Constraint(Protocol):
    """A grammar over one tokenizer's ids. Immutable, shared between sequences."""

    def start(self, prefix: bytes | None = None) -> tuple[IdArray, GrammarState]:
        """The ids that stand for `prefix`, and a state that continues after it.

        Args:
            prefix: the beginning of a document's text, cut anywhere; None or b'' for none.

        Returns:
            ids, int32, shape [T]: what is certain of the prefix. Text after the last certain
            token stays pending in the state, whose masks allow only tokens that agree with it.

        Raises:
            ConstraintError: no document begins with the prefix.
        """


@runtime_checkable
class Constrainable(Protocol):
    """A tokenizer that can restrict sampling to valid documents."""

    def constrain(self, schema: dict[str, Any] | None = None) -> Constraint:
        """A constraint for `schema`, a JSON Schema; None for the tokenizer's own.

        Raises:
            CapabilityError: the tokenizer cannot constrain to this schema.
        """


@runtime_checkable
class Stateful(Protocol):
    """A tokenizer that knows a local grammar state before each token: a feature for models."""

    @property
    def num_states(self) -> int:
        """Every state id is in `range(num_states)`."""

    def encode_with_states(self, document: bytes | str) -> tuple[IdArray, IdArray]:
        """`encode(document)` and the state before each of its tokens and before the end; int32,
        shapes [T] and [T + 1].

        Raises:
            EncodeError: as `encode` does.
        """
