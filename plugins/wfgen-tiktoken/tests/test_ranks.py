"""Rank files: read with the line at fault, written in one form."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfgen_tiktoken import PUBLISHED, RankFileError
from wfgen_tiktoken.ranks import MAX_IDS, format_ranks, parse_ranks, read_rank_file

BYTES = {bytes([value]): value for value in range(256)}
WHOLE = format_ranks(BYTES)
tokens = st.dictionaries(
    st.binary(min_size=2, max_size=4), st.integers(256, MAX_IDS - 1), max_size=8
).filter(lambda d: len(set(d.values())) == len(d))


@given(merges=tokens)
def test_what_is_written_reads_back(merges):
    ranks = {**BYTES, **merges}
    assert parse_ranks(format_ranks(ranks), path="x") == ranks


@given(data=st.binary(max_size=60))
def test_any_bytes_are_ranks_or_an_error(data):
    try:
        assert len(parse_ranks(WHOLE + data, path="x")) >= 256
    except RankFileError as error:
        assert error.path == "x"


def test_order_blank_lines_and_carriage_returns_do_not_matter():
    lines = WHOLE.split(b"\n")
    assert parse_ranks(b"\r\n".join(reversed(lines)), path="x") == BYTES


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        (b"YWI=", "1 words"),
        (b" 256", "1 words"),
        (b"YWI= 256 1", "3 words"),
        (b"YW?= 256", "not base64"),
        (b"YWI 256", "not base64"),
        (b"YWI= 2.5", "'2.5'"),
        (b"YWI= \xff", "no whole number"),
        (b"YWI= " + b"9" * 5000, "no whole number"),
        (b"YWI= -1", "not from 0"),
        (b"YWI= %d" % MAX_IDS, "not from 0"),
        (b"YQ== 256", "line 98 too"),
        (b"YWI= 97", "line 98 too"),
    ],
)
def test_a_bad_line_is_named(line, cause):
    with pytest.raises(RankFileError, match=cause) as caught:
        parse_ranks(WHOLE + line + b"\n", path="a.tiktoken")
    assert caught.value.line == 257
    assert str(caught.value).startswith("a.tiktoken, line 257: ")


def test_a_file_without_all_bytes_is_refused():
    with pytest.raises(RankFileError, match="the first is 0x61"):
        parse_ranks(WHOLE.replace(b"YQ== 97\n", b""), path="x")


def test_another_hash_is_refused_with_both():
    expected = "0" * 64
    with pytest.raises(RankFileError) as caught:
        parse_ranks(WHOLE, path="x", sha256=expected)
    assert expected in caught.value.cause
    assert hashlib.sha256(WHOLE).hexdigest() in caught.value.cause


def test_a_hash_may_be_in_capitals():
    digest = hashlib.sha256(WHOLE).hexdigest().upper()
    assert parse_ranks(WHOLE, path="x", sha256=digest) == BYTES


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(RankFileError, match=r"none\.tiktoken: cannot be read"):
        read_rank_file(tmp_path / "none.tiktoken")


@pytest.mark.parametrize("name", ["o200k", "cl100k"])
def test_the_published_bytes_are_reproduced(name, request):
    tokenizer = request.getfixturevalue(name)
    digest = hashlib.sha256(format_ranks(tokenizer.ranks)).hexdigest()
    assert digest == PUBLISHED[tokenizer.encoding].sha256
