"""YAML as people write workflows, and exact."""

from __future__ import annotations

import math
import textwrap
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from wfgen.canonical import Limits, same_value
from wfgen.corpus import yaml_events
from wfgen.corpus.yaml_reader import load_yaml
from wfgen.corpus.yaml_writer import dump_yaml
from wfgen.errors import (
    LoneSurrogateError,
    NestingTooDeepError,
    NonFiniteNumberError,
    UnsupportedValueError,
)
from wfgen.testing.strategies import json_texts, json_values, workflow_values

GENEROUS = Limits(num_bytes=10**9, depth=10_000, num_nodes=10**7, num_digits=4300)

WORKFLOW = """\
name: CI
on:
  push:
    branches:
      - main
      - release/**
  schedule:
    - cron: '*/15 0 * * 1'
  workflow_dispatch:
permissions: {}
env:
  PYTHON: '3.10'
  FLAG: 'yes'
  RATIO: 0.5
  RETRIES: 3
  EMPTY: ''
jobs:
  test:
    runs-on: ${{ matrix.os }}
    needs: []
    strategy:
      fail-fast: false
      matrix:
        os:
          - ubuntu-latest
          - macos-14
    steps:
      - uses: actions/checkout@v4
      - name: 'Test: all'
        run: |
          make test
            indented

          echo "done"
      - run: |-
          no newline
          at the end
      - run: |+
          two newlines

      - run: "it's: here"
"""


def reads_the_same(value: Any) -> bool:
    return same_value(load_yaml(dump_yaml(value, limits=GENEROUS), limits=GENEROUS), value)


def without_on(value: Any) -> Any:
    """A root's key `on` as a YAML 1.1 reader takes it."""
    if not isinstance(value, dict):
        return value
    return {(True if key == "on" else key): item for key, item in value.items()}


# Laws -------------------------------------------------------------------------------------------


@given(json_values() | workflow_values())
@example("a\n ")
@example(["\n", "\n\n a", " a\nb", "\ta\nb", "a\n\t", "a \n b\n\n"])
@example({"k" * 1001: ["a"], "l" * 2000: {"m" * 1500: "a\nb"}})
@example([[{"k" * 1001: [[]]}]])
@example({"on": {"on": None}})
def test_reading_what_was_written_gives_the_same_value(value: Any) -> None:
    assert reads_the_same(value)


@given(json_texts(), json_texts())
def test_any_text_is_exact_as_key_and_value(key: str, text: str) -> None:
    assert reads_the_same({key: text, "a": [text, {key: [text]}]})


@given(json_values())
def test_the_pure_python_parser_reads_the_same(value: Any) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yaml_events, "_LOADER", yaml.SafeLoader)
        assert reads_the_same(value)


@given(json_values() | workflow_values())
def test_a_yaml_1_1_reader_differs_in_the_key_on_of_the_root_only(value: Any) -> None:
    assert same_value(yaml.safe_load(dump_yaml(value)), without_on(value))


@given(st.text("yesnotruflONTRUEFALS~0123456789_.:+-eExobINFa=<", max_size=6))
def test_short_texts_are_text_to_every_reader(text: str) -> None:
    written = dump_yaml([text, {text + ".": 1}])
    assert load_yaml(written) == yaml.safe_load(written) == [text, {text + ".": 1}]


# Style ------------------------------------------------------------------------------------------


def test_a_workflow_looks_as_people_write_it() -> None:
    value = load_yaml(WORKFLOW)
    assert dump_yaml(value) == WORKFLOW


@pytest.mark.parametrize(
    "text",
    [
        *[
            "push",
            "ubuntu-latest",
            "${{ github.ref }}",
            "actions/checkout@v4",
            "a b",
            "v1.2.3",
            "--flag",
        ],
        *[
            "a:b",
            "http://a/b#c",
            "é → 🚀",
            "a, b [c] {d}",
            "git commit -m 'x'",
            ":a",
            "?a",
            "2-slim",
        ],
    ],
)
def test_common_texts_are_plain(text: str) -> None:
    assert dump_yaml({"a": text}) == f"a: {text}\n"


