from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from wfgen.canonical import JsonValue
from wfgen.corpus.samples import read_sample, sample_names
from wfgen.corpus.schema import (
    explain_invalid,
    is_schema_valid,
    read_schema,
    shipped_schema,
    shipped_schema_names,
    workflow_schema,
    workflow_schema_sha256,
)
from wfgen.corpus.yaml_reader import load_yaml
from wfgen.errors import DocumentError, UnknownNameError

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


def test_the_schemas_that_are_shipped_have_names_and_every_one_can_be_read() -> None:
    names = shipped_schema_names()
    assert {"github-workflows", "renovate", "taskfile"} <= set(names)
    assert list(names) == sorted(names)
    assert all(isinstance(shipped_schema(name), dict) for name in names)
    assert shipped_schema("github-workflows") == workflow_schema()


def test_check_jsonschemas_own_spelling_of_a_name_is_understood() -> None:
    assert shipped_schema("vendor.renovate") == shipped_schema("renovate")
    custom = "github-workflows-require-timeout"
    assert shipped_schema(f"custom.{custom}") == shipped_schema(custom)
    with pytest.raises(UnknownNameError):
        shipped_schema("custom.renovate")


@pytest.mark.parametrize("name", ["github-workflow", "vendor.github-workflow"])
def test_an_unknown_name_says_what_there_is_and_what_is_nearest(name: str) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'github-workflows'") as caught:
        read_schema(name)
    assert caught.value.known == shipped_schema_names()
    assert "azure-pipelines" in str(caught.value)


def test_a_schema_is_read_from_a_file_unless_a_name_is_spelt_like_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("mine", "mine.json", "renovate"):
        Path(name).write_text('{"title": "mine"}', "utf-8")
    for name in ("mine", "mine.json", "./renovate", str(tmp_path / "renovate")):
        assert read_schema(name) == {"title": "mine"}
    assert read_schema("renovate") == shipped_schema("renovate")
    Path("always.json").write_text("true", "utf-8")
    assert read_schema("always.json") is True


@pytest.mark.parametrize("text", [None, "[1]", "{", '{"a":1,"a":2}'])
def test_a_file_that_holds_no_schema_is_an_error_that_names_it(
    tmp_path: Path, text: str | None
) -> None:
    file = tmp_path / "mine.json"
    if text is not None:
        file.write_text(text, "utf-8")
    with pytest.raises(DocumentError, match=r"mine\.json"):
        read_schema(str(file))


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
