"""Markdown: blocks made anew from rows, everything between them left alone."""

from __future__ import annotations

import attrs
import pytest

from wfgen.report.markdown import PARTS, MarkerError, new_document, update_document
from wfgen.report.trained_tables import TRAINED_TABLES

END = "<!-- end of report -->"


def test_a_new_document_holds_every_part_and_is_up_to_date_at_once(rows):
    text = new_document(rows)
    trained = {table.key for table in TRAINED_TABLES}
    for part in PARTS:
        assert (f"<!-- report quick {part} -->" in text) == (part not in trained)
    assert update_document(text, rows, path="x.md") == text


def test_only_what_stands_between_markers_changes(rows):
    prose = "# Mine\n\nSome | prose.\n\n{}\n\nMore prose.\n"
    before = prose.format(f"<!-- report quick summary -->\nold\n{END}")
    after = update_document(before, rows, path="x.md")
    head, tail = prose.split("{}")
    assert after.startswith(head)
    assert after.endswith(tail)
    assert "old" not in after
    assert "| bytes |" in after
    assert update_document(after, rows, path="x.md") == after


def test_a_new_run_of_the_suite_replaces_the_old_one(rows):
    newer = [
        attrs.evolve(
            r, value=None if r.error else 7.0, provenance={"run": "two"}, low=None, high=None
        )
        for r in rows
    ]
    text = update_document(new_document(rows), [*rows, *newer], path="x.md")
    assert text == new_document(newer)
    assert text != new_document(rows)


@pytest.mark.parametrize(
    ("text", "line", "cause"),
    [
        ("# nothing here\n", None, "no place for a report"),
        (f"\n<!-- report quik summary -->\n{END}\n", 2, "did you mean 'quick'"),
        (f"a\n\n<!-- report quick sumary -->\n{END}\n", 3, "did you mean 'summary'"),
        ("<!-- report quick summary -->\nno end\n", 1, "does not end"),
        (f"<!-- report quick -->\n{END}\n", 1, "is not <!-- report SUITE PART -->"),
    ],
)
def test_a_marker_that_cannot_be_served_is_named(rows, text, line, cause):
    with pytest.raises(MarkerError, match=cause) as caught:
        update_document(text, rows, path="x.md")
    assert (caught.value.path, caught.value.line) == ("x.md", line)


def test_errors_and_names_stay_text(rows):
    text = new_document(rows)
    assert "it is \\| not \\<there\\>" in text
    assert "<broken>" not in text.replace("\\<broken\\>", "")


def test_provenance_names_machine_and_corpus(rows):
    about = {
        "run": "one",
        "commit": "abc",
        "machine": {"cpu": "Fine CPU", "cores": 2, "platform": "Linux"},
        "corpus": {"source": "samples", "fingerprint": "f00"},
        "versions": {"numpy": "2"},
        "seed": 0,
    }
    text = PARTS["provenance"]([attrs.evolve(rows[0], provenance=about)])
    for word in ("commit: abc", "Fine CPU, 2 cores", "fingerprint f00", "numpy 2", "seed: 0"):
        assert word in text
