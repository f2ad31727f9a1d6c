"""What each token of a document stands for, and what the grammar forces between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wfgen.api import Piece
from wfgen_tct.grammar.moves import Place, Stuck
from wfgen_tct.grammar.naming import KEYWORDS
from wfgen_tct.grammar.places import Members, Text
from wfgen_tct.grammar.walk import Walk
from wfgen_tct.symbols import CLOSE, END, FIRST_NAMED
from wfgen_tct.tokens.vocabulary import FREE, Vocabulary

__all__ = ["KINDS", "pieces_of"]

KINDS = ("key", "kind", "literal", "number", "text", "end", "mode")
"""What a piece may be: a key, the opening of an object or array or number, a word or listed string,
part of a number or of a string, the end of something, or the mark of free mode."""


def pieces_of(walk: Walk, ids: Sequence[int], vocabulary: Vocabulary) -> Iterator[Piece]:
    """One piece a token, and one for each symbol that is forced, in the order of the document.

    What is forced between two symbols of one token counts as part of the token.

    Args:
        walk: at the beginning of the document, keeping what is written.
        ids: of one document, which may be cut; those behind its end are left alone.
        vocabulary: what they stand for.

    Raises:
        Stuck: the next id may not stand where it does.
    """
    if ids and ids[0] == FREE:
        yield Piece(text=b"", kind="mode", token=FREE)
        ids = ids[1:]
    yield from _forced(walk)
    for token in ids:
        if walk.is_whole:
            return
        first, *rest = _symbols(vocabulary, token)
        kind, text = _kind(walk.place, first), _written(walk, first)
        for symbol in rest:
            text += b"".join(piece.text for piece in _forced(walk))
            text += _written(walk, symbol)
        yield Piece(text=text, kind=kind, token=token)
        yield from _forced(walk)


def _forced(walk: Walk) -> Iterator[Piece]:
    while len(choices := walk.choices()) == 1:
        kind = _kind(walk.place, choices[0])
        yield Piece(text=_written(walk, choices[0]), kind=kind)


def _symbols(vocabulary: Vocabulary, token: int) -> tuple[int, ...]:
    symbols = vocabulary.expansions[token] if 0 <= token < vocabulary.size else ()
    if not symbols:
        raise Stuck
    return symbols


def _written(walk: Walk, symbol: int) -> bytes:
    if symbol not in walk.choices():
        raise Stuck
    mark = walk.num_parts
    walk.advance(symbol)
    return walk.written_since(mark)


def _kind(place: Place | None, symbol: int) -> str:
    if symbol in (END, CLOSE):
        return "end"
    if isinstance(place, Members) or (isinstance(place, Text) and place.owner is not None):
        return "key"
    if symbol < END:
        is_number = isinstance(place, Text) and not place.quote
        return "number" if is_number else "text"
    if symbol >= FIRST_NAMED:
        return "literal"
    return "literal" if symbol in KEYWORDS else "kind"
