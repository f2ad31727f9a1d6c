"""The public test suite of JSON Schema: what compiles, every verdict, and walks of each schema."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

import wfgen_tct
from recording import Recorder
from tct_parts.judges import judge_of
from tct_parts.task import Task
from tct_parts.verdicts import wrong_row
from tct_parts.walking import chooser
from tct_parts.walks import Tally, in_processes, try_walks, walk_rows
from wfgen.canonical import to_canonical
from wfgen.evaluate.contenders import attempt, error_text
from wfgen.report.rows import Row

__all__ = ["measure", "measure_walks"]

_DRAFT7 = "http://json-schema.org/draft-07/schema#"
_ARM = "draft 7, required"
_NO_SUITE = "no --suite-folder was given"
_SLACKS = (0, 1, 3, 10, 50)


@frozen(kw_only=True)
class SuiteGroup:
    """One schema of the public suite, and its tests.

    Attributes:
        name: file and description.
        schema: with its dialect.
        tests: values and whether they are valid.
    """

    name: str
    schema: Any = field(repr=False)
    tests: tuple[tuple[Any, bool], ...] = field(repr=False)


def _groups(folder: Path) -> list[SuiteGroup]:
    """The required groups of draft 7; those of `refRemote`, which all need a server, left out."""
    files = sorted(f for f in (folder / "tests" / "draft7").glob("*.json") if f.stem != "refRemote")
    return [
        SuiteGroup(
            name=f"{file.stem}: {group['description']}",
            schema=_declared(group["schema"]),
            tests=tuple((test["data"], test["valid"]) for test in group["tests"]),
        )
        for file in files
        for group in json.loads(file.read_text(encoding="utf-8"))
    ]


def _declared(schema: Any) -> Any:
    return schema if isinstance(schema, bool) else {"$schema": _DRAFT7, **schema}


@define
class _Verdicts:
    """What became of the groups; `empty` are those that no document fulfils."""

    compiled: int = 0
    empty: int = 0
    verdicts: int = 0
    valid: int = 0
    remote: list[str] = field(factory=list)
    refused: list[str] = field(factory=list)
    wrong: list[str] = field(factory=list)

    def add(self, group: SuiteGroup) -> None:
        """Compile a group and put its tests to it."""
        grammar, error = attempt(wfgen_tct.compile_schema, group.schema)
        if isinstance(error, wfgen_tct.UnsatisfiableSchemaError):
            # That says exactly that nothing is valid.
            self.empty += 1
            self._judge(group, lambda _: False)
        elif grammar is None:
            assert error is not None
            where = self.remote if _is_remote(error) else self.refused
            where.append(f"{group.name} ({error_text(error)})"[:200])
        else:
            self.compiled += 1
            self._judge(group, wfgen_tct.learn(grammar).accepts)

    def _judge(self, group: SuiteGroup, accepts: Any) -> None:
        for data, is_valid in group.tests:
            self.verdicts += 1
            self.valid += is_valid
            found, error = attempt(accepts, to_canonical(data))
            if found is not is_valid:
                said = f": {error_text(error)}" if error else ""
                self.wrong.append(f"{group.name}, {json.dumps(data)[:60]}{said}")


def _is_remote(error: BaseException) -> bool:
    if not isinstance(error, wfgen_tct.UnsupportedSchemaError):
        return False
    return all(row.note.startswith("remote: ") for row in error.report.unsupported)


def measure(task: Task, recorder: Recorder) -> Iterator[Row]:
    """What compiles, and verdicts."""
    if task.suite_folder is None:
        yield recorder.failure(_ARM, _NO_SUITE)
        return
    groups, tally = _groups(task.suite_folder), _Verdicts()
    for group in groups:
        tally.add(group)
    count = len(groups) - len(tally.remote)
    yield recorder.row(_ARM, "suite-groups", count, "groups", count, remote=tally.remote)
    yield recorder.row(
        _ARM,
        "compiled-exactly",
        (tally.compiled + tally.empty) / count,
        "share",
        count,
        bar={"least": 0.95},
        refused=tally.refused,
        causes=dict(Counter(refused.partition(":")[0] for refused in tally.refused)),
        fulfilled_by_nothing=tally.empty,
    )
    yield recorder.row(_ARM, "verdicts", tally.verdicts, "verdicts", tally.verdicts)
    yield wrong_row(_ARM, tally.wrong, tally.verdicts, recorder)


# Walks ------------------------------------------------------------------------------------------


def measure_walks(task: Task, recorder: Recorder) -> Iterator[Row]:
    """Walks of every schema that compiles, with the bare alphabet; jsonschema-rs judges."""
    if task.suite_folder is None:
        yield recorder.failure(_ARM, _NO_SUITE)
        return
    groups = _groups(task.suite_folder)[:: task.sized(1, 10)]
    jobs = [(group, task.sized(200, 10)) for group in groups]
    total, walked = Tally(), 0
    for _, tally in in_processes(task, _walks_of, jobs):
        walked += bool(tally.walks)
        total.add(tally)
    yield recorder.row(_ARM, "schemas-walked", walked, "schemas", len(groups))
    yield from walk_rows(_ARM, total, recorder)


def _walks_of(job: tuple[SuiteGroup, int]) -> tuple[str, Tally]:
    """Walks of one schema; none where it does not compile, which the verdicts count."""
    group, number = job
    grammar, _ = attempt(wfgen_tct.compile_schema, group.schema)
    if grammar is None:
        return group.name, Tally()
    tokenizer = wfgen_tct.learn(grammar)
    validator = judge_of(group.schema)
    plan = [(_SLACKS[n % len(_SLACKS)], n) for n in range(number)]
    tally = try_walks(tokenizer, chooser("uniform", tokenizer, {}), plan, validator.is_valid)
    tally.faults = [f"{group.name}, {json.dumps(group.schema)[:80]}: {f}" for f in tally.faults]
    return group.name, tally
