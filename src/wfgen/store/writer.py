"""Writes a token store, one document at a time."""

from __future__ import annotations

import json
import shutil
from array import array
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from wfgen.api.tokenizer import IdArray
from wfgen.artefacts import write_artefact
from wfgen.errors import ArtefactError, EncodeError, SettingError
from wfgen.store.format import (
    DOCUMENTS,
    OFFSETS,
    RESERVED,
    STATES,
    STORE_KIND,
    STORE_NAME,
    STORE_VERSION,
    TOKENS,
    check_vocabulary,
    document_name,
    dtype_name,
    on_disk,
)

__all__ = ["StoreWriter"]

_BUFFER_BYTES = 1 << 20
# ASCII, so that a path with undecodable bytes (PEP 383) stays what it was.
_encode = json.JSONEncoder(allow_nan=False).encode


class _Abandoned(BaseException):
    """Thrown into the artefact's block, never further, so that it removes what was written."""


@frozen(kw_only=True)
class _Spool:
    """The documents of one split on their way to disk; `lengths` in tokens, specials included."""

    tokens: BinaryIO
    states: BinaryIO
    records: BinaryIO
    lengths: array[int]

    def close(self) -> None:
        for file in (self.tokens, self.states, self.records):
            file.close()

    def abandon(self) -> None:
        for file in (self.tokens, self.states, self.records):
            with suppress(OSError):  # a full disk refuses what is still in the buffer
                file.close()


