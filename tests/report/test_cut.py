"""A cut document on a terminal and in a pipe: every token told from its neighbours."""

from __future__ import annotations

import io
from itertools import pairwise

import numpy as np
import pytest
from attrs import frozen
from rich.console import Console

from wfgen.api import Piece
from wfgen.builtin.byte_tokenizer import BytesTokenizer
from wfgen.report.cut import Cut, cut_document, print_cut
from wfgen.testing import BitListTokenizer

DOCUMENT = b'{"on":"push"}'
KINDS = ("key", "kind", "literal", "number", "text", "end", "mode", "one", "two", "three", "four")


@frozen
class Grammar:
    """Says of any document that it is DOCUMENT, or that it is free."""

    vocab_size: int = 9
    bos: int = 7
    eos: int = 8

    def encode(self, document):
        return np.array([1, 2, 3] if document == DOCUMENT else [0], dtype=np.int32)

    def decode(self, ids):
        return DOCUMENT

    def is_free(self, ids):
        return ids[0] == 0

    def inspect(self, document):
        if document != DOCUMENT:
            return (Piece(text=b"", kind="mode", token=0),)
        return (
            Piece(text=b"{", kind="kind"),
            Piece(text=b'"on":', kind="key", token=1),
            Piece(text=b'"pu', kind="text", token=2),
            Piece(text=b'sh"', kind="text", token=3),
            Piece(text=b"}", kind="end"),
        )


def cut(document=DOCUMENT, tokenizer=None):
    return cut_document(tokenizer or Grammar(), document)


def printed(cut, *, colours=None, encoding="utf-8", width=80):
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="backslashreplace")
    console = Console(
        file=file,
        force_terminal=colours is not None,
        color_system=colours,
        width=width,
        highlight=False,
        markup=False,
        legacy_windows=False,
        _environ={},
    )
    print_cut(cut, console)
    file.flush()
    return file.buffer.getvalue().decode(encoding)


def test_in_a_pipe_bars_part_the_tokens_and_brackets_mark_what_is_elided():
    assert printed(cut()).splitlines() == [
        '│‹{›│"on":│"pu│sh"│‹}›│',
        "",
        "tokens: key 1, text 2",
        "elided: kind 1, end 1",
        "3 tokens for 13 bytes of canonical JSON, 4.33 bytes a token, in grammar mode",
        "2 symbols elided: the grammar forces them, and no token writes them",
    ]


def test_free_mode_is_said_first():
    first, line, *_, sums, elided = printed(cut(b"[1]")).splitlines()
    assert first == "Free mode: the grammar rejects this document."
    assert line == "│<mode>│"
    assert sums == "1 tokens for 3 bytes of canonical JSON, 3.00 bytes a token, in free mode"
    assert elided.startswith("0 symbols")


def test_a_tokenizer_without_a_grammar_is_shown_without_a_word_of_one():
    assert printed(cut(b"[0]", BytesTokenizer())).splitlines() == [
        "│[│0│]│",
        "",
        "tokens: text 3",
        "3 tokens for 3 bytes of canonical JSON, 1.00 bytes a token",
    ]


def test_kinds_of_a_tokenizers_own_are_kinds_too():
    lines = printed(cut(b"[0,0]", BitListTokenizer())).splitlines()
    assert (lines[0], lines[2]) == ("│[│0│,0│]│", "tokens: open 1, bit 2, close 1")


def test_lines_are_whole_in_a_pipe_however_long():
    long = "x" * 300
    lines = printed(cut(f'"{long}"'.encode(), BytesTokenizer())).splitlines()
    assert lines[0] == "│" + "│".join(['"', *long, '"']) + "│"


def test_where_bars_cannot_be_written_plainer_ones_are():
    assert printed(cut(), encoding="ascii").splitlines()[0] == '|<{>|"on":|"pu|sh"|<}>|'


def test_what_is_no_text_or_would_steer_a_terminal_is_escaped():
    lines = printed(cut('"é\u009b\u202e"'.encode(), BytesTokenizer())).splitlines()
    assert lines[0] == '│"│\\xc3│\\xa9│\\xc2│\\x9b│\\xe2│\\x80│\\xae│"│'
    pieces = (Piece(text="a\u202e\x1b[2J".encode(), kind="\x1b", token=1),)
    assert "\x1b" not in printed(Cut(document=b"x", pieces=pieces, is_free=None))


@pytest.mark.parametrize("colours", ["standard", "256", "truecolor"])
def test_on_a_terminal_neighbours_differ_and_kinds_have_their_colours(colours):
    pieces = tuple(Piece(text=k.encode(), kind=k, token=n) for n, k in enumerate(KINDS))
    line = printed(Cut(document=b"x", pieces=pieces + pieces[::-1], is_free=None), colours=colours)
    styles = [part.partition("m")[0] for part in line.splitlines()[0].split("\x1b[")]
    shown = [style for style in styles if style not in ("", "0")]
    if colours == "standard":
        reversed_ = ["7" in style.split(";") for style in shown]
        assert all(a != b for a, b in pairwise(reversed_))
    else:
        shades = [style.partition(";48;")[2] for style in shown]
        assert all(a != b for a, b in pairwise(shades))
        inks = [style.partition(";48;")[0] for style in shown[:10]]
        assert len(set(inks)) == 10
    assert "│" not in line


def test_what_is_elided_is_dim_and_no_token_is():
    line, *_ = printed(cut(), colours="truecolor").splitlines()
    assert line.startswith("\x1b[2m{\x1b[0m")
    assert line.endswith("\x1b[2m}\x1b[0m")
    assert line.count("\x1b[2m") == 2


def test_no_token_at_all_is_no_division_by_zero():
    assert printed(Cut(document=b"", pieces=(), is_free=None)).split() == (
        ["0", "tokens", "for", "0", "bytes", "of", "canonical", "JSON"]
    )
