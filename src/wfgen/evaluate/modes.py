"""Grammar mode and free mode apart, for tokenizers that have both (`wfgen.api.FreeMode`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from attrs import evolve
from numpy.typing import NDArray

from wfgen.api import FreeMode, IdArray, Score
from wfgen.evaluate.contenders import Contender, attempt, error_text
from wfgen.evaluate.encoding import Encoded, Shared
from wfgen.evaluate.figures import Failure, Figure
from wfgen.evaluate.intervals import mean_interval
from wfgen.evaluate.scores import ratio_score, share_score

__all__ = ["coverage_by_mode", "mode_figures"]

Bases = Mapping[str, tuple[NDArray[np.int64] | None, str]]
"""A ratio's name to what it is to, shape [documents], or to None and the reason."""

_COVERAGE = ("coverage-grammar", "coverage-free")


def coverage_by_mode(arm: Encoded) -> Iterator[Figure]:
    """The shares of all documents that are written in either mode; nothing without a free mode."""
    if not isinstance(arm.contender.tokenizer, FreeMode):
        return
    given = [ids for ids in arm.ids if ids is not None]
    is_free, error = attempt(_are_free, arm.contender, given)
    if is_free is None:
        why = error_text(error) if error else ""
        yield from (Failure(figure=name, unit="share", error=why) for name in _COVERAGE)
        return
    num_free = int(is_free.sum())
    for name, number in zip(_COVERAGE, (len(given) - num_free, num_free), strict=True):
        score = share_score(name, number, len(arm.ids))
        yield score if name == "coverage-grammar" else evolve(score, higher_is_better=None)


def mode_figures(arm: Shared, bases: Bases, seed: int) -> Iterator[Figure]:
    """Tokens of the shared documents in either mode, and their ratios to the reference's.

    A mode in which no shared document is written has no figure.
    """
    if not isinstance(arm.contender.tokenizer, FreeMode):
        return
    is_free, _ = attempt(_are_free, arm.contender, arm.ids)
    if is_free is None:
        return  # `coverage_by_mode` has said why
    lengths = arm.num_tokens()
    for mode, chosen in (("valid", ~is_free), ("free", is_free)):
        if not chosen.any():
            continue
        yield Score(
            name=f"tokens-per-document-{mode}",
            value=float(lengths[chosen].mean()),
            unit="tokens",
            count=int(chosen.sum()),
            interval=mean_interval(lengths[chosen], seed=seed),
            higher_is_better=False,
        )
        for name, (base, why_not) in bases.items():
            figure = f"{name}-{mode}"
            if base is None:
                yield Failure(figure=figure, unit="ratio", error=why_not)
            else:
                of_mode = lengths[chosen], base[chosen]
                yield ratio_score(figure, "ratio", *of_mode, seed, is_good=False)


def _are_free(contender: Contender, ids: Sequence[IdArray]) -> NDArray[np.bool_]:
    tokenizer = contender.tokenizer
    assert isinstance(tokenizer, FreeMode)
    return np.array([tokenizer.is_free(each) for each in ids], dtype=np.bool_)
