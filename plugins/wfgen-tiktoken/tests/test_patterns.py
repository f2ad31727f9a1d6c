"""A text cut at long runs of whitespace has the ids of the whole text."""

from __future__ import annotations

from itertools import product
from unittest.mock import patch

import pytest
import tiktoken
from hypothesis import example, given
from hypothesis import strategies as st

from wfgen_tiktoken import RankTokenizer, tokenizer
from wfgen_tiktoken.patterns import CL100K, LONG_RUN, O200K, R50K

ALPHABET = " \n\t\r!a1/"
BYTES = [bytes([value]) for value in range(256)]
# Every two and three characters are a token, so that the ids show where a piece ends.
TOKENS = [*BYTES, *("".join(t).encode() for n in (2, 3) for t in product(ALPHABET, repeat=n))]
RANKS = {token: rank for rank, token in enumerate(TOKENS)}
LAST = len(RANKS)


def made(pattern):
    return RankTokenizer(
        entry="tiktoken",
        encoding="test",
        pattern=pattern,
        ranks=RANKS,
        bos=LAST,
        eos=LAST + 1,
        vocab_size=LAST + 2,
    )


def uncut(pattern):
    return tiktoken.Encoding("test", pat_str=pattern, mergeable_ranks=RANKS, special_tokens={})


PATTERNS = {"R50K": R50K, "CL100K": CL100K, "O200K": O200K}
CUT = {name: made(pattern) for name, pattern in PATTERNS.items()}
UNCUT = {name: uncut(pattern) for name, pattern in PATTERNS.items()}
runs = st.sampled_from(
    [*ALPHABET, "  ", "   ", "\n\n", " \n", "\n  ", "\u3000\u00a0", "\x1c", "\u0301"]
)
texts = st.lists(runs, max_size=12).map("".join)


@pytest.mark.parametrize("name", PATTERNS)
@given(text=texts)
@example(text="a   ")
@example(text="a   b")
@example(text="!\n\n   b")
@example(text="  \n  ")
@example(text="a\n   \n")
def test_a_cut_text_has_the_ids_of_the_whole(name, text):
    with patch.object(tokenizer, "LONG_RUN", 2):
        assert CUT[name].encode(text).tolist() == UNCUT[name].encode_ordinary(text)


@pytest.mark.parametrize("tail", ["", "x", "\n", " \nx"])
@pytest.mark.parametrize("name", PATTERNS)
def test_so_it_is_at_the_length_where_texts_are_cut(name, tail):
    text = "!\n" + " " * (LONG_RUN + 1000) + tail
    assert CUT[name].encode(text).tolist() == UNCUT[name].encode_ordinary(text)
