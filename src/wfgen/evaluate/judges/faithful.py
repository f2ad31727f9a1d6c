"""How far the values of samples are from those of real documents, field by field.

Legend: S samples, K different values of a field.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from wfgen.api import Interval, Sample, Score
from wfgen.canonical import JsonValue
from wfgen.errors import SettingError
from wfgen.evaluate.judges.fields import FIELDS, values_of
from wfgen.evaluate.judges.reading import need_samples, read_sample

__all__ = ["Faithful", "jensen_shannon", "total_variation"]

Floats = NDArray[np.float64]

_NUM_RESAMPLES = 400
_PERCENTILES = (2.5, 97.5)


def jensen_shannon(p: Floats, q: Floats) -> float:
    """The Jensen-Shannon divergence of two distributions, in bits: 0 for equal, 1 for disjoint
    ones (Lin, 1991, IEEE Transactions on Information Theory 37:145). Shapes [K].
    """
    middle = (p + q) / 2

    def to_middle(each: Floats) -> float:
        held = each > 0
        return float(np.sum(each[held] * np.log2(each[held] / middle[held])))

    return max(0.0, (to_middle(p) + to_middle(q)) / 2)


def total_variation(p: Floats, q: Floats) -> float:
    """Half the sum of absolute differences: 0 for equal, 1 for disjoint ones. Shapes [K]."""
    return float(np.abs(p - q).sum() / 2)


@frozen(kw_only=True, eq=False)
class Faithful:
    """The mean Jensen-Shannon divergence over the fields of `FIELDS`; lower is better.

    Few samples are farther from anything than many; the same number of real documents, judged the
    same way, gives the distance to be expected of a perfect model.

    Attributes:
        reference: how often each value stands in each field of the real documents.
        seed: of the bootstrap.
    """

    reference: Mapping[str, Counter[str]]
    seed: int = 0

    def __attrs_post_init__(self) -> None:
        if not self._known:
            cause = "the documents to compare with say nothing in any field"
            raise SettingError(name="reference", cause=cause, hint="give real workflows")

    @classmethod
    def to(cls, values: Iterable[JsonValue], *, seed: int = 0) -> Faithful:
        """The evaluator that compares with some real documents."""
        reference: dict[str, Counter[str]] = {name: Counter() for name in FIELDS}
        for value in values:
            for name, found in values_of(value).items():
                reference[name].update(found)
        return cls(reference=reference, seed=seed)

    @property
    def _known(self) -> tuple[str, ...]:
        """The fields in which the real documents say something."""
        return tuple(name for name in FIELDS if self.reference[name].total())

    def evaluate(self, samples: Sequence[Sample]) -> Score:
        """The mean over the fields, with one part a field and figure; fields in which the real
        documents, or the samples, say nothing have no part. Samples that are no JSON say nothing.

        Raises:
            SettingError: there is no sample, or they say nothing in any field.
        """
        need_samples(samples)
        found = [values_of(read_sample(s).value) for s in samples if not read_sample(s).cause]
        parts = [p for name in self._known for p in self._field(name, found)]
        main = [part for part in parts if part.name.endswith("-js")]
        if not main:
            cause = "the samples say nothing in any field"
            raise SettingError(name="samples", cause=cause, hint="give samples that are workflows")
        return Score(
            name="faithful",
            value=float(np.mean([part.value for part in main])),
            unit="bits",
            count=len(samples),
            interval=_mean_of([part.interval for part in main]),
            higher_is_better=False,
            parts=tuple(parts),
        )

    def _field(self, name: str, found: Sequence[Mapping[str, Counter[str]]]) -> list[Score]:
        known = self.reference[name]
        counts = [each[name] for each in found]
        if not sum(count.total() for count in counts):
            return []
        values = sorted(known.keys() | {value for count in counts for value in count})
        column = {value: at for at, value in enumerate(values)}
        real = np.array([known[value] for value in values], dtype=np.float64)
        real /= real.sum()
        drawn = _resampled(counts, column, self.seed)
        return _scores(name, real, drawn, values, len(found))


def _resampled(counts: Sequence[Counter[str]], column: Mapping[str, int], seed: int) -> Floats:
    """Distributions over the values: of all samples, then of resamples; shape [1 + R, K]."""
    entries = [(row, column[v], n) for row, c in enumerate(counts) for v, n in c.items()]
    rows, columns, numbers = (np.array(each) for each in zip(*entries, strict=True))
    generator = np.random.default_rng(seed)
    share = np.full(len(counts), 1 / len(counts))
    draws = generator.multinomial(len(counts), share, size=_NUM_RESAMPLES)
    found = []
    for weights in (np.ones(len(counts)), *draws):
        held = np.bincount(columns, weights=numbers * weights[rows], minlength=len(column))
        if held.sum():
            found.append(held / held.sum())
    return np.stack(found)


def _scores(name: str, real: Floats, drawn: Floats, values: list[str], count: int) -> list[Score]:
    mode = int(real.argmax())
    figures = {
        f"{name}-js": ("bits", [jensen_shannon(real, each) for each in drawn], False),
        f"{name}-tv": ("share", [total_variation(real, each) for each in drawn], False),
        f"{name}-coverage": ("share", [float(real[each > 0].sum()) for each in drawn], True),
        f"{name}-mode-match": ("share", [float(each.argmax() == mode) for each in drawn], True),
    }
    return [
        Score(
            name=figure,
            value=found[0],
            unit=unit,
            count=count,
            interval=_percentiles(found),
            higher_is_better=is_good,
            causes={f"most often {values[mode]!r}": 1} if figure.endswith("match") else {},
        )
        for figure, (unit, found, is_good) in figures.items()
    ]


def _percentiles(found: Sequence[float]) -> Interval:
    low, high = np.percentile(found[1:] or found, _PERCENTILES)
    return Interval(low=float(low), high=float(high))


def _mean_of(intervals: Sequence[Interval | None]) -> Interval:
    known = [each for each in intervals if each is not None]
    low, high = (float(np.mean([getattr(i, end) for i in known])) for end in ("low", "high"))
    return Interval(low=low, high=high)
