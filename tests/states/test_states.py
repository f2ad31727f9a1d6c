"""States beside the ids: the same while encoding and while writing, and what the lexer knows."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfgen.canonical import to_canonical
from wfgen.corpus import CorpusSpec, load_corpus
from wfgen.errors import CapabilityError, SettingError
from wfgen.registry import load_tokenizer
from wfgen.states import SOURCES, open_states
from wfgen.states.lexer import KEY, STRING, JsonLexer
from wfgen.testing import BitListTokenizer as BitList

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


def check_source(source, document):
    """Encoding and tracking tell the same, and a fork goes its own way."""
    ids, states = source.encode(document)
    assert ids.tolist() == source.tokenizer.encode(document).tolist()
    assert states.dtype == np.int32
    assert states.shape == (len(ids) + 1,)
    assert ((states >= 0) & (states < source.num_states)).all()
    tracker = source.track()
    for token, state in zip(ids.tolist(), states.tolist(), strict=False):
        fork = tracker.fork()
        assert tracker.state_id == fork.state_id == state
        tracker.advance(token)
        assert fork.state_id == state
    assert tracker.state_id == states[-1]
    return states


@given(JSON)
def test_the_lexer_tells_the_same_whichever_way(value):
    check_source(open_states("lexer", load_tokenizer("bytes")), to_canonical(value))


@given(JSON.map(lambda value: [value]), st.binary(max_size=3))
def test_what_is_no_json_breaks_the_lexer_for_good(value, rest):
    lexer = JsonLexer()
    lexer.feed(to_canonical(value) + rest)
    assert lexer.state_id == 0


@pytest.mark.parametrize("text", [b"[1,]", b'{"a":1,}', b'{"a",1}', b"{1:2}", b"[}", b"]", b"{,"])
def test_a_lexer_that_is_broken_knows_nothing(text):
    lexer = JsonLexer()
    for at in range(len(text)):
        lexer.feed(text[at : at + 1])
    assert lexer.state_id == 0


def test_depth_phase_and_the_key_above_tell_states_apart():
    def behind(text):
        lexer = JsonLexer()
        lexer.feed(text)
        return lexer.state_id

    assert behind(b'{"a":"') == behind(b'{"b":1,"a":"x')
    assert behind(b'{"a":"') != behind(b'{"b":"')
    assert behind(b'{"a":"') != behind(b'{"a":["')
    assert behind(b'{"a":{"') != behind(b'{"a":"')
    assert behind(b'{"a":["x","') == behind(b'{"a":["')
    assert behind(b'{"a":"\\"') == behind(b'{"a":"')
    assert (KEY, STRING) == (3, 1)


def test_a_grammar_tells_the_same_whichever_way():
    pytest.importorskip("tct_github_workflow")
    source = open_states("grammar", load_tokenizer("tct-github-workflow"))
    seen = set()
    for document in load_corpus(CorpusSpec(path="samples")).train[:20]:
        seen |= set(check_source(source, document.canonical).tolist())
    assert len(seen) > 20


def test_off_the_grammar_there_is_no_state():
    tokenizer = BitList()
    source = open_states("grammar", tokenizer)
    tracker = source.track()
    ids, states = source.encode(b"[0,1]")
    assert check_source(source, b"[0,1]").tolist() == states.tolist() == [0, 1, 2, 3, 2, 4]
    tracker.advance(int(ids[-1]))
    assert tracker.state_id == 0
    tracker.advance(int(ids[0]))
    assert tracker.state_id == 0


def test_what_a_tokenizer_cannot_give_is_refused_with_a_way_out():
    with pytest.raises(CapabilityError, match="take the states of the lexer"):
        open_states("grammar", load_tokenizer("bytes"))
    with pytest.raises(CapabilityError, match="take the states of its grammar"):
        open_states("lexer", load_tokenizer("tct-github-workflow"))
    with pytest.raises(SettingError, match="did you mean 'lexer'"):
        open_states("lexers", load_tokenizer("bytes"))
    assert set(SOURCES) == {"grammar", "lexer"}
    assert importlib.import_module("wfgen.states")
