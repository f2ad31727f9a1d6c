"""Byte-level tokenizers held to a schema by an engine, which knows no budgets."""

from __future__ import annotations

import json

import pytest

from wfgen.builtin.byte_tokenizer import BytesTokenizer
from wfgen.errors import ConstraintError
from wfgen.generate import GenerateConfig, generate, prompt_value

pytest.importorskip("wfgen_llguidance", reason="the plugin wfgen-llguidance is not installed")

TOKENIZER = BytesTokenizer()


@pytest.fixture
def config(tmp_path):
    schema = {"type": "array", "items": {"enum": ["on", "off"]}, "maxItems": 3}
    (tmp_path / "switches.json").write_text(json.dumps(schema), "utf-8")
    return GenerateConfig(
        num_samples=20,
        engine="llguidance",
        schema=str(tmp_path / "switches.json"),
        max_tokens=25,
        temperature=2.0,
    )


def test_what_ends_is_valid_and_what_does_not_is_said(summing, config):
    found = list(generate(summing(TOKENIZER.vocab_size), TOKENIZER, config, context=64))
    assert {one.cause for one in found} <= {"", "limit"}
    whole = [json.loads(one.sample.text) for one in found if not one.cause]
    assert whole
    assert all(len(each) <= 3 and set(each) <= {"on", "off"} for each in whole)


def test_a_prompt_is_gone_on_with(summing, config):
    model, begun = summing(TOKENIZER.vocab_size), prompt_value(["off"])
    for one in generate(model, TOKENIZER, config, context=64, prompt=begun):
        assert one.sample.text.startswith('["off"')
    with pytest.raises(ConstraintError):
        generate(model, TOKENIZER, config, context=64, prompt=prompt_value(["of"]))
