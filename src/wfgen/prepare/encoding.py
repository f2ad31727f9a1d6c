"""What a worker does: from the bytes of documents to their ids."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

from attrs import field, frozen

from wfgen.api.tokenizer import IdArray, Tokenizer
from wfgen.canonical import Limits
from wfgen.corpus.document import Provenance
from wfgen.corpus.duplicates import Marks, document_marks
from wfgen.corpus.readers import Parsed, RawRecord, Refused, parse_record
from wfgen.errors import EncodeError
from wfgen.registry import load_tokenizer

__all__ = ["Chunk", "Encoded", "EncodedChunk", "chunks", "encode_chunk"]

# On 5,154 workflows with two workers, 16 to 128 documents a chunk took the same time within 3 %;
# fewer keep less in flight.
_CHUNK_DOCUMENTS = 32
_CHUNK_BYTES = 1 << 19


@frozen(kw_only=True)
class Encoded:
    """One document, encoded.

    Attributes:
        provenance: where it came from.
        num_bytes: of its canonical form.
        marks: what tells it from others.
        ids: int32, shape [T]; or why the tokenizer refused it.
    """

    provenance: Provenance
    num_bytes: int
    marks: Marks
    ids: IdArray | EncodeError = field(repr=False)


Result: TypeAlias = "Encoded | Refused"


@frozen(kw_only=True)
class Chunk:
    """Some records in order, and whether each belongs to a ready validation side."""

    records: tuple[tuple[bool, RawRecord], ...]


@frozen(kw_only=True)
class EncodedChunk:
    """The results of a chunk's records, in their order; `num_read` as after the last."""

    results: tuple[tuple[bool, Result], ...]
    num_read: int


def chunks(records: Iterable[tuple[bool, RawRecord]]) -> Iterator[Chunk]:
    """Records in groups that are worth sending to another process, and small enough to hold."""
    group: list[tuple[bool, RawRecord]] = []
    num_bytes = 0
    for is_ready, record in records:
        group.append((is_ready, record))
        num_bytes += len(record.data)
        if len(group) >= _CHUNK_DOCUMENTS or num_bytes >= _CHUNK_BYTES:
            yield Chunk(records=tuple(group))
            group, num_bytes = [], 0
    if group:
        yield Chunk(records=tuple(group))


def encode_chunk(
    tokenizer: str | Path, identity: str, limits: Limits, chunk: Chunk
) -> EncodedChunk:
    """Parse and encode the records of a chunk; the tokenizer is loaded once a process.

    `identity` tells the tokenizer from another that was trained to the same directory since.
    """
    loaded = _load_once(tokenizer, identity)
    results = tuple((ready, _encode(loaded, limits, record)) for ready, record in chunk.records)
    return EncodedChunk(results=results, num_read=chunk.records[-1][1].num_read)


@functools.lru_cache(maxsize=1)
def _load_once(tokenizer: str | Path, identity: str) -> Tokenizer:
    del identity  # a part of the cache's key
    return load_tokenizer(tokenizer)


def _encode(tokenizer: Tokenizer, limits: Limits, record: RawRecord) -> Result:
    parsed = parse_record(record, limits=limits)
    if not isinstance(parsed, Parsed):
        return parsed
    document = parsed.document
    return Encoded(
        provenance=document.provenance,
        num_bytes=len(document.canonical),
        marks=document_marks(document.canonical, parsed.value, limits),
        ids=_ids_or_error(tokenizer, document.canonical, document.name),
    )


def _ids_or_error(tokenizer: Tokenizer, canonical: bytes, name: str) -> IdArray | EncodeError:
    try:
        return tokenizer.encode(canonical)
    except EncodeError as error:
        return EncodeError(cause=f"{name}: {error}")
    except Exception as error:
        raise EncodeError(
            cause=f"{name}: the tokenizer raised {type(error).__name__}: {error}",
            hint="the tokenizer breaks its contract: report it to its author",
        ) from error
