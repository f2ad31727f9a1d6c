"""Bars: what a figure has to reach, carried by its row, and whether it does.

A row with a bar has `provenance["bar"]`: `{"least": x}` or `{"most": x}`, in the row's unit.
"""

from __future__ import annotations

from collections.abc import Sequence

from wfgen.report.definitions import definition_of
from wfgen.report.rows import Row

__all__ = ["bar_line", "bars_table", "is_met"]

_HEADINGS = ("arm", "figure", "measured", "over", "asked for", "holds")


def is_met(row: Row) -> bool | None:
    """Whether a row reaches its bar; None where it has none, False where it failed."""
    bar = row.provenance.get("bar")
    if not bar:
        return None
    if row.value is None:
        return False
    return bool(bar.get("least", row.value) <= row.value <= bar.get("most", row.value))


def bar_line(row: Row) -> str:
    """What is asked of a row and whether it holds, for people; '' where nothing is asked."""
    held = is_met(row)
    return "" if held is None else f"{_asked(row)}: {'holds' if held else 'DOES NOT HOLD'}"


def bars_table(rows: Sequence[Row]) -> list[tuple[str, ...]]:
    """A heading, and one line for each row that has a bar."""
    lines = [
        (
            row.arm,
            definition_of(row.figure).heading,
            _written(row, row.value),
            f"{row.count:,}",
            _asked(row),
            "yes" if is_met(row) else "no",
        )
        for row in rows
        if is_met(row) is not None
    ]
    return [_HEADINGS, *lines] if lines else []


def _asked(row: Row) -> str:
    bar = row.provenance["bar"]
    words = {"least": "at least", "most": "at most"}
    return " and ".join(f"{words[k]} {_written(row, v)}" for k, v in bar.items() if k in words)


def _written(row: Row, value: float | None) -> str:
    return "failed" if value is None else definition_of(row.figure).write(value)
