"""Plots: inside of a page they follow its colours, and the same rows give the same bytes."""

from __future__ import annotations

import re
import sys
import xml.etree.ElementTree as ET

import attrs
import pytest

from wfgen.errors import MissingExtraError
from wfgen.report.plots import PLOTS
from wfgen.report.plotting import arms_with, draw

pytest.importorskip("matplotlib", reason="the extra `report` is not installed")


@pytest.fixture(scope="module")
def drawn(rows):
    return {
        (plot.key, narrow): draw(plot, rows, narrow=narrow, prefix=f"{plot.key}-{narrow}")
        for plot in PLOTS
        for narrow in (False, True)
    }


def test_every_plot_is_well_formed_and_shows_every_measured_arm(drawn):
    for svg in drawn.values():
        texts = [e.text for e in ET.fromstring(svg).iter() if e.tag.endswith("text")]
        assert {"bytes", "o200k_base", "kinds"} <= set(texts)
        assert "<broken>" not in texts


def test_colours_are_the_pages_and_so_is_the_font(drawn):
    for svg in drawn.values():
        assert {"var(--ink)", "var(--rule)", "var(--arm-1)", "var(--arm-3)"} <= set(
            re.findall(r"var\(--[a-z0-9-]+\)", svg)
        )
        assert not re.search(r"#[0-9a-f]{6}\b", svg)
        assert "font-family" not in svg
        assert "<style" not in svg


def test_ids_are_their_own_and_every_reference_is_answered(drawn):
    ids = [i for svg in drawn.values() for i in re.findall(r'\bid="([^"]+)"', svg)]
    assert len(ids) == len(set(ids))
    for svg in drawn.values():
        used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', svg))
        assert used <= set(re.findall(r'\bid="([^"]+)"', svg))


def test_the_same_rows_give_the_same_bytes(drawn, rows):
    for plot in PLOTS:
        again = draw(plot, rows, narrow=False, prefix=f"{plot.key}-False")
        assert again == drawn[plot.key, False]


def test_nothing_in_a_plot_is_fetched(drawn):
    addresses = {a for svg in drawn.values() for a in re.findall(r"https?://[^\s\"]+", svg)}
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


def test_an_arm_without_the_figure_is_left_out_and_no_arm_is_no_plot(rows):
    lengths, *_ = PLOTS
    gone = [r for r in rows if not (r.arm == "kinds" and r.figure == "tokens-per-document-p50")]
    assert ">kinds<" not in draw(lengths, gone, narrow=False, prefix="x")
    assert draw(lengths, rows[:1], narrow=False, prefix="x") == ""


def test_an_arm_keeps_its_colour_where_another_is_left_out(rows):
    gone = [r for r in rows if r.arm != "bytes" or r.figure == "coverage"]
    for plot in PLOTS:
        svg = draw(plot, gone, narrow=False, prefix="x")
        assert "var(--arm-1)" not in svg
        assert {"var(--arm-2)", "var(--arm-3)"} <= set(re.findall(r"var\(--arm-\d\)", svg))


def test_words_say_what_the_picture_shows(rows):
    for plot in PLOTS:
        words = plot.describe(arms_with(plot, rows))
        assert all(arm in words for arm in ("bytes", "o200k_base", "kinds"))


def test_more_arms_than_colours_are_drawn_too(rows):
    many = [attrs.evolve(r, arm=f"{r.arm}-{n}") for n in range(4) for r in rows if not r.error]
    for plot in PLOTS:
        assert ">kinds-3<" in draw(plot, many, narrow=False, prefix="x")


def test_without_matplotlib_the_error_names_the_extra(monkeypatch, rows):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"wfgen\[report\]"):
        draw(PLOTS[0], rows, narrow=False, prefix="x")
