"""What the strategies draw."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from wfgen.canonical import DEFAULT_LIMITS, read_json, to_canonical
from wfgen.testing.strategies import (
    canonical_documents,
    json_texts,
    json_values,
    workflow_values,
)


def is_drawn(strategy: st.SearchStrategy[Any], is_wanted: Callable[[Any], bool]) -> bool:
    """Whether some example is as wanted; find raises NoSuchExample if none is."""
    # Shrinking a workflow takes half a minute and tells nothing here.
    draw_only = settings(max_examples=2000, phases=[Phase.generate], database=None)
    return is_wanted(find(strategy, is_wanted, settings=draw_only, random=Random(0)))


def parts_of(value: Any) -> Iterator[Any]:
    yield value
    if isinstance(value, (dict, list)):
        for child in value.values() if isinstance(value, dict) else value:
            yield from parts_of(child)


def depth_of(value: Any) -> int:
    children = value.values() if isinstance(value, dict) else value
    return 1 + max(map(depth_of, children), default=0) if isinstance(value, (dict, list)) else 0


@given(json_values() | workflow_values())
def test_every_value_has_a_canonical_form(value: Any) -> None:
    assert read_json(to_canonical(value)) == value


@given(canonical_documents())
def test_documents_are_canonical(document: bytes) -> None:
    assert to_canonical(read_json(document)) == document


@pytest.mark.parametrize(
    "is_hard",
    [
        lambda v: any(isinstance(x, int) and abs(x) > 2**64 for x in parts_of(v)),
        lambda v: any(isinstance(x, float) and x != int(x) for x in parts_of(v)),
        lambda v: any(isinstance(x, str) and max(x, default="") > "\uffff" for x in parts_of(v)),
        lambda v: any(isinstance(x, dict) and "" in x for x in parts_of(v)),
        lambda v: depth_of(v) == DEFAULT_LIMITS.depth,
        lambda v: isinstance(v, list) and len(v) > 3 and not all(v),
    ],
)
def test_hard_values_are_drawn(is_hard: Callable[[Any], bool]) -> None:
    assert is_drawn(json_values(), is_hard)


def test_more_leaves_give_larger_values() -> None:
    assert is_drawn(json_values(max_leaves=60), lambda v: to_canonical(v).count(b",") >= 30)


@given(json_texts())
def test_texts_hold_no_surrogate(text: str) -> None:
    assert text.encode().decode() == text


@given(workflow_values())
def test_workflows_have_what_a_workflow_needs(value: Any) -> None:
    assert isinstance(value["on"], (str, list, dict))
    for job in value["jobs"].values():
        assert job["runs-on"]
        assert all(("uses" in step) != ("run" in step) for step in job["steps"])


@given(workflow_values())
def test_a_job_needs_only_jobs_before_it(value: Any) -> None:
    names = list(value["jobs"])
    for index, job in enumerate(value["jobs"].values()):
        assert job.get("needs", names[0]) in names[: max(index, 1)]


@pytest.mark.parametrize(
    "is_wanted",
    [
        lambda v: isinstance(v["on"], str),
        lambda v: isinstance(v["on"], list),
        lambda v: isinstance(v["on"], dict) and "schedule" in v["on"],
        lambda v: any("needs" in job for job in v["jobs"].values()),
        lambda v: any(
            "include" in j.get("strategy", {}).get("matrix", {}) for j in v["jobs"].values()
        ),
        lambda v: any("\n" in s.get("run", "") for j in v["jobs"].values() for s in j["steps"]),
        lambda v: b"${{" in to_canonical(v),
        lambda v: next(iter(v)) != "on",
    ],
)
def test_workflows_vary(is_wanted: Callable[[Any], bool]) -> None:
    assert is_drawn(workflow_values(), is_wanted)


def test_strategies_are_built_once() -> None:
    assert workflow_values() is workflow_values()
    assert isinstance(json_values(), st.SearchStrategy)
