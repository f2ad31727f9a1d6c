"""Rows: one figure of one arm each, in files that only grow.

A file of rows is JSON lines. Every row stands for itself: it carries where it came from, so files
may be joined, cut and searched. A figure that failed is a row with its error and without a value;
it is never 0 and never left out.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import attrs
from attrs import define, field, frozen

from wfgen.api import Score
from wfgen.corpus import Refusal
from wfgen.errors import ArtefactError
from wfgen.evaluate.figures import ArmResult, Failure
from wfgen.report.files import probe_file

__all__ = [
    "CEILING",
    "Row",
    "RowsError",
    "append_rows",
    "arm_rows",
    "baseline_of",
    "is_real",
    "latest_run",
    "probe_rows",
    "read_rows",
    "score_row",
]


CEILING = "held-out documents"
"""The arm that is no model, but real documents judged as if they were samples."""


@define(kw_only=True, eq=False)
class RowsError(ArtefactError):
    """A file of rows cannot be read or added to, or a row does not hold together.

    Attributes:
        line: counted from 1; None where the whole file, or a row in memory, is at fault.
    """

    path: str = ""
    line: int | None = None

    @property
    def where(self) -> str:
        """The file and the line."""
        return self.path if self.line is None else f"{self.path}, line {self.line}"


@frozen(kw_only=True)
class Row:
    """One figure of one arm.

    Attributes:
        suite, arm, figure: what was measured, on whom, and by which name.
        seed: of the run; None where nothing is drawn.
        value: in `unit`; None where the figure failed.
        unit: share, tokens, ratio and so on.
        count: what the figure is over; at least 1, and 0 only where it failed.
        low, high: the 95 % interval; None where the method has none.
        provenance: versions, machine, time, corpus, configuration; JSON values.
        error: why there is no value; '' where there is one.

    Raises:
        RowsError: a value is missing without an error, or is no finite number, and so on.
    """

    suite: str
    arm: str
    seed: int | None
    figure: str
    value: float | None
    unit: str
    count: int
    low: float | None = None
    high: float | None = None
    provenance: Mapping[str, Any] = field(factory=dict, repr=False)
    error: str = ""

    def __attrs_post_init__(self) -> None:
        """Refuse what would read as a figure and is none."""
        fault = _text_fault(self) or _number_fault(self)
        if fault:
            raise RowsError(cause=f"the row {self.figure!r} of {self.arm!r}: {fault}")


_COLUMNS = tuple(a.name for a in attrs.fields(Row))


def _text_fault(row: Row) -> str:
    for name in ("suite", "arm", "figure", "unit", "error"):
        if not isinstance(getattr(row, name), str):
            return f"{name} is no text"
    if not isinstance(row.provenance, Mapping):
        return "provenance is no object"
    if row.seed is not None and type(row.seed) is not int:
        return "seed is no whole number"
    return "" if row.suite and row.arm and row.figure else "suite, arm or figure is empty"


def _number_fault(row: Row) -> str:
    numbers = (row.value, row.low, row.high)
    if any(n is not None and not _is_finite(n) for n in numbers):
        return "value, low or high is no finite number"
    if type(row.count) is not int or row.count < 0:
        return "count is no number of things"
    if (row.value is None) != bool(row.error):
        return "it must have either a value or an error"
    if row.value is not None and row.count == 0:
        return "a value is over at least one thing"
    if (row.low is None) != (row.high is None) or (row.value is None and row.low is not None):
        return "an interval has two ends and a value"
    if row.low is not None and row.high is not None and row.low > row.high:
        return "the interval's ends are the wrong way round"
    return ""


def _is_finite(number: object) -> bool:
    if not isinstance(number, (int, float)) or isinstance(number, bool):
        return False
    return math.isfinite(number)


# Making -----------------------------------------------------------------------------------------


def score_row(
    score: Score, *, suite: str, arm: str, seed: int | None, provenance: Mapping[str, Any]
) -> Row:
    """The row of a score; its causes, if there are any, go into the provenance."""
    interval = score.interval
    causes = {"causes": dict(score.causes)} if score.causes else {}
    return Row(
        suite=suite,
        arm=arm,
        seed=seed,
        figure=score.name,
        value=score.value,
        unit=score.unit,
        count=score.count,
        low=None if interval is None else interval.low,
        high=None if interval is None else interval.high,
        provenance={**provenance, **causes},
    )


def arm_rows(
    result: ArmResult, *, suite: str, seed: int | None, provenance: Mapping[str, Any]
) -> list[Row]:
    """Every figure of an arm, failed ones too.

    The documents that it refused are named in the provenance of the row `refused`, those that did
    not come back in that of the row `round-trip-bytes`.
    """
    about = {**provenance, "tokenizer": dict(result.identity)}
    named = {"refused": result.refused, "round-trip-bytes": result.not_returned}
    rows = []
    for figure in result.figures:
        if isinstance(figure, Failure):
            rows.append(_failed_row(figure, suite, result.arm, seed, about))
            continue
        documents = [_named(refusal) for refusal in named.get(figure.name, ())]
        more = {"documents": documents} if documents else {}
        where = {**about, **more}
        rows.append(score_row(figure, suite=suite, arm=result.arm, seed=seed, provenance=where))
    return rows


def _failed_row(
    failure: Failure, suite: str, arm: str, seed: int | None, provenance: Mapping[str, Any]
) -> Row:
    return Row(
        suite=suite,
        arm=arm,
        seed=seed,
        figure=failure.figure,
        value=None,
        unit=failure.unit,
        count=0,
        provenance=provenance,
        error=failure.error,
    )


def _named(refusal: Refusal) -> dict[str, str]:
    return {
        "document": refusal.provenance.name,
        "reason": refusal.reason,
        "message": refusal.message,
    }


def is_real(rows: Iterable[Row]) -> bool:
    """Whether every row says that its corpus is real data."""
    return all(row.provenance.get("corpus", {}).get("is_real", False) for row in rows)


def baseline_of(rows: Iterable[Row]) -> str | None:
    """The arm that trained models are compared with; None where no row names one."""
    named = (row.provenance.get("configuration", {}).get("baseline") for row in rows)
    return next((str(name) for name in named if name), None)


def latest_run(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """The rows of each suite's last run, by suite in the order of their first appearance.

    A run is what shares `provenance["run"]`; the last is the one whose first row stands last.
    Figures are compared inside of one run only: its arms saw the same documents on one machine.
    """
    runs: dict[str, dict[str, list[Row]]] = {}
    for row in rows:
        run = str(row.provenance.get("run", ""))
        runs.setdefault(row.suite, {}).setdefault(run, []).append(row)
    return {suite: list(by_run.values())[-1] for suite, by_run in runs.items()}


# Files ------------------------------------------------------------------------------------------


def append_rows(path: Path, rows: Iterable[Row]) -> None:
    """Add rows to a file, made where it is missing: all of them, flushed to disk, or none.

    Raises:
        RowsError: the file cannot be written, or ends in a torn line. It is as it was.
    """
    path = Path(path)
    lines = [json.dumps(attrs.asdict(r), ensure_ascii=False, allow_nan=False) for r in rows]
    if not lines:
        return
    data = ("\n".join(lines) + "\n").encode()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b", buffering=0) as file:
            _refuse_torn_end(path, file)
            _write_whole(file, data)
    except OSError as error:
        raise RowsError(path=str(path), cause=f"cannot write here ({error})") from error


def probe_rows(path: Path) -> None:
    """Find out whether rows can be added to a file, before the work that makes them.

    Raises:
        ArtefactError: as `append_rows` would; nothing is written.
    """
    path = Path(path)
    probe_file(path)
    try:
        if path.exists():
            with path.open("a+b", buffering=0) as file:
                _refuse_torn_end(path, file)
    except OSError as error:
        raise RowsError(path=str(path), cause=f"cannot write here ({error})") from error


def _write_whole(file: Any, data: bytes) -> None:
    """Append to an unbuffered file; after an error it has its old length."""
    size = file.seek(0, os.SEEK_END)
    rest = memoryview(data)
    try:
        while rest:
            # A disk that fills up takes a part, and only the next write is an error.
            rest = rest[file.write(rest) :]
        os.fsync(file.fileno())
    except BaseException:
        with suppress(OSError):
            file.truncate(size)
        raise


def _refuse_torn_end(path: Path, file: Any) -> None:
    if file.seek(0, os.SEEK_END) == 0:
        return
    file.seek(-1, os.SEEK_END)
    if file.read(1) != b"\n":
        lines = path.read_bytes().count(b"\n")
        _torn(path, lines + 1)


def read_rows(path: Path) -> list[Row]:
    """All rows of a file, in its order.

    Raises:
        RowsError: the file cannot be read, or a line is no row; with the line. A last line that a
            killed writer tore is told from a line that is wrong.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        hint = "benchmarks/compare_tokenizers.py writes such files"
        raise RowsError(path=str(path), cause=f"cannot be read ({error})", hint=hint) from error
    *lines, rest = data.split(b"\n")
    rows = [_row(line, path, number) for number, line in enumerate(lines, start=1) if line.strip()]
    if rest:  # only now: what is no file of rows at all has no torn one either
        _torn(path, len(lines) + 1)
    return rows


def _row(line: bytes, path: Path, number: int) -> Row:
    try:
        values = json.loads(line)
        if not isinstance(values, dict):
            raise ValueError("it is no object")
        unknown = sorted(set(values) - set(_COLUMNS))
        if unknown:
            raise ValueError(f"the column {unknown[0]!r} is unknown")
        return Row(**values)
    except RowsError as error:
        raise RowsError(path=str(path), line=number, cause=error.cause) from error
    except (ValueError, TypeError, RecursionError) as error:
        cause = f"the line is no row ({error})"
        raise RowsError(path=str(path), line=number, cause=cause) from error


def _torn(path: Path, line: int) -> NoReturn:
    raise RowsError(
        path=str(path),
        line=line,
        cause="the last line is torn: a writer was stopped in the middle of it",
        hint="remove that line; the rows before it are whole",
    )
