"""The laws of a constraint and of a tokenizer's states; `wfgen.testing.laws` offers them.

A constraint that is not given is the tokenizer's own.

Legend: V entries of the vocabulary.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from wfgen.api import (
    ByteLevel,
    Constrainable,
    Constraint,
    GrammarState,
    MaskRow,
    Stateful,
    Tokenizer,
)
from wfgen.errors import BudgetError, ConstraintError
from wfgen.masks import allowed_ids, empty_row, unpack

__all__ = [
    "check_budget_walk",
    "check_end",
    "check_forks",
    "check_mask_agrees",
    "check_masked_walk",
    "check_masks_in_threads",
    "check_prefix",
    "check_refused_text",
    "check_refused_tokens",
    "check_rows",
    "check_states",
    "check_step_by_step",
]

_MAX_STEPS = 100_000
_CLOSING = (b"", b'"', b"]", b"}")


# Walks ------------------------------------------------------------------------------------------


def check_step_by_step(
    tokenizer: Tokenizer, document: bytes, *, constraint: Constraint | None = None
) -> None:
    """Every token of an encoding is allowed in its turn, and the end after the last."""
    state = _begin(tokenizer, constraint)
    row = empty_row(tokenizer.vocab_size)
    for token in [*tokenizer.encode(document).tolist(), tokenizer.eos]:
        assert not state.is_finished()
        state.fill_mask(row)
        assert unpack(row, tokenizer.vocab_size)[token], f"token {token} is masked"
        assert bool(token == tokenizer.eos) <= state.is_accepting()
        state.advance(token)
    assert state.is_finished()


def check_end(
    tokenizer: Tokenizer, document: bytes, *, constraint: Constraint | None = None
) -> None:
    """The end alone may follow the document, nothing follows the end, and none comes before.

    Args:
        tokenizer: of the constraint.
        document: one that can neither end earlier nor go on, such as an object.
        constraint: None for the tokenizer's own.
    """
    state = _begin(tokenizer, constraint)
    for token in tokenizer.encode(document).tolist():
        assert not state.is_accepting()
        assert tokenizer.eos not in _allowed(state, tokenizer)
        state.advance(token)
    assert state.is_accepting()
    assert _allowed(state, tokenizer) == [tokenizer.eos]
    state.advance(tokenizer.eos)
    assert state.is_finished()
    assert not state.is_accepting()
    assert _allowed(state, tokenizer) == []
    for token in _some_tokens(tokenizer.vocab_size, seed=0):
        assert not _advances(state, token), f"token {token} was taken after the end"


def check_refused_text(
    tokenizer: Tokenizer, text: bytes, *, constraint: Constraint | None = None
) -> None:
    """Text that no document begins with is refused token by token, and as a prefix."""
    state = _begin(tokenizer, constraint)
    taken = (_advances(state, token) for token in tokenizer.encode(text).tolist())
    assert not all(taken), f"every token of {text!r} was taken"
    try:
        _of(tokenizer, constraint).start(text)
    except ConstraintError:
        return
    raise AssertionError(f"{text!r} was taken as a prefix")


def check_masked_walk(
    tokenizer: Tokenizer,
    is_document: Callable[[bytes], bool],
    seed: int = 0,
    *,
    constraint: Constraint | None = None,
) -> None:
    """A random walk under masks gives a document; after 100 tokens it closes what it can."""
    assert isinstance(tokenizer, ByteLevel)
    state, rng, ids = _begin(tokenizer, constraint), random.Random(seed), []
    for step in range(_MAX_STEPS):
        allowed = _allowed(state, tokenizer)
        assert allowed, "the mask is empty before the end"
        closing = [one for one in allowed if tokenizer.token_bytes(one)[:1] in _CLOSING]
        ids.append(rng.choice(closing if closing and step > 100 else allowed))
        assert _advances(state, ids[-1]), f"token {ids[-1]} is in the mask, and refused"
        if state.is_finished():
            break
    assert state.is_finished()
    document = tokenizer.decode(np.array(ids, dtype=np.int32))
    assert is_document(document), f"{document!r} is no document"


def check_budget_walk(tokenizer: Tokenizer, slack: int, seed: int = 0) -> None:
    """A random walk under a budget ends within it with a document; below the cost it raises."""
    state = _begin(tokenizer, None)
    rng = random.Random(seed)
    budget = state.cost_to_finish() + slack
    row, ids = empty_row(tokenizer.vocab_size), []
    _must_be_too_little(state, row)
    for _ in range(_MAX_STEPS):
        state.fill_mask(row, budget)
        token = int(rng.choice(allowed_ids(row, tokenizer.vocab_size)))
        state.advance(token)
        if token == tokenizer.eos:
            break
        ids.append(token)
        budget -= 1
        assert state.cost_to_finish() <= budget, "the budget can no longer be kept"
    assert state.is_finished()
    document = tokenizer.decode(np.array(ids, dtype=np.int32))
    check_step_by_step(tokenizer, document)


# Masks ------------------------------------------------------------------------------------------


def check_mask_agrees(
    tokenizer: Tokenizer, document: bytes, seed: int = 0, *, constraint: Constraint | None = None
) -> None:
    """At a place in the document, a bit is set just where `advance` succeeds on a fork."""
    state = _begin(tokenizer, constraint)
    ids = tokenizer.encode(document).tolist()
    _walk(state, ids[: random.Random(seed).randint(0, len(ids))])
    _must_agree(tokenizer, state, seed)


def check_rows(
    tokenizer: Tokenizer, document: bytes, *, constraint: Constraint | None = None
) -> None:
    """A row of another shape or dtype is refused; a column of an array is filled like any row."""
    state = _begin(tokenizer, constraint)
    _walk(state, tokenizer.encode(document)[:1].tolist())
    words = len(empty_row(tokenizer.vocab_size))
    wrongs: tuple[Any, ...] = (np.zeros(words + 1, np.int32), np.zeros(words, np.int64))
    for wrong in wrongs:
        try:
            state.fill_mask(wrong)
        except ConstraintError:
            continue
        raise AssertionError(f"a row of {wrong.dtype}, shape {wrong.shape}, was filled")
    rows = np.full((words, 3), -1, dtype=np.int32)
    state.fill_mask(rows[:, 1])
    filled = allowed_ids(rows[:, 1].copy(), tokenizer.vocab_size).tolist()
    assert filled == _allowed(state, tokenizer)
    assert (rows[:, [0, 2]] == -1).all(), "a mask was written beside its row"


def check_masks_in_threads(
    tokenizer: Tokenizer,
    document: bytes,
    threads: int = 4,
    *,
    constraint: Constraint | None = None,
) -> None:
    """Threads that share one constraint get the masks that one alone gets."""
    shared, ids = _of(tokenizer, constraint), tokenizer.encode(document).tolist()

    def masks() -> list[list[int]]:
        _, state = shared.start()
        seen = []
        for token in ids:
            seen.append(_allowed(state, tokenizer))
            state.advance(token)
        return seen

    alone = masks()
    with ThreadPoolExecutor(threads) as pool:
        runs = [pool.submit(masks) for _ in range(3 * threads)]
        assert all(run.result() == alone for run in runs)


# States -----------------------------------------------------------------------------------------


def check_forks(
    tokenizer: Tokenizer, document: bytes, seed: int = 0, *, constraint: Constraint | None = None
) -> None:
    """What happens to a fork leaves the state that it is of as it was."""
    state = _begin(tokenizer, constraint)
    ids = [*tokenizer.encode(document).tolist(), tokenizer.eos]
    at = random.Random(seed).randrange(len(ids))
    _walk(state, ids[:at])
    before, fork = _allowed(state, tokenizer), state.fork()
    _walk(fork, ids[at:])
    assert fork.is_finished()
    assert not state.is_finished()
    assert _allowed(state, tokenizer) == before
    _walk(state, ids[at:])
    assert state.is_finished()


def check_refused_tokens(
    tokenizer: Tokenizer, document: bytes, seed: int = 0, *, constraint: Constraint | None = None
) -> None:
    """A token that is not allowed is named in the error, and leaves the state as it was."""
    state = _begin(tokenizer, constraint)
    ids, vocab_size = [*tokenizer.encode(document).tolist(), tokenizer.eos], tokenizer.vocab_size
    at = random.Random(seed).randrange(len(ids))
    _walk(state, ids[:at])
    before = _allowed(state, tokenizer)
    inside = set(_some_tokens(vocab_size, seed)) | {tokenizer.bos, tokenizer.eos}
    for token in (-1, vocab_size, 1 << 40, *sorted(inside - set(before))):
        try:
            state.advance(token)
        except ConstraintError as error:
            assert error.token == token, f"the error names token {error.token}, not {token}"
            continue
        raise AssertionError(f"token {token} was taken and is not allowed")
    assert _allowed(state, tokenizer) == before
    _walk(state, ids[at:])
    assert state.is_finished()


def check_states(tokenizer: Tokenizer, document: bytes) -> None:
    """States stand beside the ids of `encode`, in range, and the same while generating."""
    assert isinstance(tokenizer, Stateful)
    ids, states = tokenizer.encode_with_states(document)
    assert ids.tolist() == tokenizer.encode(document).tolist()
    assert states.dtype == np.int32
    assert states.shape == (len(ids) + 1,), "a state for each token, and one before the end"
    assert all(0 <= s < tokenizer.num_states for s in states.tolist())
    if isinstance(tokenizer, Constrainable):
        _, state = tokenizer.constrain().start()
        for token, expected in zip(ids.tolist(), states.tolist(), strict=False):
            assert state.state_id == expected
            state.advance(token)
        assert state.state_id == states[-1]


# Prefixes ---------------------------------------------------------------------------------------


def check_prefix(
    tokenizer: Tokenizer, document: bytes, cut: int, *, constraint: Constraint | None = None
) -> None:
    """A document that is cut anywhere goes on, and masks allow no other beginning.

    Args:
        tokenizer: of the constraint, and byte-level.
        document: one that cannot go on, such as an object.
        cut: bytes of it that are the prefix.
        constraint: None for the tokenizer's own.
    """
    assert isinstance(tokenizer, ByteLevel)
    prefix = document[:cut]
    ids, state = _of(tokenizer, constraint).start(prefix)
    assert ids.dtype == np.int32, f"ids are {ids.dtype}"
    written = b"".join(tokenizer.token_bytes(token) for token in ids.tolist())
    assert prefix.startswith(written), f"{written!r} is certain of {prefix!r}"
    _must_agree(tokenizer, state, seed=cut)
    while written != document:
        allowed = [(tokenizer.token_bytes(token), token) for token in _allowed(state, tokenizer)]
        rest = prefix[len(written) :]
        assert all(text.startswith(rest) or rest.startswith(text) for text, _ in allowed)
        fitting = [one for one in allowed if one[0] and document.startswith(one[0], len(written))]
        assert fitting, f"after {written!r} no token of the document is allowed"
        text, token = max(fitting)
        state.advance(token)
        written += text
    assert _allowed(state, tokenizer) == [tokenizer.eos]


def _of(tokenizer: Tokenizer, constraint: Constraint | None) -> Constraint:
    if constraint is not None:
        return constraint
    assert isinstance(tokenizer, Constrainable)
    return tokenizer.constrain()


def _begin(tokenizer: Tokenizer, constraint: Constraint | None) -> GrammarState:
    _, state = _of(tokenizer, constraint).start()
    return state


def _walk(state: GrammarState, ids: Iterable[int]) -> None:
    for token in ids:
        state.advance(token)


def _allowed(state: GrammarState, tokenizer: Tokenizer) -> list[int]:
    row = empty_row(tokenizer.vocab_size)
    state.fill_mask(row)
    return [int(token) for token in allowed_ids(row, tokenizer.vocab_size)]


def _must_agree(tokenizer: Tokenizer, state: GrammarState, seed: int) -> None:
    row = empty_row(tokenizer.vocab_size)
    state.fill_mask(row)
    allowed = unpack(row, tokenizer.vocab_size)
    assert allowed.any(), "the mask is empty before the end"
    assert allowed[tokenizer.eos] == state.is_accepting()
    padding = np.unpackbits(row.view(np.uint8), bitorder="little")[tokenizer.vocab_size :]
    assert not padding.any(), "bits past the vocabulary are set"
    for token in _some_tokens(tokenizer.vocab_size, seed):
        assert _advances(state.fork(), token) == allowed[token], f"token {token}"


def _advances(state: GrammarState, token: int) -> bool:
    try:
        state.advance(token)
    except ConstraintError:
        return False
    return True


def _some_tokens(vocab_size: int, seed: int, most: int = 512) -> Sequence[int]:
    if vocab_size <= most:
        return range(vocab_size)
    return random.Random(seed).sample(range(vocab_size), most)


def _must_be_too_little(state: GrammarState, row: MaskRow) -> None:
    cost = state.cost_to_finish()
    if cost == 0:
        return
    try:
        state.fill_mask(row, cost - 1)
    except BudgetError as error:
        assert error.cost == cost
        return
    raise AssertionError(f"a budget of {cost - 1} was accepted where {cost} is the least")
