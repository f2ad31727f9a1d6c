"""JSON cut anywhere: what is whole is canonical, what is cut stands as it was typed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfgen.canonical import to_canonical
from wfgen.errors import DocumentError, DocumentSyntaxError, DuplicateKeyError, NotUtf8Error
from wfgen.generate.prompt import prompt_value
from wfgen.generate.prompt_json import prompt_json
from wfgen.testing.strategies import canonical_documents, json_values

STRING_OR_MARK = re.compile(r'("(?:[^"\\]|\\.)*")|([{}\[\],:])')
STRING_OR_BLANK = re.compile(r'("(?:[^"\\]|\\.)*(?:"|\\?\Z))|[ \n]+')


@given(canonical_documents(), st.floats(0, 1))
def test_canonical_json_cut_at_any_byte_stands_as_it_is(document, where):
    begun = document[: round(where * len(document))]
    assert prompt_json(begun).alternatives == (begun,)


@given(canonical_documents(), st.sampled_from(["", " ", "\n  "]), st.floats(0, 1))
def test_white_space_changes_nothing_wherever_it_is_cut(document, blank, where):
    spaced = STRING_OR_MARK.sub(
        lambda m: m[0] if m[1] else blank + m[0] + blank, document.decode("utf-8")
    )
    begun = spaced[: round(where * len(spaced))]
    prompt = prompt_json(begun)
    assert prompt.text.decode() == STRING_OR_BLANK.sub(lambda m: m[1] or "", begun)
    assert document.startswith(prompt.text)


@given(json_values())
def test_a_value_stays_open_at_its_outermost_level_alone(value):
    whole, prompt = to_canonical(value), prompt_value(value)
    is_container = isinstance(value, (dict, list))
    assert prompt.text == (whole[:-1] if is_container else whole)
    if is_container and prompt.text[-1:].isdigit():
        assert prompt.endings == (b",", whole[-1:])
    else:
        assert prompt.endings == (b"",)


@pytest.mark.parametrize(
    ("begun", "text", "endings"),
    [
        ("", b"", (b"",)),
        ('{"a": 1.50, "b"', b'{"a":1.5,"b"', (b"",)),
        ('{"a": 10', b'{"a":10', (b"",)),
        ('{"a": 10 ', b'{"a":10', (b",", b"}")),
        ('{"a": [1, 2\n', b'{"a":[1,2', (b",", b"]")),
        ('["\\u0041\\/", "\\u00', b'["A/","\\u00', (b"",)),
        ('{"a": "\\ud83d\\ude', b'{"a":"\\ud83d\\ude', (b"",)),
        ('{"a": "\\ud83d\\ude00', '{"a":"\U0001f600'.encode(), (b"",)),
        ('{"a": "\\\\ud83d', b'{"a":"\\\\ud83d', (b"",)),
        ('{"a": 1, "a', b'{"a":1,"a', (b"",)),
        ('{"\\u0000": 1,', b'{"\\u0000":1,', (b"",)),
        ('{"a": tru', b'{"a":tru', (b"",)),
        ("\ufeff[", b"[", (b"",)),
        (b'["\xc3', b'["\xc3', (b"",)),
    ],
)
def test_what_is_cut(begun, text, endings):
    prompt = prompt_json(begun)
    assert (prompt.text, prompt.endings) == (text, endings)


@pytest.mark.parametrize(
    ("begun", "error", "place"),
    [
        ('{"a": trx', DocumentSyntaxError, (1, 7)),
        ("{,", DocumentSyntaxError, (1, 2)),
        ("[1,,", DocumentSyntaxError, (1, 4)),
        ('{"a":\n1}}', DocumentSyntaxError, (2, 3)),
        ("[01", DocumentSyntaxError, (1, 2)),
        ('["\\q', DocumentSyntaxError, (1, 3)),
        ('{"a":1,"a"', DuplicateKeyError, (1, 8)),
        (b"[\xc3", NotUtf8Error, (1, 2)),
        (b'["\xff', NotUtf8Error, (1, 3)),
    ],
)
def test_what_no_json_begins_with_is_an_error_with_its_place(begun, error, place):
    with pytest.raises(error) as caught:
        prompt_json(begun, path="w.json")
    assert (caught.value.line, caught.value.column) == place
    assert caught.value.path == "w.json"


@given(st.text('{}[],:"\\u0d8tre1.-e \n', max_size=12))
def test_any_text_is_a_prompt_or_an_error_of_ours(text):
    try:
        prompt = prompt_json(text)
    except DocumentError:
        return
    assert prompt_json(prompt.text).text == prompt.text
