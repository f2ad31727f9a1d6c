"""The token store: every document's ids once, on disk, mapped into memory.

A store is an artefact (`wfgen.artefacts`) of kind `token-store` with these files:

- `tokens.bin`: all ids, little-endian, uint16 where the vocabulary has at most 65,536 entries and
  uint32 above; one document after the other, each as `bos`, its ids, `eos`; the documents of a
  split lie together.
- `offsets.npy`: int64, shape [N + 1]; where each document begins in `tokens.bin`, counted in
  tokens, and the end of the last.
- `documents.jsonl`: one JSON object a document, in the same order; `split` and what the writer was
  given.
- `manifest.json`: in its body `vocab_size`, `bos`, `eos`, `dtype`, `splits` (name to first document
  and last + 1), `counts` (name to documents and tokens), and what the writer was given.
"""

from __future__ import annotations

from wfgen.store.format import STORE_KIND, STORE_VERSION, document_name
from wfgen.store.memory import MemoryTokens
from wfgen.store.reader import TokenStore
from wfgen.store.writer import StoreWriter

__all__ = [
    "STORE_KIND",
    "STORE_VERSION",
    "MemoryTokens",
    "StoreWriter",
    "TokenStore",
    "document_name",
]
