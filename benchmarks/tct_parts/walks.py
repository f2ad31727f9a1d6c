"""Masked random walks: within their budget, and valid by jsonschema-rs.

The workflow grammar with the shipped vocabulary, at budgets from the least possible up.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from random import Random
from typing import Any

from attrs import define, field

import tct_github_workflow
from recording import Recorder
from tct_parts.limits import time_limit
from tct_parts.task import Task
from tct_parts.walking import STRATEGIES, Strategy, chooser, walk
from wfgen.canonical import read_json
from wfgen.corpus.schema import is_schema_valid
from wfgen.evaluate.contenders import attempt, error_text
from wfgen.report.rows import Row
from wfgen_tct import TctTokenizer

__all__ = ["Tally", "in_processes", "measure", "try_walks", "walk_rows"]

_SLACKS = (0, 1, 3, 10, 50, 200)
_MAX_NAMED = 10
_WALK_SECONDS = 60


@define
class Tally:
    """What some walks came to."""

    walks: int = 0
    finished: int = 0
    valid: int = 0
    tokens: int = 0
    different: set[int] = field(factory=set)
    faults: list[str] = field(factory=list)

    def add(self, other: Tally) -> None:
        """Take in another."""
        self.walks += other.walks
        self.finished += other.finished
        self.valid += other.valid
        self.tokens += other.tokens
        self.different |= other.different
        self.faults += other.faults


def measure(task: Task, recorder: Recorder) -> Iterator[Row]:
    """One arm a strategy and budget."""
    plan = [(strategy, slack) for strategy in STRATEGIES for slack in _SLACKS]
    # Three strategies make the 10,000 of issue 3; `never-closing` comes on top.
    number = task.sized(556, 6)
    seeds = range(number)
    uses = Counter(t for d in task.valid for t in task.shipped.encode(d.canonical).tolist())
    jobs = [
        (strategy, slack, list(seeds[worker :: task.workers]), dict(uses))
        for strategy, slack in plan
        for worker in range(task.workers)
    ]
    found: dict[str, Tally] = defaultdict(Tally)
    for arm, tally in in_processes(task, _workflow_walks, jobs):
        found[arm].add(tally)
    for arm, tally in found.items():
        yield from walk_rows(arm, tally, recorder)


def in_processes(task: Task, work: Any, jobs: Iterable[Any]) -> Iterator[tuple[str, Tally]]:
    """`work(job)` of each job, in their order, in some processes."""
    with ProcessPoolExecutor(task.workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(work, jobs)


def _workflow_walks(job: tuple[str, int, list[int], dict[int, int]]) -> tuple[str, Tally]:
    strategy, slack, seeds, uses = job
    tokenizer = tct_github_workflow.tokenizer()
    choose = chooser(strategy, tokenizer, uses)
    plan = [(slack, seed) for seed in seeds]
    return f"{strategy}, least + {slack}", try_walks(tokenizer, choose, plan, is_schema_valid)


def try_walks(
    tokenizer: TctTokenizer, choose: Strategy, plan: Sequence[tuple[int, int]], is_valid: Any
) -> Tally:
    """Walks by (slack, seed), each judged; what is wrong with one is a fault with its seed."""
    tally = Tally()
    for slack, seed in plan:
        tally.walks += 1
        with time_limit(_WALK_SECONDS) as limit:
            made, error = attempt(walk, tokenizer, choose, slack, Random(f"{slack}/{seed}"))
        if limit.is_over:
            # What was interrupted may be half built: no more walks of this one.
            tally.faults.append(f"slack {slack}, seed {seed}: over {_WALK_SECONDS} s")
            break
        if made is None:
            assert error is not None
            tally.faults.append(f"slack {slack}, seed {seed}: {error_text(error)}")
            continue
        tally.finished += made.is_finished and len(made.ids) <= made.budget
        tally.tokens += len(made.ids)
        document, error = attempt(tokenizer.decode, made.ids)
        if document is None:
            assert error is not None
            tally.faults.append(f"slack {slack}, seed {seed}: {error_text(error)}")
            continue
        tally.different.add(hash(document))
        if is_valid(read_json(document)):
            tally.valid += 1
        else:
            shown = document[:200].decode(errors="replace")
            tally.faults.append(f"slack {slack}, seed {seed}: invalid: {shown}")
    return tally


def walk_rows(arm: str, tally: Tally, recorder: Recorder) -> Iterator[Row]:
    """The figures of some walks."""
    count = tally.walks
    faults: dict[str, Any] = {"documents": tally.faults[:_MAX_NAMED]} if tally.faults else {}
    yield recorder.row(arm, "walks", count, "walks", count)
    yield recorder.row(arm, "tokens-per-walk", tally.tokens / count, "tokens", count)
    yield recorder.row(arm, "walks-different", len(tally.different) / count, "share", count)
    for figure, good in (("walks-finished", tally.finished), ("walks-valid", tally.valid)):
        share = good / count
        yield recorder.row(arm, figure, share, "share", count, bar={"least": 1.0}, **faults)
