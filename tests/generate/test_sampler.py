"""The loop: what comes out, in which order, and what is said of it."""

from __future__ import annotations

import json
from itertools import islice

import pytest
import torch
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from wfgen.builtin.byte_tokenizer import BytesTokenizer
from wfgen.errors import CapabilityError, ConstraintError, SettingError, UnknownNameError
from wfgen.generate.config import GenerateConfig
from wfgen.generate.prompt import Prompt, prompt_value
from wfgen.generate.sampler import generate
from wfgen.models.gpt import Gpt
from wfgen.models.settings import GptSettings
from wfgen.testing.doubles import BitListTokenizer, CyclicModel

BITS, BYTES = BitListTokenizer(), BytesTokenizer()
CONFIG = GenerateConfig(num_samples=9, max_tokens=12)


def sampled(model, tokenizer, config, **more):
    found = list(generate(model, tokenizer, config, context=20, **more))
    assert sorted(g.index for g in found) == list(range(config.num_samples))
    return sorted(found, key=lambda g: g.index)


def texts(samples):
    return [g.sample.text for g in samples]


@pytest.fixture(scope="module")
def gpt():
    torch.manual_seed(0)
    model = Gpt(GptSettings(width=16, depth=1, heads=2), BITS.vocab_size, 20)
    torch.nn.init.normal_(model.head.weight)
    return model.eval()


@pytest.mark.parametrize("cache", ["selectable", "fixed", "none"])
@pytest.mark.parametrize("temperature", [0.0, 0.5, 2.0])
@pytest.mark.parametrize("limit", [2, 3, 12])
def test_a_constraint_with_a_budget_closes_every_document_in_time(
    summing, cache, temperature, limit
):
    config = evolve(CONFIG, temperature=temperature, max_tokens=limit, num_samples=20)
    found = sampled(summing(BITS.vocab_size, cache), BITS, config)
    for one in found:
        assert set(json.loads(one.sample.text)) <= {0, 1}
        assert (one.cause, one.sample.completed) == ("", True)
        assert one.sample.num_tokens == len(one.ids) <= limit
        assert BITS.decode(one.ids).decode() == one.sample.text
    assert temperature or len(set(texts(found))) == 1


@given(st.integers(1, 5), st.sampled_from(["selectable", "fixed", "none"]), st.integers(0, 5))
def test_samples_are_the_same_whatever_the_batch_and_the_cache(summing, size, cache, seed):
    config = evolve(CONFIG, seed=seed, num_samples=5, max_tokens=8)
    one_by_one = sampled(summing(BITS.vocab_size), BITS, evolve(config, batch_size=1))
    together = sampled(summing(BITS.vocab_size, cache), BITS, evolve(config, batch_size=size))
    assert texts(together) == texts(one_by_one)


def test_more_samples_are_the_same_ones_and_others_besides(summing):
    model = summing(BITS.vocab_size)
    few, many = (sampled(model, BITS, evolve(CONFIG, num_samples=n)) for n in (4, 9))
    assert texts(many)[:4] == texts(few)
    assert len(set(texts(many))) > 1


def test_another_seed_gives_other_samples(summing):
    model = summing(BITS.vocab_size)
    assert texts(sampled(model, BITS, CONFIG)) != texts(
        sampled(model, BITS, evolve(CONFIG, seed=1))
    )


def test_documents_come_before_all_are_written(summing):
    config = evolve(CONFIG, num_samples=1 << 40, batch_size=2)
    found = generate(summing(BITS.vocab_size), BITS, config, context=20)
    assert sorted(g.index for g in islice(found, 4)) == [0, 1, 2, 3]


def test_a_gpt_of_random_weights_writes_whole_documents_past_its_context(gpt):
    bits = [0, 1] * gpt.context
    found = sampled(gpt, BITS, evolve(CONFIG, temperature=2.0), prompt=prompt_value(bits))
    assert {g.cause for g in found} == {""}
    assert all(json.loads(text)[: len(bits)] == bits for text in texts(found))
    assert len(set(texts(found))) > 1


def test_the_limit_is_the_context_where_none_is_given(summing):
    biased = evolve(CONFIG, max_tokens=None, num_samples=60)
    longest = max(len(g.ids) for g in sampled(summing(BITS.vocab_size), BITS, biased))
    assert longest <= 20


def test_a_limit_below_the_shortest_document_is_an_error_that_says_the_shortest(summing):
    said = "setting 'max_tokens': no document ends within 1 tokens here: the shortest takes 2"
    with pytest.raises(SettingError, match=said):
        generate(summing(BITS.vocab_size), BITS, evolve(CONFIG, max_tokens=1), context=20)


