"""Which documents are learned from, and how long ones are cut."""

from __future__ import annotations

from itertools import pairwise, product

import pytest
import tiktoken
from hypothesis import assume, given
from hypothesis import strategies as st

from wfgen.errors import EncodeError
from wfgen_bpe.sampling import Tally, portions, sample
from wfgen_tiktoken.patterns import CL100K

DOCUMENTS = [b"%d" % n * 10 for n in range(1000)]
PAIRS = {bytes(pair): 256 + n for n, pair in enumerate(product(b" a!1\n", repeat=2))}
RANKS = {bytes([value]): value for value in range(256)} | PAIRS
GPT4 = tiktoken.Encoding("test", pat_str=CL100K, mergeable_ranks=RANKS, special_tokens={})


def drawn(documents, max_num_bytes):
    tally = Tally()
    return list(sample(lambda: documents, max_num_bytes, tally)), tally


def test_a_corpus_within_the_limit_is_used_whole_and_in_order():
    texts, tally = drawn(DOCUMENTS, 100_000)
    assert [text.encode() for text in texts] == DOCUMENTS
    assert tally.documents == tally.used_documents == 1000
    assert tally.num_bytes == tally.used_bytes == sum(map(len, DOCUMENTS))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_of_a_larger_corpus_about_the_share_is_used_and_never_more(share):
    limit = int(share * sum(map(len, DOCUMENTS)))
    texts, tally = drawn(DOCUMENTS, limit)
    assert 0.8 * limit < tally.used_bytes <= limit
    assert tally.used_documents == len(texts)
    assert tally.documents == 1000


def test_what_is_used_comes_from_all_over_the_corpus():
    texts, _ = drawn(DOCUMENTS, 10_000)
    places = [DOCUMENTS.index(text.encode()) for text in texts]
    assert min(places) < 100
    assert max(places) > 900


def test_the_same_documents_are_used_whatever_their_order():
    limit = 2 * sum(map(len, DOCUMENTS)) // 3
    forwards, _ = drawn(DOCUMENTS, limit)
    backwards, _ = drawn(DOCUMENTS[::-1], limit)
    # Those that no longer fitted at the end may differ.
    assert len(set(forwards) ^ set(backwards)) < 30


def test_a_document_that_is_not_utf8_is_named():
    with pytest.raises(EncodeError, match="document 1 of the corpus is not UTF-8") as caught:
        drawn([b"a", b"ab\xff"], 100)
    assert caught.value.offset == 2


@given(text=st.text(alphabet=" a!1\n\u3000\U0001f600"), most=st.integers(1, 12))
def test_portions_join_to_the_text_and_none_is_too_long(text, most):
    parts = list(portions(text, most))
    assert "".join(parts) == text
    assert all(len(part) <= most for part in parts)


@given(text=st.text(alphabet=" a!1\n", min_size=5), most=st.integers(4, 8))
def test_a_cut_before_a_space_cuts_where_the_pattern_does(text, most):
    parts = list(portions(text, most))
    assume(all(a[-1].strip() and b[0] == " " for a, b in pairwise(parts)))
    ids = [token for part in parts for token in GPT4.encode_ordinary(part)]
    assert ids == GPT4.encode_ordinary(text)