@pytest.mark.parametrize(
    "text",
    [
        *[
            "yes",
            "No",
            "on",
            "off",
            "y",
            "N",
            "true",
            "null",
            "~",
            "1_000",
            "0o7",
            "012",
            "0x1F",
            "1e3",
        ],
        *[
            "12:30:00",
            "12:30",
            "2020-01-01",
            "=",
            "<<",
            ".inf",
            ".5",
            "-",
            "- a",
            "---",
            "...",
            "?",
        ],
        *[
            "a: b",
            "a #b",
            "#a",
            "a:",
            " a",
            "a ",
            "",
            "*.md",
            "&a",
            "!a",
            "%a",
            "@a",
            "`a",
            "[a",
            "{a",
        ],
        *["|", ">", ",a", '"a', "? a", ": a", "]", "3.10", "0b11", "1__0", "+.inf", "\\#: "],
    ],
)
def test_texts_that_a_reader_may_take_for_something_else_are_in_single_quotes(text: str) -> None:
    assert dump_yaml({"a": text}) == f"a: '{text}'\n"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("'", '"\'"'),
        ("'\\\"", '"\'\\\\\\""'),
        ("a\tb", '"a\\tb"'),
        ("\0\x1b\x7f\x85\xa0", '"\\0\\e\\x7F\\N\xa0"'),
        ("\u2028\u2029\ufeff\ufffe", '"\\L\\P\\uFEFF\\uFFFE"'),
        ("a\r\nb", '"a\\r\\nb"'),
        ("\n", '"\\n"'),
    ],
)
def test_the_rest_is_in_double_quotes(text: str, written: str) -> None:
    assert dump_yaml([text]) == f"- {written}\n"


@pytest.mark.parametrize(
    ("text", "block"),
    [
        ("a\nb", "|-\n  a\n  b\n"),
        ("a\n", "|\n  a\n"),
        ("a\n\nb\n\n\n", "|+\n  a\n\n  b\n\n\n"),
        ("  a\nb", "|2-\n    a\n  b\n"),
        ("\na\n", "|2\n\n  a\n"),
        ("\ta\n", "|2\n  \ta\n"),
        ("a \n\t\n", "|\n  a \n  \t\n"),
        ("x" * 300 + " y\nb", "|-\n  " + "x" * 300 + " y\n  b\n"),
    ],
)
def test_text_of_several_lines_is_a_literal_block(text: str, block: str) -> None:
    assert dump_yaml({"k": text}) == f"k: {block}"
    assert reads_the_same([{"k": text, "l": [text, text]}, text])


def test_only_the_key_on_of_the_root_is_plain() -> None:
    assert dump_yaml({"on": {"on": "on"}}) == "on:\n  'on': 'on'\n"


def test_a_long_text_is_not_folded() -> None:
    assert dump_yaml({"a": "word " * 500 + "end"}).count("\n") == 1


def test_nested_lists_and_mappings_begin_on_the_line_of_their_dash() -> None:
    written = """\
        - - 1
          - - a: 2
              b:
                - 3
        - {}
        - null
        - c:
            - []
    """
    value: Any = [[1, [{"a": 2, "b": [3]}]], {}, None, {"c": [[]]}]
    assert dump_yaml(value) == textwrap.dedent(written)


def test_a_long_key_is_explicit() -> None:
    key = "k" * 1001
    assert dump_yaml({key: 1, "a": 2}) == f"? {key}\n: 1\na: 2\n"
    assert dump_yaml([{key: {"a": 1}}]) == f"- ? {key}\n  :\n    a: 1\n"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (1e16, "1.0e+16"),
        (-1.5e300, "-1.5e+300"),
        (1e-7, "1.0e-07"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (2**70, "1180591620717411303424"),
        (True, "true"),
        (None, "null"),
        ("a", "a"),
        ([], "[]"),
        ({}, "{}"),
    ],
)
def test_a_scalar_may_be_the_document(value: Any, written: str) -> None:
    assert dump_yaml(value) == written + "\n"


# Refusals ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ({"a": math.nan}, NonFiniteNumberError),
        ({"a": (1,)}, UnsupportedValueError),
        ({1: 2}, UnsupportedValueError),
        (["\ud800"], LoneSurrogateError),
    ],
)
def test_a_value_that_is_not_json_is_refused(value: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        dump_yaml(value)


def test_deep_values_are_written_without_recursion_within_the_limit() -> None:
    value: Any = "x"
    for _ in range(2000):
        value = [value]
    with pytest.raises(NestingTooDeepError):
        dump_yaml(value)
    assert reads_the_same(value)
