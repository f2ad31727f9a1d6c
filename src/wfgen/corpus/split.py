"""Which side of the corpus a document belongs to."""

from __future__ import annotations

import hashlib
from typing import Literal

__all__ = ["Side", "side_of"]

Side = Literal["train", "valid"]

_HASH_BYTES = 8


def side_of(owner: str | None, content: bytes, *, seed: int, valid_share: float) -> Side:
    """The side of a document, the same in every process and for every order of documents.

    All documents of one owner are on one side, so that the validation side shows what a model
    makes of projects it has not seen. A share of the *owners* is held out, not of the documents.

    Args:
        owner: of the repository; None where it is not known, and then the content decides.
        content: `Marks.content`; documents equal but for the order of keys are on one side.
        seed: another seed gives another split.
        valid_share: 0 to 1, the share of owners on the validation side.
    """
    who = content.hex() if owner is None else owner
    digest = hashlib.sha256(f"{seed}:{who}".encode()).digest()
    position = int.from_bytes(digest[:_HASH_BYTES], "big") / 2 ** (8 * _HASH_BYTES)
    return "valid" if position < valid_share else "train"
