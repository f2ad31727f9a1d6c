"""How one author writes: which steps have names, how actions are pinned, the order of keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from attrs import frozen

from wfgen.canonical import JsonValue
from wfgen.corpus.composer.draws import any_of, chance, ranked, weighted

__all__ = ["Style", "draw_style", "in_order", "written_job", "written_step"]

_TOP_ORDERS = (
    ("name", "run-name", "on", "permissions", "concurrency", "env", "defaults", "jobs"),
    ("name", "run-name", "on", "env", "defaults", "permissions", "concurrency", "jobs"),
    ("name", "on", "concurrency", "permissions", "env", "defaults", "run-name", "jobs"),
    ("on", "name", "run-name", "permissions", "env", "defaults", "concurrency", "jobs"),
)
_JOB_ORDERS = (
    ("name", "needs", "if", "runs-on", "timeout-minutes", "permissions", "environment"),
    ("name", "runs-on", "needs", "if", "environment", "permissions", "timeout-minutes"),
    ("needs", "if", "name", "runs-on", "permissions", "timeout-minutes", "environment"),
    ("runs-on", "name", "if", "needs", "strategy", "environment", "permissions"),
    ("if", "name", "needs", "strategy", "runs-on", "timeout-minutes", "permissions"),
)
_JOB_LAST = ("uses", "with", "secrets", "steps")
_STEP_ORDERS = (
    ("name", "id", "if", "uses", "with", "working-directory", "shell", "run", "env"),
    ("name", "if", "id", "uses", "with", "env", "working-directory", "run", "shell"),
    ("id", "name", "if", "uses", "run", "with", "shell", "working-directory", "env"),
    ("name", "uses", "run", "id", "if", "env", "with", "working-directory", "shell"),
    ("uses", "run", "name", "if", "id", "with", "env", "shell", "working-directory"),
)


@frozen(kw_only=True)
class Style:
    """The habits of one author, drawn once a document.

    Attributes:
        versions: action -> the version it is used at.
        name_uses, name_runs: probability that a step that uses an action, or runs a script, keeps
            its name.
        lower_names: names of steps and jobs start with a small letter.
        name_jobs: jobs keep their names.
        timeouts: probability that a job gets a time limit.
        thoroughness: how often this author takes what is optional: a job or common step of
            probability p is there with 1 - (1 - p) ** thoroughness.
        one_need_as_text: `needs: build` and not `needs: [build]`.
        in_a_row: jobs that could run side by side wait for the ones before.
        harden: the first step of each job hardens the runner.
        top_order, job_order, step_order: keys in the order they are written.
    """

    versions: Mapping[str, str]
    name_uses: float
    name_runs: float
    lower_names: bool
    name_jobs: bool
    timeouts: float
    thoroughness: int
    one_need_as_text: bool
    in_a_row: bool
    harden: bool
    top_order: tuple[str, ...]
    job_order: tuple[str, ...]
    step_order: tuple[str, ...]

    def wants(self, rng: Random, p: float) -> bool:
        """Whether the author takes something optional of probability `p`."""
        return chance(rng, 1 - (1 - p) ** self.thoroughness)


def draw_style(rng: Random, versions: Mapping[str, Mapping[str, Sequence[str]]]) -> Style:
    """An author: `versions` maps each action to its `tags`, and maybe `exact` and `sha`."""
    return Style(
        versions=_draw_versions(rng, versions),
        name_uses=any_of(rng, (1.0, 1.0, 0.6, 0.2, 0.0)),
        name_runs=any_of(rng, (1.0, 1.0, 1.0, 0.7, 0.3, 0.0)),
        lower_names=chance(rng, 0.15),
        name_jobs=chance(rng, 0.55),
        timeouts=any_of(rng, (0.0, 0.0, 0.0, 0.5, 1.0)),
        thoroughness=any_of(rng, (1, 1, 2, 3, 5)),
        one_need_as_text=chance(rng, 0.6),
        in_a_row=chance(rng, 0.4),
        harden=chance(rng, 0.05),
        top_order=ranked(rng, _TOP_ORDERS),
        job_order=ranked(rng, _JOB_ORDERS),
        step_order=ranked(rng, _STEP_ORDERS),
    )


def _draw_versions(
    rng: Random, versions: Mapping[str, Mapping[str, Sequence[str]]]
) -> dict[str, str]:
    kind = weighted(rng, ("tags", "exact", "sha"), (0.75, 0.13, 0.12))
    return {action: ranked(rng, by.get(kind) or by["tags"]) for action, by in versions.items()}


def in_order(members: dict[str, JsonValue], first: Sequence[str]) -> dict[str, JsonValue]:
    """The members with those named in `first` in front, in that order."""
    keys = [k for k in first if k in members] + [k for k in members if k not in first]
    return {key: members[key] for key in keys}


def written_step(step: dict[str, Any], style: Style, rng: Random) -> dict[str, JsonValue]:
    """A step as this author writes it: named or not, the action at its version."""
    written = dict(step)
    uses = written.get("uses")
    if uses is not None and "@" not in uses and ":" not in uses:
        written["uses"] = f"{uses}@{style.versions[uses]}"
    if not chance(rng, style.name_uses if uses is not None else style.name_runs):
        written.pop("name", None)
    elif style.lower_names and "name" in written:
        written["name"] = _lowered(written["name"])
    return in_order(written, style.step_order)


def written_job(job: dict[str, Any], style: Style, rng: Random) -> dict[str, JsonValue]:
    """A job as this author writes it, with all its steps."""
    written = dict(job)
    if not style.name_jobs:
        written.pop("name", None)
    elif style.lower_names and "name" in written:
        written["name"] = _lowered(written["name"])
    if "steps" in written:
        written["steps"] = [written_step(step, style, rng) for step in written["steps"]]
    middle = [k for k in written if k not in style.job_order and k not in _JOB_LAST]
    return in_order(written, (*style.job_order, *middle, *_JOB_LAST))


def _lowered(name: str) -> str:
    # CI, GHC and Node.js keep their capitals.
    return name[:1].lower() + name[1:] if name[1:2].islower() else name
