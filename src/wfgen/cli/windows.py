"""`wfgen windows`: what a context length costs, and the published window format."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import attrs
import cyclopts

from wfgen.builtin.position import PositionSettings
from wfgen.cli.console import print_line, print_table
from wfgen.cli.flags import AsJson
from wfgen.errors import SettingError
from wfgen.evaluate.windows import (
    DEFAULT_CONTEXTS,
    WINDOWERS,
    SplitLengths,
    WindowAnalysis,
    analyse_windows,
)
from wfgen.store import TokenStore
from wfgen.train.export import export_position_windows

__all__ = ["analyse", "app", "export"]

app = cyclopts.App(name="windows", help="Analyse and export training windows.")


@app.command
def analyse(
    *,
    data: Path,
    windower: Literal["documents", "position"] | None = None,
    split: str = "train",
    contexts: str = ",".join(map(str, DEFAULT_CONTEXTS)),
    overlap: int | None = None,
    stride: int = 32,
    position_stride: int | None = None,
    short: Literal["skip", "keep"] = "skip",
    as_json: AsJson = False,
) -> None:
    """Say what fits, what is used and what is dropped at several context lengths.

    Parameters
    ----------
    data
        A directory that `wfgen prepare` wrote.
    windower
        One of them; both where it is not given.
    split
        Which documents.
    contexts
        Context lengths with commas between them.
    overlap
        Windower `documents`: tokens that a piece of a long document repeats; a quarter of
        the context where it is not given.
    stride
        Windower `position`: ids from one window to the next.
    position_stride
        Windower `position`: ids to one position id; `stride` where it is not given.
    short
        Windower `position`: leave out documents that are shorter than a window, or pad them.
    as_json
        Print one JSON object instead of tables.
    """
    store = TokenStore.open(data)
    settings: dict[str, dict[str, Any]] = {
        "documents": {"overlap": overlap},
        "position": {"stride": stride, "position_stride": position_stride, "short": short},
    }
    found = {
        name: analyse_windows(
            store,
            windower=name,
            split=split,
            contexts=_read_contexts(contexts),
            settings=settings[name],
        )
        for name in ([windower] if windower else WINDOWERS)
    }
    if as_json:
        print(json.dumps(_as_json(store, found, settings), indent=2))
        return
    _print_tables(found)
    if store.note:
        print_line(store.note)


@app.command
def export(
    *,
    data: Path,
    out: Path,
    context: int = 1024,
    stride: int = 32,
    position_stride: int | None = None,
    short: Literal["skip", "keep"] = "skip",
    as_json: AsJson = False,
) -> None:
    """Write train.pt, val.pt and metadata.json in the format that nanochat-tct reads.

    Parameters
    ----------
    data
        A directory that `wfgen prepare` wrote; its splits `train` and `valid` are written.
    out
        The directory to write.
    context
        Ids of a window, its position id included.
    stride
        Ids from one window to the next.
    position_stride
        Ids to one position id; `stride` where it is not given.
    short
        Leave out documents that are shorter than a window, or pad them with the end token.
    as_json
        Print the metadata as one JSON object.
    """
    settings = PositionSettings(
        context=context, stride=stride, position_stride=position_stride, short=short
    )
    store = TokenStore.open(data)
    metadata = export_position_windows(store, out, settings=settings)
    if as_json:
        print(json.dumps(attrs.asdict(metadata), indent=2))
        return
    print_line(
        f"{metadata.num_windows:,} windows of {context:,} ids from {metadata.num_workflows:,}"
        f" documents in {out}: {metadata.num_train:,} to train, {metadata.num_val:,} to validate"
    )
    if store.note:
        print_line(store.note)


def _read_contexts(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise SettingError(
            name="contexts",
            cause=f"{text!r} is no list of whole numbers",
            hint="write them with commas between, such as 512,1024",
        ) from error


def _as_json(
    store: TokenStore,
    found: Mapping[str, Sequence[WindowAnalysis]],
    settings: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    return {
        "data": str(store.directory),
        "note": store.note or None,
        "vocab_size": store.vocab_size,
        "lengths": attrs.asdict(_lengths(found)),
        "settings": {name: dict(settings[name]) for name in found},
        "analyses": [
            attrs.asdict(record, filter=lambda a, _: a.name != "lengths")
            for records in found.values()
            for record in records
        ],
    }


def _lengths(found: Mapping[str, Sequence[WindowAnalysis]]) -> SplitLengths:
    return next(iter(found.values()))[0].lengths


def _print_tables(found: Mapping[str, Sequence[WindowAnalysis]]) -> None:
    lengths = _lengths(found)
    print_line(
        f"{lengths.split}: {lengths.documents:,} documents, {lengths.mean_tokens:,.1f} tokens on"
        f" average without begin and end"
    )
    print_line(f"longest: {lengths.longest_document}, {lengths.longest_tokens:,} tokens")
    for name, records in found.items():
        headings = (name, *(f"{record.context:,}" for record in records))
        rows = zip(_ROWS, *(_cells(record) for record in records), strict=True)
        print_table(headings, [row for row in rows if any(row[1:])])


_ROWS = (
    "documents that fit whole",
    "windows",
    "tokens used",
    "tokens dropped",
    "targets per token used",
    "padding",
    "highest position id",
    "fits the vocabulary",
)


def _cells(record: WindowAnalysis) -> tuple[str, ...]:
    has_position = record.highest_position is not None and record.windows > 0
    return (
        f"{record.whole_share:.1%}",
        f"{record.windows:,}",
        f"{record.tokens_used:,}",
        f"{record.tokens_dropped:,}",
        f"{record.num_targets / record.tokens_used:.2f}" if record.tokens_used else "none",
        f"{record.padding_share:.2%}",
        f"{record.highest_position:,}" if has_position else "",
        ("yes" if record.position_fits else "NO") if has_position else "",
    )
