"""Constrained scores: never above the free ones, whatever the cut, the batch and the engine."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from attrs import define, frozen

pytest.importorskip("torch")

import torch

from wfgen.api import Constraint, GrammarState
from wfgen.canonical import to_canonical
from wfgen.corpus import load_yaml
from wfgen.corpus.samples import read_sample, sample_names
from wfgen.errors import ConstraintError, SettingError
from wfgen.masks import empty_row, unpack
from wfgen.registry import load_constraint, load_model, load_tokenizer
from wfgen.runs import constrained, score_constrained, score_documents
from wfgen.store import MemoryTokens
from wfgen.testing import BitListTokenizer

BITS = ["[]", "[0]", "[1,0,1]", "[0,0,0,0,1,1,0,1]", "[1]"]


@pytest.fixture
def make_model(install):
    install("fake-recurrent")

    def make(vocab_size):
        torch.manual_seed(0)
        made = load_model("recurrent", vocab_size, 100, {"width": 6})
        with torch.no_grad():
            list(made.parameters())[-1].normal_()  # it begins at 0, where every token is as likely
        return made

    return make


@pytest.fixture
def model(make_model):
    return make_model(8)


def tokens_of(tokenizer, documents):
    documents = [d if isinstance(d, bytes) else d.encode() for d in documents]
    return MemoryTokens.encoded(
        tokenizer, [tokenizer.encode(d) for d in documents], [*map(len, documents)]
    )


@pytest.fixture
def bits():
    return tokens_of(BitListTokenizer(), BITS)


@frozen
class Changed:
    """A constraint whose masks are changed, and which takes what it took before."""

    inner: Constraint
    change: object

    def start(self, prefix=None):
        ids, state = self.inner.start(prefix)
        return ids, ChangedState(state, self.change)


@define
class ChangedState:
    inner: GrammarState
    change: object

    def fill_mask(self, row, budget=None):
        self.inner.fill_mask(row, budget)
        self.change(row)

    def advance(self, token):
        self.inner.advance(token)


def allow_all(row):
    row[:] = -1


def naive(model, source, constraint, tokenizer):
    """A document at a time, whole, a token at a time."""
    offsets = source.offsets("")
    for begin, end in itertools.pairwise(offsets):
        ids = source.tokens[begin:end].astype(np.int64)
        with torch.no_grad():
            logits = model.logits(torch.from_numpy(ids[None, :-1]))[0][0].double().numpy()
        _, state = constraint.start()
        nats = 0.0
        for at, token in enumerate(ids[1:].tolist()):
            row = empty_row(tokenizer.vocab_size)
            state.fill_mask(row)
            allowed = unpack(row, tokenizer.vocab_size)
            if not allowed[token]:
                nats = math.inf
                break
            nats -= math.log(np.exp(logits[at, token]) / np.exp(logits[at][allowed]).sum())
            state.advance(token)
        yield nats


def test_it_is_what_a_loop_over_single_tokens_gives(model, bits):
    tokenizer = BitListTokenizer()
    scores = score_constrained(model, bits, tokenizer.constrain(), context=100)
    expected = list(naive(model, bits, tokenizer.constrain(), tokenizer))
    assert scores.nats_N.tolist() == pytest.approx(expected, rel=1e-5)
    assert scores.refused == ()


@pytest.mark.parametrize(("context", "overlap"), [(2, 1), (3, None), (5, 4), (100, None)])
def test_without_a_constraint_it_is_what_documents_cost(model, bits, context, overlap):
    constraint = BitListTokenizer().constrain()
    cut = {"context": context, "overlap": overlap}
    scores = score_constrained(model, bits, constraint, **cut)
    free = score_documents(model, bits, **cut)
    assert scores.free.nats_N == pytest.approx(free.nats_N, rel=1e-5)
    assert scores.free.tokens_N.tolist() == free.tokens_N.tolist()
    assert scores.free.bytes_N.tolist() == [len(text) for text in BITS]
    assert (scores.nats_N <= scores.free.nats_N).all()


def test_masks_that_allow_all_change_nothing(model, bits):
    tokenizer = BitListTokenizer()
    scores = score_constrained(model, bits, Changed(tokenizer.constrain(), allow_all), context=5)
    assert scores.nats_N.tolist() == scores.free.nats_N.tolist()


def test_masks_that_allow_one_token_cost_nothing(model, bits):
    alone = tokens_of(BitListTokenizer(), ["[]"])

    def only_what_comes(row):
        row[:] &= 0b10000011  # `[`, `]` and the end

    scores = score_constrained(
        model, alone, Changed(BitListTokenizer().constrain(), only_what_comes), context=100
    )
    assert scores.nats_N.tolist() == [0.0]
    assert scores.free.nats_N[0] > 0


@pytest.mark.parametrize("context", [3, 100])
@pytest.mark.parametrize(("mask_bytes", "max_positions"), [(1, 1), (1, None), (1 << 26, 17)])
def test_the_size_of_a_batch_changes_nothing_but_rounding(
    model, bits, monkeypatch, *, context, mask_bytes, max_positions
):
    constraint = BitListTokenizer().constrain()
    whole = score_constrained(model, bits, constraint, context=context)
    monkeypatch.setattr(constrained, "_MASK_BYTES", mask_bytes)
    scores = score_constrained(
        model, bits, constraint, context=context, max_positions=max_positions
    )
    assert scores.nats_N == pytest.approx(whole.nats_N, rel=1e-5)
    assert scores.free.nats_N == pytest.approx(whole.free.nats_N, rel=1e-5)


def test_some_documents_cost_what_they_cost_among_all(model, bits):
    constraint, some = BitListTokenizer().constrain(), np.array([1, 3])
    whole = score_constrained(model, bits, constraint, context=4)
    alone = score_constrained(model, bits, constraint, context=4, documents=some)
    assert alone.nats_N == pytest.approx(whole.nats_N[some], rel=1e-5)
    with pytest.raises(SettingError, match="no document is left"):
        score_constrained(model, bits, constraint, context=4, documents=some[:0])


@pytest.mark.parametrize("mask_bytes", [1, 1 << 26])
def test_a_document_with_a_token_outside_its_mask_is_refused_and_counted(
    model, bits, monkeypatch, mask_bytes
):
    monkeypatch.setattr(constrained, "_MASK_BYTES", mask_bytes)

    def forbid_the_merge(row):
        row[:] &= ~(1 << 5)

    planted = Changed(BitListTokenizer().constrain(), forbid_the_merge)
    scores = score_constrained(model, bits, planted, context=3)
    assert [(each.document, each.index) for each in scores.refused] == [(2, 2), (3, 2)]
    assert all("its mask leaves it out" in each.cause for each in scores.refused)
    assert scores.accepted.tolist() == [0, 1, 4]
    assert np.isinf(scores.nats_N[[2, 3]]).all()
    assert np.isfinite(scores.free.nats_N).all()
    assert scores.held.nats_N.tolist() == scores.nats_N[[0, 1, 4]].tolist()
    assert scores.held.bytes_N.tolist() == [2, 3, 3]
    assert scores.held.tokens_N.tolist() == [3, 4, 4]


def test_an_end_outside_the_mask_is_refused_as_the_end(model, bits):
    def forbid_the_end(row):
        row[:] &= ~(1 << 7)

    planted = Changed(BitListTokenizer().constrain(), forbid_the_end)
    scores = score_constrained(model, bits, planted, context=100)
    ends = [len(BitListTokenizer().encode(text)) for text in BITS]
    assert [each.index for each in scores.refused] == ends
    assert not len(scores.accepted)


def test_a_mask_that_allows_too_much_is_an_error(model):
    merged = BitListTokenizer()
    wrong = MemoryTokens.encoded(merged, [np.array([0, 2, 1], dtype=np.int32)], [3])  # `[,]`
    scores = score_constrained(model, wrong, merged.constrain(), context=9)
    assert [each.index for each in scores.refused] == [1]
    with pytest.raises(ConstraintError, match="the mask allows it, and it is refused as token 1"):
        score_constrained(model, wrong, Changed(merged.constrain(), allow_all), context=9)


# With the real ones -----------------------------------------------------------------------------


def samples():
    """The shortest."""
    documents = [to_canonical(load_yaml(read_sample(name))) for name in sample_names()]
    return sorted(documents, key=len)[:3]


def check_real(model, tokenizer, constraint, documents):
    source = tokens_of(tokenizer, documents)
    scores = score_constrained(model, source, constraint, context=64)
    kept = scores.accepted
    assert (scores.nats_N[kept] <= scores.free.nats_N[kept] * (1 + 1e-6)).all()
    assert scores.nats_N[kept].sum() < scores.free.nats_N[kept].sum()
    first = tokens_of(tokenizer, documents[:1])
    whole = score_constrained(model, first, constraint, context=10_000)
    expected = list(naive(model, first, constraint, tokenizer))
    assert whole.nats_N.tolist() == pytest.approx(expected, rel=1e-4)
    return scores


def test_workflows_cost_less_under_their_grammar_and_free_mode_is_refused(make_model):
    pytest.importorskip("tct_github_workflow", reason="tct-github-workflow is not installed")
    tokenizer = load_tokenizer("tct-github-workflow")
    documents = [*samples(), b'{"on":"push","no-such-key":1}']
    assert tokenizer.is_free(tokenizer.encode(documents[-1]))
    model = make_model(tokenizer.vocab_size)
    scores = check_real(model, tokenizer, tokenizer.constrain(), documents)
    assert [(each.document, each.index) for each in scores.refused] == [(len(documents) - 1, 0)]


def test_bytes_cost_less_under_an_engine(make_model):
    pytest.importorskip("wfgen_llguidance", reason="wfgen-llguidance is not installed")
    tokenizer = load_tokenizer("bytes")
    schema = {"type": "object", "properties": {"on": {"type": "string"}}}
    constraint = load_constraint("llguidance", tokenizer, schema)
    documents = [b'{"on":"push"}', b"{}", b'{"on":1}', b'{"on":"schedule"}']
    scores = check_real(make_model(tokenizer.vocab_size), tokenizer, constraint, documents)
    assert [(each.document, each.index) for each in scores.refused] == [(2, 6)]


def test_gathered_documents_do_not_say_their_bytes(model, bits):
    some = MemoryTokens.gathered(bits, "valid", np.array([3, 1]))
    ids = [[6, *BitListTokenizer().encode(BITS[at]).tolist(), 7] for at in (3, 1)]
    assert some.tokens.tolist() == [*ids[0], *ids[1]]
    assert np.diff(some.offsets("")).tolist() == [len(ids[0]), len(ids[1])]
    with pytest.raises(SettingError, match="how many bytes a document of valid has"):
        score_documents(model, some, context=4)
