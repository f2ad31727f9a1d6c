"""`wfgen corpus`: look at a corpus, list its sources, rebuild it, compose one."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import Parameter

from wfgen.artefacts import new_directory
from wfgen.cli.console import print_line, print_table
from wfgen.cli.flags import LIMITS, NEAR, AsJson, LimitFlags, NearFlags, progress_bar
from wfgen.corpus import CorpusSpec, dump_yaml
from wfgen.corpus import sources as source_lists
from wfgen.corpus.composer import compose_many
from wfgen.corpus.stats import CorpusStats, corpus_stats
from wfgen.errors import SettingError

__all__ = ["app", "compose", "rebuild", "sources", "stats"]

app = cyclopts.App(name="corpus", help="Read, judge, list and make corpora.")

_MAX_ROWS = 20


@app.command
def stats(
    path: str,
    /,
    *,
    as_json: AsJson = False,
    strict: Annotated[bool, Parameter(negative="")] = False,
    limits: LimitFlags = LIMITS,
    near: NearFlags = NEAR,
) -> None:
    """Count documents, sizes, refusals and duplicates, and judge by the workflow schema.

    Refused documents are counted and are no failure: the exit code is 0.

    Parameters
    ----------
    path
        A folder, a checkout, a saved dataset, a file (.yml .yaml .json .jsonl .jsonl.zst .parquet),
        or samples, composed:N, embedded.
    as_json
        Print one JSON object instead of tables.
    strict
        Stop at the first document that is refused.
    """
    spec = CorpusSpec(
        path=path,
        limits=limits.limits(),
        near_threshold=near.threshold(),
        strict=strict,
        valid_share=0.0,
    )
    with progress_bar("reading", shown=None) as report:
        found = corpus_stats(spec, progress=report)
    if as_json:
        print(json.dumps(found.as_json(), indent=2))
        return
    print_line(f"fingerprint {found.fingerprint}")
    if found.note:
        print_line(found.note)
    _print("", _figures(found))
    _print("refused because", found.refused.items())
    _print("not valid by the schema because", found.schema_reasons.items())
    _print("licence", found.licenses.items())


def _figures(found: CorpusStats) -> list[tuple[str, int | str]]:
    share, lengths = found.schema_valid_share, found.lengths
    rows: list[tuple[str, int | str]] = [
        ("documents", found.documents),
        ("refused", sum(found.refused.values())),
        ("duplicates, exact", found.duplicates_by_kind["exact"]),
        ("duplicates, near", found.duplicates_by_kind["near"]),
        ("kept", found.kept),
        ("valid by the schema", found.schema_valid),
        ("share valid by the schema", "-" if share is None else f"{share:.2%}"),
        ("repositories", found.repositories),
        ("owners", found.owners),
        ("bytes as read", found.source_bytes),
        ("bytes, canonical", found.bytes),
    ]
    if lengths is not None:
        rows.append(("bytes a document, mean", f"{lengths.mean:,.0f}"))
        for name in ("p50", "p90", "p99", "max"):
            rows.append((f"bytes a document, {name}", getattr(lengths, name)))
    return rows


def _print(title: str, rows: Iterable[tuple[str, int | str]]) -> None:
    """A table of figures and what they count; a long one is cut, and one without rows left out."""
    shown = [(value, name) for name, value in rows]
    if len(shown) > _MAX_ROWS:
        more = len(shown) - _MAX_ROWS
        shown = [*shown[:_MAX_ROWS], ("", f"and {more:,} more; --json gives all")]
    if shown:
        print_table(("", ""), shown, title)


@app.command
def sources(path: Path, /, *, out: Path, valid: Path | None = None) -> None:
    """Write the source list of a corpus: repository, path, commit, licence, hash; no text.

    Parameters
    ----------
    path
        A folder or a file.
    out
        The CSV file to write.
    valid
        The validation side, where it lies apart; then rows say their side.
    """
    sides = [("", path)] if valid is None else [("train", path), ("valid", valid)]
    listed = source_lists.list_sources(sides, out)
    print_line(f"{listed.num_listed:,} documents listed in {out}")
    if listed.num_unlisted:
        print(f"{listed.num_unlisted:,} records hold no document to list", file=sys.stderr)


@app.command
def rebuild(*, sources: Path, checkouts: Path, out: Path, side: str | None = None) -> None:
    """Rebuild a corpus from git clones by its source list; what is missing is counted.

    Parameters
    ----------
    sources
        The list that `wfgen corpus sources` wrote.
    checkouts
        A folder with a clone of each repository in owner/name, with history. Nothing is fetched.
    out
        The .jsonl or .jsonl.zst file to write.
    side
        Take only this side of the list, train or valid.
    """
    rebuilt = source_lists.rebuild(source_lists.read_sources(sources), checkouts, out, side=side)
    print_line(f"{rebuilt.num_found:,} documents written to {out}")
    for repo, causes in sorted(rebuilt.missing.items()):
        for cause, count in causes.items():
            print(f"missing {count:,} of {repo or 'no repository'}: {cause}", file=sys.stderr)


@app.command
def compose(*, count: int, out: Path, seed: int = 0) -> None:
    """Write made-up workflows as YAML files; the same seed gives the same ones.

    Parameters
    ----------
    count
        How many.
    out
        The folder to write.
    seed
        Of the composer.
    """
    if count < 1:
        raise SettingError(name="count", cause=f"{count} is under 1", hint="give 1 or more")
    with new_directory(out) as folder:
        for number, value in enumerate(compose_many(count, seed)):
            file = folder / f"workflow-{number:06}.yml"
            file.write_text(dump_yaml(value), encoding="utf-8", newline="\n")
    print_line(f"{count:,} workflows written to {out}; they are made up, not real data")