# Without a constraint ---------------------------------------------------------------------------


def test_what_is_no_json_is_said(summing):
    (one,) = sampled(CyclicModel(8), BITS, GenerateConfig(constrain=False))
    assert one.sample.completed and not len(one.ids)
    assert one.cause.startswith("no JSON: ")


def test_what_did_not_end_in_time_is_kept_as_it_is(summing):
    config = evolve(CONFIG, max_tokens=3, num_samples=40)
    found = sampled(summing(BYTES.vocab_size), BYTES, config)
    cut = [g for g in found if not g.sample.completed]
    assert cut and {g.cause for g in cut} == {"limit"}
    for one in cut:
        assert len(one.ids) == 3
        assert one.sample.text == bytes(i % 256 for i in one.ids if i < 256).decode(
            errors="replace"
        )


def test_an_end_right_at_the_limit_is_in_time():
    class Counting(CyclicModel):
        def logits(self, ids_BT, cache=None, **_):
            step = torch.full((*ids_BT.shape, 258), -50.0)
            step[..., BYTES.eos if ids_BT.shape[1] > 2 else ord("1")] = 0
            return step, None

    (one,) = sampled(Counting(258), BYTES, GenerateConfig(max_tokens=2))
    assert (one.sample.text, one.cause) == ("11", "")
    (one,) = sampled(Counting(258), BYTES, GenerateConfig(max_tokens=1))
    assert (one.sample.text, one.cause) == ("1", "limit")


# Prompts ----------------------------------------------------------------------------------------


def test_every_document_begins_with_the_prompt(summing):
    config = evolve(CONFIG, num_samples=30)
    found = sampled(summing(BITS.vocab_size), BITS, config, prompt=prompt_value([0, 1]))
    assert all(text.startswith(("[0,1,", "[0,1]")) for text in texts(found))
    assert {g.cause for g in found} == {""}


def test_without_a_constraint_documents_are_held_to_the_prompt_alone(summing):
    config = evolve(CONFIG, num_samples=20)
    prompt = Prompt(text='{"a":"é'.encode()[:-1])
    found = sampled(summing(BYTES.vocab_size), BYTES, config, prompt=prompt)
    assert all(bytes(g.ids.tolist()).startswith(prompt.text) for g in found)
    assert {g.cause for g in found} - {""}


def test_tokens_are_counted_from_behind_the_prompt(summing):
    config = evolve(CONFIG, max_tokens=1)
    (text,) = set(texts(sampled(summing(8), BITS, config, prompt=Prompt(text=b"[0,1,0,1"))))
    assert text == "[0,1,0,1]"


def test_a_prompt_that_nothing_begins_with_is_an_error(summing):
    with pytest.raises(ConstraintError):
        generate(summing(8), BITS, CONFIG, context=20, prompt=Prompt(text=b"[7"))


def test_a_tokenizer_without_bytes_takes_no_prompt_unconstrained(summing):
    class Opaque:
        vocab_size, bos, eos = 8, 6, 7
        encode, decode = BITS.encode, BITS.decode

    with pytest.raises(CapabilityError, match="only a byte-level tokenizer"):
        generate(summing(8), Opaque(), CONFIG, context=20, prompt=Prompt(text=b"["))


# What documents are held to ---------------------------------------------------------------------


def test_a_constraint_that_there_is_not_is_an_error(summing):
    with pytest.raises(CapabilityError, match="no constraint of its own; "):
        generate(summing(258), BYTES, evolve(CONFIG, constrain=True), context=20)
    with pytest.raises(UnknownNameError):
        generate(summing(258), BYTES, evolve(CONFIG, engine="none-such"), context=20)
    with pytest.raises(SettingError, match="'engine'"):
        both = evolve(CONFIG, engine="llguidance", constrain=False)
        generate(summing(258), BYTES, both, context=20)


def test_a_constraint_that_allows_nothing_is_an_error(summing):
    class Empty:
        def fork(self):
            return self

        def fill_mask(self, row, budget=None):
            row[:] = 0

    class Stuck:
        def start(self, prefix=None):
            return BITS.encode("[]"), Empty()

    class Odd(BitListTokenizer):
        def constrain(self, schema=None):
            return Stuck()

    with pytest.raises(ConstraintError, match="no token, and no end either"):
        list(generate(summing(8), Odd(), CONFIG, context=20))
