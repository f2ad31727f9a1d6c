"""Tokens on the validation side, against o200k_base: vocabularies, modes, and how far merges reach.

Ratios are of sums over documents. The shipped vocabulary is the first arm; the others are learned
here, from the training side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

import wfgen_tct
from recording import Recorder
from tct_parts.task import Task
from wfgen.api import Tokenizer
from wfgen.canonical import read_json
from wfgen.corpus import Document
from wfgen.corpus.schema import is_schema_valid
from wfgen.evaluate.contenders import attempt
from wfgen.evaluate.intervals import mean_interval, ratio_interval
from wfgen.report.rows import Row
from wfgen_tct.tokens.reach import REACHES
from wfgen_tct.tokens.vocabulary import FREE

__all__ = ["measure"]

SHIPPED = "tct-8192"
_LARGER = (16_384, 32_768)
_BARS = {
    "tokens-to-o200k": 0.73,
    "tokens-to-o200k-yaml": 0.64,
    "tokens-to-o200k-valid": 0.72,
    "tokens-to-o200k-yaml-valid": 0.63,
}

Counts = NDArray[np.int64]


@frozen(kw_only=True)
class _Base:
    """What tokens are compared with.

    Attributes:
        canonical, source: tokens of o200k_base on each document's canonical form and YAML.
        num_bytes: of each canonical form.
        groups: which documents belong together, by the ending of a figure's name.
    """

    canonical: Counts
    source: Counts
    num_bytes: Counts
    groups: Mapping[str, NDArray[np.bool_]]


def measure(task: Task, recorder: Recorder) -> Iterator[Row]:
    """Every vocabulary, one arm each, and o200k_base itself."""
    base = _base(task)
    for arm, make in _arms(task).items():
        made, error = attempt(make)
        if made is None:
            yield recorder.failure(arm, error or "it was not made")
            continue
        bars = _BARS if arm == SHIPPED and task.scale == "full" else {}
        yield from _figures(arm, made, task, base, recorder, bars)


def _arms(task: Task) -> dict[str, Callable[[], Tokenizer]]:
    arms: dict[str, Callable[[], Tokenizer]] = {SHIPPED: lambda: task.shipped}
    for size in _LARGER:
        arms[f"tct-{size}"] = lambda size=size: _learn(task, size)  # type: ignore[misc]
    for reach in REACHES:
        for apart in (False, True):
            if (reach, apart) != (task.shipped.reach, task.shipped.apart):
                arms[f"{SHIPPED}-{reach}{'-apart' if apart else ''}"] = (
                    lambda reach=reach, apart=apart: _learn(task, 8192, reach=reach, apart=apart)  # type: ignore[misc]
                )
    arms["o200k_base"] = lambda: task.reference
    return arms


def _learn(task: Task, size: int, **settings: Any) -> Tokenizer:
    documents = (document.canonical for document in task.train)
    return wfgen_tct.learn(task.grammar, documents, size, **settings)


def _base(task: Task) -> _Base:
    encode = task.reference.encode
    is_valid = np.array([is_schema_valid(read_json(d.canonical)) for d in task.valid])
    everything = np.ones(len(task.valid), dtype=np.bool_)
    return _Base(
        canonical=_lengths(task.valid, lambda d: len(encode(d.canonical))),
        source=_lengths(task.valid, lambda d: len(encode(d.source))),
        num_bytes=_lengths(task.valid, lambda d: len(d.canonical)),
        groups={"": everything, "-valid": is_valid, "-free": ~is_valid},
    )


def _lengths(documents: tuple[Document, ...], length: Callable[[Document], int]) -> Counts:
    return np.array([length(document) for document in documents], dtype=np.int64)


def _figures(  # noqa: PLR0913, PLR0917
    arm: str,
    tokenizer: Tokenizer,
    task: Task,
    base: _Base,
    recorder: Recorder,
    bars: Mapping[str, float],
) -> Iterator[Row]:
    ids = [tokenizer.encode(document.canonical) for document in task.valid]
    lengths = np.array([len(each) for each in ids], dtype=np.int64)
    count, seed = len(ids), task.seed
    yield recorder.row(arm, "vocabulary-size", tokenizer.vocab_size, "entries", 1)
    yield recorder.row(
        arm,
        "tokens-per-document",
        float(lengths.mean()),
        "tokens",
        count,
        interval=mean_interval(lengths, seed=seed),
    )
    yield _ratio(recorder, arm, "bytes-per-token", "bytes", base.num_bytes, lengths, {})
    for ending, chosen in base.groups.items():
        for name, below in (("", base.canonical), ("-yaml", base.source)):
            figure = f"tokens-to-o200k{name}{ending}"
            if chosen.any():
                pair = lengths[chosen], below[chosen]
                yield _ratio(recorder, arm, figure, "ratio", *pair, bars)
    if isinstance(tokenizer, wfgen_tct.TctTokenizer):
        free = sum(bool(len(each)) and each[0] == FREE for each in ids)
        yield recorder.row(arm, "free-mode", free / count, "share", count)


def _ratio(  # noqa: PLR0913, PLR0917
    recorder: Recorder,
    arm: str,
    figure: str,
    unit: str,
    above: Counts,
    below: Counts,
    bars: Mapping[str, float],
) -> Row:
    return recorder.row(
        arm,
        figure,
        float(above.sum() / below.sum()),
        unit,
        len(above),
        interval=ratio_interval(above, below, seed=recorder.seed or 0),
        bar={"most": bars[figure]} if figure in bars else None,
        tokens=int(above.sum()) if unit == "ratio" else int(below.sum()),
    )
