"""`metrics.jsonl`: one JSON object a step, appended, and cut back where training resumes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from wfgen.artefacts import replace_file
from wfgen.errors import DamagedArtefactError

__all__ = ["METRICS", "append_metrics", "cut_metrics", "read_metrics"]

METRICS = "metrics.jsonl"


def append_metrics(run: Path, records: Iterable[Mapping[str, Any]]) -> None:
    """Append records and flush them to disk: a checkpoint that follows must not outrun them."""
    with (run / METRICS).open("ab") as file:
        for record in records:
            file.write(json.dumps(record, allow_nan=False).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def read_metrics(run: Path) -> list[dict[str, Any]]:
    """The records of a run; a last line that a killed writer left unfinished is left out.

    Raises:
        DamagedArtefactError: another line is no JSON object.
    """
    file = run / METRICS
    lines = file.read_bytes().split(b"\n") if file.is_file() else [b""]
    return [_parse(line, file, number) for number, line in enumerate(lines[:-1], 1)]


def cut_metrics(run: Path, *, step: int) -> None:
    """Keep the records of steps up to `step` alone; what follows is trained again.

    Raises:
        ArtefactError: the file cannot be written; it is as it was.
    """
    kept = [r for r in read_metrics(run) if r["step"] <= step]
    replace_file(run / METRICS, "".join(json.dumps(r) + "\n" for r in kept))


def _parse(line: bytes, file: Path, number: int) -> dict[str, Any]:
    try:
        record = json.loads(line)
        if isinstance(record, dict) and isinstance(record["step"], int):
            return record
    except (ValueError, KeyError) as error:
        raise _damaged(file, number) from error
    raise _damaged(file, number)


def _damaged(file: Path, number: int) -> DamagedArtefactError:
    return DamagedArtefactError(
        path=str(file), cause=f"line {number} is no record of a step", hint="remove the line"
    )
