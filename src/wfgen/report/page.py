"""The page: one HTML file with everything in it, made from rows. It asks the network for nothing.

Text of documents reaches it only as JSON in a block of data, from which the page's script makes
text nodes; a content security policy allows that script alone, by its hash.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from attrs import frozen

import wfgen
from wfgen.report.definitions import DEFINITIONS, definition_of
from wfgen.report.findings import data_note, failures, findings
from wfgen.report.inspector import MAX_BYTES, NUM_DOCUMENTS
from wfgen.report.plots import PLOTS
from wfgen.report.plotting import NUM_COLOURS, Plot, arms_with, draw
from wfgen.report.rows import Row, is_real, latest_run
from wfgen.report.samples import SampleShown, samples_html
from wfgen.report.seeds import pool_seeds, seeds_text
from wfgen.report.tables import NOT_REAL, Cell, Filled, arms_of, fill
from wfgen.report.trained_plots import TRAINED_PLOTS
from wfgen.report.trained_tables import ALL_TABLES, summary_of

__all__ = ["render_page"]

_ASSETS = files("wfgen.report") / "assets"


@frozen
class _Section:
    """A part of the page: `html` is its inside, below the heading."""

    id: str
    title: str
    html: str


def render_page(
    rows: Sequence[Row],
    exhibit: Mapping[str, Any] | None = None,
    samples: Mapping[str, Sequence[SampleShown]] | None = None,
) -> str:
    """The page for the last run of every suite in `rows`.

    Args:
        rows: of one suite or more.
        exhibit: for the token inspector, as `wfgen.report.inspector.exhibit` gives it; without it
            the page has none.
        samples: to read, by arm; without them the page has none.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    runs = latest_run(rows)
    sections = [section for suite, run in runs.items() for section in _suite(suite, run, runs)]
    if samples:
        arms = {arm: _swatch(at) for run in runs.values() for at, arm in enumerate(arms_of(run))}
        sections.append(_Section("samples", "Samples", samples_html(samples, arms)))
    if exhibit is not None and exhibit["documents"]:
        sections.append(_Section("tokens", "Token inspector", _inspector(exhibit)))
    sections.append(_Section("definitions", "What the figures mean", _definitions(rows)))
    sections += [
        _Section(f"{_slug(suite)}-provenance", _titled("Provenance", suite, runs), _provenance(run))
        for suite, run in runs.items()
    ]
    script = _asset("inspector.js")
    return Template(_asset("page.html")).substitute(
        title="Tokenizers compared",
        version=escape(wfgen.__version__),
        style=_asset("page.css"),
        body=_body(sections, runs),
        exhibit=_data(exhibit),
        script=script,
        script_hash=_csp_hash("\n" + script + "\n"),
    )


def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")


def _csp_hash(script: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}"


