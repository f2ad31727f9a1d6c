"""A published encoding of which only the ids that a corpus uses are kept.

A model over o200k_base has 200,019 rows in its embedding, of which 4,739 real workflows use 29,132,
bytes that do not occur, begin and end counted. Here the others are left out, and what they stand
for is written byte by byte.

Legend: T tokens of one document, S entries of the whole encoding, V entries of the restricted one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from wfgen.api import IdArray, Piece, TrainingRequest
from wfgen.artefacts import Manifest, write_artefact
from wfgen.errors import EncodeError, SettingError, name_hint
from wfgen_tiktoken.encodings import PUBLISHED, create, from_ranks
from wfgen_tiktoken.ranks import format_ranks, read_rank_file
from wfgen_tiktoken.tokenizer import FORMAT, KIND, RANKS_FILE, RankTokenizer, open_as

__all__ = [
    "LEAST_VOCAB_SIZE",
    "RESTRICTED",
    "RestrictedTokenizer",
    "open_restricted",
    "train_restricted",
]

RESTRICTED: Mapping[str, str] = {
    f"{name}-restricted": name
    for name, published in PUBLISHED.items()
    if published.is_packaged and published.ranks == name
}
"""Registry entry to the encoding whose ids it keeps; o200k_harmony's text ids are o200k_base's."""

LEAST_VOCAB_SIZE = 256 + 2
"""The bytes, begin and end."""

_KEPT_FILE = "kept.tiktoken"


@frozen(kw_only=True, eq=False)
class RestrictedTokenizer:
    """A `wfgen.api.Tokenizer`, `Saveable`, `Inspectable` and `ByteLevel`.

    Keeps every byte of any UTF-8 text. Begin and end come after the kept tokens.

    Attributes:
        entry: the registry entry that opens what `save` writes.
        source: the whole encoding, which says how a text is cut.
        kept: token to id, the ids in the order of the source's and without a gap; the 256 bytes
            are among them.
        about: what the artefact says besides; JSON values.

    Raises:
        SettingError: `kept` is no such part of the source.
    """

    entry: str
    source: RankTokenizer
    kept: Mapping[bytes, int] = field(repr=False)
    about: Mapping[str, Any] = field(factory=dict, repr=False)
    _ids: IdArray = field(init=False, repr=False)
    _byte_ids: IdArray = field(init=False, repr=False)
    _vocabulary: RankTokenizer = field(init=False, repr=False)

    @_ids.default
    def _renumber(self) -> IdArray:
        """The id here of each id of the source, -1 where it is not kept; shape [S]."""
        _check_kept(self.kept, self.source)
        ids = np.full(self.source.vocab_size, -1, dtype=np.int32)
        ids[[self.source.ranks[token] for token in self.kept]] = list(self.kept.values())
        return ids

    @_byte_ids.default
    def _number_bytes(self) -> IdArray:
        ids = [self.kept[bytes([value])] for value in range(256)]
        return np.array(ids, dtype=np.int32)

    @_vocabulary.default
    def _speak(self) -> RankTokenizer:
        """What the ids stand for; it never encodes, since merges lead over tokens left out."""
        return RankTokenizer(
            entry=self.entry,
            encoding=self.entry,
            pattern=self.source.pattern,
            ranks=self.kept,
            bos=len(self.kept),
            eos=len(self.kept) + 1,
            vocab_size=len(self.kept) + 2,
            about=self.about,
        )

    @property
    def vocab_size(self) -> int:
        """V."""
        return self._vocabulary.vocab_size

    @property
    def bos(self) -> int:
        """V - 2."""
        return self._vocabulary.bos

    @property
    def eos(self) -> int:
        """V - 1."""
        return self._vocabulary.eos

    def encode(self, document: bytes | str) -> IdArray:
        """The source's ids, renumbered, int32, shape [T]; one that is not kept as its bytes.

        Raises:
            EncodeError: the document is not UTF-8.
        """
        whole = self.source.encode(document)
        ids = self._ids[whole]
        left_out = ids < 0
        if not left_out.any():
            return ids
        texts = [self.source.token_bytes(token) for token in whole[left_out].tolist()]
        widths = np.ones(len(ids), dtype=np.int64)
        widths[left_out] = list(map(len, texts))
        spelled = np.repeat(ids, widths)
        spelled[spelled < 0] = self._byte_ids[np.frombuffer(b"".join(texts), dtype=np.uint8)]
        return spelled

    def decode(self, ids: IdArray) -> bytes:
        """The text; `bos` in front and `eos` behind are left out.

        Raises:
            DecodeError: an id stands for no text, or the bytes are not UTF-8, which no document is.
        """
        return self._vocabulary.decode(ids)

    def inspect(self, document: bytes | str) -> tuple[Piece, ...]:
        """One piece a token; raises EncodeError as `encode` does."""
        return tuple(
            Piece(text=self.token_bytes(token), token=token)
            for token in self.encode(document).tolist()
        )

    def token_bytes(self, token: int) -> bytes:
        """What an id stands for; b'' for begin and end.

        Raises:
            DecodeError: the id is out of range.
        """
        return self._vocabulary.token_bytes(token)

    def save(self, directory: Path) -> None:
        """The source's ranks and the kept tokens in a file each; raises as `write_artefact`."""
        body = {
            "encoding": self.source.encoding,
            "pattern": self.source.pattern,
            "about": dict(self.about),
        }
        with write_artefact(
            directory, kind=KIND, name=self.entry, format_version=FORMAT, body=body
        ) as aside:
            (aside / RANKS_FILE).write_bytes(format_ranks(self.source.ranks))
            (aside / _KEPT_FILE).write_bytes(format_ranks(self.kept))


