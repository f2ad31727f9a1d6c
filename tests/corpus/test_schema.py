from __future__ import annotations

import hashlib
from typing import Any

import pytest

from wfgen.canonical import JsonValue
from wfgen.corpus.samples import read_sample, sample_names
from wfgen.corpus.schema import (
    explain_invalid,
    is_schema_valid,
    workflow_schema,
    workflow_schema_sha256,
)
from wfgen.corpus.yaml_reader import load_yaml

STEP = {"run": "make"}
JOB: dict[str, Any] = {"runs-on": "ubuntu-latest", "steps": [STEP]}


def workflow(**jobs: Any) -> JsonValue:
    return {"on": "push", "jobs": jobs}


def test_the_schema_is_that_of_workflows_and_has_a_hash() -> None:
    assert workflow_schema()["$id"] == "https://json.schemastore.org/github-workflow.json"
    assert len(workflow_schema_sha256()) == hashlib.sha256().digest_size * 2


def test_a_changed_copy_of_the_schema_changes_nothing() -> None:
    workflow_schema().clear()
    assert is_schema_valid(workflow(a=JOB))


@pytest.mark.parametrize("name", sample_names()[:10])
def test_samples_are_valid_and_need_no_explanation(name: str) -> None:
    value = load_yaml(read_sample(name))
    assert is_schema_valid(value)
    assert explain_invalid(value) is None


@pytest.mark.parametrize(
    ("value", "pointer", "message", "group"),
    [
        ({"on": "push"}, "", "lacks 'jobs'", "/: lacks 'jobs'"),
        (
            {"on": "push", "jobs": {"a": JOB}, "description": "x"},
            "",
            "has a key that is not allowed: 'description' was unexpected",
            "/: has a key that is not allowed",
        ),
        (
            {"on": {"push": {"branches": "main"}}, "jobs": {"a": JOB}},
            "/on/push/branches",
            '"main" is not of type array',
            "/on/push/branches: is not of type array",
        ),
        (
            workflow(a={**JOB, "strategy": {"fail-fast": False}}),
            "/jobs/a/strategy",
            "lacks 'matrix'",
            "/jobs/*/strategy: lacks 'matrix'",
        ),
        (
            workflow(a={**JOB, "steps": [STEP, {"run": True}]}),
            "/jobs/a/steps/1/run",
            "true is not of type string",
            "/jobs/*/steps/*/run: is not of type string",
        ),
        (
            workflow(**{"a b": JOB}),
            "/jobs",
            "has a key that is not allowed",
            "/jobs: has a key that is not allowed",
        ),
    ],
)
def test_the_likeliest_reason_is_given_with_its_place(
    value: JsonValue, pointer: str, message: str, group: str
) -> None:
    assert not is_schema_valid(value)
    reason = explain_invalid(value)
    assert reason is not None
    assert (reason.pointer, reason.group) == (pointer, group)
    assert reason.message.startswith(message)


def test_a_reason_is_one_short_line_whatever_the_document_holds() -> None:
    value = workflow(a={**JOB, "steps": [{"run": "x", "if": ["a\nb" * 1000]}], "name": 10**40})
    reason = explain_invalid(value)
    assert reason is not None
    assert "\n" not in reason.message
    assert len(reason.message) <= 120


def test_numbers_over_64_bits_are_judged() -> None:
    assert is_schema_valid(workflow(a={**JOB, "timeout-minutes": 10**30}))
    reason = explain_invalid({"on": 10**30, "jobs": {"a": JOB}})
    assert reason is not None
    assert reason.group == "/on: fits none of the alternatives"


def deep(levels: int) -> JsonValue:
    value: JsonValue = "x"
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("levels", [50, 127, 128])
def test_what_is_as_deep_as_can_be_judged_is_judged(levels: int) -> None:
    reason = explain_invalid(deep(levels))
    assert reason is not None
    assert reason.group == "/: is not of type object"


@pytest.mark.parametrize("levels", [129, 300, 200_000])
def test_what_is_too_deep_to_judge_is_invalid_for_that_reason(levels: int) -> None:
    value = deep(levels)
    assert not is_schema_valid(value)
    reason = explain_invalid(value)
    assert reason is not None
    assert reason.group == "/: is nested deeper than 128 and not judged"
