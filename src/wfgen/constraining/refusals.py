"""What a constraint refuses of real documents, and how long it takes over them."""

from __future__ import annotations

import time
from collections.abc import Iterable

import numpy as np
from attrs import define, field, frozen
from numpy.typing import NDArray

from wfgen.api import Constraint, GrammarState, IdArray, Tokenizer
from wfgen.errors import ConstraintError
from wfgen.masks import empty_row, unpack

__all__ = ["Refusal", "Walks", "walk"]

_MICROSECONDS = 1e-3  # of a nanosecond


@frozen(kw_only=True)
class Refusal:
    """Where a document was refused.

    Attributes:
        document: its number, counted from 0.
        index: of the token that was refused; the number of its tokens where it was the end.
        ids: the document's tokens, without begin and end; int32.
        cause: what the constraint said.
    """

    document: int
    index: int
    ids: IdArray = field(repr=False)
    cause: str


@frozen(kw_only=True)
class Walks:
    """Documents fed token by token, each until it is refused.

    Attributes:
        num_documents: how many.
        refusals: those that were refused.
        mask_us, advance_us: microseconds of every mask and of every token that was taken, float64.
            What an engine builds as it goes is in them.
    """

    num_documents: int
    refusals: tuple[Refusal, ...]
    mask_us: NDArray[np.float64] = field(repr=False)
    advance_us: NDArray[np.float64] = field(repr=False)

    def share_refused(self) -> float:
        """Of the documents, from 0 to 1; NaN where there was none."""
        return len(self.refusals) / self.num_documents if self.num_documents else float("nan")


def walk(constraint: Constraint, tokenizer: Tokenizer, documents: Iterable[bytes]) -> Walks:
    """Feed each document's own tokens and the end token, with a mask before each.

    Raises:
        AssertionError: a mask and `advance` disagree about a token.
    """
    clock = _Clock(row=empty_row(tokenizer.vocab_size), vocab_size=tokenizer.vocab_size)
    refusals: list[Refusal] = []
    count = 0
    for document in documents:
        ids = tokenizer.encode(document)
        _, state = constraint.start()
        for index, token in enumerate([*ids.tolist(), tokenizer.eos]):
            if cause := clock.feed(state, token):
                refusals.append(Refusal(document=count, index=index, ids=ids, cause=cause))
                break
        count += 1
    return Walks(
        num_documents=count,
        refusals=tuple(refusals),
        mask_us=np.array(clock.mask_ns) * _MICROSECONDS,
        advance_us=np.array(clock.advance_ns) * _MICROSECONDS,
    )


@define(kw_only=True)
class _Clock:
    row: NDArray[np.int32]
    vocab_size: int
    mask_ns: list[int] = field(factory=list)
    advance_ns: list[int] = field(factory=list)

    def feed(self, state: GrammarState, token: int) -> str:
        """Take one token; why it was refused, or ''."""
        began = time.perf_counter_ns()
        state.fill_mask(self.row)
        self.mask_ns.append(time.perf_counter_ns() - began)
        is_allowed = bool(unpack(self.row, self.vocab_size)[token])
        began = time.perf_counter_ns()
        try:
            state.advance(token)
        except ConstraintError as error:
            assert not is_allowed, f"token {token} is in the mask, and refused"
            return str(error)
        self.advance_ns.append(time.perf_counter_ns() - began)
        assert is_allowed, f"token {token} is not in the mask, and taken"
        return ""
