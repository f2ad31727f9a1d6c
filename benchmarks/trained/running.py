"""Runs the jobs of a suite, several at once, and adds the rows of each at its end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from pathlib import Path

from attrs import frozen

from suites.trained import TrainedArm, TrainedSuite
from trained.convergence import ratio_rows
from trained.jobs import Job, Judge, Learn, Write, jobs_of
from trained.judging import judge_held_out
from trained.learning import learn
from trained.workplace import Workplace, enter
from trained.writing import write
from wfgen.corpus import Corpus
from wfgen.evaluate.contenders import attempt
from wfgen.evaluate.figures import ARM
from wfgen.prepare.pool import spawned
from wfgen.report.rows import Row, append_rows, read_rows

__all__ = ["run_suite"]

_MINUTE = 60.0


@frozen(kw_only=True)
class Session:
    """One command's part of a comparison.

    Attributes:
        place: the folder.
        results: the file that rows are added to.
        workers: jobs at once.
        until: no job begins after this, by `time.monotonic`.
        report: told what was done, a line each.
    """

    place: Workplace
    results: Path
    workers: int
    until: float
    report: Callable[[str], None]

    def rows(self) -> list[Row]:
        """All rows of this comparison."""
        if not self.results.exists():
            return []
        return [r for r in read_rows(self.results) if r.provenance.get("run") == self.place.run]

    def left(self, jobs: Sequence[Job]) -> list[Job]:
        """The jobs without a row that holds a figure."""
        done = {str(row.provenance.get("job")) for row in self.rows() if not row.error}
        return [job for job in jobs if job.name not in done]


def run_suite(  # noqa: PLR0913  what a command is given
    suite: TrainedSuite,
    corpus: Corpus,
    *,
    work: Path,
    results: Path,
    workers: int,
    minutes: float | None,
    report: Callable[[str], None],
) -> tuple[Workplace, list[Row], bool]:
    """Do what is left of a suite.

    Args:
        suite: what is compared.
        corpus: what it reads.
        work: its folder; one that was begun is gone on with.
        results: the file that rows are added to.
        workers: jobs at once, each on one core.
        minutes: after so many no job begins any more; None for all.
        report: told what was done, a line each.

    Returns:
        The folder, all rows of this comparison, and whether every job is done.
    """
    place = enter(work, suite, corpus.describe())
    until = time.monotonic() + (float("inf") if minutes is None else minutes * _MINUTE)
    session = Session(place=place, results=results, workers=workers, until=until, report=report)
    arms = _ready(session, corpus)
    stages = [[job for job in stage if _is_possible(job, arms)] for stage in jobs_of(suite)]
    for stage in stages:
        _run(session, session.left(stage))
        _add_ratios(session)
    is_done = len(arms) == len(suite.arms) and not any(map(session.left, stages))
    return place, session.rows(), is_done


def _is_possible(job: Job, arms: Sequence[TrainedArm]) -> bool:
    return isinstance(job, Judge) or job.arm in arms


def _ready(session: Session, corpus: Corpus) -> list[TrainedArm]:
    """The arms whose data is there; a row with the error for each other."""
    arms = []
    for arm in session.place.suite.arms:
        session.report(f"preparing {arm.name}")
        _, error = attempt(session.place.ready, arm, corpus)
        if error is None:
            arms.append(arm)
        else:
            recorder = session.place.recorder(Learn(arm=arm, seed=0, budgets=arm.budgets))
            append_rows(session.results, [recorder.failed(ARM, error)])
    return arms


# Jobs -------------------------------------------------------------------------------------------


def do(place: Workplace, job: Job) -> tuple[list[Row], float]:
    """The rows of a job and its seconds; a failure is a row too."""
    began = time.monotonic()
    rows, error = attempt(_rows, place, job)
    if error is not None:
        rows = [place.recorder(job).failed(ARM, error)]
    return rows or [], time.monotonic() - began


def _rows(place: Workplace, job: Job) -> list[Row]:
    if isinstance(job, Learn):
        return learn(place, job)
    return write(place, job) if isinstance(job, Write) else judge_held_out(place, job)


def _run(session: Session, jobs: Sequence[Job]) -> None:
    """All of them, as workers come free."""
    for done, (job, rows, seconds) in enumerate(_done(session, jobs), start=1):
        append_rows(session.results, rows)
        failed = "; it failed" if any(row.figure == ARM for row in rows) else ""
        minutes = f"{seconds / _MINUTE:.1f} min"
        session.report(f"{job.name}: {minutes}{failed} ({done} of {len(jobs)})")


def _done(session: Session, jobs: Sequence[Job]) -> Iterator[tuple[Job, list[Row], float]]:
    if session.workers == 1:
        for job in jobs:
            if time.monotonic() < session.until:
                yield job, *do(session.place, job)
        return
    waiting = list(jobs)
    running: dict[Future[tuple[list[Row], float]], Job] = {}
    with spawned(session.workers) as pool:
        while waiting or running:
            _fill(session, pool, waiting, running)
            if not running:
                return
            future = next(as_completed(running))
            yield running.pop(future), *future.result()


def _fill(
    session: Session,
    pool: ProcessPoolExecutor,
    waiting: list[Job],
    running: Mapping[Future[tuple[list[Row], float]], Job],
) -> None:
    """Begin jobs while there is a worker and time."""
    assert isinstance(running, dict)
    while waiting and len(running) < session.workers and time.monotonic() < session.until:
        job = waiting.pop(0)
        running[pool.submit(do, session.place, job)] = job


def _add_ratios(session: Session) -> None:
    """Those that can be had and are not there."""
    rows = session.rows()
    there = {str(row.provenance.get("job")) for row in rows}
    new = [r for r in ratio_rows(session.place.suite, rows) if r.provenance["job"] not in there]
    append_rows(session.results, new)
