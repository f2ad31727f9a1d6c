"""From a corpus to a token store, in one pass."""

from __future__ import annotations

import functools
import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from typing import Any

from attrs import asdict, define, field, frozen

from wfgen.corpus.assemble import Assembly, CorpusSpec, Inputs, open_inputs
from wfgen.corpus.document import Provenance, Refusal
from wfgen.corpus.inputs import Progress
from wfgen.corpus.readers import Refused
from wfgen.errors import ArtefactError, NotAnArtefactError
from wfgen.prepare.encoding import (
    Encoded,
    EncodedChunk,
    encode_chunk,
    read_chunks,
    worker_identity,
)
from wfgen.prepare.engine import Engine
from wfgen.prepare.pool import local
from wfgen.registry import installed, load_tokenizer, tokenizer_identity
from wfgen.states import open_states
from wfgen.store import STORE_VERSION, StoreWriter, TokenStore

__all__ = ["Prepared", "prepare", "prepare_once"]

_ENCODE_REASON = "encode"


@frozen(kw_only=True)
class Prepared:
    """A store, and whether it was there already."""

    store: TokenStore
    was_there: bool


def prepare(  # noqa: PLR0913  what a store is made of
    spec: CorpusSpec,
    tokenizer: str | Path,
    out: Path,
    *,
    engine: Engine | None = None,
    states: str | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> TokenStore:
    """Encode a corpus into a token store; what `out` holds already is not made again.

    Documents are read once and never held together: what stays in memory is the marks of those
    kept (about 2 kB each), the refusals, and a few chunks. An engine reads, parses and encodes;
    what stays is decided here, in the documents' order. So the store is the same, byte for byte,
    for any engine.

    Args:
        spec: the corpus.
        tokenizer: a registry name, or the directory of an artefact.
        out: the store's directory.
        engine: where documents are read, parsed and encoded; None does it in this process.
        states: what stands beside the ids for models that take it: a name in
            `wfgen.states.SOURCES`; None for nothing.
        progress: called now and then.

    Raises:
        ArtefactError: `out` holds a store made from other inputs or by another version, or one
            that left documents out if `spec.strict`, or cannot be written.
        DamagedArtefactError: `out` holds the store, and a file of it has changed since.
        UnreadableFileError, SettingError, DocumentError: as `load_corpus` does.
        EncodeError: if `spec.strict`, or where the tokenizer breaks its contract.
        WorkerError: a worker process was killed, or is not fit for it.
    """
    return prepare_once(spec, tokenizer, out, engine=engine, states=states, progress=progress).store


def prepare_once(  # noqa: PLR0913  as above
    spec: CorpusSpec,
    tokenizer: str | Path,
    out: Path,
    *,
    engine: Engine | None = None,
    states: str | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Prepared:
    """As `prepare`, and says whether the store was there already."""
    inputs = open_inputs(spec)
    loaded = load_tokenizer(tokenizer)
    identity = tokenizer_identity(tokenizer, loaded)
    source = None if states is None else open_states(states, loaded)
    made_from = _made_from(spec, inputs, identity, states)
    if (existing := _existing(out, made_from)) is not None:
        if spec.strict:
            _check_none_refused(existing)
        return Prepared(store=existing, was_there=True)
    expected = worker_identity(tokenizer, loaded)
    encode = functools.partial(encode_chunk, _anywhere(tokenizer), expected, spec.limits, states)
    read = functools.partial(read_chunks, inputs.reader())
    run = _Run(spec=spec, assembly=Assembly(spec=spec, inputs=inputs))
    with (
        closing((engine or local())(encode, read)) as encoded,
        StoreWriter(
            out,
            vocab_size=loaded.vocab_size,
            bos=loaded.bos,
            eos=loaded.eos,
            num_states=source.num_states if source else 0,
        ) as writer,
    ):
        run.take_all(encoded, writer, progress)
        known = {"tokenizer": identity, "states": states, "made_from": made_from}
        writer.finish({**known, **run.body()})
    return Prepared(store=TokenStore.open(out), was_there=False)


def _anywhere(tokenizer: str | Path) -> str | Path:
    """As it is called in a process that has another working directory."""
    is_name = isinstance(tokenizer, str) and tokenizer in installed().names("tokenizer")
    return tokenizer if is_name else Path(tokenizer).absolute()


# Recognising a rerun ----------------------------------------------------------------------------


def _made_from(
    spec: CorpusSpec, inputs: Inputs, tokenizer: Mapping[str, str], states: str | None
) -> dict[str, str | int]:
    """What decides the store's bytes, without reading a document: a hash for each part."""
    rule = Assembly(spec=spec, inputs=inputs).rule()
    return {
        "format": STORE_VERSION,
        "wfgen version": version("wfgen"),
        "tokenizer": _sha256(tokenizer),
        "corpus": _sha256(inputs.identity()),
        "rule": _sha256(rule),
        **({"states": states} if states else {}),
    }


def _sha256(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _existing(out: Path, made_from: Mapping[str, str | int]) -> TokenStore | None:
    if not os.path.lexists(out):
        return None  # or nothing can be known of it, and then nothing can be written there
    try:
        store = TokenStore.open(out)
    except NotAnArtefactError as error:
        raise ArtefactError(
            path=str(out),
            cause="it exists already and is no token store",
            hint="remove it or name another directory",
        ) from error
    other = store.manifest.body.get("made_from")
    if other == made_from:
        store.verify()
        return store
    theirs = other if isinstance(other, dict) else {}
    differs = [k for k in {**made_from, **theirs} if theirs.get(k) != made_from.get(k)]
    raise ArtefactError(
        path=str(out),
        cause=f"it holds a store made with another {' and another '.join(differs)}",
        hint="remove it or name another directory",
    )


def _check_none_refused(store: TokenStore) -> None:
    refused = store.manifest.body["refused"]
    if refused:
        raise ArtefactError(
            path=str(store.directory),
            cause=f"the store left out {len(refused):,} refused documents, "
            f"the first: {refused[0]['message']}",
            hint="mend or remove them, or prepare without strict",
        )


# The pass ---------------------------------------------------------------------------------------


@define(kw_only=True)
class _Run:
    """Decides on encoded documents in order, and writes those that stay."""

    spec: CorpusSpec
    assembly: Assembly
    refusals: list[Refusal] = field(factory=list, init=False)
    num_bytes: Counter[str] = field(factory=Counter, init=False)

    def take_all(
        self,
        encoded: Iterator[EncodedChunk],
        writer: StoreWriter,
        progress: Callable[[Progress], None] | None,
    ) -> None:
        num_documents = 0
        for chunk in encoded:
            for is_ready, result in chunk.results:
                self._take(result, writer, is_ready=is_ready)
            num_documents += len(chunk.results)
            if progress is not None:
                num_units = self.assembly.inputs.num_units
                progress(
                    Progress(
                        num_documents=num_documents, num_read=chunk.num_read, num_units=num_units
                    )
                )
        self.assembly.check()

    def _take(self, result: Encoded | Refused, writer: StoreWriter, *, is_ready: bool) -> None:
        if isinstance(result, Refused):
            self._refuse(result.refusal, result.error)
            self.assembly.refuse(result.refusal)
            return
        provenance, num_bytes = result.provenance, result.num_bytes
        side = self.assembly.place(result.marks, provenance, num_bytes, is_ready)
        if side is None:
            return
        if isinstance(result.ids, Exception):
            message = str(result.ids)
            refusal = Refusal(provenance=provenance, reason=_ENCODE_REASON, message=message)
            self._refuse(refusal, result.ids)
            return
        record = _record(provenance, num_bytes, result.marks.canonical)
        writer.add(side, result.ids, record, result.states)
        self.num_bytes[side] += num_bytes

    def _refuse(self, refusal: Refusal, error: Exception) -> None:
        if self.spec.strict:
            raise error
        self.refusals.append(refusal)

    def body(self) -> dict[str, Any]:
        """What the manifest says of the corpus: refused documents come with their reasons."""
        return {
            "corpus": self.assembly.describe(),
            "bytes": dict(self.num_bytes),
            "refused": [_refusal_json(refusal) for refusal in self.refusals],
        }


def _record(provenance: Provenance, num_bytes: int, canonical: bytes) -> dict[str, Any]:
    known = {k: v for k, v in asdict(provenance).items() if v is not None}
    return {**known, "bytes": num_bytes, "sha256": canonical.hex()}


def _refusal_json(refusal: Refusal) -> dict[str, Any]:
    known = {k: v for k, v in asdict(refusal.provenance).items() if v is not None}
    return {**known, "reason": refusal.reason, "message": refusal.message}
