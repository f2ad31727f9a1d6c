"""No text makes a published encoding fail, crash or hang."""

from __future__ import annotations

import random
import string

import pytest

from wfgen.errors import EncodeError
from wfgen_tiktoken import from_ranks

MILLION = 1_000_000
BASE64 = string.ascii_letters + string.digits + "+/"
WHITESPACE = {
    "spaces": " " * MILLION,
    "spaces, then a word": " " * MILLION + "x",
    "spaces, then a line break": " " * MILLION + "\n",
    "ideographic spaces": "\u3000" * MILLION + "x",
    "line breaks": "\n" * MILLION + "x",
    "two long runs": (" " * MILLION + "x") * 2,
}
OTHERS = {
    "one letter": "a" * MILLION,
    "one mark": "\u0301" * MILLION,
    "one punctuation mark": "!" * MILLION,
    "zeros": "\u0000" * MILLION,
    "escaped zeros": "\\u0000" * (MILLION // 6),
    "no space": "".join(random.Random(1).choices(BASE64, k=MILLION)),
}


@pytest.mark.parametrize("name", WHITESPACE)
def test_a_million_of_any_whitespace_comes_back(cl100k, name):
    text = WHITESPACE[name]
    assert cl100k.decode(cl100k.encode(text)) == text.encode()


@pytest.mark.parametrize("name", ["spaces", *OTHERS])
def test_a_million_of_anything_comes_back(o200k, name):
    text = {**WHITESPACE, **OTHERS}[name]
    assert o200k.decode(o200k.encode(text)) == text.encode()


def test_a_pattern_that_backtracks_too_much_is_an_encode_error(small_file):
    tokenizer = from_ranks(small_file, pattern=r"\s+(?!\S)|\s|\S+", name="mine")
    with pytest.raises(EncodeError, match="mine does not take this text"):
        tokenizer.encode(" " * MILLION)
    assert tokenizer.decode(tokenizer.encode("still works")) == b"still works"


def test_a_panic_in_rust_is_an_encode_error(small_file, capfd):
    tokenizer = from_ranks(small_file, pattern=r"x*", name="mine")
    with pytest.raises(EncodeError, match="tiktoken stopped"):
        tokenizer.encode("abc")
    assert "panicked" in capfd.readouterr().err
