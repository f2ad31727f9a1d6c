"""A byte-level byte-pair encoding given by ranks and a split pattern, run by tiktoken.

Legend: T tokens of one document, V entries of the vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from wfgen.api import IdArray, Piece
from wfgen.artefacts import Manifest, open_artefact, write_artefact
from wfgen.errors import (
    DamagedArtefactError,
    DecodeError,
    EncodeError,
    NotAnArtefactError,
    SettingError,
    WfgenError,
)
from wfgen_tiktoken.patterns import LONG_RUN, split_long_runs
from wfgen_tiktoken.ranks import MAX_IDS, format_ranks, read_rank_file

if TYPE_CHECKING:
    import tiktoken

__all__ = ["FORMAT", "KIND", "RANKS_FILE", "RankTokenizer", "open_as", "open_tokenizer"]

T = TypeVar("T")

KIND, FORMAT, RANKS_FILE = "tokenizer", 1, "ranks.tiktoken"
_ONE_PIECE = r"[\s\S]+"


@frozen(kw_only=True, eq=False)
class RankTokenizer:
    """A `wfgen.api.Tokenizer`, `Saveable`, `Inspectable` and `ByteLevel`.

    Keeps every byte of any UTF-8 text.

    Attributes:
        entry: the registry entry that opens what `save` writes.
        encoding: the encoding's name, for people.
        pattern: splits a text into pieces that no token crosses; Rust's fancy-regex syntax.
        ranks: token to id; the 256 bytes are among them.
        bos, eos: ids that are no ranks.
        vocab_size: V; more than every id.
        about: what the artefact says besides; JSON values.

    Raises:
        SettingError: the pattern is no regular expression, or the ids do not fit each other.
    """

    entry: str
    encoding: str
    pattern: str
    ranks: Mapping[bytes, int] = field(repr=False)
    bos: int
    eos: int
    vocab_size: int
    about: Mapping[str, Any] = field(factory=dict, repr=False)
    _num_bytes: NDArray[np.int64] = field(init=False, repr=False)
    _bpe: tiktoken.Encoding = field(init=False, repr=False)

    @_num_bytes.default
    def _measure(self) -> NDArray[np.int64]:
        """Bytes that an id stands for; 0 for the specials and for ids that are not in use."""
        _check_ids(self)
        num_bytes = np.zeros(self.vocab_size, dtype=np.int64)
        num_bytes[list(self.ranks.values())] = [len(token) for token in self.ranks]
        return num_bytes

    @_bpe.default
    def _compile(self) -> tiktoken.Encoding:
        return _compiled(self, self.pattern)

    def encode(self, document: bytes | str) -> IdArray:
        """The ids, int32, shape [T]; text of special tokens is plain text.

        Raises:
            EncodeError: the document is not UTF-8, or the pattern fails on it or leaves out a part.
        """
        text, data = _as_text(document)
        parts = list(split_long_runs(text, self.pattern, LONG_RUN))
        if len(parts) > 1:
            whole = _compiled(self, _ONE_PIECE)
            encodings = [(whole if part.is_piece else self._bpe, part.text) for part in parts]
            ids = np.concatenate([_ids(self, bpe, part) for bpe, part in encodings])
        else:
            ids = _ids(self, self._bpe, text)
        if int(self._num_bytes[ids].sum()) != len(data):
            raise _left_out(self, ids, data)
        return ids

    def decode(self, ids: IdArray) -> bytes:
        """The text; `bos` in front and `eos` behind are left out.

        Raises:
            DecodeError: an id stands for no text, or the bytes are not UTF-8, which no document is.
        """
        first, inner = _without_ends(self, ids)
        in_range = (inner >= 0) & (inner < self.vocab_size)
        num_bytes = self._num_bytes[np.where(in_range, inner, self.eos)]
        foreign = np.flatnonzero(num_bytes == 0)
        if len(foreign):
            raise _no_text(self, first + int(foreign[0]), int(inner[foreign[0]]))
        data = self._bpe.decode_bytes(inner.tolist())
        try:
            data.decode("utf-8")
        except UnicodeDecodeError as error:
            place = int(np.searchsorted(np.cumsum(num_bytes), error.start, side="right"))
            cause = f"the bytes are not UTF-8 ({error.reason})"
            raise DecodeError(index=first + place, cause=cause) from None
        return data

    def inspect(self, document: bytes | str) -> tuple[Piece, ...]:
        """One piece a token; raises EncodeError as `encode` does."""
        return tuple(
            Piece(text=self.token_bytes(token), token=token)
            for token in self.encode(document).tolist()
        )

    def token_bytes(self, token: int) -> bytes:
        """What an id stands for; b'' for the specials and for ids that are not in use.

        Raises:
            DecodeError: the id is out of range.
        """
        if not 0 <= token < self.vocab_size:
            raise DecodeError(cause=f"id {token} is outside a vocabulary of {self.vocab_size:,}")
        return self._bpe.decode_single_token_bytes(token) if self._num_bytes[token] else b""

    def save(self, directory: Path) -> None:
        """Ranks in a file, the rest in the manifest; raises ArtefactError as `write_artefact`."""
        body = {
            "encoding": self.encoding,
            "pattern": self.pattern,
            "bos": self.bos,
            "eos": self.eos,
            "vocab_size": self.vocab_size,
            "about": dict(self.about),
        }
        with write_artefact(
            directory, kind=KIND, name=self.entry, format_version=FORMAT, body=body
        ) as aside:
            (aside / RANKS_FILE).write_bytes(format_ranks(self.ranks))


def open_tokenizer(directory: Path, *, entry: str) -> RankTokenizer:
    """What `RankTokenizer.save` wrote for the registry entry `entry`.

    Raises:
        NotAnArtefactError: there is no artefact, or one of another tokenizer.
        DamagedArtefactError: a file differs from the manifest, or they make no tokenizer.
        UnknownFormatError: it was written in a newer format.
    """
    return open_as(directory, entry, _rebuilt)


def open_as(directory: Path, entry: str, rebuild: Callable[[Path, Manifest], T]) -> T:
    """What `rebuild` makes of the artefact of the registry entry `entry`; raises as above."""
    manifest = open_artefact(directory, kind=KIND, format_version=FORMAT)
    if manifest.name != entry:
        raise NotAnArtefactError(
            path=str(directory), cause=f"it is the tokenizer {manifest.name!r}, not {entry!r}"
        )
    try:
        return rebuild(Path(directory), manifest)
    except KeyError as error:
        cause = f"the manifest lacks {error}"
        raise DamagedArtefactError(path=str(directory), cause=cause) from error
    except WfgenError as error:
        raise DamagedArtefactError(path=str(directory), cause=str(error)) from error


def _rebuilt(directory: Path, manifest: Manifest) -> RankTokenizer:
    body, file = manifest.body, manifest.files[RANKS_FILE]
    return RankTokenizer(
        entry=manifest.name,
        encoding=body["encoding"],
        pattern=body["pattern"],
        ranks=read_rank_file(directory / RANKS_FILE, sha256=file.sha256),
        bos=body["bos"],
        eos=body["eos"],
        vocab_size=body["vocab_size"],
        about=body["about"],
    )


def _check_ids(tokenizer: RankTokenizer) -> None:
    """Raise SettingError for what an edited manifest may hold."""
    for name, kind in (("encoding", str), ("pattern", str), ("about", Mapping)):
        if not isinstance(value := getattr(tokenizer, name), kind):
            raise SettingError(name=name, cause=f"it is of type {type(value).__name__}")
    ranks = frozenset(tokenizer.ranks.values())
    least = 1 + max(ranks)
    for name in ("bos", "eos", "vocab_size"):
        value = getattr(tokenizer, name)
        if type(value) is not int or not 0 <= value <= MAX_IDS:
            raise SettingError(name=name, cause=f"{value!r} is no whole number to {MAX_IDS:,}")
        if value in ranks:
            raise SettingError(name=name, cause=f"{value} is the rank of a token")
        least = max(least, value + (name != "vocab_size"))
    if tokenizer.bos == tokenizer.eos:
        raise SettingError(name="bos", cause=f"{tokenizer.bos} is the end token too")
    if tokenizer.vocab_size < least:
        cause = f"{tokenizer.vocab_size} is too few"
        raise SettingError(name="vocab_size", cause=cause, hint=f"{least} is the least")


def _compiled(tokenizer: RankTokenizer, pattern: str) -> tiktoken.Encoding:
    # Imported late: a list of the installed plugins needs no tiktoken.
    import tiktoken  # noqa: PLC0415

    try:
        return tiktoken.Encoding(
            tokenizer.encoding,
            pat_str=pattern,
            mergeable_ranks=dict(tokenizer.ranks),
            # Never encoded. Without any, tiktoken looks for the empty text at each character, and
            # takes twice as long (28 ms against 13 ms for 100,000 characters).
            special_tokens={"<|endoftext|>": tokenizer.eos},
        )
    except ValueError as error:
        raise SettingError(
            name="pattern", cause=str(error), hint="it is in Rust's fancy-regex syntax"
        ) from error


def _as_text(document: bytes | str) -> tuple[str, bytes]:
    if not isinstance(document, (bytes, str)):
        raise EncodeError(cause=f"a document is bytes or text, not {type(document).__name__}")
    try:
        if isinstance(document, str):
            return document, document.encode("utf-8")
        return document.decode("utf-8"), document
    except UnicodeEncodeError as error:
        offset = len(error.object[: error.start].encode("utf-8"))
        raise EncodeError(offset=offset, cause="the text holds a lone surrogate") from None
    except UnicodeDecodeError as error:
        cause = f"the bytes are not UTF-8 ({error.reason})"
        raise EncodeError(offset=error.start, cause=cause) from None


def _ids(tokenizer: RankTokenizer, bpe: tiktoken.Encoding, text: str) -> IdArray:
    # With nothing disallowed this is encode_ordinary, which returns a list and panics, on standard
    # error, where this raises ValueError.
    try:
        return bpe.encode_to_numpy(text, disallowed_special=()).astype(np.int32)
    except ValueError as error:
        cause = str(error)
    except BaseException as error:
        # A panic in Rust; pyo3 derives it from BaseException and exports no name for it.
        if type(error).__name__ != "PanicException":
            raise
        cause = f"tiktoken stopped ({error})"
    hint = f"the split pattern of {tokenizer.encoding} does not take this text"
    raise EncodeError(cause=cause, hint=hint)


def _left_out(tokenizer: RankTokenizer, ids: IdArray, data: bytes) -> EncodeError:
    kept = tokenizer._bpe.decode_bytes(ids.tolist())
    pairs = enumerate(zip(kept, data, strict=False))
    return EncodeError(
        offset=next((at for at, (ours, theirs) in pairs if ours != theirs), len(kept)),
        cause=f"the split pattern of {tokenizer.encoding} leaves out part of the text",
        hint="give the pattern an alternative for every character",
    )


def _without_ends(tokenizer: RankTokenizer, ids: IdArray) -> tuple[int, NDArray[Any]]:
    """The index of the first id that is text, and the ids between begin and end."""
    array = np.asarray(ids)
    if array.ndim != 1 or (len(array) and array.dtype.kind not in "iu"):
        raise DecodeError(cause=f"the ids are {array.dtype} of shape {array.shape}")
    first = 1 if len(array) and array[0] == tokenizer.bos else 0
    last = len(array) - (1 if len(array) > first and array[-1] == tokenizer.eos else 0)
    return first, array[first:last].astype(np.int64)


def _no_text(tokenizer: RankTokenizer, index: int, token: int) -> DecodeError:
    if not 0 <= token < tokenizer.vocab_size:
        cause = f"id {token} is outside a vocabulary of {tokenizer.vocab_size:,}"
    elif token in (tokenizer.bos, tokenizer.eos):
        name = "begin" if token == tokenizer.bos else "end"
        cause = f"the {name} of a document, id {token}, stands inside"
    else:
        cause = f"id {token} stands for no text in {tokenizer.encoding}"
    return DecodeError(index=index, cause=cause)
