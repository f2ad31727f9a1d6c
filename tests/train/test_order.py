"""The order of windows: every one once an epoch, and the same from any place on."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest

pytest.importorskip("torch")

from wfgen.registry import load_windower
from wfgen.store import StoreWriter, TokenStore
from wfgen.train import order as orders
from wfgen.train.order import Cursor, count_windows, documents_order, windows_from, windows_order

CONTEXT = 24


@pytest.fixture
def windower():
    return load_windower("documents", {"context": CONTEXT})


@pytest.fixture(params=["windows", "documents"])
def order(request, data, windower, monkeypatch):
    monkeypatch.setattr(orders, "GROUP_DOCUMENTS", 7)
    if request.param == "windows":
        return windows_order(windower.windows(data, "train"), seed=3)
    return documents_order(data, windower, "train", seed=3)


def take(order, start, num):
    return list(itertools.islice(windows_from(order, start), num))


def epoch_of(order, number):
    placed = itertools.takewhile(
        lambda p: p.after.epoch == number, windows_from(order, Cursor(number, 0))
    )
    return list(placed)


def targets(windows):
    return Counter(int(t) for w in windows for t in w.tokens[1:][w.loss_mask])


def test_every_target_stands_once_in_every_epoch(order, data):
    offsets = data.offsets("train")
    wanted = Counter(data.tokens[offsets[0] : offsets[-1]].tolist())
    del wanted[data.bos]
    for number in (0, 1, 5):
        assert targets(p.window for p in epoch_of(order, number)) == wanted


def test_epochs_differ_and_are_the_same_again(order):
    first, second, again = (epoch_of(order, n) for n in (0, 1, 0))
    assert [p.document for p in first] != [p.document for p in second]
    for one, other in zip(first, again, strict=True):
        assert (one.window.tokens == other.window.tokens).all()
        assert (one.document, one.after) == (other.document, other.after)


def test_the_order_goes_on_from_any_place(order):
    whole = take(order, Cursor(), 3 * count_windows(order))
    for at in range(0, len(whole) - 4, 5):
        rest = take(order, whole[at].after, 4)
        for one, other in zip(whole[at + 1 : at + 5], rest, strict=True):
            assert (one.window.tokens == other.window.tokens).all()
            assert (one.document, one.after) == (other.document, other.after)


def test_windows_begin_in_the_document_they_say(order, data):
    offsets = data.offsets("train")
    for placed in take(order, Cursor(), 40):
        begin = offsets[placed.document] + placed.window.start
        end = min(begin + CONTEXT + 1, offsets[placed.document + 1])
        assert (placed.window.tokens[: end - begin] == data.tokens[begin:end]).all()


def test_another_seed_is_another_order(data, windower):
    windows = windower.windows(data, "train")
    one, other = (epoch_of(windows_order(windows, seed), 0) for seed in (1, 2))
    assert [p.document for p in one] != [p.document for p in other]


def test_documents_come_in_one_order_for_every_tokenizer(data, windower, tmp_path, monkeypatch):
    """A second store holds the same documents in half as many tokens."""
    with StoreWriter(tmp_path / "half", vocab_size=258, bos=256, eos=257) as writer:
        for begin, end in itertools.pairwise(data.offsets("train").tolist()):
            writer.add("train", data.tokens[begin + 1 : end - 1 : 2].astype(np.int32), {})
        writer.finish({})
    half = TokenStore.open(tmp_path / "half")
    monkeypatch.setattr(orders, "GROUP_DOCUMENTS", 5)
    seen = []
    for store in (data, half):
        chunks = list(documents_order(store, windower, "train", seed=1)(2))
        seen.append([chunk.documents.tolist() for chunk in chunks])
        for chunk in chunks:  # what a group's windows hold is that group
            firsts = {int(chunk.documents[w.document]) for w in chunk.windows}
            assert firsts <= set(chunk.documents.tolist())
    assert seen[0] == seen[1]
    assert sorted(itertools.chain(*seen[0])) == list(range(40))
