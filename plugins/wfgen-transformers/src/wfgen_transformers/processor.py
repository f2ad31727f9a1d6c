"""Any wfgen constraint as a `LogitsProcessor` of transformers.

Legend: B sequences, T positions so far, V entries of the tokenizer's vocabulary, W those of the
model, at least V.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import LogitsProcessor

from wfgen.api import Constraint, GrammarState
from wfgen.errors import BudgetError, CapabilityError, ConstraintError, SettingError
from wfgen.masks import empty_row, unpack
from wfgen_transformers.tokenizer import WfgenTokenizer

__all__ = ["ConstraintLogitsProcessor"]


class ConstraintLogitsProcessor(LogitsProcessor):
    """Forbids what a constraint does not allow, for each sequence by itself.

    A sequence is padding, begin, and what a document begins with. After its end only padding is
    allowed, the end again where the model has no id for padding. States are found by the ids that
    they follow, so rows may change places, part and leave, as in beam search; an unknown sequence
    is read from its beginning.

    Args:
        constraint: over the tokenizer's ids.
        tokenizer: whose begin, end and padding the sequences have.
        prefix: the beginning of every document's text, cut anywhere; `prompt_ids` are to be the
            prompt, and what is not certain of the prefix is allowed in every spelling.
        max_length: positions, prompt and padding among them, as `generate` takes it. Where the
            constraint knows costs, every document ends within it.

    Attributes:
        prompt_ids: begin, and the ids that are certain of the prefix.
        has_budget: whether documents are made to end within `max_length`.

    Raises:
        ConstraintError: no document begins with the prefix.
    """

    supports_continuous_batching = False

    def __init__(
        self,
        constraint: Constraint,
        tokenizer: WfgenTokenizer,
        *,
        prefix: bytes | None = None,
        max_length: int | None = None,
    ) -> None:
        certain, self._start = constraint.start(prefix)
        self._certain: list[int] = certain.tolist()
        self._vocab_size, self._eos = tokenizer.vocab_size, tokenizer.eos_token_id
        self._pad = self._eos if tokenizer.pad_token_id is None else tokenizer.pad_token_id
        self._leading = {tokenizer.bos_token_id, self._pad}
        self._max_length = max_length
        self._row = empty_row(self._vocab_size)
        self._states: dict[bytes, GrammarState] = {}
        self.prompt_ids = [tokenizer.bos_token_id, *self._certain]
        self.has_budget = max_length is not None and self._takes_budget(max_length)

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Scores with -inf for every id that is forbidden.

        Args:
            input_ids: integers, shape [B, T].
            scores: floating point, shape [B, W].

        Returns:
            a copy, shape [B, W].

        Raises:
            SettingError: the model has fewer than V ids, or no document ends within `max_length`.
            ConstraintError: a sequence holds what is not allowed.
        """
        if scores.shape[-1] < self._vocab_size:
            raise SettingError(
                name="vocab_size",
                cause=f"the model knows {scores.shape[-1]:,} ids, the tokenizer"
                f" {self._vocab_size:,}",
                hint="make the model with vocab_size=len(tokenizer)",
            )
        rows = input_ids.cpu().numpy()
        self._states = {ids.tobytes(): self._state(ids) for ids in rows}
        allowed = np.zeros(tuple(scores.shape), dtype=bool)
        for ids, its_allowed in zip(rows, allowed, strict=True):
            self._allow(self._states[ids.tobytes()], len(ids), its_allowed)
        forbidden = torch.from_numpy(~allowed).to(scores.device)
        return scores.masked_fill(forbidden, -torch.inf)

    # States -------------------------------------------------------------------------------------

    def _state(self, ids: NDArray[np.int64]) -> GrammarState:
        """The state behind some ids, shape [T]."""
        before = self._states.get(ids[:-1].tobytes())
        if before is None:
            return self._read(ids.tolist())
        if before.is_finished():
            return before
        state = before.fork()
        self._advance(state, int(ids[-1]), len(ids) - 1)
        return state

    def _read(self, ids: list[int]) -> GrammarState:
        """The state behind ids that were not met before."""
        first = next((at for at, token in enumerate(ids) if token not in self._leading), len(ids))
        begin = first + len(self._certain)
        if ids[first:begin] != self._certain:
            raise ConstraintError(
                cause="a prompt does not begin with the ids of the prefix",
                hint="give `prompt_ids` as the prompt, behind padding on the left",
            )
        state = self._start.fork()
        for at, token in enumerate(ids[begin:], start=begin):
            if state.is_finished():
                break
            self._advance(state, token, at)
        return state

    def _advance(self, state: GrammarState, token: int, at: int) -> None:
        try:
            state.advance(token)
        except ConstraintError as error:
            raise ConstraintError(
                token=token,
                cause=f"at position {at} of a sequence it is not allowed ({error.cause})",
                hint="check the prompt; beam sampling and prompt lookup choose what scores -inf",
            ) from error

    # Masks --------------------------------------------------------------------------------------

    def _allow(self, state: GrammarState, length: int, allowed: NDArray[np.bool_]) -> None:
        """Set the ids that may follow `length` positions in a row of shape [W]."""
        if state.is_finished():
            allowed[self._pad if self._pad < len(allowed) else self._eos] = True
            return
        self._fill(state, length)
        if not self._row.any():
            raise ConstraintError(cause="the constraint allows no token, and no end either")
        allowed[: self._vocab_size] = unpack(self._row, self._vocab_size)

    def _fill(self, state: GrammarState, length: int) -> None:
        """The mask behind `length` positions; one more than the budget is for the end."""
        if not self.has_budget or self._max_length is None:
            state.fill_mask(self._row)
            return
        try:
            state.fill_mask(self._row, self._max_length - length - 1)
        except BudgetError as error:
            raise SettingError(
                name="max_length",
                cause=f"no document ends within {self._max_length:,} positions here: the shortest"
                f" takes {error.cost:,} and its end behind {length:,}",
                hint=f"give {length + error.cost + 1:,} or more",
            ) from error

    def _takes_budget(self, max_length: int) -> bool:
        try:
            self._start.fork().fill_mask(self._row, max_length)
        except CapabilityError:
            return False
        except BudgetError:
            return True
        return True
