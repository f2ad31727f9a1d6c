"""Tables: every arm in each, failures written out, lines whole in a pipe."""

from __future__ import annotations

import io

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfgen.evaluate.intrinsic import measure_intrinsic
from wfgen.report.defining import plain
from wfgen.report.definitions import DEFINITIONS, definition_of
from wfgen.report.rows import Row, arm_rows
from wfgen.report.tables import SUMMARY, TABLES, escape_markdown, fill, markdown_table
from wfgen.report.terminal import print_report, print_tables

REAL = {"corpus": {"is_real": True}}


def row(figure="bytes-per-token", value=2.5, **changes):
    values = {"suite": "s", "arm": "a", "seed": 0, "unit": "u", "count": 9, "provenance": REAL}
    return Row(**{**values, "figure": figure, "value": value, **changes})


def text_of(figure, value):
    return definition_of(figure).write(value)


def test_every_figure_of_a_table_is_defined_and_every_summary_figure_stands_in_a_table():
    shown = {figure for table in TABLES for figure in table.columns}
    assert shown <= set(DEFINITIONS)
    assert set(SUMMARY.columns) <= shown
    assert all(set(t.intervals) <= set(t.columns) for t in (SUMMARY, *TABLES))


def test_every_arm_stands_in_every_table(rows):
    filled = [fill(table, rows) for table in (SUMMARY, *TABLES)]
    arms = {f.table.key: [arm for arm, _ in f.lines] for f in filled if f is not None}
    assert set(arms) == {"summary", "compression", "fidelity", "speed"}
    assert set(map(tuple, arms.values())) == {("bytes", "o200k_base", "kinds", "<broken>")}


def test_a_failed_arm_is_failed_in_every_cell(rows):
    lines = dict(fill(SUMMARY, rows).lines)
    assert {cell.text for cell in lines["<broken>"]} == {"failed"}


def test_one_failed_figure_is_failed_alone_and_one_nobody_measured_says_so():
    failed = row("tokens-to-o200k", None, count=0, error="why")
    line = dict(fill(SUMMARY, [row(), failed]).lines)["a"]
    texts = dict(zip(SUMMARY.columns, (c.text for c in line), strict=True))
    assert texts.pop("bytes-per-token") == "2.50"
    assert texts.pop("tokens-to-o200k") == "failed"
    assert set(texts.values()) == {"not measured"}


def test_the_modes_are_shown_of_the_arms_that_have_them_and_of_those_that_failed():
    (table,) = (table for table in TABLES if table.key == "by-mode")
    plain, both = row(arm="plain"), row("coverage-grammar", 0.9, arm="both")
    broken = row("arm", None, arm="broken", count=0, error="why")
    assert fill(table, [plain, broken]) is None
    lines = dict(fill(table, [plain, both, broken]).lines)
    assert list(lines) == ["both", "broken"]
    assert {cell.text for cell in lines["broken"]} == {"failed"}
    assert lines["both"][0].text == "90.0 %"


def test_a_table_of_nothing_is_left_out():
    assert fill(SUMMARY, [row("something-else")]) is None


def test_intervals_stand_where_they_are_asked_for_and_not_where_the_figure_is_exact():
    wide, exact = row(low=2.0, high=3.0), row(arm="b", low=2.5, high=2.5)
    filled = fill(SUMMARY, [wide, exact])
    at = SUMMARY.columns.index("bytes-per-token")
    assert [cells[at].full for _, cells in filled.lines] == ["2.50 [2.00 to 3.00]", "2.50"]


def test_tables_of_made_up_data_say_so_in_their_titles_and_in_markdown(rows):
    filled = fill(SUMMARY, rows)
    assert filled.title == "Summary (not real data)"
    assert "not real data" in markdown_table(filled)
    real = [attrs.evolve(r, provenance=REAL) for r in rows]
    assert "not real data" not in markdown_table(fill(SUMMARY, real))


@pytest.mark.parametrize(
    ("figure", "value", "text"),
    [
        ("coverage", 1, "100 %"),
        ("coverage", 0.99999, "> 99.9 %"),
        ("coverage", 0, "0 %"),
        ("coverage", 0.00001, "< 0.1 %"),
        ("coverage", 0.5, "50.0 %"),
        ("tokens-per-document", 1234.56, "1,234.6"),
        ("encode-speed-to-o200k", 0.8391, "0.839x"),
        ("encode-speed-to-o200k", 102.4, "102x"),
        ("unknown-figure", 0.012345, "0.0123"),
    ],
)
def test_numbers_are_written_as_people_read_them(figure, value, text):
    assert text_of(figure, value) == text


@given(st.floats(1e-6, 1e9))
def test_plain_numbers_keep_three_digits(value):
    assert float(plain(value).replace(",", "")) == pytest.approx(value, rel=6e-3)


@given(st.text(max_size=20))
def test_whatever_an_arm_is_called_its_markdown_line_has_its_cells(name):
    arm = name.strip() or "x"
    table = markdown_table(fill(SUMMARY, [row(arm=arm)]))
    heading, _, line = table.splitlines()
    assert line.replace("\\\\", "").replace("\\|", "").count("|") == heading.count("|")
    assert "<" not in line.replace("\\<", "")


def test_markdown_stays_text():
    assert escape_markdown("a|b\n<b> `*\\") == "a\\|b \\<b\\> \\`\\*\\\\"


def test_the_terminal_gets_whole_lines(rows):
    out = io.StringIO()
    print_report(rows, out)
    lines = out.getvalue().splitlines()
    assert "This is not real data" in lines[0]
    heads = [n for n, line in enumerate(lines) if line.startswith("Compression")]
    assert len(heads) == 1
    assert max(map(len, lines)) > 80
    assert "…" not in out.getvalue()
    for arm in ("bytes", "o200k_base", "kinds", "<broken>"):
        assert sum(line.startswith(f"{arm} ") for line in lines) >= 3
    assert "FAILED <broken>: it is | not <there>" in lines


def test_no_colour_codes_go_into_a_pipe(rows):
    out = io.StringIO()
    print_tables([fill(SUMMARY, rows)], out)
    assert "\x1b" not in out.getvalue()


def test_an_arm_called_like_markup_is_text(documents, contenders, about):
    named = [attrs.evolve(contenders[0], arm="[red]x[/nothing]")]
    (result,) = measure_intrinsic(named, documents)
    out = io.StringIO()
    print_report(arm_rows(result, suite="s", seed=0, provenance=about), out)
    assert "[red]x[/nothing]" in out.getvalue()
