"""What a worker does: from the bytes of documents to their ids."""

from __future__ import annotations

import functools
import platform
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import TypeAlias

from attrs import field, frozen

from wfgen.api.tokenizer import IdArray, Tokenizer
from wfgen.canonical import Limits
from wfgen.corpus.document import Provenance
from wfgen.corpus.duplicates import Marks, document_marks
from wfgen.corpus.readers import Parsed, RawRecord, Refused, parse_record
from wfgen.errors import EncodeError
from wfgen.prepare.engine import WorkerError
from wfgen.registry import load_tokenizer, tokenizer_identity
from wfgen.states import StateSource, open_states

__all__ = ["Chunk", "Encoded", "EncodedChunk", "encode_chunk", "read_chunks", "worker_identity"]

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
        states: before each id and before the end; int32, shape [T + 1]; None for none.
    """

    provenance: Provenance
    num_bytes: int
    marks: Marks
    ids: IdArray | EncodeError = field(repr=False)
    states: IdArray | None = field(default=None, repr=False)


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


def read_chunks(read: Callable[[], Iterable[tuple[bool, RawRecord]]]) -> Iterator[Chunk]:
    """Records in groups that are worth sending to another process, and small enough to hold."""
    group: list[tuple[bool, RawRecord]] = []
    num_bytes = 0
    for is_ready, record in read():
        group.append((is_ready, record))
        num_bytes += record.num_bytes
        if len(group) >= _CHUNK_DOCUMENTS or num_bytes >= _CHUNK_BYTES:
            yield Chunk(records=tuple(group))
            group, num_bytes = [], 0
    if group:
        yield Chunk(records=tuple(group))


def encode_chunk(
    tokenizer: str | Path, identity: str, limits: Limits, states: str | None, chunk: Chunk
) -> EncodedChunk:
    """Parse and encode the records of a chunk; the tokenizer is loaded once a process.

    Args:
        tokenizer: a registry name, or the directory of an artefact.
        identity: of what the run was begun with.
        limits: of documents.
        states: a name in `wfgen.states.SOURCES`; None for none.
        chunk: what is read.

    Raises:
        WorkerError: what is loaded here has not the `identity` of what the run was begun with.
    """
    loaded = _load_once(tokenizer, identity)
    encoder = _Encoder(loaded, None if states is None else open_states(states, loaded))
    results = tuple((ready, _encode(encoder, limits, record)) for ready, record in chunk.records)
    return EncodedChunk(results=results, num_read=chunk.records[-1][1].num_read)


@functools.lru_cache(maxsize=1)
def _load_once(tokenizer: str | Path, identity: str) -> Tokenizer:
    loaded = load_tokenizer(tokenizer)
    if worker_identity(tokenizer, loaded) != identity:
        raise WorkerError(
            cause=f"a worker on {platform.node()} has another wfgen, or {tokenizer} is another "
            "tokenizer there",
            hint="install the same versions everywhere, and train no tokenizer while it is used",
        )
    return loaded


def worker_identity(tokenizer: str | Path, loaded: Tokenizer) -> str:
    """What decides the ids of a document, besides the document: equal wherever they are equal."""
    return f"wfgen {version('wfgen')}, {tokenizer_identity(tokenizer, loaded)}"


@frozen
class _Encoder:
    """What gives ids, and states with them where they are asked for."""

    tokenizer: Tokenizer
    source: StateSource | None

    def encode(self, canonical: bytes) -> tuple[IdArray, IdArray | None]:
        """The ids of a document, and the states."""
        if self.source is None:
            return self.tokenizer.encode(canonical), None
        return self.source.encode(canonical)


def _encode(encoder: _Encoder, limits: Limits, record: RawRecord) -> Result:
    parsed = parse_record(record, limits=limits)
    if not isinstance(parsed, Parsed):
        return parsed
    document = parsed.document
    ids, states = _ids_or_error(encoder, document.canonical, document.name)
    return Encoded(
        provenance=document.provenance,
        num_bytes=len(document.canonical),
        marks=document_marks(document.canonical, parsed.value, limits),
        ids=ids,
        states=states,
    )


def _ids_or_error(
    encoder: _Encoder, canonical: bytes, name: str
) -> tuple[IdArray | EncodeError, IdArray | None]:
    try:
        return encoder.encode(canonical)
    except EncodeError as error:
        return EncodeError(cause=f"{name}: {error}"), None
    except Exception as error:
        raise EncodeError(
            cause=f"{name}: the tokenizer raised {type(error).__name__}: {error}",
            hint="the tokenizer breaks its contract: report it to its author",
        ) from error
