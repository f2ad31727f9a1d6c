"""Small stand-ins for tests: a tokenizer with every capability, and a model without weights."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from attrs import define, frozen
from numpy.typing import NDArray

from wfgen import artefacts
from wfgen.api import IdArray, MaskRow, Piece
from wfgen.errors import BudgetError, CapabilityError, ConstraintError, DecodeError, EncodeError
from wfgen.masks import check_row, row_of

__all__ = ["BitListTokenizer", "CyclicModel", "open_bit_list"]

_PIECES = ("[", "]", ",", "0", "1", ",0")
_KINDS = ("open", "close", "comma", "bit", "bit", "bit")
_BOS, _EOS = 6, 7
# The local states of `[`, bits between commas, `]`: what was written last. Zero is "nothing yet".
_NOTHING, _OPENED, _BIT, _COMMA, _CLOSED, _FINISHED = range(6)
_NEXT = {
    _NOTHING: {0: _OPENED},
    _OPENED: {1: _CLOSED, 3: _BIT, 4: _BIT},
    _BIT: {1: _CLOSED, 2: _COMMA, 5: _BIT},
    _COMMA: {3: _BIT, 4: _BIT},
    _CLOSED: {_EOS: _FINISHED},
    _FINISHED: {},
}
_COST = {_NOTHING: 2, _OPENED: 1, _BIT: 1, _COMMA: 2, _CLOSED: 0, _FINISHED: 0}


@frozen
class BitListTokenizer:
    """Tokenizes canonical JSON arrays of zeros and ones, and nothing else.

    The vocabulary is `[`, `]`, `,`, `0`, `1`, the merge `,0`, begin and end. It has every
    capability of the contract in a form small enough to check by eye.
    """

    vocab_size: int = 8
    bos: int = _BOS
    eos: int = _EOS
    num_states: int = 6

    def encode(self, document: bytes | str) -> IdArray:
        """Greedy: `,0` is always the merge. Raises EncodeError outside the language."""
        return self.encode_with_states(document)[0]

    def encode_with_states(self, document: bytes | str) -> tuple[IdArray, IdArray]:
        """The ids, and what was written last before each and before the end."""
        text = document if isinstance(document, str) else _as_text(document)
        ids, states, state, at = [], [], _NOTHING, 0
        while at < len(text):
            token = _token_at(text, at)
            if token not in _NEXT[state]:
                raise EncodeError(offset=at, cause=f"no array of bits has {text[at]!r} here")
            ids.append(token)
            states.append(state)
            state, at = _NEXT[state][token], at + len(_PIECES[token])
        if state != _CLOSED:
            raise EncodeError(offset=at, cause="the array is not closed")
        states.append(state)
        return np.array(ids, dtype=np.int32), np.array(states, dtype=np.int32)

    def decode(self, ids: IdArray) -> bytes:
        """The pieces, joined; raises DecodeError for special ids inside."""
        tokens = [int(i) for i in ids]
        first = 1 if tokens[:1] == [_BOS] else 0
        last = len(tokens) - (1 if tokens[-1:] == [_EOS] else 0)
        for index in range(first, last):
            if not 0 <= tokens[index] < len(_PIECES):
                raise DecodeError(index=index, cause=f"id {tokens[index]} stands for no text")
        return "".join(_PIECES[t] for t in tokens[first:last]).encode()

    def inspect(self, document: bytes | str) -> tuple[Piece, ...]:
        """A piece per token."""
        return tuple(
            Piece(text=_PIECES[t].encode(), kind=_KINDS[t], token=t)
            for t in self.encode(document).tolist()
        )

    def is_free(self, ids: IdArray) -> bool:
        """Never: what is no array of bits is refused."""
        return False

    def token_bytes(self, token: int) -> bytes:
        """The piece; b'' for the specials. Raises DecodeError for an id that is out of range."""
        if not 0 <= token < self.vocab_size:
            raise DecodeError(cause=f"id {token} is outside a vocabulary of {self.vocab_size}")
        return _PIECES[token].encode() if token < len(_PIECES) else b""

    def save(self, directory: Path) -> None:
        """A manifest and nothing else."""
        with artefacts.write_artefact(
            directory, kind="tokenizer", name="bit-list", format_version=1, body={}
        ) as aside:
            (aside / "pieces.txt").write_text("\n".join(_PIECES), encoding="utf-8")

    def constrain(self, schema: dict[str, Any] | None = None) -> BitListConstraint:
        """Its own grammar; raises CapabilityError for any schema."""
        if schema is not None:
            raise CapabilityError(
                name="bit-list", capability="constrain", cause="it knows one grammar, its own"
            )
        return BitListConstraint()


def open_bit_list(directory: Path) -> BitListTokenizer:
    """What `BitListTokenizer.save` wrote; raises ArtefactError as `open_artefact` does."""
    artefacts.open_artefact(directory, kind="tokenizer", format_version=1)
    return BitListTokenizer()


@frozen
class BitListConstraint:
    """The grammar of `BitListTokenizer`."""

    def start(self, prefix: bytes | None = None) -> tuple[IdArray, BitListState]:
        """Every prefix is certain: no token is longer than what a later one may change."""
        state, ids, text = BitListState(), [], _as_text(prefix or b"")
        for at in range(len(text)):
            token = _token_at(text[at : at + 1], 0)
            state.advance(token)
            ids.append(token)
        return np.array(ids, dtype=np.int32), state


@define
class BitListState:
    """Where one array stands."""

    state_id: int = _NOTHING

    def fill_mask(self, row: MaskRow, budget: int | None = None) -> None:
        """The tokens after which the cost still fits the budget."""
        check_row(row, 8)
        cost = self.cost_to_finish()
        if budget is not None and cost > budget:
            raise BudgetError(
                budget=budget, cost=cost, cause=f"{cost} tokens are needed, {budget} are left"
            )
        row[:] = row_of([t for t, s in _NEXT[self.state_id].items() if _fits(t, s, budget)], 8)

    def advance(self, token: int) -> None:
        """Take one token; raises ConstraintError where it is not allowed."""
        if token not in _NEXT[self.state_id]:
            raise ConstraintError(token=token, cause="it is not allowed here")
        self.state_id = _NEXT[self.state_id][token]

    def fork(self) -> BitListState:
        """A copy."""
        return BitListState(self.state_id)

    def is_accepting(self) -> bool:
        """True after `]`."""
        return self.state_id == _CLOSED

    def is_finished(self) -> bool:
        """True after the end."""
        return self.state_id == _FINISHED

    def cost_to_finish(self) -> int:
        """By table."""
        return _COST[self.state_id]


@frozen
class CyclicModel:
    """A model that is certain: after id i comes i + 1, and after the last comes 0. numpy only."""

    vocab_size: int

    def logits(
        self,
        ids_BT: NDArray[np.int64],  # noqa: N803
        cache: Any = None,
        *,
        states_BT: Any = None,  # noqa: N803
        segments_BT: Any = None,  # noqa: N803
    ) -> tuple[NDArray[np.float64], Any]:
        """0 for the next id, -inf for every other; float64, shape [B, T, V]."""
        following = (np.asarray(ids_BT) + 1) % self.vocab_size
        certain = np.arange(self.vocab_size) == following[..., None]
        return np.where(certain, 0.0, -np.inf), cache

    def parameters(self) -> Iterable[Any]:
        """None."""
        return ()


def _fits(token: int, state: int, budget: int | None) -> bool:
    return budget is None or token == _EOS or _COST[state] <= budget - 1


def _token_at(text: str, at: int) -> int:
    if text.startswith(",0", at):
        return 5
    piece = text[at]
    return _PIECES.index(piece) if piece in _PIECES else -1


def _as_text(document: bytes) -> str:
    try:
        return document.decode("utf-8")
    except UnicodeDecodeError as error:
        raise EncodeError(offset=error.start, cause="the bytes are not UTF-8") from error
