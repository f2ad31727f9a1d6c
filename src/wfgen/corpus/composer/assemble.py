"""Makes a workflow from a blueprint: chooses jobs, joins them, writes them in one style.

A blueprint is a mapping: `weight`, `names`, `on`, maybe `run-name`, `permissions`, `concurrency`,
`env`, `defaults`, `slots`, `prefix`, and `jobs`. `prefix` says that the blueprint is about one part
of a project, so that its jobs may stand beside another blueprint's. `jobs` maps a role to

    id       template of the job's key; <<job_ROLE>> is the drawn one
    chance   probability that the job is there (1)
    needs    roles that it waits for and cannot be without
    after    roles that it waits for if they are there and the author runs jobs in a row
    job      template of the job; without `runs-on` and `uses` it gets the document's runner
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain, count
from random import Random
from typing import Any

from attrs import frozen

from wfgen.canonical import JsonValue
from wfgen.corpus.composer.draws import chance, weighted
from wfgen.corpus.composer.style import Style, draw_style, in_order, written_job
from wfgen.corpus.composer.template import ABSENT, Context, expand, expand_mapping, expand_text

__all__ = ["Parts", "assemble"]

# Shares of documents or jobs. Of 3,000 composed documents (seed 0) 59 % have permissions and 31 %
# concurrency at the top; of 1,194 real workflows 61 % and 30 %. The others are chosen by eye.
_SECOND_BLUEPRINT = 0.12
_READ_PERMISSIONS = 0.45
_CONCURRENCY = 0.3
_GATE = 0.06
_NOTIFY = 0.05
_DISK_SPACE = 0.02
_EARLY_STEP = 0.12
_LATE_STEP = 0.15

_TOP_KEYS = ("run-name", "on", "permissions", "concurrency", "env", "defaults")


@frozen(kw_only=True)
class Parts:
    """All that workflows are made of.

    Attributes:
        blueprints: by name; see this module.
        slots, fragments: templates by name; see `template`.
        versions: action -> `tags`, `exact`, `sha`, each a list of versions.
    """

    blueprints: Mapping[str, Mapping[str, Any]]
    slots: Mapping[str, Any]
    fragments: Mapping[str, Any]
    versions: Mapping[str, Mapping[str, Sequence[str]]]


def assemble(parts: Parts, base: Context) -> dict[str, JsonValue]:
    """One workflow, drawn from `base.rng`."""
    rng = base.rng
    style = draw_style(rng, parts.versions)
    blueprint = _draw_blueprint(parts, rng)
    context = base.child(blueprint.get("slots", {}))
    jobs = _jobs(blueprint, context, style, taken=())
    if "prefix" in blueprint and chance(rng, _SECOND_BLUEPRINT):
        jobs |= _jobs_beside(blueprint, parts, base, style, taken=tuple(jobs))
    _add_common_jobs(jobs, context, style)
    members = _top(blueprint, context)
    members["jobs"] = {key: written_job(job, style, rng) for key, job in jobs.items()}
    return in_order(members, style.top_order)


def _draw_blueprint(parts: Parts, rng: Random) -> Mapping[str, Any]:
    blueprints = list(parts.blueprints.values())
    return weighted(rng, blueprints, [b["weight"] for b in blueprints])


def _top(blueprint: Mapping[str, Any], context: Context) -> dict[str, JsonValue]:
    members: dict[str, JsonValue] = {}
    if chance(context.rng, 0.98):
        members["name"] = expand_text(blueprint["names"], context)
    for key in _TOP_KEYS:
        if key in blueprint:
            value = expand(blueprint[key], context)
            if value is not ABSENT:
                members[key] = value
    for key, fragment, share in (
        ("permissions", "permissions-read", _READ_PERMISSIONS),
        ("concurrency", "concurrency-ci", _CONCURRENCY),
    ):
        if key not in blueprint and chance(context.rng, share):
            members[key] = expand({"$use": fragment}, context)  # type: ignore[assignment]
    return members


# Jobs --------------------------------------------------------------------------------------------


def _jobs(
    blueprint: Mapping[str, Any], context: Context, style: Style, *, taken: Sequence[str]
) -> dict[str, dict[str, Any]]:
    roles = _roles(blueprint["jobs"], context.rng, style)
    keys: dict[str, str] = {}
    for role in roles:
        key = expand_text(blueprint["jobs"][role]["id"], context)
        prefix = blueprint["prefix"] if taken else role
        keys[role] = _free_key(key, prefix, {*taken, *keys.values()})
        context.bind(f"job_{role}", keys[role])
    return {keys[role]: _job(blueprint["jobs"][role], keys, context, style) for role in roles}


def _free_key(key: str, prefix: str, used: set[str]) -> str:
    numbered = (f"{key}-{number}" for number in count(2))
    return next(k for k in chain((key, f"{prefix}-{key}"), numbered) if k not in used)


def _roles(jobs: Mapping[str, Any], rng: Random, style: Style) -> list[str]:
    drawn = {role for role, part in jobs.items() if style.wants(rng, part.get("chance", 1))}
    drawn = drawn or {next(iter(jobs))}
    while missing := {n for role in drawn for n in jobs[role].get("needs", ())} - drawn:
        drawn |= missing
    return [role for role in jobs if role in drawn]


def _job(
    part: Mapping[str, Any], keys: Mapping[str, str], context: Context, style: Style
) -> dict[str, Any]:
    job: dict[str, Any] = expand_mapping(part["job"], context)
    needed = [keys[role] for role in part.get("needs", ())]
    if style.in_a_row:
        needed += [keys[role] for role in part.get("after", ()) if role in keys]
    if needed:
        job["needs"] = _needs(needed, style)
    return job if "uses" in job else _on_a_runner(job, context, style)


def _needs(keys: list[str], style: Style) -> JsonValue:
    return keys[0] if len(keys) == 1 and style.one_need_as_text else list[JsonValue](keys)


def _on_a_runner(job: dict[str, Any], context: Context, style: Style) -> dict[str, Any]:
    rng = context.rng
    job.setdefault("runs-on", context.value("runner"))
    if "timeout-minutes" not in job and chance(rng, style.timeouts):
        job["timeout-minutes"] = context.value("minutes", fresh=True)
    _add_common_steps(job["steps"], context, style)
    return job


def _add_common_steps(steps: list[Any], context: Context, style: Style) -> None:
    rng = context.rng
    if len(steps) > 1 and style.wants(rng, _EARLY_STEP):
        steps.insert(1, expand_mapping({"$use": "early-step"}, context))
    if len(steps) > 1 and style.wants(rng, _LATE_STEP):
        steps.append(expand_mapping({"$use": "late-step"}, context))
    if style.harden:
        steps.insert(0, expand_mapping({"$use": "harden"}, context))
    if chance(rng, _DISK_SPACE):
        steps.insert(0, expand_mapping({"$use": "disk-space"}, context))


def _jobs_beside(
    first: Mapping[str, Any], parts: Parts, base: Context, style: Style, *, taken: Sequence[str]
) -> dict[str, dict[str, Any]]:
    others = [b for b in parts.blueprints.values() if "prefix" in b and b is not first]
    second = weighted(base.rng, others, [b["weight"] for b in others])
    return _jobs(second, base.child(second.get("slots", {})), style, taken=taken)


def _add_common_jobs(jobs: dict[str, dict[str, Any]], context: Context, style: Style) -> None:
    for fragment, share in (("gate", _GATE), ("notify", _NOTIFY)):
        keys = list(jobs)
        if len(keys) > 1 and fragment not in keys and style.wants(context.rng, share):
            job: dict[str, Any] = expand_mapping({"$use": fragment}, context)
            jobs[fragment] = _on_a_runner(job | {"needs": list(keys)}, context, style)
