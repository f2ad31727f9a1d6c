from __future__ import annotations

import pytest

pytest.importorskip("torch")

from wfgen.errors import DamagedArtefactError
from wfgen.runs.metrics import append_metrics, cut_metrics, read_metrics


def test_records_come_back_in_order(tmp_path):
    append_metrics(tmp_path, [{"step": 1, "loss": 0.1}])
    append_metrics(tmp_path, [{"step": 2, "loss": 1 / 3}, {"step": 3}])
    assert read_metrics(tmp_path) == [
        {"step": 1, "loss": 0.1},
        {"step": 2, "loss": 1 / 3},
        {"step": 3},
    ]


def test_no_file_is_no_record(tmp_path):
    assert read_metrics(tmp_path) == []


@pytest.mark.parametrize("torn", [b'{"step": 4, "lo', b"", b"{"])
def test_what_a_killed_writer_left_is_cut(tmp_path, torn):
    append_metrics(tmp_path, [{"step": n} for n in (1, 2, 3)])
    with (tmp_path / "metrics.jsonl").open("ab") as file:
        file.write(torn)
    cut_metrics(tmp_path, step=2)
    append_metrics(tmp_path, [{"step": 3, "again": True}])
    assert read_metrics(tmp_path) == [{"step": 1}, {"step": 2}, {"step": 3, "again": True}]


@pytest.mark.parametrize("line", [b"nonsense\n", b"[]\n", b'{"loss": 1}\n'])
def test_a_line_that_is_no_record_is_named(tmp_path, line):
    append_metrics(tmp_path, [{"step": 1}])
    with (tmp_path / "metrics.jsonl").open("ab") as file:
        file.write(line)
    with pytest.raises(DamagedArtefactError, match="line 2 is no record"):
        read_metrics(tmp_path)
