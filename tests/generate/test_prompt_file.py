"""A prompt from a file: by its suffix, cut or whole."""

from __future__ import annotations

import pytest

from wfgen.errors import DocumentSyntaxError, UnreadableFileError
from wfgen.generate import read_prompt


@pytest.mark.parametrize(
    ("name", "text", "begun"),
    [
        ("w.yml", "name: CI\non:\n", '{"name":"CI","on":'),
        ("w.YAML", "{name: CI, on: push}\n", '{"name":"CI","on":"push"'),
        ("w.json", '{"name": "CI", "on": "pu', '{"name":"CI","on":"pu'),
        ("w.json", '{"name": "CI", "on": {}}\n', '{"name":"CI","on":{}'),
        ("w.json", '["\\ud83d', '["\\ud83d'),
        ("w.json", '"CI"', '"CI"'),
    ],
)
def test_what_is_whole_is_continued_inside(tmp_path, name, text, begun):
    (tmp_path / name).write_text(text, "utf-8")
    assert read_prompt(tmp_path / name).text.decode() == begun


def test_a_number_at_the_end_of_a_whole_value_stays_as_it_is(tmp_path):
    (tmp_path / "w.json").write_text('{"n": 1}', "utf-8")
    assert read_prompt(tmp_path / "w.json").alternatives == (b'{"n":1,', b'{"n":1}')


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("none.yml", UnreadableFileError),
        ("w.txt", UnreadableFileError),
        ("w.json", DocumentSyntaxError),
    ],
)
def test_what_is_no_prompt_is_an_error_with_its_file(tmp_path, name, error):
    for file in ("w.txt", "w.json"):
        (tmp_path / file).write_text("[,", "utf-8")
    with pytest.raises(error) as caught:
        read_prompt(tmp_path / name)
    assert caught.value.path == str(tmp_path / name)
