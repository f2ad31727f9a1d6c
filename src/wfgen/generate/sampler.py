"""The loop that writes documents token by token, with a constraint or without one."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from attrs import define, field, frozen
from torch import Tensor

from wfgen.api import Constraint, GrammarState, Model, Tokenizer
from wfgen.errors import BudgetError, CapabilityError, SettingError
from wfgen.generate.allowed import Masks
from wfgen.generate.config import GenerateConfig
from wfgen.generate.documents import Generated, finish
from wfgen.generate.prompt import Prompt
from wfgen.generate.sampling import draw
from wfgen.generate.starting import find_constraint, start
from wfgen.generate.stepping import Sequences
from wfgen.masks import empty_row
from wfgen.states import StateSource, StateTracker

__all__ = ["generate"]

_NO_PROMPT = Prompt()


def generate(  # noqa: PLR0913  what a document depends on
    model: Model,
    tokenizer: Tokenizer,
    config: GenerateConfig,
    *,
    context: int,
    prompt: Prompt = _NO_PROMPT,
    constraint: Constraint | None = None,
    states: StateSource | None = None,
) -> Iterator[Generated]:
    """Documents, each as soon as its batch has finished it.

    A sample's random numbers depend on the seed and its number alone. So its tokens do not depend
    on the batch size, but for what rounding does to logits where batches differ.

    Args:
        model: with its weights, on its device, ready to be run.
        tokenizer: the one that it was trained with.
        config: how many, and how they are drawn.
        context: positions that the model was trained with.
        prompt: what every document begins with.
        constraint: the one that `config` asks for, where it was made before; None to make it.
        states: what gives the states that the model reads (`Run.states()`); None for none.

    Returns:
        `num_samples` documents, whole or not; those of a batch in the order in which they end.

    Raises:
        ConstraintError: no document begins with the prompt.
        CapabilityError: the tokenizer cannot be held to what the configuration asks for.
        SettingError: the shortest document takes more tokens than `max_tokens`; or a logit is NaN.
        UnknownNameError: there is no engine, or no schema, of that name.
    """
    constraint = constraint or find_constraint(tokenizer, config, prompt)
    ids, state = start(constraint, prompt) if constraint else ([], None)
    limit = config.max_tokens or context
    writer = _Writer(
        tokenizer=tokenizer,
        config=config,
        prompt_ids=ids,
        prompt_states=_states_behind(ids, states),
        tracker=_tracker_behind(ids, states),
        state=state,
        limit=limit,
        has_budget=state is not None and _takes_budget(state, tokenizer.vocab_size, limit),
        sequences=Sequences(model, _device(model), context),
        device=_device(model),
    )
    return writer.write()


def _tracker_behind(ids: Sequence[int], states: StateSource | None) -> StateTracker | None:
    if states is None:
        return None
    tracker = states.track()
    for token in ids:
        tracker.advance(token)
    return tracker


def _states_behind(ids: Sequence[int], states: StateSource | None) -> list[int] | None:
    """The state behind the begin token and behind each of these ids."""
    if states is None:
        return None
    tracker = states.track()
    found = [tracker.state_id]
    for token in ids:
        tracker.advance(token)
        found.append(tracker.state_id)
    return found


def _states_of(rows: Sequence[_Row], places: Sequence[int]) -> list[int] | None:
    """What stands before the next token of some rows; None where the model reads no states."""
    trackers = [rows[place].tracker for place in places]
    found = [tracker.state_id for tracker in trackers if tracker is not None]
    return found or None


def _device(model: Model) -> torch.device:
    weights = next((w for w in model.parameters() if isinstance(w, torch.Tensor)), None)
    return torch.device("cpu") if weights is None else weights.device


def _takes_budget(state: GrammarState, vocab_size: int, limit: int) -> bool:
    """Whether a constraint keeps to a limit; raises SettingError where it cannot be kept to."""
    try:
        state.fork().fill_mask(empty_row(vocab_size), limit)
    except CapabilityError:
        return False
    except BudgetError as error:
        raise SettingError(
            name="max_tokens",
            cause=f"no document ends within {limit:,} tokens here: the shortest takes"
            f" {error.cost:,} behind the prompt",
            hint=f"give {error.cost:,} or more",
        ) from error
    return True


@define
class _Row:
    """One sequence that is being written."""

    index: int
    random: np.random.Generator
    state: GrammarState | None
    tracker: StateTracker | None
    ids: list[int]
    seconds: float = 0.0

    def take(self, token: int) -> None:
        self.ids.append(token)
        if self.state is not None:
            self.state.advance(token)
        if self.tracker is not None:
            self.tracker.advance(token)


@frozen(kw_only=True)
class _Writer:
    """Writes documents that begin alike."""

    tokenizer: Tokenizer
    config: GenerateConfig
    prompt_ids: list[int]
    prompt_states: list[int] | None
    tracker: StateTracker | None
    state: GrammarState | None
    limit: int
    has_budget: bool
    sequences: Sequences
    device: torch.device
    masks: Masks = field(init=False)

    @masks.default
    def _room(self) -> Masks:
        size = min(self.config.batch_size, self.config.num_samples)
        return Masks(size, self.tokenizer.vocab_size, self.device)

    def write(self) -> Iterator[Generated]:
        """All samples, batch by batch."""
        size = self.config.batch_size
        for first in range(0, self.config.num_samples, size):
            last = min(first + size, self.config.num_samples)
            yield from self._batch([self._row(index) for index in range(first, last)])

    def _row(self, index: int) -> _Row:
        return _Row(
            index=index,
            random=np.random.default_rng((self.config.seed, index)),
            state=self.state.fork() if self.state is not None else None,
            tracker=self.tracker.fork() if self.tracker is not None else None,
            ids=list(self.prompt_ids),
        )

    def _batch(self, rows: list[_Row]) -> Iterator[Generated]:
        """Samples that are written side by side; those that end leave."""
        began, left = time.perf_counter(), self.limit
        begin = [self.tokenizer.bos, *self.prompt_ids]
        logits_BV = self.sequences.begin(begin, len(rows), self.prompt_states)
        while rows:
            tokens = self._draw(logits_BV, rows, left)
            ends = [not left or token == self.tokenizer.eos for token in tokens]
            going = [place for place, has_ended in enumerate(ends) if not has_ended]
            for place in going:
                rows[place].take(tokens[place])
            if going:
                self.sequences.keep(going)
                logits_BV = self.sequences.add(
                    [tokens[place] for place in going], _states_of(rows, going)
                )
            began = _share_time(rows, began)
            for row, token, has_ended in zip(rows, tokens, ends, strict=True):
                if has_ended:
                    yield self._finish(row, completed=token == self.tokenizer.eos)
            rows = [rows[place] for place in going]
            left -= 1

    def _draw(self, logits_BV: Tensor, rows: Sequence[_Row], left: int) -> list[int]:
        """The next token of each row."""
        allowed_BV = None
        states = [row.state for row in rows if row.state is not None]
        if states:
            self.masks.fill(states, left if self.has_budget else None)
            allowed_BV = self.masks.allowed(len(states))
        chances = torch.tensor([row.random.random() for row in rows], dtype=torch.float64)
        drawn: list[int] = draw(logits_BV, allowed_BV, chances, self.config).tolist()
        return drawn

    def _finish(self, row: _Row, *, completed: bool) -> Generated:
        return finish(
            self.tokenizer,
            row.ids,
            index=row.index,
            num_prompt=len(self.prompt_ids),
            seconds=row.seconds,
            completed=completed,
        )


def _share_time(rows: Sequence[_Row], began: float) -> float:
    """Charge the rows of a step with equal parts of it; now."""
    now = time.perf_counter()
    for row in rows:
        row.seconds += (now - began) / len(rows)
    return now
