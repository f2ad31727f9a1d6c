"""Bytes, and the commonest pairs of bytes as one token: an example of a wfgen plugin.

Ids: 0 to 255 the bytes, then the pairs by how often they stand in the training corpus, then begin
and end. Encoding is greedy from the left.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
from attrs import field, frozen

from wfgen.api import IdArray, TokenizerEntry, TrainingRequest, hookimpl
from wfgen.artefacts import open_artefact, write_artefact
from wfgen.errors import DecodeError, EncodeError, SettingError

NAME = "digram"
FORMAT_VERSION = 1
_NUM_BYTES, _NUM_SPECIALS = 256, 2


@frozen(kw_only=True)
class DigramTokenizer:
    """A `wfgen.api.Tokenizer` and `Saveable`.

    Attributes:
        pairs: the pairs that are one token, two bytes each, the commonest first.
    """

    pairs: tuple[bytes, ...]
    _id_of: dict[bytes, int] = field(init=False, repr=False, eq=False)

    @_id_of.default
    def _number_the_pairs(self) -> dict[bytes, int]:
        return {pair: _NUM_BYTES + n for n, pair in enumerate(self.pairs)}

    @property
    def bos(self) -> int:
        """The last id but one."""
        return _NUM_BYTES + len(self.pairs)

    @property
    def eos(self) -> int:
        """The last id."""
        return self.bos + 1

    @property
    def vocab_size(self) -> int:
        """Bytes, pairs, begin and end."""
        return self.bos + _NUM_SPECIALS

    def encode(self, document: bytes | str) -> IdArray:
        """The ids, int32, shape [T]. Raises EncodeError for bytes that are not UTF-8."""
        data = document.encode("utf-8") if isinstance(document, str) else _checked(document)
        ids, at = [], 0
        while at < len(data):
            pair = self._id_of.get(data[at : at + 2])
            ids.append(data[at] if pair is None else pair)
            at += 1 if pair is None else 2
        return np.array(ids, dtype=np.int32)

    def decode(self, ids: IdArray) -> bytes:
        """The bytes. Raises DecodeError for an id that stands for none."""
        tokens = [int(i) for i in ids]
        first = 1 if tokens[:1] == [self.bos] else 0
        last = len(tokens) - (1 if tokens[-1:] == [self.eos] else 0)
        return b"".join(self._bytes_of(tokens[i], i) for i in range(first, last))

    def save(self, directory: Path) -> None:
        """Write an artefact. Raises ArtefactError where the directory exists."""
        with write_artefact(
            directory, kind="tokenizer", name=NAME, format_version=FORMAT_VERSION, body={}
        ) as aside:
            pairs = json.dumps([list(pair) for pair in self.pairs])
            (aside / "pairs.json").write_text(pairs, encoding="utf-8")

    def _bytes_of(self, token: int, index: int) -> bytes:
        if not 0 <= token < self.bos:
            raise DecodeError(index=index, cause=f"id {token} stands for no text")
        return bytes([token]) if token < _NUM_BYTES else self.pairs[token - _NUM_BYTES]


def train(request: TrainingRequest) -> DigramTokenizer:
    """Count pairs of bytes; keep the commonest, ties by their bytes."""
    size = request.vocab_size or 1024
    if size < _NUM_BYTES + _NUM_SPECIALS:
        raise SettingError(name="vocab_size", cause=f"{size} is too small", hint="258 is the least")
    counts: Counter[bytes] = Counter()
    for document in request.documents():
        counts.update(document[i : i + 2] for i in range(len(document) - 1))
    ranked = sorted(counts, key=lambda pair: (-counts[pair], pair))
    return DigramTokenizer(pairs=tuple(ranked[: size - _NUM_BYTES - _NUM_SPECIALS]))


def open_saved(directory: Path) -> DigramTokenizer:
    """What `save` wrote. Raises ArtefactError where it is damaged."""
    open_artefact(directory, kind="tokenizer", format_version=FORMAT_VERSION)
    pairs = json.loads((directory / "pairs.json").read_bytes())
    return DigramTokenizer(pairs=tuple(bytes(pair) for pair in pairs))


@hookimpl
def wfgen_tokenizers() -> list[TokenizerEntry]:
    """What this plugin offers."""
    return [
        TokenizerEntry(
            name=NAME,
            summary="Bytes and the commonest pairs of bytes (an example).",
            fidelity="bytes",
            train=train,
            open=open_saved,
        )
    ]


def _checked(document: bytes) -> bytes:
    try:
        document.decode("utf-8")
    except UnicodeDecodeError as error:
        raise EncodeError(offset=error.start, cause="the bytes are not UTF-8") from error
    return document
