"""Costs by exhaustive search, against which the constraint's own are checked."""

from collections.abc import Callable, Collection, Iterator

import pytest

from wfgen.masks import allowed_ids, empty_row
from wfgen_tct.tokens.tokenizer import TctTokenizer

CostByTrying = Callable[[TctTokenizer, object, bytes, int], int | None]


@pytest.fixture(scope="session")
def cost_by_trying() -> CostByTrying:
    """The fewest tokens to the end that breadth-first search over forks finds."""
    return find_cost


def find_cost(tokenizer: TctTokenizer, state, letters: bytes, most: int) -> int | None:
    """The fewest tokens to the end of a document; None where more than `most` are needed.

    Args:
        tokenizer: whose constraint it is.
        state: where to begin.
        letters: bytes that stand for all; tokens with others are left out.
        most: tokens to look ahead.
    """
    tokens = frozenset(_tokens_of(tokenizer, letters))
    level, seen = [state.fork()], {_signature(state)}
    for cost in range(most + 1):
        if any(each.is_accepting() for each in level):
            return cost
        level = list(_step(tokenizer, level, tokens, seen))
    return None


def _tokens_of(tokenizer: TctTokenizer, letters: bytes) -> Iterator[int]:
    for token, symbols in enumerate(tokenizer.vocabulary.expansions):
        if symbols and all(s >= 256 or s in letters for s in symbols):
            yield token


def _step(tokenizer, level, tokens: Collection[int], seen: set[object]) -> Iterator[object]:
    row = empty_row(tokenizer.vocab_size)
    for state in level:
        state.fill_mask(row)
        for token in allowed_ids(row, tokenizer.vocab_size).tolist():
            if token in tokens:
                after = state.fork()
                after.advance(token)
                signature = _signature(after)
                if signature not in seen:
                    seen.add(signature)
                    yield after


def _signature(state) -> object:
    """What all that may follow depends on."""
    walk = state._walk
    frames = []
    for frame in walk.frames:
        used = None if frame.used is None else frozenset(frame.used)
        under_way = b"".join(walk._parts[frame.begin :]) if walk._num_recorders else b""
        frames.append((
            id(frame.step), frozenset(frame.names), frozenset(frame.others), used, under_way,
            frame.must_differ, frame.count if walk._num_recorders else 0,
        ))  # fmt: skip
    return id(walk.place), walk.key, tuple(frames)
