"""Opens a token store: ids mapped from disk, offsets in memory, documents read when asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, overload

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import NDArray

from wfgen.artefacts import MANIFEST, Manifest, check_files, open_artefact
from wfgen.errors import ArtefactError, DamagedArtefactError, SettingError, name_hint
from wfgen.store.format import (
    DOCUMENTS,
    OFFSETS,
    STATES,
    STORE_KIND,
    STORE_VERSION,
    TOKENS,
    check_vocabulary,
    document_name,
    dtype_name,
    on_disk,
)

__all__ = ["TokenStore"]


@frozen(kw_only=True, eq=False, slots=False)  # no slots: cached_property keeps `tokens` here
class TokenStore:
    """Prepared tokens. Immutable; a pickled one is opened anew where it is unpickled.

    `tokens.bin` is mapped at the first use of `tokens`, read-only; no file is kept open, but on
    Windows a mapped file cannot be removed while the store, or an array cut from it, lives.

    Attributes:
        directory: where it lies, absolute.
        manifest: as it was written.
        splits: name to the range of its documents among all.
        vocab_size, bos, eos: of the tokenizer that made the ids.
        num_states: of the states beside the ids; 0 where there are none.
    """

    directory: Path
    manifest: Manifest = field(repr=False)
    splits: Mapping[str, range]
    vocab_size: int
    bos: int
    eos: int
    num_states: int = 0
    _offsets: NDArray[np.int64] = field(repr=False)

    @classmethod
    def open(cls, directory: Path | str) -> TokenStore:
        """The store in `directory`. Sizes and the offsets are checked; `verify` checks the rest.

        Raises:
            NotAnArtefactError: there is no store.
            DamagedArtefactError: a file is missing or does not fit the manifest.
            UnknownFormatError: it was written in a newer format.
        """
        directory = Path(directory).resolve()
        manifest = open_artefact(
            directory, kind=STORE_KIND, format_version=STORE_VERSION, check_hashes=False
        )
        check_files(directory, _only(manifest, OFFSETS))
        vocab_size, bos, eos, splits = _read_body(manifest, directory / MANIFEST)
        offsets = _read_offsets(
            directory, sum(s.stop - s.start for s in splits.values()), vocab_size
        )
        return cls(
            directory=directory,
            manifest=manifest,
            splits=splits,
            vocab_size=vocab_size,
            bos=bos,
            eos=eos,
            num_states=_read_num_states(manifest, directory, int(offsets[-1])),
            offsets=offsets,
        )

    @cached_property
    def tokens(self) -> NDArray[Any]:
        """All ids, mapped read-only; uint16 or uint32, shape [tokens of all splits]."""
        dtype = on_disk(dtype_name(self.vocab_size))
        mapped = np.memmap(self.directory / TOKENS, dtype=dtype, mode="r")
        return np.asarray(mapped)  # a plain array over the map: slicing costs a tenth

    @cached_property
    def states(self) -> NDArray[Any] | None:
        """The state before each of `tokens`, mapped read-only; uint16 or uint32; None for none."""
        if not self.num_states:
            return None
        dtype = on_disk(dtype_name(self.num_states))
        return np.asarray(np.memmap(self.directory / STATES, dtype=dtype, mode="r"))

    def offsets(self, split: str) -> NDArray[np.int64]:
        """Where the split's documents begin in `tokens`, and the end of the last; shape [N + 1].

        Raises:
            SettingError: there is no such split.
        """
        documents = self._range(split)
        return self._offsets[documents.start : documents.stop + 1]

    def documents(self, split: str) -> Sequence[dict[str, Any]]:
        """What was stored about the split's documents; read from disk when indexed.

        Raises:
            SettingError: there is no such split.
            DamagedArtefactError: when indexed: the line is no JSON object.
        """
        file = self.directory / DOCUMENTS
        return _Records(file=file, begins=_line_begins(file, self._range(split)))

    def num_bytes(self, split: str) -> NDArray[np.int64]:
        """Bytes of the canonical form of each of the split's documents; shape [N].

        Raises:
            SettingError: there is no such split.
            ArtefactError: the store does not say how many.
        """
        records = self.documents(split)
        try:
            return np.array([int(record["bytes"]) for record in records], dtype=np.int64)
        except (KeyError, TypeError, ValueError) as error:
            raise ArtefactError(
                path=str(self.directory),
                cause=f"it does not say how many bytes a document of {split} has ({error!r})",
                hint="prepare the data with wfgen prepare",
            ) from error

    def document_name(self, split: str, index: int) -> str:
        """How messages call one document of a split.

        Raises:
            SettingError: there is no such split.
        """
        return document_name(self.documents(split)[index], f"document {index} of {split}")

    @property
    def note(self) -> str:
        """What tables made from this store must say about its corpus; '' for real documents."""
        corpus = self.manifest.body.get("corpus")
        return str(corpus.get("note") or "") if isinstance(corpus, Mapping) else ""

    def verify(self) -> None:
        """Raise DamagedArtefactError unless every file has the hash that the manifest says."""
        check_files(self.directory, self.manifest)

    def __reduce__(self) -> tuple[Any, ...]:
        return TokenStore.open, (self.directory,)

    def _range(self, split: str) -> range:
        if split not in self.splits:
            cause = f"{self.directory} has no split {split!r}"
            raise SettingError(name="split", cause=cause, hint=name_hint(split, self.splits))
        return self.splits[split]


@frozen(kw_only=True, eq=False)
class _Records(Sequence[dict[str, Any]]):
    """Lines of `documents.jsonl`; `begins` are byte offsets, shape [N + 1]."""

    file: Path
    begins: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.begins) - 1

    @overload
    def __getitem__(self, index: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[dict[str, Any]]: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return tuple(self[i] for i in range(len(self))[index])
        at = range(len(self))[index]
        with self.file.open("rb") as file:
            file.seek(self.begins[at])
            return _parse(file.readline(), self.file, at)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        with self.file.open("rb") as file:
            file.seek(self.begins[0])
            for at in range(len(self)):
                yield _parse(file.readline(), self.file, at)


def _parse(line: bytes, file: Path, at: int) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _damaged(file, f"record {at} of the split is no JSON ({error})") from error
    if not isinstance(record, dict):
        raise _damaged(file, f"record {at} of the split is no JSON object")
    return record


def _line_begins(file: Path, documents: range) -> NDArray[np.int64]:
    content = np.fromfile(file, dtype=np.uint8)
    ends = np.flatnonzero(content == ord("\n")) + 1
    begins = np.concatenate([[0], ends]).astype(np.int64)
    if len(begins) <= documents.stop:
        raise _damaged(file, f"there are {len(ends):,} lines, {documents.stop:,} at least expected")
    return begins[documents.start : documents.stop + 1]


def _only(manifest: Manifest, name: str) -> Manifest:
    """The manifest as if one file were all; a file of 8 bytes a document is hashed in no time."""
    return evolve(manifest, files={n: r for n, r in manifest.files.items() if n == name})


def _read_body(manifest: Manifest, file: Path) -> tuple[int, int, int, dict[str, range]]:
    """Vocabulary size, begin, end and splits; the splits must cover the documents in order."""
    body = manifest.body
    try:
        vocab_size, bos, eos = (int(body[key]) for key in ("vocab_size", "bos", "eos"))
        check_vocabulary(vocab_size, bos, eos)
        if body["dtype"] != dtype_name(vocab_size):
            raise ValueError(f"dtype {body['dtype']!r} does not fit the vocabulary")
        splits = {str(n): range(int(a), int(b)) for n, (a, b) in body["splits"].items()}
        stops = [0, *(s.stop for s in splits.values())]
        if (
            not splits
            or [s.start for s in splits.values()] != stops[:-1]
            or not all(splits.values())
        ):
            raise ValueError("the splits do not cover the documents")
    except (KeyError, TypeError, ValueError, AttributeError, SettingError) as error:
        raise _damaged(file, f"the body is malformed ({error})") from error
    return vocab_size, bos, eos, splits


def _read_num_states(manifest: Manifest, directory: Path, num_tokens: int) -> int:
    """How many there are; the file must hold one for each token."""
    num_states, file = manifest.body.get("num_states", 0), directory / STATES
    if type(num_states) is not int or num_states < 0:
        raise _damaged(directory / MANIFEST, f"num_states is {num_states!r}")
    if num_states:
        size = num_tokens * on_disk(dtype_name(num_states)).itemsize
        if not file.is_file() or file.stat().st_size != size:
            raise _damaged(file, f"it has not one state for each of {num_tokens:,} tokens")
    return num_states


def _read_offsets(directory: Path, num_documents: int, vocab_size: int) -> NDArray[np.int64]:
    file = directory / OFFSETS
    try:
        # Mapped first: a header that promises more than the file holds must not allocate it.
        offsets = np.array(np.load(file, mmap_mode="r", allow_pickle=False))
    except Exception as error:  # for a damaged header numpy lets tokenize's errors pass, and more
        raise _damaged(file, f"cannot be read ({error})") from error
    num_tokens = (directory / TOKENS).stat().st_size // on_disk(dtype_name(vocab_size)).itemsize
    if offsets.dtype != np.int64 or offsets.shape != (num_documents + 1,):
        raise _damaged(file, f"it is {offsets.dtype} of shape {offsets.shape}")
    if offsets[0] != 0 or offsets[-1] != num_tokens or (np.diff(offsets) < 2).any():
        raise _damaged(file, f"the offsets do not cut the {num_tokens:,} tokens into documents")
    offsets.flags.writeable = False
    return offsets


def _damaged(file: Path, cause: str) -> DamagedArtefactError:
    return DamagedArtefactError(path=str(file), cause=cause, hint="write or copy the store anew")
