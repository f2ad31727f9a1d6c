"""A constraint over a byte-level tokenizer, made of an engine that takes tokens one at a time.

The engine brings a `Matcher`. What no engine has is here: the bytes of a prefix that is cut inside
of a token stay pending, and every way to spell them is allowed.

Legend: T tokens of one document, V entries of the vocabulary.
"""

from __future__ import annotations

import codecs
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Protocol

import numpy as np
from attrs import define, field, frozen

from wfgen.api import ByteLevel, IdArray, MaskRow, Tokenizer
from wfgen.errors import CapabilityError, ConstraintError
from wfgen.masks import check_row, pack, row_of

__all__ = ["ByteConstraint", "ByteState", "Matcher", "Vocabulary"]

_CONTINUATIONS = ("a", "A", "0", " ", "_", '"', "\\", "/", ":", ",", "{", "}", "é")
"""What may follow a prefix that was cut: a character of each kind that vocabularies merge over."""


class Matcher(Protocol):
    """One engine's side of a state. The end token never reaches it."""

    def fill(self, row: MaskRow) -> None:
        """Write the ids allowed next, the end token where the document may end."""

    def accept(self, token: int) -> bool:
        """Take one token of text; False, and nothing changed, where it is not allowed."""

    def fork(self) -> Matcher:
        """An independent copy."""

    def is_accepting(self) -> bool:
        """Whether the document may end here."""


# Vocabulary -------------------------------------------------------------------------------------


@frozen(kw_only=True, eq=False)
class Vocabulary:
    """The bytes of every token.

    Attributes:
        tokens: length V; b'' for begin, end and ids that are not in use.
        eos: the end token.
        last_word: the last word of a row that allows every id.
    """

    tokens: tuple[bytes, ...] = field(repr=False)
    eos: int
    last_word: np.int32 = field(init=False, repr=False)
    _ids: Mapping[bytes, list[int]] = field(init=False, repr=False)
    _sorted: list[bytes] = field(init=False, repr=False)
    _longest: int = field(init=False, repr=False)

    @last_word.default
    def _fill_last_word(self) -> np.int32:
        return np.int32(pack(np.ones(len(self.tokens), dtype=bool))[-1])

    @_ids.default
    def _number(self) -> dict[bytes, list[int]]:
        """Two ids may stand for the same bytes."""
        ids: dict[bytes, list[int]] = {}
        for number, token in enumerate(self.tokens):
            if token:
                ids.setdefault(token, []).append(number)
        return ids

    @_sorted.default
    def _sort(self) -> list[bytes]:
        return sorted(self._ids)

    @_longest.default
    def _measure(self) -> int:
        return max(map(len, self._sorted), default=0)

    @classmethod
    def of(cls, tokenizer: Tokenizer, engine: str) -> Vocabulary:
        """The vocabulary of a byte-level tokenizer.

        Raises:
            CapabilityError: it does not say what its tokens stand for, or lacks single bytes.
        """
        if not isinstance(tokenizer, ByteLevel):
            raise _no_vocabulary(engine, "the tokenizer has no token_bytes(id)")
        tokens = map(tokenizer.token_bytes, range(tokenizer.vocab_size))
        made = cls(tokens=tuple(tokens), eos=tokenizer.eos)
        missing = [value for value in range(256) if bytes([value]) not in made._ids]
        if missing:
            cause = f"it has no token for {len(missing)} of the 256 bytes, the first {missing[0]}"
            raise _no_vocabulary(engine, cause)
        return made

    def byte_tokens(self, text: bytes) -> Iterator[int]:
        """One id a byte."""
        return (self._ids[text[at : at + 1]][0] for at in range(len(text)))

    def agreeing(self, text: bytes) -> MaskRow:
        """The row of the tokens that `text` begins with, or that begin with `text`."""
        first = bisect_left(self._sorted, text)
        last = bisect_right(self._sorted, text + b"\xff" * self._longest)
        starts = (text[:length] for length in range(1, min(len(text), self._longest + 1)))
        shorter = (start for start in starts if start in self._ids)
        agreeing = map(self._ids.__getitem__, chain(shorter, self._sorted[first:last]))
        return row_of(chain.from_iterable(agreeing), len(self.tokens))


def _no_vocabulary(engine: str, cause: str) -> CapabilityError:
    return CapabilityError(
        name=engine,
        capability="constrain",
        cause=cause,
        hint="give it a byte-level tokenizer (wfgen.api.ByteLevel), such as bytes",
    )


# State ------------------------------------------------------------------------------------------


