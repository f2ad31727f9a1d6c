"""What an arm's data must be so that no arm learns from more or is judged by less.

Stores and tokenizers are kept in a folder, and a comparison may go on after days: what lies there
is held against the corpus, document by document.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from wfgen.artefacts import read_manifest
from wfgen.corpus import Corpus, Document
from wfgen.errors import ArtefactError
from wfgen.store import TokenStore

__all__ = ["check_learned_from", "check_store"]


def check_store(store: TokenStore, corpus: Corpus) -> None:
    """Refuse a store that is not of this corpus, lacks a document, or is wrong about its bytes.

    Raises:
        ArtefactError: with the document.
    """
    found = store.manifest.body["corpus"]["fingerprint"]
    if found != corpus.fingerprint:
        cause = f"it was made from another corpus ({found[:12]}, not {corpus.fingerprint[:12]})"
        raise _refused(store, cause)
    for split, documents in (("train", corpus.train), ("valid", corpus.valid)):
        _check_split(store, split, documents)


def _check_split(store: TokenStore, split: str, documents: Sequence[Document]) -> None:
    """The same documents in the same order, each with its end and its true number of bytes."""
    records = list(store.documents(split)) if split in store.splits else []
    if len(records) != len(documents):
        cause = f"it holds {len(records):,} of {len(documents):,} documents of {split}"
        refused = [str(each.get("message", "")) for each in store.manifest.body["refused"]]
        raise _refused(store, f"{cause}; {refused[-1]}" if refused else cause)
    offsets = store.offsets(split)
    for at, (record, document) in enumerate(zip(records, documents, strict=True)):
        if record["bytes"] != len(document.canonical):
            true = len(document.canonical)
            cause = f"{document.name} has {true:,} bytes, and {record['bytes']:,} are counted"
            raise _refused(store, cause)
        if store.tokens[offsets[at + 1] - 1] != store.eos:
            raise _refused(store, f"{document.name} does not end in the end token")


def check_learned_from(artefact: Path, corpus: Corpus) -> None:
    """Refuse a learned tokenizer that saw another corpus, where it says what it saw.

    Raises:
        ArtefactError: with both fingerprints.
    """
    text = json.dumps(read_manifest(artefact).body)
    if '"fingerprint"' in text and corpus.fingerprint not in text:
        raise ArtefactError(
            path=str(artefact),
            cause=f"it was learned from another corpus than {corpus.fingerprint[:12]}",
            hint="remove it, and it is learned anew",
        )


def _refused(store: TokenStore, cause: str) -> ArtefactError:
    hint = "remove it, and it is made anew; a contender must encode every document"
    return ArtefactError(path=str(store.directory), cause=cause, hint=hint)
