"""What the store's writer and reader agree on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from wfgen.errors import SettingError

__all__ = [
    "DOCUMENTS",
    "OFFSETS",
    "RESERVED",
    "STATES",
    "STORE_KIND",
    "STORE_NAME",
    "STORE_VERSION",
    "TOKENS",
    "DtypeName",
    "check_vocabulary",
    "document_name",
    "dtype_name",
    "on_disk",
]

STORE_KIND = "token-store"
STORE_NAME = "store"
STORE_VERSION = 1
"""The newest format of the files that this version reads and writes."""

TOKENS, OFFSETS, DOCUMENTS = "tokens.bin", "offsets.npy", "documents.jsonl"
STATES = "states.bin"
"""Beside `tokens.bin`, one for one, where the store has states."""

RESERVED = ("vocab_size", "bos", "eos", "dtype", "splits", "counts", "num_states")
"""Keys of the manifest's body that the writer fills itself."""

DtypeName = Literal["uint16", "uint32"]
_MAX_VOCAB_SIZE = 1 << 31  # ids are int32 in memory


def dtype_name(size: int) -> DtypeName:
    """The smaller of the two types that holds every number below `size`."""
    return "uint16" if size <= 1 << 16 else "uint32"


def on_disk(name: DtypeName) -> np.dtype[Any]:
    """The numpy type in files, little-endian on every machine."""
    return np.dtype(name).newbyteorder("<")


def check_vocabulary(vocab_size: int, bos: int, eos: int) -> None:
    """Raise SettingError unless the ids fit int32 and begin and end are two of them."""
    if not 2 <= vocab_size <= _MAX_VOCAB_SIZE:
        raise SettingError(name="vocab_size", cause=f"{vocab_size:,} is not in 2 to 2**31")
    for name, value in (("bos", bos), ("eos", eos)):
        if not 0 <= value < vocab_size:
            raise SettingError(name=name, cause=f"{value} is outside a vocabulary of {vocab_size}")
    if bos == eos:
        raise SettingError(name="eos", cause=f"begin and end are the same id, {bos}")


def document_name(record: Mapping[str, Any], otherwise: str) -> str:
    """How a document is called in messages: its `name`, `repo/path`, `path`, or `otherwise`."""
    name, path, repo = (record.get(key) for key in ("name", "path", "repo"))
    if name:
        return str(name)
    return f"{repo}/{path}" if repo and path else str(path or otherwise)
