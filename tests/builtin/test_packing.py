from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfgen.builtin.packing import best_fit, next_fit


@st.composite
def packings(draw: st.DrawFn) -> tuple[list[int], int]:
    capacity = draw(st.integers(1, 30))
    return draw(st.lists(st.integers(1, capacity), max_size=80)), capacity


def rooms(lengths: list[int], bins: list[int], capacity: int) -> list[int]:
    return [
        capacity - sum(n for n, b in zip(lengths, bins, strict=True) if b == number)
        for number in range(max(bins, default=-1) + 1)
    ]


def best_fit_one_at_a_time(lengths: list[int], capacity: int) -> list[int]:
    left: list[int] = []
    for length in sorted(lengths, reverse=True):
        fitting = [(room, at) for at, room in enumerate(left) if room >= length]
        if not fitting:
            left.append(capacity)
            fitting = [(capacity, len(left) - 1)]
        left[min(fitting)[1]] -= length
    return left


@given(packings())
def test_best_fit_leaves_the_room_that_one_at_a_time_leaves(
    packing: tuple[list[int], int],
) -> None:
    lengths, capacity = packing
    bins = best_fit(np.array(lengths, dtype=np.int64), capacity).tolist()
    wanted = best_fit_one_at_a_time(lengths, capacity)
    assert sorted(rooms(lengths, bins, capacity)) == sorted(wanted)


@given(packings())
def test_next_fit_keeps_the_order_and_opens_a_window_only_when_it_must(
    packing: tuple[list[int], int],
) -> None:
    lengths, capacity = packing
    bins = next_fit(np.array(lengths, dtype=np.int64), capacity).tolist()
    assert bins == sorted(bins)
    left = rooms(lengths, bins, capacity)
    assert all(0 <= room < capacity for room in left)
    for at in range(1, len(bins)):
        if bins[at] != bins[at - 1]:
            assert lengths[at] > left[bins[at - 1]]


@pytest.mark.parametrize("pack", [best_fit, next_fit])
def test_the_same_lengths_give_the_same_windows(pack: object) -> None:
    assert callable(pack)
    lengths = np.random.default_rng(0).integers(1, 100, 5_000)
    assert np.array_equal(pack(lengths, 100), pack(lengths.copy(), 100))


def test_best_fit_fills_a_million_pieces_to_the_brim() -> None:
    lengths = np.random.default_rng(0).integers(2, 500, 1_000_000)
    bins = best_fit(lengths, 1_025)
    filled = np.bincount(bins, weights=lengths)
    assert filled.max() <= 1_025
    assert filled.mean() > 0.999 * 1_025
