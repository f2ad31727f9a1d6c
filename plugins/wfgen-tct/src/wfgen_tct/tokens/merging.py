"""Merges of symbols, learned from pieces and how often each comes, by byte-pair encoding.

Hugging Face's tokenizers does the work, over one private-use character for each symbol. It gives
the same merges whatever the number of threads.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from wfgen_tct.tokens.vocabulary import NUM_SPECIALS

__all__ = ["learn_merges"]

_BLOCKS = ((0xE000, 0x1900), (0xF0000, 0xFFFE), (0x100000, 0xFFFE))
"""Private use (Unicode 16.0, 23.5): first code point and number of characters."""

_BATCH = 200


def learn_merges(
    pieces: Mapping[tuple[int, ...], int], num_symbols: int, num_merges: int
) -> tuple[tuple[int, int], ...]:
    """At most `num_merges` pairs of ids, in the order in which they are to be merged.

    Args:
        pieces: symbols of each piece, and how often it comes.
        num_symbols: of the grammar.
        num_merges: how many to learn; fewer come where no pair comes twice.
    """
    if num_merges <= 0 or not pieces:
        return ()
    # Imported late: only learning needs it.
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers  # noqa: PLC0415

    letters = _letters(num_symbols)
    seen = {symbol for piece in pieces for symbol in piece}
    tokenizer: Any = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trainer = trainers.BpeTrainer(
        vocab_size=len(seen) + num_merges, min_frequency=2, show_progress=False
    )
    tokenizer.train_from_iterator(_texts(pieces, letters), trainer)
    learned = json.loads(tokenizer.to_str())["model"]["merges"]
    return _numbered(learned, letters, num_symbols, num_merges)


def _letters(num_symbols: int) -> list[str]:
    found: list[str] = []
    for first, number in _BLOCKS:
        found += map(chr, range(first, first + min(number, num_symbols - len(found))))
    return found


def _texts(pieces: Mapping[tuple[int, ...], int], letters: list[str]) -> Iterator[str]:
    """The pieces as words, as often as they come, in a fixed order."""
    batch: list[str] = []
    for piece, count in sorted(pieces.items()):
        if len(piece) < 2:
            continue
        word = "".join(map(letters.__getitem__, piece))
        for done in range(0, count, _BATCH):
            batch += [word] * min(count - done, _BATCH)
            if len(batch) >= _BATCH:
                yield " ".join(batch)
                batch = []
    if batch:
        yield " ".join(batch)


def _numbered(
    learned: list[list[str]], letters: list[str], num_symbols: int, num_merges: int
) -> tuple[tuple[int, int], ...]:
    """Merges as ids; one that makes a token which is there already adds nothing."""
    ids = {letter: NUM_SPECIALS + symbol for symbol, letter in enumerate(letters)}
    merges: list[tuple[int, int]] = []
    for left, right in learned:
        if left + right in ids or len(merges) == num_merges:
            continue
        ids[left + right] = NUM_SPECIALS + num_symbols + len(merges)
        merges.append((ids[left], ids[right]))
    return tuple(merges)
