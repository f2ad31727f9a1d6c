"""Ids back into documents: fast by tables, and symbol by symbol where these do not tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from wfgen.canonical import DEFAULT_LIMITS
from wfgen.errors import DecodeError
from wfgen_tct.grammar.fluent import FluentSpeaker
from wfgen_tct.grammar.language import Language
from wfgen_tct.grammar.reading import FluentReader
from wfgen_tct.grammar.walk import Stuck, TooDeep, Walk
from wfgen_tct.tokens.codes import SIZES
from wfgen_tct.tokens.vocabulary import Vocabulary

__all__ = ["Decoder", "misplaced"]


class Decoder:
    """Decodes documents of one language; not safe for several threads at once.

    Args:
        language: the documents.
        vocabulary: what each id stands for.
        speaker: encodes the same documents; its tables are used.
    """

    def __init__(self, language: Language, vocabulary: Vocabulary, speaker: FluentSpeaker) -> None:
        self._language = language
        self._vocabulary = vocabulary
        self._speaker = speaker

    def decode(self, ids: Sequence[int], start: int = 0) -> tuple[bytes, int]:
        """The document that begins at an index, and the index behind it.

        Raises:
            DecodeError: an id is out of range or may not stand where it does, or the document does
                not end.
        """
        return self.read(ids, start) or self.walk(ids, start)

    def read(self, ids: Sequence[int], start: int = 0) -> tuple[bytes, int] | None:
        """As `decode`, by tables; None where they do not tell, or there is no document."""
        try:
            codes = list(map(self._codes.__getitem__, ids[start:]))
        except KeyError:
            return None
        begins = b"".join(map(self._begins.__getitem__, map(len, codes)))
        found = self._reader.read(b"".join(codes), begins)
        return None if found is None else (found[0], start + begins.count(1, 0, found[1]))

    def walk(self, ids: Sequence[int], start: int = 0) -> tuple[bytes, int]:
        """As `decode`, symbol by symbol.

        Raises:
            DecodeError: as `decode` does.
        """
        walk = Walk(self._language, write=True)
        walk.follow()
        for index in range(start, len(ids)):
            if walk.place is None:
                return walk.written, index
            token = ids[index]
            try:
                walk.pass_through(walk.place.jump(token, self._vocabulary.symbols(token)))
            except Stuck as stuck:
                raise misplaced(walk, self._vocabulary, token, index, stuck) from None
        if not walk.is_whole:
            cause = "the document does not end with the ids"
            hint = "for ids that were cut there is decode_prefix"
            raise DecodeError(index=len(ids), cause=cause, hint=hint)
        return walk.written, len(ids)

    @cached_property
    def _codes(self) -> Mapping[int, bytes]:
        """The coded symbols of each id, but for ids with a byte that no text has.

        Such a byte by itself would look like the beginning of another symbol.
        """
        vocabulary = self._vocabulary
        odd = {vocabulary.id_of(byte) for byte in range(256) if SIZES[byte] > 1}
        first = vocabulary.size - len(vocabulary.merges)
        for token, pair in enumerate(vocabulary.merges, first):
            if not odd.isdisjoint(pair):
                odd.add(token)
        return {token: coded for token, coded in vocabulary.coded.items() if token not in odd}

    @cached_property
    def _begins(self) -> Mapping[int, bytes]:
        """By the size of a coded token, 1 for its first byte and 0 for each of the others."""
        return {size: b"\1".ljust(size, b"\0") for size in map(len, self._codes.values())}

    @cached_property
    def _reader(self) -> FluentReader:
        vocabulary = self._vocabulary
        return FluentReader(
            self._language, vocabulary.codes, SIZES, vocabulary.symbols_of, self._speaker
        )


def misplaced(
    walk: Walk, vocabulary: Vocabulary, token: int, index: int, stuck: Stuck
) -> DecodeError:
    """Why an id may not stand where a walk is.

    Args:
        walk: as it stands before the id.
        vocabulary: what ids stand for.
        token, index: the id, and which one it is.
        stuck: what the walk said to its symbols.
    """
    symbols = vocabulary.symbols(token)
    if not 0 <= token < vocabulary.size:
        cause = f"id {token} is outside a vocabulary of {vocabulary.size:,}"
    elif not symbols:
        cause = f"the special token {token} stands inside"
    elif isinstance(stuck, TooDeep):
        cause = f"arrays and objects are nested deeper than {DEFAULT_LIMITS.depth}"
    else:
        cause = f"id {token}: {walk.language.why_not(symbols[stuck.index], walk.choices())}"
    return DecodeError(index=index, cause=cause)
