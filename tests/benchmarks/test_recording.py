"""`benchmarks/recording.py`: rows with what they share, and how they are told."""

from __future__ import annotations

import importlib

import pytest

from wfgen.api import Interval


@pytest.fixture
def recording():
    return importlib.import_module("recording")


@pytest.fixture
def recorder(recording):
    return recording.Recorder(suite="some-suite", seed=3, about={"run": "now"})


def test_a_row_has_what_all_share_and_what_is_its_own(recorder):
    row = recorder.row(
        "arm", "figure", 0.5, "share", 8, interval=Interval(low=0.4, high=0.7), processes=2
    )
    assert (row.suite, row.seed) == ("some-suite", 3)
    assert (row.arm, row.figure, row.value, row.unit, row.count) == (
        "arm",
        "figure",
        0.5,
        "share",
        8,
    )
    assert (row.low, row.high) == (0.4, 0.7)
    assert row.provenance == {"run": "now", "processes": 2}
    assert recorder.about == {"run": "now"}


def test_a_row_without_interval_or_bar_has_none(recorder):
    row = recorder.row("arm", "figure", 0.5, "share", 8)
    assert (row.low, row.high) == (None, None)
    assert "bar" not in row.provenance


def test_a_failure_has_a_cause_of_one_short_text(recorder):
    row = recorder.failure("arm", ValueError("no " * 1000))
    assert (row.value, row.count, row.figure) == (None, 0, "arm")
    assert row.error.startswith("ValueError: no no")
    assert len(row.error) == 300
    assert recorder.failure("arm", "", "seconds").error


@pytest.mark.parametrize(
    ("bar", "said"),
    [(None, "1.5000 s  (8)\n"), ({"most": 2.0}, "holds\n"), ({"least": 2.0}, "DOES NOT HOLD\n")],
)
def test_a_row_is_told_with_its_bar(recording, recorder, capsys, bar, said):
    recording.tell(recorder.row("arm", "seconds", 1.5, "s", 8, bar=bar))
    assert capsys.readouterr().out.endswith(said)


def test_a_failure_is_told_on_one_line(recording, recorder, capsys):
    recording.tell(recorder.failure("arm", "a\nb"))
    told = capsys.readouterr().out
    assert "FAILED a\\nb" in told
    assert told.count("\n") == 1
