"""YAML cut at a line: the prompt begins the whole document, and says what is kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfgen.canonical import to_canonical
from wfgen.corpus import dump_yaml, load_yaml
from wfgen.corpus.samples import read_sample, sample_names
from wfgen.errors import DocumentError, DocumentSyntaxError, DuplicateKeyError
from wfgen.generate.prompt_yaml import prompt_yaml
from wfgen.testing.strategies import json_values, workflow_values


def begins(document, prompt):
    return any(document.startswith(text) for text in prompt.alternatives)


@pytest.mark.parametrize("name", sample_names())
def test_a_workflow_cut_at_any_line_is_begun_by_its_prompt(name):
    text = read_sample(name)
    whole, lines = to_canonical(load_yaml(text)), text.splitlines(keepends=True)
    kept = [prompt_yaml("".join(lines[:count])) for count in range(len(lines) + 1)]
    assert [p.text for p in kept if not begins(whole, p)] == []
    sizes = [len(p.text) for p in kept]
    assert sizes == sorted(sizes), "more lines keep no less"


@given(json_values() | workflow_values(), st.floats(0, 1))
def test_any_value_written_as_yaml_and_cut_at_a_line_is_begun_by_its_prompt(value, where):
    lines = dump_yaml(value).splitlines(keepends=True)
    prompt = prompt_yaml("".join(lines[: round(where * len(lines))]))
    assert begins(to_canonical(value), prompt)


@given(workflow_values(), st.floats(0, 1))
def test_whatever_is_kept_of_a_text_cut_anywhere_is_said(value, where):
    text = dump_yaml(value)
    prompt = prompt_yaml(text[: round(where * len(text))])
    assert prompt.kept.startswith("all is kept")


@pytest.mark.parametrize(
    ("begun", "text", "endings", "kept"),
    [
        ("", "", "", "all is kept"),
        ("# only\n", "", "", "all is kept"),
        ("a:\n", '{"a":', "", "all is kept, and the value of 'a' is open"),
        ("a:\n- b\n-\n", '{"a":["b",', "", "all is kept"),
        ("a: b\n", '{"a":"b"', "", "all is kept"),
        ("a: ~\n", '{"a":null', "", "all is kept"),
        ("a: ''\n", '{"a":""', "", "all is kept"),
        ("a: 10\n", '{"a":10', ",}", "all is kept"),
        ("a: 0x10\n# b\n", '{"a":16', ",}", "all is kept"),
        ("a: [1, 2\n", '{"a":[1,2', ",]", "all is kept"),
        ("a: [b, c]\n", '{"a":["b","c"]', "", "all is kept"),
        ("a: {b: 1, c:\n", '{"a":{"b":1,"c":', "", "all is kept, and the value of 'c' is open"),
        ("a: |\n  b\n", '{"a":"b\\n', "", "all is kept, and the text at the end is open"),
        ("a: |-\n  b\n\n", '{"a":"b', "", "all is kept, and the text at the end is open"),
        ("a: |+\n  b\n\n", '{"a":"b\\n\\n', "", "all is kept, and the text at the end is open"),
        ("a: >\n  b\n  c\n", '{"a":"b c', "", "all is kept, and the text at the end is open"),
        ("a: |\n", '{"a":"', "", "all is kept, and the text at the end is open"),
        ("a: b\n  c\n", '{"a":"b c', "", "all is kept, and the text at the end is open"),
        ("a: &x b\nc: *x\n", '{"a":"b","c":"b"', "", "all is kept"),
        ("a:\n- 'b\n  c\n", '{"a":[', "", 'all is kept but "\'b\\n  c"'),
        ("a: 1\nb\n", '{"a":1', ",}", "all is kept but 'b'"),
        # The last line lacks its newline.
        ("a: b", '{"a":"b', "", "all is kept, and the text at the end is open"),
        ("a: b ", '{"a":"b', "", "all is kept, and the text at the end is open"),
        ("a: true", '{"a":true', "", "all is kept"),
        ("a: 10", '{"a":10', ",}", "all is kept"),
        ("a:\n  b", '{"a":', "", "all is kept but 'b', and the value of 'a' is open"),
        ("a:\n- b\n- c", '{"a":["b",', "", "all is kept but 'c'"),
        ("a: {b: 1, c", '{"a":{"b":1,', "", "all is kept but 'c'"),
        ("a: |\n  b", '{"a":"b', "", "all is kept, and the text at the end is open"),
    ],
)
def test_what_is_kept(begun, text, endings, kept):
    prompt = prompt_yaml(begun)
    assert prompt.text.decode() == text
    assert b"".join(prompt.endings).decode() == endings
    assert prompt.kept == kept


def test_a_last_line_that_is_cut_inside_of_an_escape_is_left_out():
    prompt = prompt_yaml('a: b\nc: "\\u00')
    assert prompt.text == b'{"a":"b"'
    assert prompt.kept.startswith("all is kept; line 2 is left out: while parsing a quoted scalar")


@pytest.mark.parametrize(
    ("begun", "error", "line"),
    [
        ("a: 1\n\tb: 2\nc: 3\n", DocumentSyntaxError, 2),
        ("a: 1\nb: @c\n", DocumentSyntaxError, 2),
        ("a: b: c\n", DocumentSyntaxError, 1),
        ("a: 1\na: 2\n", DuplicateKeyError, 2),
    ],
)
def test_an_error_in_a_line_is_an_error_and_leaves_nothing_out(begun, error, line):
    with pytest.raises(error) as caught:
        prompt_yaml(begun, path="w.yml")
    assert (caught.value.path, caught.value.line) == ("w.yml", line)


@given(st.text("ab:-|>'\"[]{}, \n\t#&*!1", max_size=20))
def test_any_text_is_a_prompt_or_an_error_of_ours(text):
    try:
        prompt = prompt_yaml(text)
    except DocumentError:
        return
    assert prompt.kept.startswith("all is kept")
