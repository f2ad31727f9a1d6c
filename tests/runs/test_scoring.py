"""Scores: every token once, whatever the cut, the batch and the share."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from wfgen.errors import ArtefactError, SettingError
from wfgen.registry import load_model
from wfgen.runs import score_documents
from wfgen.store import StoreWriter, TokenStore


@pytest.fixture
def model(install):
    install("fake-recurrent")
    torch.manual_seed(0)
    made = load_model("recurrent", 258, 100, {"width": 6})
    with torch.no_grad():
        list(made.parameters())[-1].normal_()  # it begins at 0, where every token is as likely
    return made


def nats_of_whole(model, store, split):
    """A document at a time, whole."""
    offsets = store.offsets(split)
    nats = []
    for begin, end in itertools.pairwise(offsets):
        ids = torch.from_numpy(store.tokens[begin:end].astype(np.int64))
        with torch.no_grad():
            logits, _ = model.logits(ids[None, :-1])
        nats.append(float(torch.nn.functional.cross_entropy(logits[0], ids[1:], reduction="sum")))
    return nats


def test_documents_that_fit_are_scored_whole(model, store):
    scores = score_documents(model, store, context=100)
    assert scores.nats_N.tolist() == pytest.approx(nats_of_whole(model, store, "valid"), rel=1e-6)
    assert scores.tokens_N.tolist() == (np.diff(store.offsets("valid")) - 1).tolist()
    assert scores.bytes_N.tolist() == [2, 71, 21, 2]


def test_bits_per_byte_are_all_bits_over_all_bytes(model, store):
    scores = score_documents(model, store, context=100)
    nats = sum(nats_of_whole(model, store, "valid"))
    assert scores.bits_per_byte == pytest.approx(nats / math.log(2) / 96, rel=1e-6)
    assert scores.loss == pytest.approx(nats / (96 + 4), rel=1e-6)  # four ends
    assert scores.perplexity == pytest.approx(math.exp(scores.loss))


@pytest.mark.parametrize(("context", "overlap"), [(5, None), (5, 1), (7, 7), (9, 4), (100, 50)])
def test_every_token_counts_once_however_long_documents_are_cut(install, store, context, overlap):
    install("fake-recurrent")
    uniform = load_model("recurrent", 258, context, {"width": 3})
    scores = score_documents(uniform, store, context=context, overlap=overlap)
    assert scores.nats_N == pytest.approx(scores.tokens_N * math.log(258), rel=1e-6)


def test_the_size_of_a_batch_changes_nothing_but_rounding(model, store):
    one = score_documents(model, store, context=9, max_positions=1)
    all_ = score_documents(model, store, context=9, max_positions=10_000)
    assert one.nats_N == pytest.approx(all_.nats_N, rel=1e-5)


@pytest.mark.parametrize("ranks", [2, 3, 50])
def test_the_shares_of_several_processes_make_the_whole(model, store, ranks):
    whole = score_documents(model, store, context=9)
    shares = [score_documents(model, store, context=9, share=(r, ranks)) for r in range(ranks)]
    assert sum(s.nats_N for s in shares) == pytest.approx(whole.nats_N, rel=1e-5)


def test_some_documents_cost_what_they_cost_among_all(model, store):
    some = np.array([1, 3])
    whole = score_documents(model, store, context=9).of(some)
    alone = score_documents(model, store, context=9, documents=some)
    assert alone.nats_N == pytest.approx(whole.nats_N, rel=1e-5)
    assert (alone.bytes_N.tolist(), alone.tokens_N.tolist()) == ([71, 2], [72, 3])


def test_no_document_is_no_score(model, store):
    with pytest.raises(SettingError, match="no document is left"):
        score_documents(model, store, context=9, documents=np.array([], dtype=np.int64))


def test_a_store_without_bytes_cannot_be_scored(model, tmp_path):
    with StoreWriter(tmp_path / "bare", vocab_size=258, bos=256, eos=257) as writer:
        writer.add("valid", np.array([1, 2], dtype=np.int32), {})
        writer.finish({})
    with pytest.raises(ArtefactError, match="how many bytes a document of valid has"):
        score_documents(model, TokenStore.open(tmp_path / "bare"), context=9)
