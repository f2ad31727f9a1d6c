"""Rows: what they refuse, and files of them that only grow."""

from __future__ import annotations

import io
import json
import math
import subprocess
import sys

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfgen.api import Interval, Score
from wfgen.errors import ArtefactError
from wfgen.report.rows import (
    Row,
    RowsError,
    _write_whole,
    append_rows,
    is_real,
    latest_run,
    probe_rows,
    read_rows,
    score_row,
)

ROW = Row(suite="s", arm="a", seed=1, figure="f", value=2.5, unit="u", count=3, low=1.0, high=3.0)
FAILED = attrs.evolve(ROW, value=None, count=0, low=None, high=None, error="no luck")


@given(
    st.lists(
        st.builds(
            attrs.evolve,
            st.sampled_from([ROW, FAILED]),
            arm=st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
            seed=st.none() | st.integers(),
            provenance=st.dictionaries(st.text("ab\n", max_size=3), st.integers(), max_size=2),
        ),
        max_size=5,
    )
)
def test_what_is_appended_is_read_back_in_order(tmp_path_factory, rows):
    file = tmp_path_factory.mktemp("rows") / "deep" / "rows.jsonl"
    append_rows(file, [ROW])
    append_rows(file, rows)
    assert read_rows(file) == [ROW, *rows]


def test_a_line_stands_for_itself(tmp_path):
    append_rows(tmp_path / "r.jsonl", [attrs.evolve(ROW, provenance={"run": "x"})])
    line = json.loads((tmp_path / "r.jsonl").read_text().splitlines()[0])
    columns = {"suite", "arm", "seed", "figure", "value", "unit", "count", "low", "high"}
    assert columns | {"provenance", "error"} == set(line)
    assert line["provenance"] == {"run": "x"}


@pytest.mark.parametrize(
    "change",
    [
        {"value": None},
        {"error": "why"},
        {"value": math.nan},
        {"value": math.inf},
        {"value": True},
        {"count": 0},
        {"count": -1},
        {"count": 1.0},
        {"low": None},
        {"low": 4.0},
        {"suite": ""},
        {"arm": None},
        {"seed": "1"},
        {"provenance": []},
    ],
    ids=str,
)
def test_no_row_pretends_to_be_a_figure(change):
    with pytest.raises(RowsError, match="the row"):
        attrs.evolve(ROW, **change)


@pytest.mark.parametrize("cut", [1, 30])
def test_a_torn_last_line_is_named_and_nothing_is_added_after_it(tmp_path, cut):
    file = tmp_path / "r.jsonl"
    append_rows(file, [ROW, ROW])
    data = file.read_bytes()[:-cut]
    file.write_bytes(data)
    with pytest.raises(RowsError, match="torn") as caught:
        read_rows(file)
    assert (caught.value.line, caught.value.path) == (2, str(file))
    with pytest.raises(RowsError, match="torn"):
        append_rows(file, [ROW])
    assert file.read_bytes() == data


@pytest.mark.parametrize(
    "line", [b"[]", b"{", b"\xff", b'{"arm":"a"}', b'{"new":1}', b'{"value":NaN}', b"[" * 100_000]
)
def test_a_line_that_is_no_row_is_named(tmp_path, line):
    file = tmp_path / "r.jsonl"
    append_rows(file, [ROW])
    file.write_bytes(file.read_bytes() + line + b"\n")
    with pytest.raises(RowsError) as caught:
        read_rows(file)
    assert caught.value.line == 2


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of a file there")
def test_a_full_disk_leaves_the_file_as_it_was(tmp_path):
    file = tmp_path / "r.jsonl"
    append_rows(file, [ROW])
    before = file.read_bytes()
    script = (
        "import resource, sys; from pathlib import Path\n"
        "from wfgen.report.rows import RowsError, append_rows, read_rows\n"
        "file = Path(sys.argv[1]); rows = read_rows(file) * 9; size = file.stat().st_size\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2 * size + 9, resource.RLIM_INFINITY))\n"
        "try:\n    append_rows(file, rows)\nexcept RowsError as error:\n    print(error)\n"
    )
    command = [sys.executable, "-c", script, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "cannot write here" in done.stdout
    assert file.read_bytes() == before


def test_a_write_that_takes_a_part_goes_on(tmp_path):
    class Slow(io.FileIO):
        def write(self, data):
            return super().write(bytes(data[:3]))

    with Slow(tmp_path / "r", "a+") as file:
        _write_whole(file, b"0123456789")
    assert (tmp_path / "r").read_bytes() == b"0123456789"


def test_a_probe_finds_what_appending_would_and_leaves_nothing(tmp_path):
    probe_rows(tmp_path / "deep" / "r.jsonl")
    assert list((tmp_path / "deep").iterdir()) == []
    (tmp_path / "torn.jsonl").write_text("{")
    with pytest.raises(RowsError, match="torn"):
        probe_rows(tmp_path / "torn.jsonl")
    for path in (tmp_path, tmp_path / "torn.jsonl" / "r.jsonl"):
        with pytest.raises(ArtefactError, match="cannot write"):
            probe_rows(path)


def test_a_wrong_line_is_told_before_a_torn_one(tmp_path):
    (tmp_path / "own.jsonl").write_text('{"mine": 1}\n{"mi')
    with pytest.raises(RowsError, match="'mine' is unknown") as caught:
        read_rows(tmp_path / "own.jsonl")
    assert caught.value.line == 1


def test_a_missing_file_says_what_writes_one(tmp_path):
    with pytest.raises(RowsError, match=r"compare_tokenizers\.py"):
        read_rows(tmp_path / "none.jsonl")


def test_no_rows_make_no_file(tmp_path):
    append_rows(tmp_path / "r.jsonl", [])
    assert not (tmp_path / "r.jsonl").exists()


def test_a_folder_cannot_be_appended_to(tmp_path):
    with pytest.raises(RowsError, match="cannot write"):
        append_rows(tmp_path, [ROW])


def test_a_score_keeps_its_interval_and_causes():
    score = Score(
        name="f", value=1, unit="u", count=9, interval=Interval(low=0, high=2), causes={"c": 3}
    )
    row = score_row(score, suite="s", arm="a", seed=None, provenance={"run": "x"})
    assert (row.value, row.low, row.high, row.count) == (1, 0, 2, 9)
    assert row.provenance == {"run": "x", "causes": {"c": 3}}


def test_only_the_last_run_of_each_suite_counts():
    def row(suite, run, value):
        return attrs.evolve(ROW, suite=suite, value=value, provenance={"run": run})

    rows = [row("s", "1", 1.0), row("t", "2", 2.0), row("s", "3", 3.0), row("s", "3", 4.0)]
    found = latest_run(rows)
    assert {s: [r.value for r in run] for s, run in found.items()} == {"s": [3.0, 4.0], "t": [2.0]}


def test_data_is_real_only_where_every_row_says_so():
    real = attrs.evolve(ROW, provenance={"corpus": {"is_real": True}})
    assert is_real([real])
    assert not is_real([real, ROW])


def test_refused_documents_are_named_and_a_failed_arm_has_a_row(rows):
    failed = [r for r in rows if r.arm == "<broken>"]
    assert [(r.figure, r.value, r.count) for r in failed] == [("arm", None, 0)]
    assert failed[0].error == "it is | not <there>"
