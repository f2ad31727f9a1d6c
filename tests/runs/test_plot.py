from __future__ import annotations

import sys
import xml.etree.ElementTree as ET

import pytest

pytest.importorskip("torch")

from wfgen.errors import MissingExtraError
from wfgen.runs.metrics import append_metrics
from wfgen.runs.plot import draw_run

RECORDS = [{"step": n, "loss": 1 / n} for n in range(1, 5)]
VALIDATED = {"step": 5, "loss": 0.2, "valid_loss": 0.3, "bits_per_byte": 0.9}


def test_the_curves_are_an_svg_and_the_same_again(tmp_path):
    pytest.importorskip("matplotlib")
    append_metrics(tmp_path, [*RECORDS, VALIDATED])
    draw_run(tmp_path)
    first = (tmp_path / "plot.svg").read_text()
    draw_run(tmp_path)
    assert (tmp_path / "plot.svg").read_text() == first
    texts = [e.text for e in ET.fromstring(first).iter("{http://www.w3.org/2000/svg}text")]
    assert {"training", "held-out", "bits per byte, held-out", "step"} <= set(texts)


def test_a_run_that_never_validated_is_drawn_too(tmp_path):
    pytest.importorskip("matplotlib")
    append_metrics(tmp_path, RECORDS)
    draw_run(tmp_path)
    assert (tmp_path / "plot.svg").is_file()


def test_no_step_is_no_plot(tmp_path):
    draw_run(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_library_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    append_metrics(tmp_path, RECORDS)
    with pytest.raises(MissingExtraError, match=r"wfgen\[train\].*plot=false"):
        draw_run(tmp_path)
