"""The tokenizer: documents to ids and back, by a grammar and a vocabulary."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import Any

import numpy as np
from attrs import evolve, field, frozen

from wfgen.api import IdArray, Piece
from wfgen.canonical import DEFAULT_LIMITS, JsonValue, read_json, to_canonical
from wfgen.errors import CapabilityError, DecodeError, DocumentError, EncodeError
from wfgen_tct.compiling import Grammar
from wfgen_tct.formulas import Definitions
from wfgen_tct.grammar.fluent import FluentSpeaker
from wfgen_tct.grammar.language import Language
from wfgen_tct.grammar.meaning import Mentions
from wfgen_tct.grammar.naming import Naming
from wfgen_tct.grammar.speaking import Refused, speak
from wfgen_tct.grammar.walk import Stuck, Walk
from wfgen_tct.sequences.constraint import Engine, TctConstraint
from wfgen_tct.sequences.states import (
    Situation,
    StateNames,
    StateReader,
    position,
    situation_of,
)
from wfgen_tct.tokens.artefact import PARTS, read_parts, write_parts
from wfgen_tct.tokens.decoding import Decoder, misplaced
from wfgen_tct.tokens.documents import read_document
from wfgen_tct.tokens.inspecting import pieces_of
from wfgen_tct.tokens.reach import Reach, cutter
from wfgen_tct.tokens.vocabulary import BEGIN, FREE, STOP, Vocabulary

__all__ = ["TctTokenizer", "free_language", "open_tokenizer"]

_MAX_KEPT = 100_000
_MAX_LENGTH = 128


def free_language(naming: Naming) -> Language:
    """Any JSON value, where the keys that a schema names are named in every object."""
    everywhere = Mentions(names=frozenset(naming.keys))
    return Language(Definitions(()), {}, naming, everywhere)


@frozen(kw_only=True, eq=False)
class TctTokenizer:
    """Writes canonical JSON with the choices that a schema leaves. Safe to share between threads.

    A document that the schema rejects is written in free mode: one marker, and then as any JSON.

    Attributes:
        name: the registry entry that opens its artefact.
        grammar: the compiled schema.
        vocabulary: what each id stands for.
        reach, apart: what no token spans, see `learn`.
        states: numbers of the local states of the grammar.
        tables, free_tables: what is written where, by the grammar and in free mode, as far as it
            was worked out beforehand; None for nothing. They save time, and change nothing.
        about: how it was made; JSON values.
    """

    name: str
    grammar: Grammar = field(repr=False)
    vocabulary: Vocabulary = field(repr=False)
    reach: Reach
    apart: bool
    states: StateNames = field(factory=StateNames, repr=False)
    tables: Mapping[str, Any] | None = field(default=None, repr=False)
    free_tables: Mapping[str, Any] | None = field(default=None, repr=False)
    about: Mapping[str, Any] = field(factory=dict, repr=False)
    _lock: RLock = field(factory=RLock, init=False, repr=False)

    @property
    def vocab_size(self) -> int:
        """Every id is in `range(vocab_size)`."""
        return self.vocabulary.size

    @property
    def bos(self) -> int:
        """Begins a document in a token store."""
        return BEGIN

    @property
    def eos(self) -> int:
        """Ends a document."""
        return STOP

    # Encoding -------------------------------------------------------------------------------

    def encode(self, document: bytes | str, *, strict: bool = False) -> IdArray:
        """The ids of one document, without begin and end; int32, shape [T].

        Args:
            document: JSON; other spellings than the canonical one come back in that.
            strict: refuse a document that the schema rejects, instead of writing it in free mode.

        Raises:
            EncodeError: it is no JSON, or beyond the limits of the canonical form; or, if strict,
                the schema rejects it: then with the JSON pointer and the reason.
        """
        value = read_document(document)
        with self._lock:
            ids = self._strict.speak(value)
            if ids is None:
                if strict:
                    raise self._why_refused(value)
                ids = self._free.speak(value, (FREE,))
                assert ids is not None
        return np.frombuffer(ids, dtype=np.intc).astype(np.int32, copy=False)

    def accepts(self, document: bytes | str) -> bool:
        """Whether the schema accepts a document, by the grammar's own verdict.

        Raises:
            EncodeError: it is no JSON.
        """
        value = read_document(document)
        with self._lock:
            return self._strict.speak(value) is not None

    def is_free(self, ids: IdArray) -> bool:
        """Whether ids of one document, as `encode` gives them, are written in free mode."""
        return len(ids) > 0 and int(ids[0]) == FREE

    def _why_refused(self, value: JsonValue) -> EncodeError:
        try:
            speak(self.language, value)
        except Refused as error:
            steps = (str(s).replace("~", "~0").replace("/", "~1") for s in error.path)
            return EncodeError(
                pointer="".join(f"/{step}" for step in steps),
                cause=error.cause,
                hint="mend the document, or encode it without strict=True, in free mode",
            )
        raise AssertionError("the two ways of encoding disagree")

    @cached_property
    def language(self) -> Language:
        """The schema's documents."""
        return self.grammar.language()

    @cached_property
    def free(self) -> Language:
        """Any document, as free mode has it."""
        return free_language(self.grammar.naming)

    @cached_property
    def _strict(self) -> FluentSpeaker:
        codes, encode = self.vocabulary.codes, self._encode_segment
        return FluentSpeaker(self.language, codes, encode, self.tables)

    @cached_property
    def _free(self) -> FluentSpeaker:
        codes, encode = self.vocabulary.codes, self._encode_segment
        return FluentSpeaker(self.free, codes, encode, self.free_tables)

    @cached_property
    def _encode_segment(self) -> Callable[[bytes], bytes]:
        return _segment_encoder(self.vocabulary, cutter(self.reach, apart=self.apart))

    # Decoding -------------------------------------------------------------------------------

    def decode(self, ids: IdArray) -> bytes:
        """The document, canonical; begin in front and end behind are accepted.

        Raises:
            DecodeError: an id is out of range or may not stand where it does, or the ids are no
                whole document, or more than one.
        """
        first, inner = _without_ends(ids)
        try:
            document, consumed = self.decode_first(inner)
        except DecodeError as error:
            if error.index is None:
                raise
            error.index += first
            raise
        if consumed < len(inner):
            cause = f"the document ended, but id {inner[consumed]} follows"
            raise DecodeError(index=first + consumed, cause=cause)
        return document

    def decode_first(self, ids: Sequence[int]) -> tuple[bytes, int]:
        """The document at the beginning of some ids, and how many of them it takes.

        Raises:
            DecodeError: an id is out of range or may not stand where it does, or the document does
                not end.
        """
        is_free = len(ids) > 0 and ids[0] == FREE
        with self._lock:
            decoder = self._free_decoder if is_free else self._decoder
            document, consumed = decoder.decode(ids, int(is_free))
        _check_limits(document)
        return document, consumed

    def decode_prefix(self, ids: Sequence[int]) -> tuple[Piece, ...]:
        """The pieces of a document that may be cut; those without a token were inferred.

        Raises:
            DecodeError: an id is out of range or may not stand where it does.
        """
        inner = [int(token) for token in ids]
        found: list[Piece] = []
        with self._lock:
            language = self.free if inner and inner[0] == FREE else self.language
            walk = Walk(language, write=True)
            try:
                for piece in pieces_of(walk, inner, self.vocabulary):
                    found.append(piece)
            except Stuck as stuck:
                index = sum(piece.token is not None for piece in found)
                raise misplaced(walk, self.vocabulary, inner[index], index, stuck) from None
        return tuple(found)

    @cached_property
    def _decoder(self) -> Decoder:
        return Decoder(self.language, self.vocabulary, self._strict)

    @cached_property
    def _free_decoder(self) -> Decoder:
        return Decoder(self.free, self.vocabulary, self._free)

    # Artefact -------------------------------------------------------------------------------

    def save(self, directory: Path) -> None:
        """Write the artefact.

        Raises:
            ArtefactError: the directory exists already, or cannot be written.
        """
        write_parts(Path(directory), {name: getattr(self, name) for name in PARTS})

    # Constraint -----------------------------------------------------------------------------

    def constrain(self, schema: Mapping[str, Any] | None = None) -> TctConstraint:
        """The constraint of the tokenizer's own grammar.

        Raises:
            CapabilityError: another schema was asked for; its tokens are this one's.
        """
        if schema is not None:
            raise CapabilityError(
                name=self.name,
                capability="constrain",
                cause="the tokens of a TCT tokenizer belong to its own schema",
                hint="learn a tokenizer for the other schema, or pass None",
            )
        return self._constraint

    @cached_property
    def _constraint(self) -> TctConstraint:
        return TctConstraint(
            Engine(
                self.language, self.vocabulary, self.state_reader, self._lock, self._encode_segment
            )
        )

    # Inspection -----------------------------------------------------------------------------

    def inspect(self, document: bytes | str) -> tuple[Piece, ...]:
        """One piece per token of `encode(document)`, and one without a token for each symbol that
        the grammar forces, in the order of the document.

        Raises:
            EncodeError: as `encode` does.
        """
        ids = self.encode(document).tolist()
        with self._lock:
            language = self.free if ids and ids[0] == FREE else self.language
            return tuple(pieces_of(Walk(language, write=True), ids, self.vocabulary))

    # States ---------------------------------------------------------------------------------

    @property
    def num_states(self) -> int:
        """Every state id is in `range(num_states)`; 0 is for states that are not told apart."""
        return self.states.num_states

    @cached_property
    def state_reader(self) -> StateReader:
        """Tells the state that a walk is in."""
        return StateReader(self.states)

    def encode_with_states(self, document: bytes | str) -> tuple[IdArray, IdArray]:
        """`encode(document)` and the local state of the grammar before each token and the end.

        Returns:
            ids: int32, shape [T].
            states: int32, shape [T + 1]; the last is 0, as nothing is due behind a document.

        Raises:
            EncodeError: as `encode` does.
        """
        ids = self.encode(document)
        with self._lock:
            states = [self.state_reader.id_of(walk) for walk in self._stations(ids.tolist())]
        return ids, np.array([*states, 0], dtype=np.int32)

    def _stations(self, ids: Sequence[int]) -> Iterator[Walk]:
        """One walk, as it stands before each id."""
        is_free = bool(ids) and ids[0] == FREE
        walk = Walk(self.language)
        walk.follow()
        if is_free:
            yield walk
            walk = Walk(self.free)
            walk.follow()
        for token in ids[int(is_free) :]:
            yield walk
            assert walk.place is not None
            walk.pass_through(walk.place.jump(token, self.vocabulary.expansions[token]))

    def acquainted(self, documents: Iterable[JsonValue]) -> TctTokenizer:
        """The same, with names for the states that some documents come through, and with tables."""
        found: set[Situation] = set()
        seen: set[tuple[int, str, int]] = set()
        for value in documents:
            for walk in self._stations(self.encode(to_canonical(value)).tolist()):
                at = (id(walk.language), *position(walk))
                if at not in seen:
                    seen.add(at)
                    found.add(situation_of(walk))
        self._strict.explore()
        self._free.explore()
        return evolve(
            self,
            states=StateNames.of(found),
            tables=self._strict.tables,
            free_tables=self._free.tables,
        )


