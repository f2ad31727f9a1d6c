"""Lines of a cut document: all pieces, in order, broken where a person would."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfgen.api import Piece
from wfgen.report.layout import lay_out
from wfgen.testing import canonical_documents


def cut(text, *borders):
    """A document cut at some offsets."""
    ends = [*borders, len(text)]
    return [Piece(text=text[a:b], token=0) for a, b in zip([0, *borders], ends, strict=True)]


def bytewise(text):
    return [Piece(text=text[n : n + 1], token=n) for n in range(len(text))]


def shown(pieces):
    return [
        "  " * line.depth + b"".join(p.text for p in line.pieces).decode()
        for line in lay_out(pieces)
    ]


def canonical(value):
    return json.dumps(value, separators=(",", ":")).encode()


@given(canonical_documents(), st.lists(st.integers(0, 60), max_size=20))
def test_no_piece_is_lost_or_moved_however_a_document_is_cut(document, borders):
    pieces = cut(document, *sorted(min(b, len(document)) for b in borders))
    lines = lay_out(pieces)
    assert [p for line in lines for p in line.pieces] == pieces
    assert all(line.pieces and line.depth >= 0 for line in lines)


@given(st.lists(st.binary(max_size=4), max_size=12))
def test_what_is_no_json_is_laid_out_all_the_same(texts):
    pieces = [Piece(text=text, token=0) for text in texts]
    assert [p for line in lay_out(pieces) for p in line.pieces] == pieces


def test_a_key_a_line_indented_by_depth_and_short_lists_together():
    value = {"on": {"push": {"branches": ["main", "dev"]}}, "jobs": [{"a": [[1]]}]}
    assert shown(bytewise(canonical(value))) == [
        "{",
        '  "on":{',
        '    "push":{',
        '      "branches":["main","dev"]',
        "    }",
        "  }",
        '  ,"jobs":[',
        "    {",
        '      "a":[',
        "        [1]",
        "      ]",
        "    }",
        "  ]",
        "}",
    ]


def test_scripts_break_at_their_newlines_but_not_at_the_last():
    long = "x" * 60
    text = canonical({"run": f"make\n\nmake {long}\n", "n": r"a\n"})
    assert shown(bytewise(text)) == [
        "{",
        r'  "run":"make\n',
        r"    \n",
        rf'    make {long}\n"',
        r'  ,"n":"a\\n"',
        "}",
    ]


def test_what_is_long_and_holds_nothing_nested_is_broken_too():
    items = ["x" * 30, "y" * 30]
    assert shown(bytewise(canonical(items))) == [
        "[",
        f'  "{items[0]}"',
        f'  ,"{items[1]}"',
        "]",
    ]


def test_brackets_inside_of_strings_break_nothing():
    value = {"a": "{[,]}" * 20, "b": '\\"{"'}
    assert len(shown(bytewise(canonical(value)))) == 4


def test_a_break_inside_of_a_token_goes_before_or_behind_it():
    tokens = ['{"', "on", '":{"', "push", '":{}', "},", '"a', '":[[', "[]", ",1", "]]}"]
    pieces = [Piece(text=token.encode(), token=0) for token in tokens]
    assert shown(pieces) == [
        '{"',
        '  on":{"',
        '    push":{}',
        '  },"a":[[',
        "      []",
        "      ,1",
        "]]}",
    ]


@pytest.mark.parametrize("at", [0, 1, 3])
def test_a_piece_without_text_stays_with_what_is_before_it(at):
    pieces = bytewise(b'[[1],"' + b"x" * 70 + b'"]')
    mark = Piece(text=b"", kind="mode", token=7)
    lines = lay_out([*pieces[:at], mark, *pieces[at:]])
    (line,) = (line for line in lines if mark in line.pieces)
    assert line == lines[0 if at == 0 else 1]


def test_nothing_is_no_line():
    assert lay_out([]) == []