@define(kw_only=True, eq=False)
class ByteState:
    """Where one document stands; a `wfgen.api.GrammarState`.

    It knows no cost: an engine that looks one token ahead cannot say how many are needed to end.
    """

    _engine: str
    _vocabulary: Vocabulary
    _matcher: Matcher
    _pending: bytes = b""
    _finished: bool = False

    @property
    def state_id(self) -> int:
        """0: there are no local states."""
        return 0

    def fill_mask(self, row: MaskRow, budget: int | None = None) -> None:
        """Write the ids allowed next into `row`, int32, shape [ceil(V / 32)].

        Raises:
            CapabilityError: a budget was given.
            ConstraintError: the row has another shape or dtype, or the engine gave up.
        """
        check_row(row, len(self._vocabulary.tokens))
        if budget is not None:
            raise self._no_cost("budget", "it cannot tell which tokens a budget leaves room for")
        if self._finished:
            row[:] = 0
            return
        self._matcher.fill(row)
        row[-1] &= self._vocabulary.last_word  # an engine may have set what is past V
        if self._pending:
            row &= self._vocabulary.agreeing(self._pending)

    def advance(self, token: int) -> None:
        """Take one token; raises ConstraintError, and changes nothing, where it is not allowed."""
        if self._finished:
            raise ConstraintError(token=token, cause="the document has ended")
        if token == self._vocabulary.eos:
            self._end()
            return
        text = self._text(token)
        length = min(len(text), len(self._pending))
        if text[:length] != self._pending[:length]:
            cause = f"it does not agree with {self._pending!r}, which the prefix left open"
            raise ConstraintError(token=token, cause=cause)
        if not self._matcher.accept(int(token)):
            raise ConstraintError(token=token, cause=f"{text!r} is not allowed here")
        self._pending = self._pending[length:]

    def fork(self) -> ByteState:
        """An independent copy."""
        return ByteState(
            engine=self._engine,
            vocabulary=self._vocabulary,
            matcher=self._matcher.fork(),
            pending=self._pending,
            finished=self._finished,
        )

    def is_accepting(self) -> bool:
        """True where the end token is allowed next."""
        return not self._finished and not self._pending and self._matcher.is_accepting()

    def is_finished(self) -> bool:
        """True after the end token."""
        return self._finished

    def cost_to_finish(self) -> int:
        """0 where the document is whole; raises CapabilityError elsewhere."""
        if self._finished or self.is_accepting():
            return 0
        raise self._no_cost("cost_to_finish", "it cannot tell how many tokens a document needs")

    def _end(self) -> None:
        if not self.is_accepting():
            cause = "the document may not end here"
            raise ConstraintError(token=self._vocabulary.eos, cause=cause)
        self._finished = True

    def _text(self, token: int) -> bytes:
        tokens = self._vocabulary.tokens
        if not 0 <= token < len(tokens):
            raise ConstraintError(token=token, cause=f"it is outside a vocabulary of {len(tokens)}")
        if not tokens[token]:
            raise ConstraintError(token=token, cause="it stands for no text")
        return tokens[token]

    def _no_cost(self, capability: str, cause: str) -> CapabilityError:
        hint = "leave the budget out, limit the tokens, and drop what did not end in time"
        return CapabilityError(name=self._engine, capability=capability, cause=cause, hint=hint)


# Constraint -------------------------------------------------------------------------------------


@frozen(kw_only=True, eq=False)
class ByteConstraint:
    """A `wfgen.api.Constraint`: one schema over one tokenizer.

    Attributes:
        engine: the registry name, for errors.
        tokenizer: encodes prefixes.
        vocabulary: of that tokenizer.
        begin: gives a matcher at the beginning of a document.
    """

    engine: str
    tokenizer: Tokenizer = field(repr=False)
    vocabulary: Vocabulary = field(repr=False)
    begin: Callable[[], Matcher] = field(repr=False)

    def start(self, prefix: bytes | None = None) -> tuple[IdArray, ByteState]:
        """The ids that stand for `prefix`, and a state that continues after it.

        Certain are the ids that the tokenizer gives the prefix whatever of a few characters follow
        it. The bytes after them stay pending: masks allow every way to spell them, and no other
        text.

        Raises:
            ConstraintError: no document begins with the prefix.
        """
        data = prefix or b""
        ids = self._certain_ids(data)
        matcher, num_bytes = self.begin(), 0
        for token in ids.tolist():
            text = self.vocabulary.tokens[token]
            self._must_accept(matcher, token, num_bytes)
            num_bytes += len(text)
        ahead = matcher.fork()
        for offset, token in enumerate(self.vocabulary.byte_tokens(data[num_bytes:])):
            self._must_accept(ahead, token, num_bytes + offset)
        return ids, ByteState(
            engine=self.engine,
            vocabulary=self.vocabulary,
            matcher=matcher,
            pending=data[num_bytes:],
        )

    def _certain_ids(self, data: bytes) -> IdArray:
        text = _whole_characters(data)
        ids = self.tokenizer.encode(text)
        for continuation in _CONTINUATIONS if text else ():
            ids = _common_start(ids, self.tokenizer.encode(text + continuation))
        return ids

    def _must_accept(self, matcher: Matcher, token: int, offset: int) -> None:
        if not matcher.accept(token):
            text = self.vocabulary.tokens[token]
            cause = f"no document begins with the prefix: {text!r} at byte {offset} is not allowed"
            raise ConstraintError(token=token, cause=cause)


def _common_start(ids: IdArray, others: IdArray) -> IdArray:
    length = min(len(ids), len(others))
    differing = np.flatnonzero(ids[:length] != others[:length])
    return ids[: int(differing[0]) if len(differing) else length]


def _whole_characters(data: bytes) -> str:
    """The text up to a character that is cut short at the end."""
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError as error:
        cause = f"no document begins with the prefix: byte {error.start} is not UTF-8"
        raise ConstraintError(cause=cause) from None
