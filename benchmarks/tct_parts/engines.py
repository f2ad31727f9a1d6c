"""Engines under one clock: what constrains, over which tokens, and how long each step takes."""

from __future__ import annotations

import importlib
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from attrs import define, field, frozen

from wfgen.api import Constraint, Tokenizer
from wfgen.constraining import Note
from wfgen.corpus.schema import workflow_schema
from wfgen.errors import ConstraintError
from wfgen.masks import empty_row
from wfgen.registry import load_constraint, load_tokenizer

__all__ = ["Engine", "Steps", "make_engine", "time_steps"]

_MICROSECONDS = 1e-3


@frozen(kw_only=True)
class Engine:
    """What constrains, the tokens, and what was done to the schema for it."""

    tokenizer: Tokenizer
    constraint: Constraint
    notes: tuple[Note, ...] = ()


def make_engine(name: str, vocabulary: Path) -> Engine:
    """TCT with the shipped vocabulary, or another engine over the trained BPE."""
    if name == "tct":
        import tct_github_workflow  # noqa: PLC0415

        return Engine(
            tokenizer=tct_github_workflow.tokenizer(), constraint=tct_github_workflow.constraint()
        )
    tokenizer = load_tokenizer(vocabulary)
    constraint = load_constraint(name, tokenizer, workflow_schema())
    return Engine(tokenizer=tokenizer, constraint=constraint, notes=_notes(name))


def _notes(name: str) -> tuple[Note, ...]:
    _, notes = importlib.import_module(f"wfgen_{name}").rewrite(workflow_schema())
    return tuple(notes)


@define
class Steps:
    """Nanoseconds of every mask and advance; whether each built something; what was refused."""

    mask: list[int] = field(factory=list)
    advance: list[int] = field(factory=list)
    mask_is_cold: list[bool] = field(factory=list)
    advance_is_cold: list[bool] = field(factory=list)
    refusals: list[str] = field(factory=list)

    def causes(self) -> dict[str, int]:
        """The most frequent reasons of refusals."""
        return dict(Counter(self.refusals).most_common(5))

    def figures(
        self, ending: str, *, with_cold: bool = False
    ) -> tuple[dict[str, float], dict[str, int]]:
        """Percentiles in microseconds, and over how many steps each is."""
        microseconds: dict[str, float] = {}
        steps: dict[str, int] = {}
        groups = {f"mask{ending}": self.mask, f"advance{ending}": self.advance}
        if with_cold:
            cold = {"mask": self.mask_is_cold, "advance": self.advance_is_cold}
            for name, flags in cold.items():
                pairs = list(zip(groups[name], flags, strict=True))
                groups[f"{name}-cold"] = [spent for spent, is_cold in pairs if is_cold]
                groups[f"{name}-warm"] = [spent for spent, is_cold in pairs if not is_cold]
        for name, spent in groups.items():
            if spent:
                steps[name] = len(spent)
                for share in (50, 99):
                    value = float(np.percentile(spent, share)) * _MICROSECONDS
                    microseconds[f"{name}-p{share}"] = value
        return microseconds, steps


def time_steps(engine: Engine, documents: Iterable[bytes]) -> Steps:
    """Feed each document's own tokens and the end, with a mask before each."""
    steps, row = Steps(), empty_row(engine.tokenizer.vocab_size)
    for document in documents:
        ids = [*engine.tokenizer.encode(document).tolist(), engine.tokenizer.eos]
        _feed(engine.constraint, ids, row, steps)
    return steps


def _feed(constraint: Constraint, ids: Sequence[int], row: Any, steps: Steps) -> None:
    _, state = constraint.start()
    clock = time.perf_counter_ns
    for index, token in enumerate(ids):
        place = _place(state)
        steps.mask_is_cold.append(place is not None and place.groups is None)
        began = clock()
        state.fill_mask(row)
        steps.mask.append(clock() - began)
        is_allowed = bool(row[token >> 5] >> (token & 31) & 1)
        is_cold = place is not None and token not in place.jumps
        began = clock()
        try:
            state.advance(token)
        except ConstraintError as error:
            assert not is_allowed, f"token {token} is in the mask, and refused"
            steps.refusals.append(f"{error.cause} (token {index} of {len(ids)})"[:160])
            return
        steps.advance.append(clock() - began)
        steps.advance_is_cold.append(is_cold)
        assert is_allowed, f"token {token} is not in the mask, and taken"


def _place(state: Any) -> Any:
    """Where a TCT sequence stands, which keeps what was built there; None for other engines."""
    walk = getattr(state, "_walk", None)
    return getattr(walk, "place", None)
