"""Speeds: taken in turn, by a clock that the test holds; no figure here depends on real time."""

from __future__ import annotations

import gc

import pytest

from wfgen.evaluate.speed import SpeedPlan, time_in_turn


class Clock:
    """Stands still until someone works."""

    def __init__(self):
        self.now = 0

    def __call__(self):
        return self.now


def worker(clock, log, name, cost):
    def work(chunk):
        log.append((name, chunk))
        clock.now += cost

    return work


def test_every_chunk_goes_round_before_the_next_and_turns_begin_with_each():
    clock, log = Clock(), []
    works = [worker(clock, log, name, 10) for name in "abc"]
    time_in_turn(works, 2, SpeedPlan(repetitions=2, clock=clock))
    rounds = [log[at : at + 3] for at in range(0, len(log), 3)]
    assert [{chunk for _, chunk in r} for r in rounds] == [{0}, {1}, {0}, {1}]
    assert ["".join(n for n, _ in r) for r in rounds] == ["abc", "bca", "bca", "cab"]


def test_times_are_those_of_the_clock():
    clock = Clock()
    works = [worker(clock, [], "a", 2_000_000_000), worker(clock, [], "b", 500_000_000)]
    timings = time_in_turn(works, 3, SpeedPlan(repetitions=2, clock=clock))
    assert timings[0].seconds.tolist() == [[2.0] * 3] * 2
    assert timings[1].seconds.tolist() == [[0.5] * 3] * 2


def test_a_clock_that_stands_still_gives_no_infinite_speed():
    (timing,) = time_in_turn([lambda _: None], 1, SpeedPlan(repetitions=1, clock=lambda: 7))
    assert timing.seconds.tolist() == [[1e-9]]


def test_a_work_that_raises_is_out_and_the_others_go_on():
    calls = []

    def broken(chunk):
        calls.append(chunk)
        raise RuntimeError("enough")

    plan = SpeedPlan(repetitions=3, clock=Clock())
    bad, good = time_in_turn([broken, lambda _: None], 4, plan)
    assert (bad.error, len(calls)) == ("RuntimeError: enough", 1)
    assert (good.error, good.seconds.all()) == ("", True)


def test_the_collector_waits_and_comes_back():
    seen = []
    time_in_turn([lambda _: seen.append(gc.isenabled())], 1, SpeedPlan(repetitions=1))
    assert (seen, gc.isenabled()) == ([False], True)


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 100])
def test_chunks_hold_each_chosen_document_once(count):
    chunks = SpeedPlan(num_documents=8, chunk_documents=3).chunks(count)
    chosen = [n for chunk in chunks for n in chunk]
    assert chosen == sorted(set(chosen))
    assert len(chosen) <= 8
    assert len(chosen) >= min(count, 4)
    assert all(0 < len(chunk) <= 3 for chunk in chunks)