def open_tokenizer(directory: Path, *, name: str | None = None) -> TctTokenizer:
    """The tokenizer that `TctTokenizer.save` wrote.

    Args:
        directory: an artefact.
        name: the registry entry that it must be of; None for any.

    Raises:
        NotAnArtefactError: there is no artefact, or one of another tokenizer.
        DamagedArtefactError: a file differs from the manifest, or makes no tokenizer.
        UnknownFormatError: it was written in a newer format.
    """
    tokenizer = TctTokenizer(**read_parts(directory, name=name))
    tokenizer.vocabulary.encode_piece(b" ")  # ready to encode from the first document on
    return tokenizer


def _segment_encoder(
    vocabulary: Vocabulary, cut: Callable[[bytes], list[bytes]]
) -> Callable[[bytes], bytes]:
    """Gives the ids of a coded segment, packed; keeps those of short ones, within bounds."""
    known: dict[bytes, bytes] = {}
    encode_piece = vocabulary.encode_piece

    def encode_pieces(segment: bytes) -> bytes:
        pieces = cut(segment)
        if len(pieces) == 1:
            return array("i", encode_piece(segment)).tobytes()
        return array("i", [token for piece in pieces for token in encode_piece(piece)]).tobytes()

    def encode(segment: bytes) -> bytes:
        found = known.get(segment)
        if found is None:
            found = encode_pieces(segment)
            if len(segment) <= _MAX_LENGTH:
                if len(known) >= _MAX_KEPT:
                    known.clear()
                known[segment] = found
        return found

    return encode


def _without_ends(ids: IdArray) -> tuple[int, list[int]]:
    """The index of the first id inside, and the ids between begin and end."""
    array = np.asarray(ids)
    if array.ndim != 1 or (len(array) and array.dtype.kind not in "iu"):
        raise DecodeError(cause=f"the ids are {array.dtype} of shape {array.shape}")
    inner = array.tolist()
    first = 1 if inner and inner[0] == BEGIN else 0
    last = len(inner) - (1 if len(inner) > first and inner[-1] == STOP else 0)
    return first, inner[first:last]


def _check_limits(document: bytes) -> None:
    """Refuse a document that is beyond the limits of the canonical form."""
    limits = DEFAULT_LIMITS
    num_nodes = 1 + document.count(b",") + document.count(b"[") + document.count(b"{")
    if len(document) <= limits.num_bytes and num_nodes <= limits.num_nodes:
        return
    try:
        read_json(document, limits=limits)
    except DocumentError as error:
        raise DecodeError(cause=error.cause, hint=error.hint) from error
