"""Encoding and decoding in fresh processes, document by document in turn with tiktoken's o200k.

Each process sees every document once; nothing was made from any of them before. Seconds are CPU
time of one thread. Python's garbage collector runs, as it does for users.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from recording import Recorder
from tct_parts.task import ChildError, Task, ask_child
from wfgen.evaluate.intervals import ratio_interval
from wfgen.report.rows import Row

__all__ = ["measure"]

_NANOSECONDS = 1e9
_ARMS = {"tct-8192": 0, "tct-8192, after 200 of the training side": 200}
_BARS = {"encode-speed-to-o200k": 0.5, "decode-speed-to-o200k-encode": 1 / 3}


def measure(task: Task, recorder: Recorder) -> Iterator[Row]:
    """Rates of both, and ratios."""
    valid = task.write("valid.jsonl", task.valid)
    train = task.write("train.jsonl", task.train)
    for arm, warm in _ARMS.items():
        try:
            runs = [
                ask_child("encode_in_turn", valid=str(valid), train=str(train), warm=warm)
                for _ in range(task.sized(5, 2))
            ]
        except ChildError as error:
            yield recorder.failure(arm, str(error))
            continue
        spent = {name: np.array([run[name] for run in runs], dtype=np.float64) for name in runs[0]}
        yield from _figures(arm, spent, recorder, has_bar=not warm and task.scale == "full")


def _figures(
    arm: str, spent: dict[str, np.ndarray], recorder: Recorder, *, has_bar: bool
) -> Iterator[Row]:
    """Figures from nanoseconds, float64, shape [runs, documents], by work."""
    num_runs, count = spent["encode"].shape
    rates = {
        "encode-documents-per-second": spent["encode"],
        "decode-documents-per-second": spent["decode"],
        "o200k-documents-per-second": spent["o200k"],
    }
    for figure, times in rates.items():
        rate = num_runs * count / (times.sum() / _NANOSECONDS)
        yield recorder.row(arm, figure, rate, "documents/s", count, processes=num_runs)
    ratios = {
        "encode-speed-to-o200k": (spent["o200k"], spent["encode"]),
        "decode-speed-to-o200k-encode": (spent["o200k_again"], spent["decode"]),
    }
    for figure, (above, below) in ratios.items():
        by_document = above.sum(axis=0), below.sum(axis=0)
        yield recorder.row(
            arm,
            figure,
            float(by_document[0].sum() / by_document[1].sum()),
            "ratio",
            count,
            interval=ratio_interval(*by_document, seed=recorder.seed or 0),
            bar={"least": _BARS[figure]} if has_bar else None,
            processes=num_runs,
            by_process=(above.sum(axis=1) / below.sum(axis=1)).tolist(),
        )
