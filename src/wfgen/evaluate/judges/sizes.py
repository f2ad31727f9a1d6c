"""How long samples are, and what they cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import evolve, frozen

from wfgen.api import Sample, Score
from wfgen.errors import SettingError
from wfgen.evaluate.intervals import mean_interval, ratio_interval
from wfgen.evaluate.judges.reading import need_samples, read_sample

__all__ = ["Cost", "Length"]

_MILLISECONDS = 1000.0


@frozen(kw_only=True)
class Length:
    """The mean number of canonical bytes of a sample; of what is no JSON, of bytes."""

    seed: int = 0

    def evaluate(self, samples: Sequence[Sample]) -> Score:
        """The mean, with a bootstrap interval; its part `tokens` where all samples know theirs.

        Raises:
            SettingError: there is no sample.
        """
        need_samples(samples)
        score = _mean("length", "bytes", _sizes(samples), self.seed)
        tokens = [sample.num_tokens for sample in samples]
        if None in tokens:
            return score
        return evolve(score, parts=(_mean("length-tokens", "tokens", tokens, self.seed),))


@frozen(kw_only=True)
class Cost:
    """The mean number of model steps of a sample, and the time."""

    seed: int = 0

    def evaluate(self, samples: Sequence[Sample]) -> Score:
        """Steps a document, with a bootstrap interval; parts are steps a canonical byte, and, where
        all samples know their time, milliseconds a document and a canonical byte.

        Raises:
            SettingError: there is no sample, or one does not know its tokens.
        """
        need_samples(samples)
        if any(sample.num_tokens is None for sample in samples):
            cause = "a sample does not say how many tokens it took"
            raise SettingError(
                name="samples", cause=cause, hint="judge samples of `wfgen generate`"
            )
        sizes, steps = _sizes(samples), [sample.num_tokens for sample in samples]
        parts = [_ratio("steps-per-byte", "tokens", steps, sizes, self.seed)]
        times = [s.seconds * _MILLISECONDS for s in samples if s.seconds is not None]
        if len(times) == len(samples):
            parts.append(_mean("milliseconds", "ms", times, self.seed))
            parts.append(_ratio("milliseconds-per-byte", "ms", times, sizes, self.seed))
        score = evolve(_mean("cost", "tokens", steps, self.seed), parts=tuple(parts))
        return evolve(score, higher_is_better=False)


def _sizes(samples: Sequence[Sample]) -> list[int]:
    return [
        len(read_sample(sample).canonical or sample.text.encode(errors="surrogatepass"))
        for sample in samples
    ]


def _mean(name: str, unit: str, values: Sequence[Any], seed: int) -> Score:
    interval = mean_interval(values, seed=seed)
    mean = float(np.mean(values))
    return Score(name=name, value=mean, unit=unit, count=len(values), interval=interval)


def _ratio(name: str, unit: str, above: Sequence[Any], below: Sequence[int], seed: int) -> Score:
    # Empty samples have no bytes; one byte at least keeps every resample a ratio.
    kept = np.maximum(1, np.asarray(below))
    return Score(
        name=name,
        value=float(np.sum(above) / kept.sum()),
        unit=unit,
        count=len(kept),
        interval=ratio_interval(above, kept, seed=seed),
        higher_is_better=False,
    )
