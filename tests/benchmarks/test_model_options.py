"""`benchmarks/model_options.py` on a few made-up workflows: every arm, seed and figure is a row."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from wfgen.corpus import CorpusSpec
from wfgen.errors import SettingError
from wfgen.prepare import prepare
from wfgen.report.rows import read_rows


@pytest.fixture
def benchmark(monkeypatch):
    loaded = importlib.import_module("model_options")
    monkeypatch.setattr(loaded, "_BATCH_TOKENS", 512)
    monkeypatch.setattr(loaded, "_ROUNDS", 2)
    return loaded


def test_every_arm_is_compared_with_plain_seed_by_seed(benchmark, tmp_path):
    prepare(CorpusSpec(path="composed:6", valid_share=0.3), "bytes", tmp_path / "data")
    arm = "residual scalars"
    results = tmp_path / "rows.jsonl"
    benchmark.main(
        data=tmp_path / "data",
        scratch=tmp_path / "runs",
        steps=1,
        only=(arm,),
        results=results,
    )
    rows = read_rows(results)
    assert len({row.provenance["run"] for row in rows}) == 1
    found = {(row.arm, row.figure, row.seed): row for row in rows}
    assert len(found) == len(rows)
    values = [found[arm, "bits-per-byte", seed].value for seed in (0, 1)]
    plain = [found["plain", "bits-per-byte", seed].value for seed in (0, 1)]
    mean = found[arm, "bits-per-byte-to-plain", None]
    assert mean.value == pytest.approx((sum(values) - sum(plain)) / 2)
    assert mean.low <= mean.value <= mean.high
    assert found["plain", "bits-per-byte-to-plain", None].value == 0
    sizes = [found[name, "parameters", None].value for name in ("plain", arm)]
    assert sizes[1] - sizes[0] == 2 * 4
    assert found[arm, "step-time-to-plain", None].value > 0


def test_an_unknown_arm_is_refused_with_the_nearest(benchmark, tmp_path):
    with pytest.raises(SettingError, match="did you mean 'value embeddings'"):
        benchmark.main(data=Path("d"), scratch=tmp_path, only=("value embedings",))


def test_one_seed_has_no_spread(benchmark, tmp_path):
    with pytest.raises(SettingError, match="no spread"):
        benchmark.main(data=Path("d"), scratch=tmp_path, seeds=1)
