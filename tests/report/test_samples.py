"""Samples on the page: a bounded number, each with its verdicts, and never taken for markup."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trained_rows import TCT, trained_rows

from wfgen.report.page import render_page
from wfgen.report.samples import MAX_CHARACTERS, NUM_SAMPLES, SampleShown, samples_html


class Reader(HTMLParser):
    """The tags, and the text of each `pre` and `li`."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.texts, self.open = [], {"pre": [], "li": []}, ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.open = tag
        if tag in self.texts:
            self.texts[tag].append("")

    def handle_endtag(self, tag):
        self.open = ""

    def handle_data(self, data):
        if self.open in self.texts:
            self.texts[self.open][-1] += data


def shown(text="on: push\n", arm=TCT, **verdicts):
    return SampleShown(text=text, arm=arm, seed=1, verdicts=verdicts)


def read(*samples, arm=TCT):
    return Reader(samples_html({arm: samples}, {}))


@given(st.text(st.characters(blacklist_categories=["C", "Zl", "Zp", "Zs"]) | st.just(" ")))
def test_text_comes_out_as_it_went_in(text):
    assert read(shown(text)).texts["pre"] == [text]


@given(st.text(), st.text(min_size=1))
def test_whatever_is_written_no_element_is_made_of_it_and_the_page_can_be_stored(text, reason):
    plain = [tag for tag, _ in read(shown("x", parses=(False, "y"))).tags]
    html = samples_html({text: [shown(text, text, parses=(False, reason))]}, {})
    assert [tag for tag, _ in Reader(html).tags] == plain
    html.encode("utf-8")


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a\u202eb", r"a\u202eb"),
        ("a\x00b", r"a\x00b"),
        ("a\ud800b", r"a\ud800b"),
        ("a\rb", r"a\rb"),
    ],
)
def test_what_cannot_be_seen_is_written_out(text, seen):
    assert read(shown(text)).texts["pre"] == [seen]


def test_verdicts_stand_beside_with_their_reasons():
    found = read(shown(**{"parses": (True, ""), "schema-valid": (False, "<jobs> is missing")}))
    assert found.texts["li"] == ["✓ parses", "✗ schema-valid: <jobs> is missing"]


def test_no_more_are_shown_than_can_be_read():
    found = read(*[shown(f"n: {n}\n") for n in range(NUM_SAMPLES + 5)])
    assert found.texts["pre"] == [f"n: {n}\n" for n in range(NUM_SAMPLES)]
    (long,) = read(shown("x" * (MAX_CHARACTERS + 7))).texts["pre"]
    assert long == "x" * MAX_CHARACTERS + "\n… and 7 more characters"


def test_each_arm_is_closed_until_it_is_opened():
    samples = {"a": [shown()], "b": [shown(), shown()]}
    tags = Reader(samples_html(samples, {})).tags
    assert [attributes for tag, attributes in tags if tag == "details"] == [{}, {}]
    assert sum(tag == "pre" for tag, _ in tags) == 3


def test_the_page_has_them_where_there_are_any():
    pytest.importorskip("matplotlib", reason="the extra `report` is not installed")
    rows = trained_rows(seeds=(0,))
    with_them = Reader(render_page(rows, samples={TCT: [shown()], "new": [shown()]}))
    assert {"id": "samples", "aria-labelledby": "samples-title"} in [a for _, a in with_them.tags]
    assert with_them.texts["pre"] == ["on: push\n"] * 2
    assert 'id="samples"' not in render_page(rows, samples={})
