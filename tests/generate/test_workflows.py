"""Workflows of random weights under the workflow tokenizer's constraint: all whole, all valid."""

from __future__ import annotations

import re

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from wfgen.canonical import read_json, to_canonical
from wfgen.corpus import load_yaml
from wfgen.corpus.samples import read_sample, sample_names
from wfgen.corpus.schema import explain_invalid, is_schema_valid
from wfgen.generate.config import GenerateConfig
from wfgen.generate.prompt_json import prompt_json
from wfgen.generate.prompt_yaml import prompt_yaml
from wfgen.generate.sampler import generate
from wfgen.generate.starting import start
from wfgen.models.gpt import Gpt
from wfgen.models.settings import GptSettings
from wfgen.registry import load_tokenizer

pytest.importorskip("tct_github_workflow", reason="the plugin tct-github-workflow is not installed")

CONTEXT = 64
CUT_ESCAPE = re.compile(rb"(?<!\\)((?:\\\\)*)\\(?:u[0-9a-f]{0,3})?\Z")


@pytest.fixture(scope="module")
def tokenizer():
    return load_tokenizer("tct-github-workflow")


@pytest.fixture(scope="module")
def gpt(tokenizer):
    torch.manual_seed(0)
    model = Gpt(GptSettings(width=32, depth=1, heads=2), tokenizer.vocab_size, CONTEXT)
    torch.nn.init.normal_(model.head.weight, std=0.1)
    return model.eval()


@pytest.fixture(scope="module")
def least(tokenizer):
    """Tokens of the shortest workflow."""
    return tokenizer.constrain().start()[1].cost_to_finish()


@pytest.mark.parametrize("temperature", [0.0, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("more", [0, 1, 5, 40])
def test_random_weights_write_valid_workflows_at_any_budget(
    gpt, tokenizer, least, temperature, more
):
    config = GenerateConfig(num_samples=6, temperature=temperature, max_tokens=least + more)
    for one in generate(gpt, tokenizer, config, context=CONTEXT):
        assert (one.cause, one.sample.completed) == ("", True)
        assert len(one.ids) <= least + more
        value = read_json(one.sample.text)
        assert is_schema_valid(value), explain_invalid(value)
        assert to_canonical(value).decode() == one.sample.text


@given(st.data())
@settings(max_examples=8)
def test_a_workflow_cut_at_a_line_is_continued_to_a_valid_one(gpt, tokenizer, data):
    lines = read_sample(data.draw(st.sampled_from(sample_names()))).splitlines(keepends=True)
    prompt = prompt_yaml("".join(lines[: data.draw(st.integers(0, len(lines)))]))
    continued(gpt, tokenizer, prompt)


@given(st.data())
@settings(max_examples=8)
def test_a_workflow_cut_at_any_byte_of_its_json_is_continued_to_a_valid_one(gpt, tokenizer, data):
    whole = to_canonical(load_yaml(read_sample(data.draw(st.sampled_from(sample_names())))))
    prompt = prompt_json(whole[: data.draw(st.integers(0, len(whole)))])
    continued(gpt, tokenizer, prompt)


def continued(gpt, tokenizer, prompt):
    """Two samples within the fewest tokens that there are, and two with some more."""
    # An escape that is cut may become any character, which need not be written as an escape.
    begun = tuple(CUT_ESCAPE.sub(rb"\1", text) for text in prompt.alternatives)
    least = start(tokenizer.constrain(), prompt)[1].cost_to_finish()
    for more in (0, 20):
        config = GenerateConfig(num_samples=2, max_tokens=max(1, least + more))
        for one in generate(gpt, tokenizer, config, context=CONTEXT, prompt=prompt):
            assert one.cause == ""
            assert one.sample.text.encode().startswith(begun)
            assert is_schema_valid(read_json(one.sample.text))
