from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("torch")

from wfgen.train.schedule import rate_factor

SCHEDULES = st.sampled_from(["cosine", "linear", "constant"])


@given(
    steps=st.integers(1, 300),
    warmup=st.integers(0, 300),
    schedule=SCHEDULES,
    floor=st.floats(0, 1),
)
def test_rates_rise_to_one_and_fall_to_the_floor(steps, warmup, schedule, floor):
    factors = [
        rate_factor(step, steps=steps, warmup=warmup, schedule=schedule, floor=floor)
        for step in range(steps)
    ]
    assert all(0 < f <= 1 + 1e-12 for f in factors)
    rise, fall = factors[:warmup], factors[warmup:]
    assert all(a < b for a, b in itertools.pairwise(rise))
    assert all(a >= b - 1e-12 for a, b in itertools.pairwise(fall))
    if fall:
        assert fall[0] == pytest.approx(1)
        assert fall[-1] >= floor - 1e-12
    if schedule == "constant":
        assert set(fall) <= {1.0}


@given(steps=st.integers(2, 300), schedule=st.sampled_from(["cosine", "linear"]))
def test_the_step_behind_the_last_would_be_at_the_floor(steps, schedule):
    factor = rate_factor(steps, steps=steps, warmup=0, schedule=schedule, floor=0.1)
    assert factor == pytest.approx(0.1)