def _data(value: Any) -> str:
    """JSON that no HTML parser leaves: in a script `<` could end it, or begin a comment."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _slug(text: str) -> str:
    return "".join(c if c.isascii() and c.isalnum() else "-" for c in text.lower())


def _titled(title: str, suite: str, runs: Mapping[str, Any]) -> str:
    return title if len(runs) == 1 else f"{title}: {suite}"


# The frame --------------------------------------------------------------------------------------


def _body(sections: Sequence[_Section], runs: Mapping[str, Sequence[Row]]) -> str:
    links = "".join(f'<li><a href="#{s.id}">{escape(s.title)}</a></li>' for s in sections)
    parts = "".join(
        f'<section id="{s.id}" aria-labelledby="{s.id}-title">'
        f'<h2 id="{s.id}-title">{escape(s.title)}</h2>{s.html}</section>\n'
        for s in sections
    )
    suites = escape(", ".join(runs))
    return (
        f'<header><p class="over">wfgen, suite {suites}</p><h1>Tokenizers compared</h1>'
        f"{''.join(_note(run) for run in runs.values())}"
        f'<nav aria-label="Sections"><ul>{links}</ul></nav></header>\n'
        f'<main id="content">\n{parts}</main>\n'
        f"<footer><p>Made by wfgen {escape(wfgen.__version__)} from rows. This file holds all it"
        f" shows and asks the network for nothing.</p></footer>"
    )


def _note(run: Sequence[Row]) -> str:
    return f'<p class="{"quiet" if is_real(run) else "warn"}">{escape(data_note(run))}</p>'


# One suite --------------------------------------------------------------------------------------


def _suite(suite: str, run: Sequence[Row], runs: Mapping[str, Any]) -> Iterator[_Section]:
    slug = _slug(suite)
    if found := findings(run):
        yield _Section(f"{slug}-found", _titled("What was found", suite, runs), _found(found))
    yield _Section(f"{slug}-summary", _titled("Summary", suite, runs), _tables(run))
    for plot in (*TRAINED_PLOTS, *PLOTS):
        figure = _figure(plot, run, f"{slug}-{plot.key}")
        if figure:
            yield _Section(f"{slug}-{plot.key}", _titled(plot.title, suite, runs), figure)


def _found(sentences: Sequence[str]) -> str:
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
    return f'<ul class="found">{items}</ul>'


def _tables(run: Sequence[Row]) -> str:
    arms, pooled = arms_of(run), pool_seeds(run)
    summary = fill(summary_of(pooled), pooled)
    rest = "".join(
        f"<h3>{escape(table.title)}</h3>{_table(filled, arms)}"
        for table in ALL_TABLES
        if (filled := fill(table, pooled))
    )
    failed = "".join(f"<li>{escape(line)}</li>" for line in failures(run))
    named = f'<h3>Failed</h3><ul class="failures">{failed}</ul>' if failed else ""
    if summary is None:
        return rest + named
    details = f"<details><summary>All figures</summary>{rest}</details>"
    return _table(summary, arms) + named + details


def _table(filled: Filled, arms: Sequence[str]) -> str:
    heads = "".join(
        f'<th scope="col" title="{escape(definition_of(figure).text)}">{escape(heading)}</th>'
        for figure, heading in zip(filled.table.columns, filled.headings, strict=True)
    )
    lines = "".join(
        f'<tr><th scope="row">{_swatch(arms.index(arm))}{escape(arm)}</th>'
        f"{''.join(map(_cell, cells))}</tr>"
        for arm, cells in filled.lines
    )
    note = f'<p class="quiet">{escape(filled.table.note)}</p>' if filled.table.note else ""
    label = escape(f"{filled.title}, scrolls sideways")
    caption = "" if filled.title == filled.table.title else f"<caption>{NOT_REAL}</caption>"
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{label}"><table>{caption}'
        f'<thead><tr><th scope="col">arm</th>{heads}</tr></thead><tbody>{lines}</tbody></table>'
        f"</div>{note}"
    )


def _swatch(number: int) -> str:
    variable = f"--arm:var(--arm-{number % NUM_COLOURS + 1})"
    return f'<span class="swatch" style="{variable}"></span>'


def _cell(cell: Cell) -> str:
    if cell.row is None or cell.row.value is None:
        error = "" if cell.row is None else f' title="{escape(cell.row.error)}"'
        css = "quiet" if cell.row is None else "failed"
        return f'<td class="{css}"{error}>{escape(cell.text)}</td>'
    interval = f"<small>{escape(cell.interval)}</small>" if cell.interval else ""
    return f"<td>{escape(cell.text)}{interval}</td>"


def _figure(plot: Plot, run: Sequence[Row], slug: str) -> str:
    arms = arms_with(plot, run)
    if not arms:
        return ""
    words = escape(plot.describe(arms))
    drawn = "".join(
        f'<div class="plot {name}" role="img" aria-label="{words}">'
        f"{draw(plot, run, narrow=name == 'narrow', prefix=f'{slug}-{name}')}</div>"
        for name in ("wide", "narrow")
    )
    caption = plot.caption if is_real(run) else f"{plot.caption} ({NOT_REAL.capitalize()}.)"
    return f"<figure><figcaption>{escape(caption)}</figcaption>{drawn}</figure>"


# The rest ---------------------------------------------------------------------------------------


def _inspector(exhibit: Mapping[str, Any]) -> str:
    count = len(exhibit["documents"])
    return Template(_asset("inspector.html")).substitute(
        count=count, max_count=NUM_DOCUMENTS, max_bytes=f"{MAX_BYTES:,}"
    )


def _definitions(rows: Sequence[Row]) -> str:
    present = {row.figure for row in rows}
    return _list({d.heading: d.text for name, d in DEFINITIONS.items() if name in present})


_OF_ONE_ROW = frozenset({"tokenizer", "documents", "causes", "job", "at"})


def _provenance(run: Sequence[Row]) -> str:
    first = run[0].provenance
    common = {k: v for k, v in first.items() if k not in _OF_ONE_ROW}
    common |= {"seed": seeds_text(run)}
    tokenizers = {row.arm: row.provenance.get("tokenizer", {}) for row in run}
    shown = dict(_flat({**common, "tokenizers": tokenizers}))
    return f"<details><summary>Where these figures come from</summary>{_list(shown)}</details>"


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _flat(inner, f"{name}, {key}" if name else str(key))
    elif value not in (None, "", {}):
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        yield name, text


def _list(entries: Mapping[str, str]) -> str:
    inside = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in entries.items())
    return f"<dl>{inside}</dl>"
