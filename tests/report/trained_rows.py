"""Rows as the suites of trained models give them, made up: three seeds, points on the way."""

from __future__ import annotations

from wfgen.evaluate.intervals import wilson_interval
from wfgen.report.rows import Row

ABOUT = {
    "run": "one",
    "time": "2030-01-02T03:04:05+00:00",
    "corpus": {
        "is_real": True,
        "source": "train.jsonl",
        "valid_source": "valid.jsonl",
        "documents": {"train": 4000, "valid": 300},
    },
    "configuration": {"baseline": "bpe-8192"},
    "tokenizer": {"trained": True},
}
CEILING = "held-out documents"
BITS = {"bpe-8192": 0.5, "tct-github-workflow": 0.52, "bytes": 0.7, "o200k_base-restricted": 0.51}
TCT = "tct-github-workflow"
GUIDED = ("bpe-8192+llguidance", "tct-github-workflow+mask")
RUNGS = {"completed": 0.9, "parses": 0.8, "schema-valid": 0.6, "lint-clean": 0.3}


def made(arm, figure, value, seed=0, *, unit="share", count=100, **changes):
    """A row; `about` is put to its provenance."""
    about = {**ABOUT, **changes.pop("about", {})}
    columns = {"suite": "cpu", "arm": arm, "figure": figure, "value": value, "seed": seed}
    return Row(**columns, unit=unit, count=count, provenance=about, **changes)


def failed(arm, figure, seed=0, error="no luck", **about):
    return made(arm, figure, None, seed, count=0, error=error, about=about)


def learned(arm, seed, bits, *, is_small=True):
    """What training gives of one arm and seed; a large arm has no run over equal documents."""
    rows = [made(arm, "parameters", 1_500_000, seed, unit="parameters", count=1)]
    budgets = {"documents": "", "flops": "-equal-flops"}
    for budget, suffix in list(budgets.items())[0 if is_small else 1 :]:
        about = {"job": f"learn {arm} {budget} {seed}"}
        bits_here = bits + 0.002 * seed + (0.01 if suffix else 0)
        figures = {
            "bits-per-byte": (bits_here, "bits/byte", 300),
            "loss": (2.5 + bits, "nats/token", 300),
            "train-seconds": (300 + seed, "s", 40),
            "train-flops": (1e13, "FLOP", 40),
            "train-documents": (512, "documents", 40),
            "train-tokens-per-second": (4000, "tokens/s", 40),
            "train-documents-per-second": (1.7, "documents/s", 40),
        }
        for figure, (value, unit, count) in figures.items():
            rows.append(
                made(arm, figure + suffix, value, seed, unit=unit, count=count, about=about)
            )
        rows += curve(arm, seed, bits_here, budget)
    return rows


def curve(arm, seed, bits, budget, steps=(5, 10, 20, 40)):
    return [
        made(
            arm,
            "bits-per-byte-curve",
            bits * 40 / step,
            seed,
            unit="bits/byte",
            count=48,
            about={
                "job": f"learn {arm} {budget} {seed}",
                "at": {
                    "budget": budget,
                    "step": step,
                    "documents": 13 * step,
                    "tokens": 2048 * step,
                    "flops": 2.5e11 * step,
                    "seconds": 7.5 * step,
                    "final": step == steps[-1],
                },
            },
        )
        for step in steps
    ]


def share(arm, figure, passed, seed, count=100):
    ends = wilson_interval(passed, count)
    return made(arm, figure, passed / count, seed, count=count, low=ends.low, high=ends.high)


def written(arm, seed, lift=0):
    """What an arm writes: `lift` samples of 100 more pass every rung."""
    rows = []
    for suffix in ("", "-t0.7", "-prompts"):
        for rung, value in {**RUNGS, "distinct": 0.9, "novel": 0.9}.items():
            rows.append(share(arm, rung + suffix, round(100 * value) + lift - seed % 2, seed))
        bits = made(arm, "faithful" + suffix, 0.4, seed, unit="bits", low=0.3, high=0.5)
        rows += [bits, made(arm, "milliseconds" + suffix, 80.0 - lift, seed, unit="ms")]
    return rows


def held(arm, seed):
    """What the held-out documents cost under a constraint, which refuses a fifth of them."""
    figures = {"constrained-bits-per-byte": 0.45 + 0.001 * seed, "free-bits-per-byte": 0.47}
    return [
        *(made(arm, f, v, seed, unit="bits", count=240) for f, v in figures.items()),
        share(arm, "refused-by-constraint", 60, seed, 300),
    ]


def trained_rows(seeds=(0, 1, 2)):
    """A whole run, without a failure."""
    rows = []
    for seed in seeds:
        for arm, bits in BITS.items():
            rows += learned(arm, seed, bits)
            rows += written(arm, seed)
        rows += learned("o200k_base", seed, 0.9, is_small=False)
        rows += [row for arm in GUIDED for row in written(arm, seed, lift=9)]
        rows += [row for arm in GUIDED for row in held(arm, seed)]
        rows += [
            made(TCT, f"budget-ratio-{budget}", value + 0.01 * seed, seed, unit="ratio")
            for budget, value in (("documents", 1.1), ("flops", 0.97))
        ]
    return [*rows, *ceiling()]


def ceiling():
    return [share(CEILING, rung, 90, 0, 300) for rung in (*RUNGS, "distinct", "novel")]
