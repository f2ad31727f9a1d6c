"""Sampling against a plain reference in numpy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from wfgen.errors import SettingError
from wfgen.generate.config import GenerateConfig
from wfgen.generate.sampling import draw, probabilities


def reference(logits, allowed, config):
    """One row in float64, written down as the definitions say; None where rounding decides."""
    kept = allowed.copy()
    scaled = np.where(allowed, logits / config.temperature, -np.inf)
    if config.top_k is not None:
        kept &= scaled >= np.sort(scaled)[::-1][min(config.top_k, len(scaled)) - 1]
    chance = np.where(kept, np.exp(scaled - scaled.max()), 0)
    chance /= chance.sum()
    if config.top_p is not None:
        order = np.argsort(-chance, kind="stable")
        before = np.cumsum(chance[order]) - chance[order]
        if np.abs(before - config.top_p).min() < 1e-5:
            return None
        chance[order[before >= config.top_p]] = 0
    if config.min_p is not None:
        bar = config.min_p * chance.max()
        if np.abs(chance - bar)[chance < chance.max()].min(initial=1) < 1e-6:
            return None
        chance[chance < bar] = 0
    return chance / chance.sum()


configs = st.builds(
    GenerateConfig,
    temperature=st.sampled_from([0.5, 1.0, 2.0]),
    top_k=st.none() | st.integers(1, 700),
    top_p=st.none() | st.floats(0.05, 1),
    min_p=st.none() | st.floats(0, 1),
)


@st.composite
def rows(draw):
    rng = np.random.default_rng(draw(st.integers(0, 1 << 32)))
    num, size = draw(st.integers(1, 4)), draw(st.integers(1, 600))
    logits = rng.normal(scale=draw(st.sampled_from([0.01, 1, 5])), size=(num, size))
    allowed = rng.random((num, size)) < draw(st.sampled_from([0.01, 0.5, 1]))
    allowed[np.arange(num), rng.integers(size, size=num)] = True
    return logits.astype(np.float32), allowed, rng.random(num)


@given(rows(), configs)
def test_probabilities_are_those_of_the_reference(drawn, config):
    logits, allowed, _ = drawn
    wanted = [reference(*row, config) for row in zip(logits, allowed, strict=True)]
    assume(all(row is not None for row in wanted))
    found = probabilities(torch.tensor(logits), torch.tensor(allowed), config).double().numpy()
    found /= found.sum(axis=1, keepdims=True)
    assert ((found > 0) == (np.array(wanted) > 0)).all()
    np.testing.assert_allclose(found, wanted, rtol=1e-3, atol=1e-6)


@given(rows(), configs)
def test_a_token_is_drawn_where_the_sum_of_probabilities_passes_the_chance(drawn, config):
    logits, allowed, chances = drawn
    tensors = torch.tensor(logits), torch.tensor(allowed)
    tokens = draw(*tensors, torch.tensor(chances), config)
    chance = probabilities(*tensors, config).double().numpy()
    sums = np.cumsum(chance, axis=1) / chance.sum(axis=1, keepdims=True)
    for row, token in enumerate(tokens.tolist()):
        assert chance[row, token] > 0 and allowed[row, token]
        below = sums[row, token - 1] if token else 0
        assert below - 1e-6 <= chances[row] <= sums[row, token] + 1e-6


def test_tokens_are_as_frequent_as_they_are_likely():
    num = 4096
    logits = torch.tensor([0.0, 1.0, -1.0, 2.0]).expand(num, -1)
    chances = (torch.arange(num, dtype=torch.float64) + 0.5) / num
    tokens = draw(logits, None, chances, GenerateConfig(temperature=0.7))
    shares = torch.bincount(tokens, minlength=4) / num
    torch.testing.assert_close(shares, (logits[0] / 0.7).softmax(-1), atol=1 / num, rtol=0)


@given(rows())
def test_without_temperature_it_is_the_likeliest_allowed_token(drawn):
    logits, allowed, chances = drawn
    config = GenerateConfig(temperature=0, top_p=0.5)
    tokens = draw(torch.tensor(logits), torch.tensor(allowed), torch.tensor(chances), config)
    assert tokens.tolist() == np.where(allowed, logits, -np.inf).argmax(axis=1).tolist()


@pytest.mark.parametrize("temperature", [0.0, 1e-300, 0.5, 1e6])
@pytest.mark.parametrize("value", [-np.inf, np.inf, 3e38, -3e38, 0.0])
@pytest.mark.parametrize("chance", [0.0, 0.5, 1 - 2**-53])
def test_a_forbidden_token_is_never_drawn_whatever_the_model_says(temperature, value, chance):
    logits = torch.full((1, 5), value)
    logits[0, [0, 4]] = np.inf
    allowed = torch.tensor([[False, True, True, False, False]])
    config = GenerateConfig(temperature=temperature)
    token = draw(logits, allowed, torch.tensor([chance], dtype=torch.float64), config)
    assert token.item() in (1, 2)
    if temperature and np.isinf(value):
        assert token.item() == (1 if chance < 0.5 else 2), "equal ones are equally likely"


def test_top_k_keeps_what_is_as_likely_as_the_last():
    logits = torch.tensor([[1.0, 2.0, 1.0, 0.0]])
    chance = probabilities(logits, None, GenerateConfig(top_k=2))
    assert (chance > 0).tolist() == [[True, True, True, False]]


def test_a_model_that_ran_off_is_an_error():
    logits = torch.tensor([[0.0, torch.nan]])
    with pytest.raises(SettingError, match="a logit is NaN; generate from an earlier"):
        draw(logits, None, torch.zeros(1, dtype=torch.float64), GenerateConfig())


@pytest.mark.parametrize(
    "values",
    [
        {"temperature": -1},
        {"temperature": float("nan")},
        {"top_k": 0},
        {"top_p": 0},
        {"top_p": 1.1},
        {"min_p": -0.1},
        {"num_samples": 0},
        {"max_tokens": 0},
        {"batch_size": 0},
        {"seed": -1},
        {"constrain": "yes"},
    ],
)
def test_a_setting_out_of_range_is_named(values):
    (name,) = values
    with pytest.raises(SettingError, match=name):
        GenerateConfig(**values)
