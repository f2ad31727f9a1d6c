"""Learns a vocabulary from documents."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from attrs import define, field

from wfgen.canonical import JsonValue
from wfgen.errors import SettingError
from wfgen_tct.compiling import Grammar
from wfgen_tct.grammar.fluent import FluentSpeaker
from wfgen_tct.tokens.documents import read_document
from wfgen_tct.tokens.merging import learn_merges
from wfgen_tct.tokens.reach import Reach, cutter
from wfgen_tct.tokens.tokenizer import TctTokenizer, free_language
from wfgen_tct.tokens.vocabulary import NUM_SPECIALS, Vocabulary

__all__ = ["DEFAULT_REACH", "learn", "least_vocab_size"]

DEFAULT_REACH: Reach = "segment"


def least_vocab_size(grammar: Grammar) -> int:
    """Specials and alphabet, the least that a vocabulary holds."""
    return NUM_SPECIALS + grammar.num_symbols


def learn(  # noqa: PLR0913
    grammar: Grammar,
    documents: Iterable[bytes | str] = (),
    vocab_size: int = 8192,
    *,
    reach: Reach = DEFAULT_REACH,
    apart: bool = False,
    name: str = "tct",
    about: Mapping[str, Any] | None = None,
) -> TctTokenizer:
    """Learn a vocabulary for a grammar.

    The same grammar, documents in the same order and arguments give the same tokenizer.

    Args:
        grammar: what documents are like.
        documents: canonical JSON. Those that the grammar refuses count too, as free mode writes
            them. Of none, the vocabulary is the bare alphabet.
        vocab_size: entries at most, specials and alphabet included. Documents in which no pair of
            symbols comes twice any more give fewer.
        reach: what no token spans: `segment`, one key or item with its value; `line`, the lines
            of a string too; `word`, its words too.
        apart: whether tokens hold either text or structure.
        name: the registry entry that opens the artefact.
        about: what the artefact says about its making; JSON values.

    Raises:
        SettingError: the alphabet alone has more entries than `vocab_size`.
        EncodeError: a document is no JSON.
    """
    least = least_vocab_size(grammar)
    if vocab_size < least:
        raise SettingError(
            name="vocab_size",
            cause=f"{vocab_size:,} is too few for this schema's alphabet",
            hint=f"{least:,} is the least: {NUM_SPECIALS} specials, {grammar.num_symbols} symbols",
        )
    cut = cutter(reach, apart=apart)
    bare = Vocabulary(num_symbols=grammar.num_symbols, merges=())
    tally = _Tally()
    pieces = _count_pieces(grammar, bare, documents, cut, tally)
    merges = learn_merges(pieces, grammar.num_symbols, vocab_size - least)
    vocabulary = Vocabulary(num_symbols=grammar.num_symbols, merges=merges)
    tokenizer = TctTokenizer(
        name=name,
        grammar=grammar,
        vocabulary=vocabulary,
        reach=reach,
        apart=apart,
        about={
            "requested_vocab_size": vocab_size,
            "training": {
                "documents": tally.documents,
                "in_free_mode": tally.in_free_mode,
                "num_bytes": tally.num_bytes,
            },
            **(about or {}),
        },
    )
    return tokenizer.acquainted(tally.values)


@define
class _Tally:
    documents: int = 0
    in_free_mode: int = 0
    num_bytes: int = 0
    values: list[JsonValue] = field(factory=list)


class _Segments:
    """Numbers segments, so that a speaker can give numbers for ids."""

    def __init__(self) -> None:
        self.numbers: dict[bytes, int] = {}

    def __call__(self, segment: bytes) -> bytes:
        return array("i", (self.numbers.setdefault(segment, len(self.numbers)),)).tobytes()


def _count_pieces(
    grammar: Grammar,
    bare: Vocabulary,
    documents: Iterable[bytes | str],
    cut: Callable[[bytes], list[bytes]],
    tally: _Tally,
) -> Mapping[tuple[int, ...], int]:
    segments, counts = _Segments(), Counter[int]()
    strict = FluentSpeaker(grammar.language(), bare.codes, segments)
    free = FluentSpeaker(free_language(grammar.naming), bare.codes, segments)
    for document in documents:
        value = read_document(document)
        tally.documents += 1
        tally.num_bytes += len(document)
        tally.values.append(value)
        said = strict.speak(value)
        if said is None:
            tally.in_free_mode += 1
            said = free.speak(value)
            assert said is not None
        counts.update(said)
    found: Counter[tuple[int, ...]] = Counter()
    for segment, number in segments.numbers.items():
        for piece in cut(segment):
            found[bare.symbols_of(piece)] += counts[number]
    return found
