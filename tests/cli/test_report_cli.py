"""`wfgen report`: tables, Markdown and a page from a file of rows."""

from __future__ import annotations

import pytest

from wfgen.report.rows import Row, append_rows

REAL = {"run": "one", "corpus": {"is_real": True, "source": "w", "documents": {"valid": 9}}}


@pytest.fixture
def rows(tmp_path):
    file = tmp_path / "rows.jsonl"
    append_rows(
        file,
        [
            Row(
                suite="real",
                arm="mine",
                seed=0,
                figure="bytes-per-token",
                value=2.5,
                unit="bytes",
                count=9,
                low=2.0,
                high=3.0,
                provenance=REAL,
            )
        ],
    )
    return file


def test_tables_go_to_the_terminal(wfgen, rows):
    done = wfgen("report", "--rows", rows)
    assert (done.returncode, done.stderr) == (0, "")
    assert "2.50 [2.00 to 3.00]" in done.stdout
    assert "mine writes the fewest tokens" in done.stdout


def test_a_new_markdown_file_is_whole_and_passes_the_check(wfgen, rows, tmp_path):
    assert wfgen("report", "--rows", rows, "--markdown", "results.md").returncode == 0
    text = (tmp_path / "results.md").read_text("utf-8")
    assert "| mine |" in text
    assert wfgen("report", "--rows", rows, "--markdown", "results.md", "--check").returncode == 0
    assert (tmp_path / "results.md").read_text("utf-8") == text


def test_the_check_fails_on_a_typed_figure_and_changes_nothing(wfgen, rows, tmp_path):
    wfgen("report", "--rows", rows, "--markdown", "results.md")
    typed = (tmp_path / "results.md").read_text("utf-8").replace("2.50", "2.51")
    (tmp_path / "results.md").write_text(typed, "utf-8")
    done = wfgen("report", "--rows", rows, "--markdown", "results.md", "--check")
    assert done.returncode == 1
    assert done.stderr.startswith("wfgen: results.md: it is not what its rows give")
    assert (tmp_path / "results.md").read_text("utf-8") == typed
    wfgen("report", "--rows", rows, "--markdown", "results.md")
    assert "2.51" not in (tmp_path / "results.md").read_text("utf-8")


def test_the_check_fails_where_there_is_no_file(wfgen, rows, tmp_path):
    assert wfgen("report", "--rows", rows, "--markdown", "no.md", "--check").returncode == 1
    assert not (tmp_path / "no.md").exists()


def test_several_markdown_files_are_made_at_once(wfgen, rows, tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text("# Mine\n\n<!-- report real summary -->\n<!-- end of report -->\n", "utf-8")
    done = wfgen("report", "--rows", rows, "--markdown", "README.md", "docs/results.md")
    assert done.returncode == 0
    assert readme.read_text("utf-8").startswith("# Mine\n\n<!-- report real summary -->\n| arm |")
    assert (tmp_path / "docs" / "results.md").is_file()


def test_a_file_without_markers_is_left_alone(wfgen, rows, tmp_path):
    (tmp_path / "mine.md").write_text("my own words\n", "utf-8")
    done = wfgen("report", "--rows", rows, "--markdown", "mine.md")
    assert done.returncode == 1
    assert "no place for a report" in done.stderr
    assert (tmp_path / "mine.md").read_text("utf-8") == "my own words\n"


def test_the_page_is_written(wfgen, rows, tmp_path):
    pytest.importorskip("matplotlib", reason="the extra `report` is not installed")
    done = wfgen("report", "--rows", rows, "--page", "out/page.html")
    assert done.returncode == 0
    assert "page.html" in done.stdout
    assert "mine writes" in (tmp_path / "out" / "page.html").read_text("utf-8")
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["page.html"]


@pytest.mark.parametrize("content", ["", '{"torn'])
def test_rows_that_cannot_be_used_are_named(wfgen, tmp_path, content):
    (tmp_path / "bad.jsonl").write_text(content, "utf-8")
    done = wfgen("report", "--rows", "bad.jsonl")
    assert done.returncode == 1
    assert done.stderr.startswith("wfgen: bad.jsonl")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", [("--page", "p.html", "--markdown", "r.md"), ()])
def test_a_check_of_what_cannot_be_checked_is_refused(wfgen, rows, tmp_path, arguments):
    done = wfgen("report", "--rows", rows, "--check", *arguments)
    assert done.returncode == 1
    assert done.stderr.startswith("wfgen: setting 'check'")
    assert [p.name for p in tmp_path.iterdir()] == ["rows.jsonl"]


def test_an_error_of_many_lines_is_one_line_and_steers_no_terminal(wfgen, tmp_path):
    failed = Row(
        suite="s",
        arm="a\x1b[31m",
        seed=0,
        figure="arm",
        value=None,
        unit="",
        count=0,
        error="one\ntwo\x1b[2J",
        provenance=REAL,
    )
    append_rows(tmp_path / "odd.jsonl", [failed])
    done = wfgen("report", "--rows", "odd.jsonl")
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    assert "FAILED a\\x1b[31m: one\\ntwo\\x1b[2J" in done.stdout.splitlines()
