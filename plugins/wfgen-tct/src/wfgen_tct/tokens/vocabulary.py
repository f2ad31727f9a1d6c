"""The vocabulary: specials, then symbols, then merges of symbols by rank."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from attrs import field, frozen

from wfgen.errors import SettingError
from wfgen_tct.tokens.codes import MAX_SYMBOLS, code_of, part_codes, size_of

__all__ = ["BEGIN", "FREE", "NUM_SPECIALS", "PADDING", "STOP", "Vocabulary"]

PADDING, BEGIN, STOP, FREE = range(4)
"""Specials: padding, begin and end of a document, and the mark of free mode."""

NUM_SPECIALS = 4


@frozen(kw_only=True, eq=False)
class Vocabulary:
    """Ids and what they stand for.

    Attributes:
        num_symbols: of the grammar.
        merges: pairs of ids; merge number r is the id `NUM_SPECIALS + num_symbols + r`.
    """

    num_symbols: int
    merges: tuple[tuple[int, int], ...] = field(repr=False)

    def __attrs_post_init__(self) -> None:
        if self.num_symbols > MAX_SYMBOLS:
            raise SettingError(
                name="schema",
                cause=f"it names {self.num_symbols:,} keys and strings",
                hint=f"a vocabulary holds {MAX_SYMBOLS:,} at most",
            )

    @property
    def size(self) -> int:
        """Every id is in `range(size)`."""
        return NUM_SPECIALS + self.num_symbols + len(self.merges)

    @cached_property
    def expansions(self) -> tuple[tuple[int, ...], ...]:
        """The symbols of each id; none of a special."""
        found: list[tuple[int, ...]] = [()] * NUM_SPECIALS
        found += [(symbol,) for symbol in range(self.num_symbols)]
        for left, right in self.merges:
            found.append(found[left] + found[right])
        return tuple(found)

    @cached_property
    def codes(self) -> tuple[bytes, ...]:
        """The code of each symbol."""
        return tuple(map(code_of, range(self.num_symbols)))

    def symbols(self, token: int) -> tuple[int, ...]:
        """The symbols of an id; none of a special, and of one that is out of range."""
        return self.expansions[token] if 0 <= token < self.size else ()

    @cached_property
    def coded(self) -> Mapping[int, bytes]:
        """The coded symbols of each id that is no special, ids ascending."""
        found = dict(enumerate(self.codes, NUM_SPECIALS))
        for number, (left, right) in enumerate(self.merges, NUM_SPECIALS + self.num_symbols):
            found[number] = found[left] + found[right]
        return found

    def id_of(self, symbol: int) -> int:
        """The id of a symbol by itself."""
        return NUM_SPECIALS + symbol

    def symbols_of(self, coded: bytes) -> tuple[int, ...]:
        """The symbols that stand in a coded run."""
        found, at = [], 0
        while at < len(coded):
            size = size_of(coded[at])
            found.append(self._symbols[coded[at : at + size]])
            at += size
        return tuple(found)

    @cached_property
    def _symbols(self) -> Mapping[bytes, int]:
        return {code: symbol for symbol, code in enumerate(self.codes)}

    # Encoding -------------------------------------------------------------------------------

    @cached_property
    def _parts(self) -> list[bytes]:
        """Beginnings of codes, which come before all else in the encoder's ranks."""
        return part_codes(self.num_symbols)

    @cached_property
    def _bpe(self) -> Any:
        # Imported late: opening an artefact needs no tiktoken.
        from tiktoken import Encoding  # noqa: PLC0415

        ranks = {part: rank for rank, part in enumerate(self._parts)}
        shift = NUM_SPECIALS + len(self._parts)
        ranks |= {token: shift + number for number, token in enumerate(self.coded.values())}
        return Encoding("tct", pat_str=r"(?s).+", mergeable_ranks=ranks, special_tokens={})

    @cached_property
    def encode_piece(self) -> Callable[[bytes], list[int]]:
        """Gives the ids of a coded piece that no token may reach beyond."""
        encode: Callable[[bytes], list[int]] = self._bpe._core_bpe.encode_single_piece
        num_parts = len(self._parts)
        if not num_parts:
            return encode  # ranks are ids
        return lambda piece: [rank - num_parts for rank in encode(piece)]
