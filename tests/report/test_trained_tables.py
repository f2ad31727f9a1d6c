"""Tables of trained models: seeds pooled, the ceiling beneath, nothing left out in silence."""

from __future__ import annotations

import io

import attrs
import pytest
from trained_rows import CEILING, GUIDED, TCT, failed, made, trained_rows

from wfgen.cli.report import report
from wfgen.evaluate.judges.fields import FIELDS
from wfgen.report.definitions import DEFINITIONS
from wfgen.report.markdown import PARTS, new_document, update_document
from wfgen.report.rows import append_rows, baseline_of
from wfgen.report.seeds import pool_seeds
from wfgen.report.tables import SUMMARY, fill
from wfgen.report.terminal import print_report
from wfgen.report.trained_tables import ALL_TABLES, TRAINED_SUMMARY, TRAINED_TABLES, summary_of


@pytest.fixture(scope="module")
def pooled():
    return pool_seeds(trained_rows())


def table(key):
    return next(table for table in ALL_TABLES if table.key == key)


def lines(key, rows):
    return dict(fill(table(key), rows).lines)


def test_every_figure_is_defined_and_every_summary_figure_stands_in_a_table():
    shown = {figure for each in TRAINED_TABLES for figure in each.columns}
    assert shown <= set(DEFINITIONS)
    assert set(TRAINED_SUMMARY.columns) <= shown
    assert all(set(t.intervals) <= set(t.columns) for t in (TRAINED_SUMMARY, *TRAINED_TABLES))
    assert len({each.key for each in ALL_TABLES}) == len(ALL_TABLES)


def test_every_figure_that_the_rows_have_is_defined_and_headed_by_words_of_its_own():
    names = {row.figure for row in trained_rows()} | {f"{f}-tv-t0.7" for f in FIELDS}
    assert names <= set(DEFINITIONS)
    assert len({DEFINITIONS[name].heading for name in names}) == len(names)


def test_only_a_suite_that_trains_models_has_them(rows, pooled):
    assert [fill(t, rows) for t in TRAINED_TABLES] == [None] * len(TRAINED_TABLES)
    assert (baseline_of(rows), baseline_of(pooled)) == (None, "bpe-8192")
    assert (summary_of(rows), summary_of(pooled)) == (SUMMARY, TRAINED_SUMMARY)


def test_learning_is_of_the_arms_that_learn(pooled):
    found = lines("learning", pooled)
    assert CEILING not in found
    assert set(GUIDED) <= set(found)
    texts = dict(zip(table("learning").columns, found["o200k_base"], strict=True))
    assert texts["bits-per-byte"].text == "not measured"
    assert texts["bits-per-byte-equal-flops"].text == "0.9120"
    assert texts["bits-per-byte-equal-flops"].interval


@pytest.mark.parametrize("key", ["generation", "generation-at-0.7", "generation-from-prompts"])
def test_real_documents_are_the_last_line_whatever_the_temperature(pooled, key):
    mixed = [*pooled[-3:], *pooled[:-3]]
    found = lines(key, mixed)
    assert list(found)[-1] == CEILING
    assert "o200k_base" not in found
    assert found[CEILING][3].full == "30.0 % [25.1 % to 35.4 %]"


def test_a_seed_that_failed_is_told_in_the_cell_and_an_arm_that_failed_in_every_table():
    rows = [
        *trained_rows(),
        failed(TCT, "bits-per-byte", 3),
        *(failed("broken", "arm", seed) for seed in range(3)),
    ]
    pooled = pool_seeds(rows)
    assert lines("learning", pooled)[TCT][1].text == "0.5220 (3 of 4 seeds)"
    for key in ("learning", "generation", "cost", "cost-of-writing"):
        assert {cell.text for cell in lines(key, pooled)["broken"]} == {"failed"}


def test_the_terminal_shows_one_line_an_arm():
    out = io.StringIO()
    print_report(trained_rows(), out)
    text = out.getvalue()
    learning = text[text.index("Learning") : text.index("Loss a token")].splitlines()
    assert sum(line.startswith("bpe-8192 ") for line in learning) == 1
    assert "Generation by rung" in text


def test_markdown_of_both_sorts_of_suite_is_up_to_date_at_once(rows):
    both = [*rows, *trained_rows()]
    text = new_document(both)
    assert "<!-- report cpu generation-at-0.7 -->" in text
    assert update_document(text, both, path="x.md") == text
    assert "bits / byte" in PARTS["summary"](trained_rows())
    assert "seed: 0, 1, 2" in PARTS["provenance"](trained_rows())


def test_a_figure_that_no_table_knows_does_no_harm():
    rows = [made("a", "new-figure", 1.0, seed) for seed in range(2)]
    assert fill(TRAINED_SUMMARY, pool_seeds(rows)) is None
    assert fill(table("learning"), pool_seeds(rows)) is None


def test_a_run_of_one_seed_shows_its_own_intervals():
    (row,) = pool_seeds([made("a", "bits-per-byte", 0.5, low=0.4, high=0.6)])
    cells = lines("learning", [attrs.evolve(row)])["a"]
    assert cells[1].full == "0.5000 [0.4000 to 0.6000]"


def test_the_command_makes_all_of_them_from_a_file(tmp_path, capsys):
    file, markdown = tmp_path / "cpu.jsonl", tmp_path / "results.md"
    append_rows(file, trained_rows())
    report(rows=(file,))
    assert "Generation from prompts" in capsys.readouterr().out
    report(rows=(file,), markdown=(markdown,))
    report(rows=(file,), markdown=(markdown,), check=True)
    assert f"| {TCT} | 1,500,000 | 0.5220 [" in markdown.read_text("utf-8")


def test_the_command_makes_the_page(tmp_path):
    pytest.importorskip("matplotlib", reason="the extra `report` is not installed")
    file, page = tmp_path / "cpu.jsonl", tmp_path / "page.html"
    append_rows(file, trained_rows(seeds=(0,)))
    report(rows=(file,), page=page)
    assert 'id="cpu-by-flops"' in page.read_text("utf-8")