class StoreWriter:
    """Writes a store under a temporary name; `finish` gives it its own.

    ::

        with StoreWriter(directory, vocab_size=258, bos=256, eos=257) as writer:
            writer.add("train", ids, {"path": "ci.yml", "bytes": 512})
            writer.finish({"corpus": {...}})

    A block that is left without `finish` leaves nothing on disk. In memory the writer holds 8
    bytes a document; splits are written to a file each and joined at the end.

    Args:
        directory: what the store will be; it must not exist yet.
        vocab_size, bos, eos: of the tokenizer that makes the ids.
        num_states: of the states that stand beside the ids; 0 for none.

    Raises:
        SettingError: `bos` or `eos` is outside the vocabulary, or they are the same id.
        ArtefactError: when the block is entered: the directory exists, or cannot be written.
    """

    def __init__(
        self, directory: Path, *, vocab_size: int, bos: int, eos: int, num_states: int = 0
    ) -> None:
        check_vocabulary(vocab_size, bos, eos)
        self._directory = Path(directory)
        self._vocab_size, self._bos, self._eos = vocab_size, bos, eos
        self._dtype = on_disk(dtype_name(vocab_size))
        self._num_states, self._state_dtype = num_states, on_disk(dtype_name(num_states))
        self._spools: dict[str, _Spool] = {}
        self._body: dict[str, Any] = {}
        self._artefact: AbstractContextManager[Path] | None = None

    def __enter__(self) -> StoreWriter:
        self._artefact = write_artefact(
            self._directory,
            kind=STORE_KIND,
            name=STORE_NAME,
            format_version=STORE_VERSION,
            body=self._body,
        )
        self._aside = self._artefact.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._artefact is None:
            return
        artefact, self._artefact = self._artefact, None
        for spool in self._spools.values():
            spool.abandon()
        artefact.__exit__(_Abandoned, _Abandoned(), None)

    def add(
        self,
        split: str,
        ids: IdArray,
        document: Mapping[str, Any],
        states: IdArray | None = None,
    ) -> None:
        """Append one document to a split; the writer frames it with begin and end.

        Args:
            split: train, valid and so on.
            ids: what `Tokenizer.encode` gave; integers, shape [T]. T may be 0.
            document: JSON values by name, kept in `documents.jsonl`: name, path, bytes and so on.
            states: the state before each id and before the end; integers, shape [T + 1]. They are
                given where the store has states.

        Raises:
            EncodeError: the ids are no array of integers of the vocabulary, or hold begin or end.
                The document is named; the writer is as it was and goes on.
            SettingError: the split has no name, or `document` is no JSON.
            ArtefactError: the disk refuses; the store cannot be finished any more.
        """
        assert self._artefact is not None, "add() is for inside the block, before finish()"
        if not split or not isinstance(split, str):
            raise SettingError(name="split", cause=f"{split!r} names no split")
        self._check_ids(ids, split, document)
        framed_states = self._framed_states(ids, split, document, states)
        record = _record(split, document)
        framed = np.empty(len(ids) + 2, dtype=self._dtype)
        framed[0], framed[1:-1], framed[-1] = self._bos, ids, self._eos
        with self._naming_the_disk():
            spool = self._spools.get(split) or self._new_spool(split)
            spool.tokens.write(framed.data)
            spool.states.write(framed_states.data)
            spool.records.write(record)
        spool.lengths.append(len(framed))

    def finish(self, body: Mapping[str, Any]) -> None:
        """Join the splits, write the manifest and give the store its name.

        Args:
            body: JSON values for the manifest, beside what the writer puts there itself.

        Raises:
            SettingError: `body` holds a key that the writer fills itself.
            ArtefactError: no document was added, the disk refuses, or the directory has come to
                exist. Nothing is left on disk.
        """
        assert self._artefact is not None, "finish() is for inside the block, once"
        if taken := next((key for key in body if key in RESERVED), None):
            raise SettingError(name=taken, cause="the store writes this key of the manifest itself")
        if not self._spools:
            raise ArtefactError(
                path=str(self._directory),
                cause="there is no document to store",
                hint="see which documents were refused and why, or name another corpus",
            )
        with self._naming_the_disk():
            self._join()
            self._body.update({**body, **self._own_body()})
            artefact, self._artefact = self._artefact, None
            artefact.__exit__(None, None, None)

    def _check_ids(self, ids: IdArray, split: str, document: Mapping[str, Any]) -> None:
        def refuse(cause: str) -> EncodeError:
            count = len(self._spools[split].lengths) if split in self._spools else 0
            name = document_name(document, f"document {count} of {split}")
            return EncodeError(cause=f"{name}: {cause}", hint="the tokenizer breaks its contract")

        if not isinstance(ids, np.ndarray) or ids.ndim != 1 or ids.dtype.kind not in "iu":
            what = f"{ids.dtype} of shape {ids.shape}" if isinstance(ids, np.ndarray) else type(ids)
            raise refuse(f"the ids are {what}, not integers of shape [T]")
        if not len(ids):
            return
        if ids.min() < 0 or ids.max() >= self._vocab_size:
            at = int(np.flatnonzero((ids < 0) | (ids >= self._vocab_size))[0])
            limit = f"a vocabulary of {self._vocab_size:,}"
            raise refuse(f"token index {at}: id {ids[at]} is outside {limit}")
        special = (ids == self._bos) | (ids == self._eos)
        if special.any():
            at = int(special.argmax())
            raise refuse(f"token index {at}: id {ids[at]} is the begin or end of a document")

    def _framed_states(
        self,
        ids: IdArray,
        split: str,
        document: Mapping[str, Any],
        states: IdArray | None,
    ) -> NDArray[Any]:
        """One for each token that is written, 0 before the begin; empty where there are none."""
        if not self._num_states:
            assert states is None, "this store was made without states"
            return np.zeros(0, dtype=self._state_dtype)
        fits = isinstance(states, np.ndarray) and states.shape == (len(ids) + 1,)
        if states is None or not fits or states.min() < 0 or states.max() >= self._num_states:
            name = document_name(document, f"a document of {split}")
            limit = f"{len(ids) + 1:,} states below {self._num_states:,}"
            raise EncodeError(
                cause=f"{name}: there are not {limit}", hint="what gives the states is broken"
            )
        return np.concatenate([[0], states]).astype(self._state_dtype)

    def _new_spool(self, split: str) -> _Spool:
        # Files are numbered: a split's name need not be a file's.
        stem = self._aside / f"spool-{len(self._spools)}"
        spool = _Spool(
            tokens=stem.with_suffix(".tokens").open("wb", buffering=_BUFFER_BYTES),
            states=stem.with_suffix(".states").open("wb", buffering=_BUFFER_BYTES),
            records=stem.with_suffix(".records").open("wb", buffering=_BUFFER_BYTES),
            lengths=array("q"),
        )
        self._spools[split] = spool
        return spool

    def _join(self) -> None:
        """Spools to `tokens.bin`, `documents.jsonl` and `offsets.npy`; the spools are removed."""
        spools = list(self._spools.values())
        for spool in spools:
            spool.close()
        lengths = np.concatenate([np.frombuffer(s.lengths, dtype=np.int64) for s in spools])
        _concatenate([Path(s.tokens.name) for s in spools], self._aside / TOKENS)
        _concatenate([Path(s.states.name) for s in spools], self._aside / STATES)
        _concatenate([Path(s.records.name) for s in spools], self._aside / DOCUMENTS)
        for name, dtype in ((TOKENS, self._dtype), (STATES, self._state_dtype)):
            num_bytes = (self._aside / name).stat().st_size
            if name == STATES and not self._num_states:
                (self._aside / name).unlink()
            elif num_bytes != int(lengths.sum()) * dtype.itemsize:
                raise OSError(f"{name} has {num_bytes:,} bytes after a write that failed")
        np.save(self._aside / OFFSETS, np.concatenate([[0], np.cumsum(lengths)]))

    def _own_body(self) -> dict[str, Any]:
        first, splits, counts = 0, {}, {}
        for name, spool in self._spools.items():
            last = first + len(spool.lengths)
            splits[name] = [first, last]
            counts[name] = {"documents": last - first, "tokens": sum(spool.lengths)}
            first = last
        return {
            "vocab_size": self._vocab_size,
            "bos": self._bos,
            "eos": self._eos,
            "dtype": dtype_name(self._vocab_size),
            "num_states": self._num_states,
            "splits": splits,
            "counts": counts,
        }

    @contextmanager
    def _naming_the_disk(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ArtefactError(
                path=str(self._directory),
                cause=f"cannot write here ({error})",
                hint="nothing was kept; free space or name another directory",
            ) from error


def _record(split: str, document: Mapping[str, Any]) -> bytes:
    try:
        text = _encode({**document, "split": split})
    except (TypeError, ValueError, RecursionError) as error:
        name = document_name(document, f"a document of {split}")
        raise SettingError(name="document", cause=f"{name}: this is no JSON ({error})") from error
    return text.encode("ascii") + b"\n"


def _concatenate(parts: list[Path], whole: Path) -> None:
    """Move the first part to `whole` and append the rest, a buffer at a time."""
    parts[0].rename(whole)
    with whole.open("ab") as out:
        for part in parts[1:]:
            with part.open("rb") as source:
                shutil.copyfileobj(source, out, _BUFFER_BYTES)
            part.unlink()