def open_restricted(directory: Path, *, entry: str) -> RestrictedTokenizer:
    """What `RestrictedTokenizer.save` wrote for the entry; raises as `open_tokenizer` does."""
    return open_as(directory, entry, _rebuilt)


def train_restricted(request: TrainingRequest, *, entry: str) -> RestrictedTokenizer:
    """The encoding restricted to the ids that occur in the documents, and the 256 bytes.

    Under a ceiling the most frequent are kept, of equally frequent ones those that come first in
    the encoding. The order of the documents does not matter.

    Raises:
        SettingError: the ceiling is too low, a setting is given, or the corpus is empty.
        EncodeError: a document is not UTF-8.
        CapabilityError, RankFileError: as `create` raises them.
    """
    _check_request(request)
    source = create(RESTRICTED[entry])
    counts = np.zeros(source.vocab_size, dtype=np.int64)
    num_documents = _count(source, request.documents(), counts)
    kept = _most_frequent(source, counts, request.vocab_size)
    ranks = [source.ranks[token] for token in kept]
    return RestrictedTokenizer(
        entry=entry,
        source=source,
        kept=kept,
        about={
            "requested_vocab_size": request.vocab_size,
            "training": {
                "documents": num_documents,
                "tokens": int(counts.sum()),
                "tokens_left_out": int(counts.sum() - counts[ranks].sum()),
            },
            "corpus": dict(request.provenance),
        },
    )


def _rebuilt(directory: Path, manifest: Manifest) -> RestrictedTokenizer:
    body, files = manifest.body, manifest.files
    return RestrictedTokenizer(
        entry=manifest.name,
        source=from_ranks(
            directory / RANKS_FILE,
            pattern=body["pattern"],
            name=body["encoding"],
            sha256=files[RANKS_FILE].sha256,
        ),
        kept=read_rank_file(directory / _KEPT_FILE, sha256=files[_KEPT_FILE].sha256),
        about=body["about"],
    )


def _check_kept(kept: Mapping[bytes, int], source: RankTokenizer) -> None:
    foreign = next((token for token in kept if token not in source.ranks), None)
    if foreign is not None:
        raise SettingError(name="kept", cause=f"{foreign!r} is no token of {source.encoding}")
    if kept != _numbered(kept, source):
        cause = f"the ids are not in the order of {source.encoding}, or have a gap"
        raise SettingError(name="kept", cause=cause)


def _numbered(tokens: Iterable[bytes], source: RankTokenizer) -> dict[bytes, int]:
    ordered = sorted(tokens, key=source.ranks.__getitem__)
    return {token: number for number, token in enumerate(ordered)}


def _check_request(request: TrainingRequest) -> None:
    for name in request.settings:
        raise SettingError(name=name, cause="it is unknown", hint=name_hint(name, ()))
    if request.vocab_size is not None and request.vocab_size < LEAST_VOCAB_SIZE:
        raise SettingError(
            name="vocab_size",
            cause=f"{request.vocab_size} is too few",
            hint=f"{LEAST_VOCAB_SIZE} is the least (256 bytes, begin, end)",
        )


def _count(source: RankTokenizer, documents: Iterable[bytes], counts: NDArray[np.int64]) -> int:
    """Add how often each id occurs to `counts`, shape [S]; gives the number of documents."""
    number = -1
    for number, document in enumerate(documents):
        try:
            np.add.at(counts, source.encode(document), 1)
        except EncodeError as error:
            cause = f"document {number} of the corpus: {error.cause}"
            raise EncodeError(offset=error.offset, cause=cause) from None
    if not counts.any():
        cause = f"none of its {number + 1:,} documents has a token"
        raise SettingError(name="corpus", cause=cause, hint="name one with a document in it")
    return number + 1


def _most_frequent(
    source: RankTokenizer, counts: NDArray[np.int64], vocab_size: int | None
) -> dict[bytes, int]:
    single = {bytes([value]) for value in range(256)}
    used = map(source.token_bytes, np.flatnonzero(counts).tolist())
    longer = [token for token in used if token not in single]
    # Sorting keeps the order of equals, so ties fall to the lower id.
    longer.sort(key=lambda token: -int(counts[source.ranks[token]]))
    room = None if vocab_size is None else vocab_size - LEAST_VOCAB_SIZE
    return _numbered(single.union(longer[:room]), source)
