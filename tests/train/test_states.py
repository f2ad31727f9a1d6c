"""Models that read a state beside each id: trained, scored and sampled with the same numbers."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from wfgen.corpus import CorpusSpec
from wfgen.errors import SettingError
from wfgen.evaluate.judging import judge
from wfgen.evaluate.samples import read_samples
from wfgen.generate import GenerateConfig, generate
from wfgen.generate.stepping import Sequences
from wfgen.prepare import prepare
from wfgen.runs import open_run, score_documents
from wfgen.store import TokenStore
from wfgen.train import make_config, train

SPEC = CorpusSpec(path="samples", valid_share=0.2)
ARMS = [("bytes", "lexer"), ("tct-github-workflow", "grammar")]


@pytest.fixture(scope="module", params=ARMS, ids=[states for _, states in ARMS])
def trained(request, tmp_path_factory):
    tokenizer, states = request.param
    folder = tmp_path_factory.mktemp("states")
    prepare(SPEC, tokenizer, folder / "data", states=states)
    settings = {"width": 16, "depth": 1, "heads": 1, "state_bias": 4}
    given = {
        "data": folder / "data",
        "out": folder / "run",
        "states": True,
        "steps": 6,
        "batch_tokens": 128,
        "context": 64,
        "plot": False,
        "model_settings": settings,
    }
    return folder, train(make_config(given)), open_run(folder / "run", step="last")


def test_the_model_has_as_many_states_as_the_data(trained):
    folder, _, run = trained
    store = TokenStore.open(folder / "data")
    assert run.model.settings.num_states == store.num_states == run.states().num_states
    assert float(run.model.states.weight.detach().abs().sum()) > 0


def test_scores_are_those_of_training_from_a_store_and_from_texts(trained):
    folder, result, run = trained
    store = TokenStore.open(folder / "data")
    scored = score_documents(run.model, store, context=run.context)
    assert scored.bits_per_byte == pytest.approx(result.metrics["bits_per_byte"], rel=1e-5)
    texts = folder / "texts"
    texts.mkdir(exist_ok=True)
    offsets = store.offsets("valid")
    for at in range(len(offsets) - 1):
        ids = store.tokens[offsets[at] : offsets[at + 1]].astype(np.int32)
        (texts / f"{at:03}.json").write_bytes(run.tokenizer.decode(ids))
    (figure,) = judge(read_samples(texts), ["bits-per-byte"], {"checkpoint": folder / "run"})
    assert figure.value == pytest.approx(scored.bits_per_byte, rel=1e-5)


def test_states_tell_the_model_something(trained):
    folder, _, run = trained
    store = TokenStore.open(folder / "data")
    ids = torch.from_numpy(store.tokens[:20].astype(np.int64))[None]
    learned = int(run.model.states.weight.detach().norm(dim=1).argmax())
    states = torch.full_like(ids, learned)
    with torch.no_grad():
        one = run.model.logits(ids, states_BT=states)[0]
        other = run.model.logits(ids, states_BT=torch.zeros_like(states))[0]
    assert not torch.equal(one, other)


def test_a_sequence_is_stepped_through_with_the_numbers_of_training(trained):
    folder, _, run = trained
    store = TokenStore.open(folder / "data")
    offsets = store.offsets("train")
    tokens = store.tokens[offsets[0] : offsets[1]][:40].astype(np.int64)
    tracker, numbers = run.states().track(), []
    for token in tokens[1:].tolist():
        numbers.append(tracker.state_id)
        tracker.advance(token)
    numbers.append(tracker.state_id)
    assert numbers == store.states[1 : len(tokens) + 1].tolist()
    with torch.inference_mode():
        whole = run.model.logits(
            torch.from_numpy(tokens)[None], states_BT=torch.tensor([numbers], dtype=torch.int64)
        )[0][0]
    stepped = Sequences(run.model, torch.device("cpu"), run.context)
    found = [stepped.begin(tokens[:3].tolist(), 2, numbers[:3])]
    for token, number in zip(tokens[3:].tolist(), numbers[3:], strict=True):
        found.append(stepped.add([token, token], [number, number]))
    for at, logits in enumerate(found, start=2):
        assert torch.allclose(logits[1], whole[at], atol=1e-4)


def test_samples_are_drawn_with_states(trained):
    _, _, run = trained
    config = GenerateConfig(num_samples=3, max_tokens=60, batch_size=2)
    found = list(
        generate(run.model, run.tokenizer, config, context=run.context, states=run.states())
    )
    assert len(found) == 3
    with pytest.raises(SettingError, match="reads a state with every token"):
        list(generate(run.model, run.tokenizer, config, context=run.context))


def test_data_without_states_is_refused_with_a_way_out(tmp_path):
    prepare(SPEC, "bytes", tmp_path / "data")
    config = make_config(
        {"data": tmp_path / "data", "out": tmp_path / "run", "states": True, "steps": 1}
    )
    with pytest.raises(SettingError, match="wfgen prepare --states"):
        train(config)


def test_a_windower_without_states_is_refused(trained, tmp_path):
    folder, _, _ = trained
    given = {"data": folder / "data", "out": tmp_path / "run", "states": True, "steps": 1}
    more = {"windower": "position", "context": 32, "batch_tokens": 64, "plot": False}
    config = make_config(given | more | {"eval_every": None})
    with pytest.raises(SettingError, match="the windower gives no states"):
        train(config)
