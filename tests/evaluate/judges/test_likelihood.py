"""Bits per byte as an evaluator: documents are scored whole, and what is left out is counted."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from wfgen.api import Sample
from wfgen.errors import SettingError
from wfgen.evaluate.judges.likelihood import BitsPerByte, ConstrainedBitsPerByte
from wfgen.registry import load_evaluator, load_model
from wfgen.testing import BitListTokenizer

BITS = [Sample(text=text) for text in ("[]", "[0]", "[1, 0, 1]", "[0,0,0,0,1,1,0,1]", "[1]")]
OTHERS = [
    Sample(text="[2]"),
    Sample(text="[0,"),
    Sample(text="", fault="it could not be read"),
    Sample(text="[3]"),
]
BOTH = ("bits-per-byte", "constrained-bits-per-byte")


@pytest.fixture
def run(install):
    install("fake-recurrent")
    torch.manual_seed(0)
    model = load_model("recurrent", 8, 6, {"width": 6})
    with torch.no_grad():
        list(model.parameters())[-1].normal_()  # it begins at 0, where every token is as likely
    return SimpleNamespace(
        model=model, tokenizer=BitListTokenizer(), context=6, states=lambda: None
    )


@pytest.fixture
def free(run):
    return BitsPerByte(run=run, device="cpu")


@pytest.fixture
def held(run):
    return ConstrainedBitsPerByte(run=run, device="cpu", constraint=run.tokenizer.constrain())


def test_where_all_tokens_are_as_likely_the_bits_are_known(run, free):
    with torch.no_grad():
        list(run.model.parameters())[-1].zero_()
    score = free.evaluate(BITS)
    texts = [sample.text.replace(" ", "") for sample in BITS]
    tokens = sum(len(run.tokenizer.encode(text)) + 1 for text in texts)
    assert score.value == pytest.approx(3 * tokens / sum(map(len, texts)), rel=1e-6)
    assert (score.unit, score.count, score.causes) == ("bits", len(BITS), {})
    parts = {part.name: part for part in score.parts}
    assert parts["loss"].value == pytest.approx(math.log(8), rel=1e-6)
    assert parts["perplexity"].value == pytest.approx(8, rel=1e-6)


def test_what_cannot_be_scored_is_counted_and_changes_no_figure(free, held):
    for evaluator in (free, held):
        alone, among = evaluator.evaluate(BITS), evaluator.evaluate([*OTHERS, *BITS])
        assert among.value == pytest.approx(alone.value)
        assert (among.count, sum(among.causes.values())) == (len(BITS), len(OTHERS))
        assert among.causes["it is no JSON"] == 2
        assert among.causes["the tokenizer refuses it: no array of bits has '2' here"] == 1


def test_a_constraint_lowers_the_bits_of_the_same_documents(free, held):
    score = held.evaluate(BITS)
    parts = {part.name: part for part in score.parts}
    assert score.value < parts["free-bits-per-byte"].value
    assert parts["free-bits-per-byte"].value == pytest.approx(free.evaluate(BITS).value)
    assert (parts["refused"].value, parts["refused"].count) == (0, len(BITS))


def test_a_document_that_the_constraint_refuses_is_compared_with_nothing(run, free):
    class NoZeros:
        """Masks without the merge `,0`."""

        def start(self, prefix=None):
            ids, state = run.tokenizer.constrain().start(prefix)
            fill = state.fill_mask

            def fill_mask(row, budget=None):
                fill(row, budget)
                row[0] &= ~(1 << 5)

            return ids, SimpleNamespace(fill_mask=fill_mask, advance=state.advance)

    evaluator = ConstrainedBitsPerByte(run=run, device="cpu", constraint=NoZeros())
    score = evaluator.evaluate(BITS)
    parts = {part.name: part for part in score.parts}
    kept = [BITS[at] for at in (0, 1, 4)]
    assert (score.count, score.causes) == (3, {"the constraint refuses it": 2})
    assert parts["free-bits-per-byte"].value == pytest.approx(free.evaluate(kept).value)
    assert (parts["refused"].value, parts["refused"].count) == (2 / 5, 5)
    with pytest.raises(SettingError, match="none can be scored: 1 x the constraint refuses it"):
        evaluator.evaluate([BITS[2]])


def test_every_figure_lies_in_its_interval_and_the_seed_decides_it(run, held, free):
    for evaluator in (free, held):
        score = evaluator.evaluate(BITS)
        for each in (score, *score.parts):
            assert each.interval.low - 1e-9 <= each.value <= each.interval.high + 1e-9
            assert each.higher_is_better is False
        assert evaluator.evaluate(BITS) == score
    other = BitsPerByte(run=run, device="cpu", seed=1).evaluate(BITS)
    assert other.value == free.evaluate(BITS).value
    assert other.interval != free.evaluate(BITS).interval


def test_no_sample_and_none_that_can_be_scored_are_no_score(free, held):
    for evaluator in (free, held):
        with pytest.raises(SettingError, match="there is no sample"):
            evaluator.evaluate([])
        with pytest.raises(SettingError, match=r"none can be scored: 2 x it is no JSON, 1 x the"):
            evaluator.evaluate(OTHERS)


def test_a_model_that_ran_off_has_no_score(run, free):
    with torch.no_grad():
        list(run.model.parameters())[-1].fill_(np.nan)
    with pytest.raises(SettingError, match="is not finite"):
        free.evaluate(BITS)


@pytest.mark.parametrize("name", BOTH)
def test_without_a_checkpoint_it_is_said_what_to_name(name):
    with pytest.raises(SettingError, match="name a run that wfgen train wrote"):
        load_evaluator(name)
