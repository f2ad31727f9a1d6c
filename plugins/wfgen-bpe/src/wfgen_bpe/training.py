"""Byte-pair encoding learned from a corpus with rustbpe and run by tiktoken.

rustbpe keeps unique words with their counts, as Hugging Face's tokenizers does. Both give one
result whatever the number of threads and the order of their hash tables. Measured on 4,773 real
workflows (17.1 MB of canonical JSON) for 8,192 entries with the pattern below, one thread, three
runs each, memory of the whole process: rustbpe 0.1.0 3.6 to 4.1 s of CPU and 63 MiB, tokenizers
0.23.3 8.1 to 8.7 s and 99 MiB. rustbpe 0.1.0 has wheels for CPython 3.11 to 3.13 on Linux (x86-64
and arm64), macOS (both) and Windows.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import asdict

from wfgen.api import TrainingRequest
from wfgen.errors import SettingError, name_hint
from wfgen_bpe.sampling import Tally, portions, sample
from wfgen_tiktoken import RankTokenizer
from wfgen_tiktoken.patterns import CL100K
from wfgen_tiktoken.ranks import MAX_IDS

__all__ = ["DEFAULT_VOCAB_SIZE", "LEAST_VOCAB_SIZE", "NAME", "train"]

NAME = "bpe"
DEFAULT_VOCAB_SIZE = 8192
LEAST_VOCAB_SIZE = 256 + 2
"""The bytes, begin and end."""

DEFAULT_MAX_NUM_BYTES = 64 << 20
"""Canonical bytes learned from, unless the setting `max_num_bytes` says otherwise.

Memory grows with the unique words. The process took 70 MiB for 17 MB of real workflows and the same
for 66 MB of them repeated with edits; text of random words or characters, the worst there is, took
54 to 75 bytes of memory for each byte (868 and 1,201 MiB for 16 MB).
"""

_MOST_NUM_BYTES = (1 << 31) - 1  # rustbpe counts in 32 bits with a sign
_PORTION = 1 << 16  # characters; the pattern fails at runs of a million spaces
_PORTIONS_AT_ONCE = 256  # at most 64 MiB of text in rustbpe's buffer


def train(request: TrainingRequest) -> RankTokenizer:
    """Learn a vocabulary; splits text as cl100k_base does (GPT-4).

    Ids: the 256 bytes by value, the merges in the order they were learned, begin, end. The size
    counts all of them (8,192 by default). A corpus too small for it gives fewer entries, and the
    artefact's `about.missing_entries` says how many. Equal documents in the same order give an
    equal artefact. Of a corpus over `max_num_bytes` (a setting; 64 MiB by default) a share is used.

    Raises:
        SettingError: the size is out of range, a setting is unknown or out of range, or the corpus
            is empty.
        EncodeError: a document is not UTF-8.
    """
    size = _checked_size(request.vocab_size)
    tally = Tally()
    texts = sample(request.documents, _max_num_bytes(request.settings), tally)
    ranks = _learned(texts, size - 2)
    if not tally.used_bytes:
        cause = f"none of its {tally.documents:,} documents can be learned from"
        raise SettingError(name="corpus", cause=cause, hint="name one with a document in it")
    bos = len(ranks)
    return RankTokenizer(
        entry=NAME,
        encoding=NAME,
        pattern=CL100K,
        ranks=ranks,
        bos=bos,
        eos=bos + 1,
        vocab_size=bos + 2,
        about={
            "requested_vocab_size": size,
            "missing_entries": size - (bos + 2),
            "trainer": f"rustbpe {importlib.metadata.version('rustbpe')}",
            "training": asdict(tally),
            "corpus": dict(request.provenance),
        },
    )


def _learned(texts: Iterator[str], num_entries: int) -> dict[bytes, int]:
    # Imported late: a list of the installed plugins needs no rustbpe.
    import rustbpe  # noqa: PLC0415

    trainer = rustbpe.Tokenizer()
    trainer.train_from_iterator(
        (portion for text in texts for portion in portions(text, _PORTION)),
        vocab_size=num_entries,
        buffer_size=_PORTIONS_AT_ONCE,
        pattern=CL100K,
    )
    pairs = [(bytes(token), rank) for token, rank in trainer.get_mergeable_ranks()]
    ranks = dict(pairs)
    # Merges run alike over equal bytes, so no two of them make the same token.
    assert len(ranks) == len(pairs)
    return ranks


def _checked_size(vocab_size: int | None) -> int:
    size = DEFAULT_VOCAB_SIZE if vocab_size is None else vocab_size
    if not LEAST_VOCAB_SIZE <= size <= MAX_IDS:
        raise SettingError(
            name="vocab_size",
            cause=f"{size:,} is out of range",
            hint=f"{LEAST_VOCAB_SIZE} is the least (256 bytes, begin, end), {MAX_IDS:,} the most",
        )
    return size


def _max_num_bytes(settings: Mapping[str, Any]) -> int:
    """The one setting there is; from a command line it comes as text."""
    name = "max_num_bytes"
    for other in settings:
        if other != name:
            hint = name_hint(other, (name,))
            raise SettingError(name=other, cause="it is unknown", hint=hint)
    value = settings.get(name, DEFAULT_MAX_NUM_BYTES)
    try:
        number = int(value) if isinstance(value, (int, str)) else 0
    except ValueError:
        number = 0
    if not 1 <= number <= _MOST_NUM_BYTES:
        cause = f"{value!r} is no whole number from 1 to {_MOST_NUM_BYTES:,}"
        raise SettingError(name=name, cause=cause)
    return number
