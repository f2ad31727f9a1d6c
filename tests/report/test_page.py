"""The page: one file, nothing from outside, nothing of a workflow taken for markup."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import attrs
import pytest

from wfgen.report.inspector import exhibit
from wfgen.report.page import render_page

pytest.importorskip("matplotlib", reason="the extra `report` is not installed")


class Reader(HTMLParser):
    """Elements with their attributes, and the text of each script."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.scripts, self.open = [], [], None
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        self.open = tag
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag):
        self.open = None

    def handle_data(self, data):
        if self.open == "script":
            self.scripts[-1] += data


@pytest.fixture(scope="module")
def html(rows, contenders, documents):
    return render_page(rows, exhibit(contenders, documents))


@pytest.fixture(scope="module")
def read(html):
    return Reader(html)


def test_it_is_the_same_file_for_the_same_rows(html, rows, contenders, documents):
    assert render_page(rows, exhibit(contenders, documents)) == html


def test_nothing_is_fetched(read, html):
    for tag, attributes in read.elements:
        for name in ("src", "href", "xlink:href", "action", "srcset"):
            address = attributes.get(name) or "#"
            assert address.startswith(("#", "data:,")), (tag, address)
    assert "@import" not in html
    assert "url(http" not in html


def test_scripts_are_ours_and_the_policy_allows_just_the_one_by_its_hash(read):
    kinds = [attributes.get("type") for tag, attributes in read.elements if tag == "script"]
    assert kinds == ["application/json", None]
    policy = next(a["content"] for t, a in read.elements if "http-equiv" in a)
    digest = hashlib.sha256(read.scripts[1].encode()).digest()
    assert f"script-src 'sha256-{base64.b64encode(digest).decode()}'" in policy
    assert policy.startswith("default-src 'none'")


def test_the_data_survives_and_cannot_leave_its_block(read, contenders, documents):
    assert not set("<>&") & set(read.scripts[0])
    assert json.loads(read.scripts[0]) == json.loads(json.dumps(exhibit(contenders, documents)))


def test_no_name_or_error_becomes_an_element(read, html):
    allowed = {"b", "broken", "there", "img"}
    assert not allowed & {tag for tag, _ in read.elements}
    assert "&lt;broken&gt;" in html


def test_ids_are_unique_and_links_arrive(read):
    ids = [a["id"] for _, a in read.elements if "id" in a]
    assert len(ids) == len(set(ids))
    links = [a["href"][1:] for t, a in read.elements if t == "a"]
    assert set(links) <= set(ids)


def test_every_figure_has_words(read):
    plots = [a for _, a in read.elements if a.get("class", "").startswith("plot ")]
    assert len(plots) == 6
    assert all(a["role"] == "img" and "bytes" in a["aria-label"] for a in plots)


def test_it_says_that_data_is_not_real_in_every_table_and_figure(html, rows):
    assert html.count("<caption>not real data</caption>") == html.count("<table>") == 4
    assert html.count("(Not real data.)</figcaption>") == 3
    real = [attrs.evolve(r, provenance={"corpus": {"is_real": True}}) for r in rows]
    assert "not real data" not in render_page(real).lower()


def test_without_an_exhibit_there_is_no_inspector(rows):
    page = Reader(render_page(rows))
    assert "inspector" not in [a.get("id") for _, a in page.elements]


def test_several_suites_share_a_page(rows):
    other = [attrs.evolve(r, suite="real") for r in rows]
    page = Reader(render_page([*rows, *other]))
    ids = [a["id"] for _, a in page.elements if "id" in a]
    assert {"quick-found", "real-found", "quick-lengths", "real-lengths"} <= set(ids)
    assert len(ids) == len(set(ids))


def test_a_suite_without_a_summary_shows_its_tables_at_once(rows):
    other = attrs.evolve(rows[0], suite="prepare", figure="seconds", value=7.5)
    page = render_page([other])
    assert "<h3>Preparing a corpus</h3>" in page
    assert "All figures" not in page
    assert "prepare-found" not in page


def test_provenance_is_on_it(html):
    assert "f" * 64 in html
    assert "2030-01-02T03:04:05+00:00" in html


def test_it_stays_small(html):
    assert len(html) < 1_000_000
    assert not re.search(r"\$[a-z_]+\b", html.split("<script>")[0].split("application/json")[0])
