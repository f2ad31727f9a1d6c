"""What a workflow says in some fields, as counted values: by these samples and real ones compare.

Values are what GitHub's workflow syntax allows in each place; what has another type is left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from wfgen.canonical import JsonValue

__all__ = ["FIELDS", "values_of"]

_LONGEST_COUNT = 20
"""Jobs and steps up to which each number is a value of its own."""


def values_of(value: JsonValue) -> Mapping[str, Counter[str]]:
    """How often each value stands in each of `FIELDS`."""
    root = value if isinstance(value, dict) else {}
    return {name: Counter(find(root)) for name, find in FIELDS.items()}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(value: Any) -> Iterator[str]:
    """A text, the texts of a list, or the keys of an object."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        yield from (each for each in value if isinstance(each, str))


def _jobs(root: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from map(_mapping, _mapping(root.get("jobs")).values())


def _steps(root: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for job in _jobs(root):
        steps = job.get("steps")
        yield from map(_mapping, steps if isinstance(steps, list) else ())


def _events(root: Mapping[str, Any]) -> Iterator[str]:
    return _texts(root.get("on"))


def _runners(root: Mapping[str, Any]) -> Iterator[str]:
    for job in _jobs(root):
        runner = job.get("runs-on")
        yield from _texts(runner.get("labels") if isinstance(runner, dict) else runner)


def _versions(root: Mapping[str, Any]) -> Iterator[str]:
    for holder in (*_steps(root), *_jobs(root)):
        if isinstance(uses := holder.get("uses"), str):
            yield uses


def _actions(root: Mapping[str, Any]) -> Iterator[str]:
    return (uses.partition("@")[0] for uses in _versions(root))


def _permissions(root: Mapping[str, Any]) -> Iterator[str]:
    for holder in (root, *_jobs(root)):
        given = holder.get("permissions")
        if isinstance(given, str):
            yield given
        yield from (f"{scope}: {level}" for scope, level in _mapping(given).items())


def _shells(root: Mapping[str, Any]) -> Iterator[str]:
    defaults = (_mapping(_mapping(h.get("defaults")).get("run")) for h in (root, *_jobs(root)))
    for holder in (*defaults, *_steps(root)):
        if isinstance(shell := holder.get("shell"), str):
            yield shell


def _count(number: int) -> str:
    return str(number) if number <= _LONGEST_COUNT else f"over {_LONGEST_COUNT}"


def _job_counts(root: Mapping[str, Any]) -> Iterator[str]:
    if isinstance(jobs := root.get("jobs"), dict):
        yield _count(len(jobs))


def _step_counts(root: Mapping[str, Any]) -> Iterator[str]:
    for job in _jobs(root):
        if isinstance(steps := job.get("steps"), list):
            yield _count(len(steps))


FIELDS: Mapping[str, Callable[[Mapping[str, Any]], Iterator[str]]] = {
    "events": _events,
    "runners": _runners,
    "actions": _actions,
    "action-versions": _versions,
    "permissions": _permissions,
    "shells": _shells,
    "jobs": _job_counts,
    "steps": _step_counts,
}
"""What finds the values of each field: events, labels of runners, actions without and with their
version, permissions with their level, shells, jobs of a workflow, steps of a job."""
