"""The tokenizer `bytes`: one token a byte of UTF-8.

Ids 0 to 255 are the byte values, 256 begins and 257 ends a document. It is the baseline that needs
no training and knows nothing.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from attrs import frozen

from wfgen import artefacts
from wfgen.api.records import Piece
from wfgen.api.tokenizer import IdArray
from wfgen.errors import DamagedArtefactError, DecodeError, EncodeError, NotAnArtefactError

__all__ = ["BytesTokenizer", "open_bytes"]

_NAME, _KIND, _FORMAT = "bytes", "tokenizer", 1
_BOS, _EOS, _VOCAB_SIZE = 256, 257, 258
_BODY = {"vocab_size": _VOCAB_SIZE, "bos": _BOS, "eos": _EOS}
_PIECES = tuple(Piece(text=bytes([b]), token=b) for b in range(256))


@frozen
class BytesTokenizer:
    """One token a byte; V is 258. Keeps every byte of any UTF-8 text."""

    vocab_size: int = _VOCAB_SIZE
    bos: int = _BOS
    eos: int = _EOS

    def encode(self, document: bytes | str) -> IdArray:
        """The byte values; int32, shape [bytes of the document].

        Raises:
            EncodeError: the bytes are not UTF-8, or the text holds a lone surrogate.
        """
        return np.frombuffer(_utf8(document), dtype=np.uint8).astype(np.int32)

    def decode(self, ids: IdArray) -> bytes:
        """The bytes; a begin in front and an end behind are left out.

        Raises:
            DecodeError: an id is out of range, begin or end stands elsewhere, or the bytes are
                not UTF-8, which no document is.
        """
        array = np.asarray(ids)
        if array.ndim != 1 or (len(array) and array.dtype.kind not in "iu"):
            raise DecodeError(cause=f"the ids are {array.dtype} of shape {array.shape}")
        first = 1 if len(array) and array[0] == _BOS else 0
        last = len(array) - (1 if len(array) > first and array[-1] == _EOS else 0)
        inner = array[first:last]
        foreign = np.flatnonzero((inner < 0) | (inner > 255))
        if len(foreign):
            raise _no_byte(first + int(foreign[0]), int(inner[foreign[0]]))
        text = inner.astype(np.uint8).tobytes()
        try:
            text.decode("utf-8")
        except UnicodeDecodeError as error:
            where = first + error.start
            raise DecodeError(
                index=where, cause=f"the bytes are not UTF-8 ({error.reason})"
            ) from None
        return text

    def inspect(self, document: bytes | str) -> tuple[Piece, ...]:
        """One piece a byte; raises EncodeError as `encode` does."""
        return tuple(map(_PIECES.__getitem__, _utf8(document)))

    def token_bytes(self, token: int) -> bytes:
        """The byte; b'' for begin and end. Raises DecodeError for an id that is out of range."""
        if not 0 <= token < _VOCAB_SIZE:
            raise DecodeError(cause=_outside(token))
        return _PIECES[token].text if token < _BOS else b""

    def save(self, directory: Path) -> None:
        """A manifest and no other file; raises ArtefactError where the directory exists."""
        with artefacts.write_artefact(
            directory, kind=_KIND, name=_NAME, format_version=_FORMAT, body=_BODY
        ):
            pass


def open_bytes(directory: Path) -> BytesTokenizer:
    """What `BytesTokenizer.save` wrote.

    Raises:
        NotAnArtefactError: there is no artefact, or one of another tokenizer.
        DamagedArtefactError: the manifest differs from what is saved.
        UnknownFormatError: it was written in a newer format.
    """
    manifest = artefacts.open_artefact(directory, kind=_KIND, format_version=_FORMAT)
    if manifest.name != _NAME:
        raise NotAnArtefactError(
            path=str(directory), cause=f"it is the tokenizer {manifest.name!r}, not {_NAME!r}"
        )
    if manifest.body != _BODY or manifest.files:
        raise DamagedArtefactError(
            path=str(directory),
            cause="the manifest is not the one that this tokenizer saves",
            hint="save it anew",
        )
    return BytesTokenizer()


def _utf8(document: bytes | str) -> bytes:
    """The document's bytes, checked."""
    if not isinstance(document, (bytes, str)):
        raise EncodeError(cause=f"a document is bytes or text, not {type(document).__name__}")
    try:
        if isinstance(document, str):
            return document.encode("utf-8")
        document.decode("utf-8")
        return document
    except UnicodeEncodeError as error:
        offset = len(error.object[: error.start].encode("utf-8"))
        raise EncodeError(offset=offset, cause="the text holds a lone surrogate") from None
    except UnicodeDecodeError as error:
        cause = f"the bytes are not UTF-8 ({error.reason})"
        raise EncodeError(offset=error.start, cause=cause) from None


def _no_byte(index: int, token: int) -> DecodeError:
    if token in (_BOS, _EOS):
        name = "begin" if token == _BOS else "end"
        return DecodeError(
            index=index, cause=f"the {name} of a document, id {token}, stands inside"
        )
    return DecodeError(index=index, cause=_outside(token))


def _outside(token: int) -> str:
    return f"id {token} is outside a vocabulary of {_VOCAB_SIZE}"
