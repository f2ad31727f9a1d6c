"""What the token inspector of the page shows: a few documents, cut by every tokenizer.

Bounded: at most `NUM_DOCUMENTS` documents of at most `MAX_BYTES` bytes of canonical form.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from attrs import asdict, define, field, frozen

from wfgen.api import FreeMode, IdArray, Inspectable, Piece, Tokenizer
from wfgen.corpus import Document
from wfgen.errors import EncodeError
from wfgen.evaluate.contenders import (
    Contender,
    FailedArm,
    attempt,
    check_tokenizer,
    error_text,
)

__all__ = ["MAX_BYTES", "NUM_DOCUMENTS", "choose_documents", "exhibit", "is_free", "pieces_of"]

NUM_DOCUMENTS = 12
MAX_BYTES = 6000
_PART, _UNKNOWN = "part", "unknown"
_LONGEST_CHARACTER = 4
"""Bytes of UTF-8 that one character takes at most, and so tokens that may share it."""


def choose_documents(
    documents: Sequence[Document],
    *,
    num_documents: int = NUM_DOCUMENTS,
    max_bytes: int = MAX_BYTES,
) -> list[Document]:
    """Documents to look at: of all that are short enough, from the shortest to the longest."""
    fitting = sorted(
        (d for d in documents if len(d.canonical) <= max_bytes),
        key=lambda d: (len(d.canonical), d.name),
    )
    if len(fitting) <= num_documents:
        return fitting
    places = np.linspace(0, len(fitting) - 1, num_documents).round().astype(int)
    return [fitting[place] for place in places.tolist()]


def exhibit(
    contenders: Iterable[Contender | FailedArm], documents: Sequence[Document]
) -> dict[str, Any]:
    """JSON values for the page: the documents, and how each tokenizer cuts them.

    A tokenizer has a table of pieces `[token, text, kind, hex]` and, for each document, a list of
    places in it, or an error's text. `token` is null where the grammar forces a symbol that no
    token writes; `hex` holds the bytes of a piece that is no UTF-8 by itself, and is '' otherwise.
    `free` says of each document whether it is written in free mode; null where there is none.
    """
    return {
        "documents": [_shown_document(document) for document in documents],
        "tokenizers": [_shown_or_failed(contender, documents) for contender in contenders],
    }


def _shown_document(document: Document) -> dict[str, Any]:
    known = {name: value for name, value in asdict(document.provenance).items() if value}
    return {
        **known,
        "name": document.name,
        "text": document.canonical.decode(),
        "bytes": len(document.canonical),
    }


def _shown_or_failed(
    contender: Contender | FailedArm, documents: Sequence[Document]
) -> dict[str, Any]:
    if isinstance(contender, FailedArm):
        return {"arm": contender.arm, "error": contender.error}
    shown, error = attempt(_shown_tokenizer, contender, documents)
    if error is not None:
        return {"arm": contender.arm, "error": error_text(error)}
    assert shown is not None
    return shown


def _shown_tokenizer(contender: Contender, documents: Sequence[Document]) -> dict[str, Any]:
    check_tokenizer(contender.tokenizer)
    table = _PieceTable()
    cuts: list[list[int] | str] = []
    free: list[bool | None] = []
    for document in documents:
        pieces, error = attempt(pieces_of, contender.tokenizer, document.canonical)
        if pieces is None:
            cuts.append(error_text(error) if error else "")
        else:
            cuts.append([table.place(piece) for piece in pieces])
        free.append(None if pieces is None else is_free(contender.tokenizer, pieces))
    return {
        "arm": contender.arm,
        "vocabulary": contender.tokenizer.vocab_size,
        "pieces": table.rows,
        "documents": cuts,
        "free": free,
    }


@define
class _PieceTable:
    """Every different piece once."""

    rows: list[tuple[int | None, str, str, str]] = field(factory=list)
    _places: dict[Piece, int] = field(factory=dict)

    def place(self, piece: Piece) -> int:
        if piece not in self._places:
            self._places[piece] = len(self.rows)
            self.rows.append(_shown_piece(piece))
        return self._places[piece]


def _shown_piece(piece: Piece) -> tuple[int | None, str, str, str]:
    try:
        return piece.token, piece.text.decode("utf-8"), piece.kind, ""
    except UnicodeDecodeError:
        return piece.token, "", piece.kind, piece.text.hex(" ")


# Pieces -----------------------------------------------------------------------------------------


def pieces_of(tokenizer: Tokenizer, document: bytes) -> tuple[Piece, ...]:
    """What each token of a document stands for, in order.

    From `Inspectable.inspect` where the tokenizer has it; else by decoding ids one by one, and
    together where a character is split over several.

    Raises:
        EncodeError: the tokenizer refuses the document, or `inspect` and `encode` disagree.
    """
    ids = tokenizer.encode(document)
    if not isinstance(tokenizer, Inspectable):
        return tuple(_decoded(tokenizer, ids))
    pieces = tokenizer.inspect(document)
    tokens = [piece.token for piece in pieces if piece.token is not None]
    if tokens != np.asarray(ids).tolist():
        raise EncodeError(cause=f"inspect shows {len(tokens):,} tokens, not those of encode")
    return pieces


def is_free(tokenizer: Tokenizer, pieces: Sequence[Piece]) -> bool | None:
    """Whether the tokens of some pieces are in free mode; None where there is no such mode."""
    tokens = [piece.token for piece in pieces if piece.token is not None]
    if not isinstance(tokenizer, FreeMode):
        return None
    return tokenizer.is_free(np.array(tokens, dtype=np.int32))


@frozen
class _Run:
    """Neighbouring tokens that decode together, and to what."""

    tokens: tuple[int, ...]
    text: bytes


def _decoded(tokenizer: Tokenizer, ids: IdArray) -> Iterator[Piece]:
    at = 0
    while at < len(ids):
        run = _shortest_run(tokenizer, ids, at)
        if run is None:
            yield Piece(text=b"", kind=_UNKNOWN, token=int(ids[at]))
            at += 1
            continue
        if len(run.tokens) == 1:
            yield Piece(text=run.text, token=run.tokens[0])
        else:
            yield from _parts(run)
        at += len(run.tokens)


def _shortest_run(tokenizer: Tokenizer, ids: IdArray, at: int) -> _Run | None:
    for length in range(1, _LONGEST_CHARACTER + 1):
        run = ids[at : at + length]
        text, error = attempt(tokenizer.decode, run)
        if error is None and isinstance(text, bytes):
            return _Run(tuple(run.tolist()), text)
    return None


def _parts(run: _Run) -> Iterator[Piece]:
    """Where each token of a split character ends is not known; each says which part it is."""
    shown, count = run.text.decode("utf-8", "replace"), len(run.tokens)
    for number, token in enumerate(run.tokens, start=1):
        yield Piece(text=b"", kind=f"{_PART} {number} of {count} of {shown}", token=token)
