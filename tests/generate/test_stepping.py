"""Whatever cache a model has, and whoever leaves, the logits are those of whole sequences."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from wfgen.generate.stepping import Sequences
from wfgen.models.gpt import Gpt
from wfgen.models.settings import GptSettings

V = 12
CPU = torch.device("cpu")


def whole(model, sequences):
    with torch.no_grad():
        return model.logits(torch.tensor(sequences))[0][:, -1]


@given(st.data(), st.sampled_from(["selectable", "fixed", "none"]), st.integers(1, 6))
def test_logits_are_those_of_the_whole_sequences_that_are_left(summing, data, cache, size):
    model = summing(V, cache)
    begin = data.draw(st.lists(st.integers(0, V - 1), min_size=1, max_size=4))
    sequences = [list(begin)] * size
    batch = Sequences(model, CPU, context=100)
    logits = batch.begin(begin, size)
    while True:
        assert torch.equal(logits, whole(model, sequences))
        places = sorted(data.draw(st.sets(st.integers(0, len(sequences) - 1))))
        if not places or len(sequences[0]) > 12:
            return
        batch.keep(places)
        new = data.draw(st.lists(st.integers(0, V - 1), min_size=len(places), max_size=len(places)))
        sequences = [[*sequences[p], token] for p, token in zip(places, new, strict=True)]
        logits = batch.add(new)


def test_a_cache_that_can_be_selected_from_is_rid_of_those_that_left(summing):
    model = summing(V, reads=[])
    batch = Sequences(model, CPU, context=100)
    batch.begin([1, 2], 8)
    for places in (range(7), range(6), range(2)):
        batch.keep(list(places))
        batch.add([0] * len(places))
    assert model.reads == [(1, 2), (8, 1), (6, 1), (2, 1)]


def test_without_a_cache_only_the_context_is_read(summing):
    model = summing(V, "none", reads=[])
    batch = Sequences(model, CPU, context=3)
    batch.begin([1, 2], 2)
    for _ in range(3):
        batch.add([0, 1])
    assert model.reads == [(1, 2), (2, 3), (2, 3), (2, 3)]


@pytest.mark.parametrize("size", [1, 5, 6, 13, 20])
def test_a_beginning_longer_than_the_context_is_read_in_parts(size):
    torch.manual_seed(0)
    model = Gpt(GptSettings(width=16, depth=2, heads=2), V, 6)
    torch.nn.init.normal_(model.head.weight)
    ids = torch.randint(V, (size,)).tolist()
    logits = Sequences(model, CPU, context=6).begin(ids, 2)
    torch.testing.assert_close(logits, whole(model, [ids, ids]))
