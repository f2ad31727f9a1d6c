"""No network, tiny models, and the profile of wfgen's own tests."""

from __future__ import annotations

import os

os.environ["HF_HUB_OFFLINE"] = "1"  # read where transformers is imported first

import pytest
import torch
from hypothesis import HealthCheck, settings
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

from wfgen import CorpusSpec, load_corpus, load_tokenizer
from wfgen.api import TrainingRequest
from wfgen.registry import train_tokenizer
from wfgen_transformers import WfgenTokenizer

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
settings.register_profile("quick", max_examples=40, deadline=None, suppress_health_check=_SLOW)
settings.register_profile("deep", max_examples=20_000, deadline=None, suppress_health_check=_SLOW)
settings.load_profile(os.environ.get("WFGEN_PROFILE", "quick"))


@pytest.fixture(scope="session")
def documents():
    """Texts of workflows, the embedded samples."""
    corpus = load_corpus(CorpusSpec(path="samples", valid_share=0.0))
    return [document.canonical.decode() for document in corpus.train]


@pytest.fixture(scope="session")
def sources(documents, tmp_path_factory):
    """Two registry names, and the directory of a trained tokenizer."""
    directory = tmp_path_factory.mktemp("trained") / "bpe"
    request = TrainingRequest(
        documents=lambda: (text.encode() for text in documents), vocab_size=320
    )
    train_tokenizer("bpe", request).save(directory)
    return {"bytes": "bytes", "tct": "tct-github-workflow", "trained": directory}


@pytest.fixture(params=["bytes", "tct", "trained"])
def source(request, sources):
    return sources[request.param]


@pytest.fixture(scope="session")
def tct():
    return WfgenTokenizer("tct-github-workflow")


@pytest.fixture(scope="session")
def tct_constraint():
    return load_tokenizer("tct-github-workflow").constrain()


@pytest.fixture(scope="session")
def in_bytes():
    return WfgenTokenizer("bytes")


def _gpt2(tokenizer, ids):
    shape = {"n_positions": 512, "n_embd": 16, "n_layer": 2, "n_head": 2}
    return GPT2LMHeadModel(GPT2Config(vocab_size=len(tokenizer), **shape, **ids))


def _llama(tokenizer, ids):
    shape = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 2}
    heads = {"num_attention_heads": 2}
    return LlamaForCausalLM(LlamaConfig(vocab_size=len(tokenizer), **shape, **heads, **ids))


@pytest.fixture(params=[_gpt2, _llama])
def make_model(request):
    """Two layers of random weights, the same each time."""

    def make(tokenizer):
        torch.manual_seed(0)
        names = ("bos_token_id", "eos_token_id", "pad_token_id")
        return request.param(tokenizer, {name: getattr(tokenizer, name) for name in names}).eval()

    return make
