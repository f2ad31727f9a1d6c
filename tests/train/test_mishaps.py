"""What goes wrong is said before the first step, or says at which step, and what to try."""

from __future__ import annotations

import math

import numpy as np
import pytest

pytest.importorskip("torch")

import torch
from torch import nn

from wfgen.errors import ArtefactError, SettingError, UnknownNameError
from wfgen.registry import load_model, load_tokenizer, tokenizer_identity
from wfgen.runs import read_metrics
from wfgen.runs.checkpoints import all_steps
from wfgen.store import StoreWriter
from wfgen.train import loop, train
from wfgen.train.errors import DivergedError, OutOfMemoryError, OverfitError


@pytest.fixture
def spoil(monkeypatch):
    """Let something happen whenever the model is asked for logits while training."""

    def put(mishap):
        def load(*arguments):
            model = load_model(*arguments)
            logits = model.logits

            def spoilt(ids_BT, cache=None, **rest):
                logits_BTV, cache = logits(ids_BT, cache, **rest)
                return (
                    mishap(ids_BT, logits_BTV) if logits_BTV.requires_grad else logits_BTV
                ), cache

            model.logits = spoilt
            return model

        monkeypatch.setattr(loop, "load_model", load)

    return put


class OfStep:
    """A mishap from one step on."""

    def __init__(self, step, change):
        self.left, self.change = step, change

    def __call__(self, ids_BT, logits_BTV):
        self.left -= 1
        return self.change(logits_BTV) if self.left <= 0 else logits_BTV


# While training ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (lambda x: x * math.nan, "the loss is nan"),
        (lambda x: x.flip(-1) * 1e4 - 3e4 * x, "costs"),
    ],
)
def test_a_loss_that_diverges_is_named_with_step_documents_and_remedies(
    data, configure, spoil, change, cause
):
    spoil(OfStep(5, change))
    config = configure(warmup=0, learning_rate=0.1, steps=12)
    with pytest.raises(DivergedError) as caught:
        train(config)
    error = caught.value
    assert error.step == 5
    assert len(error.documents) > 0
    assert set(error.documents) <= {f"train-{n}.yml" for n in range(40)}
    for said in (cause, "gradient's norm", error.documents[0], "learning_rate (it is 0.1)"):
        assert said in str(error)
    assert [r["step"] for r in read_metrics(config.out)] == [1, 2, 3, 4]


def test_a_gradient_that_is_not_finite_is_named(data, configure, spoil):
    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.clone()

        @staticmethod
        def backward(ctx, gradient):
            return gradient / 0

    spoil(OfStep(2, Wrong.apply))
    with pytest.raises(DivergedError, match=r"step 2: .*the gradient is not finite"):
        train(configure())


@pytest.mark.parametrize("factor", [math.nan, 1e9])
def test_a_validation_that_is_no_figure_is_named_and_nothing_is_kept_of_it(
    data, configure, monkeypatch, factor
):
    """The step before was sound, and spoilt the weights."""

    def load(*arguments):
        model = load_model(*arguments)
        logits = model.logits
        model.logits = lambda ids, cache=None, **rest: (
            logits(ids, cache, **rest)[0] * (1 if torch.is_grad_enabled() else factor),
            None,
        )
        return model

    monkeypatch.setattr(loop, "load_model", load)
    config = configure(save_every=None)
    with pytest.raises(DivergedError, match=r"step 6: held-out documents cost .* nats a token"):
        train(config)
    assert all_steps(config.out) == []


class Small:
    """A device that holds passes of some rows."""

    def __init__(self, rows, error):
        self.rows, self.error, self.seen = rows, error, []

    def __call__(self, ids_BT, logits_BTV):
        self.seen.append(len(ids_BT))
        if len(ids_BT) > self.rows:
            raise self.error
        return logits_BTV


OUT_OF_MEMORY = [
    torch.OutOfMemoryError("CUDA out of memory."),
    RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried 4 bytes."),
    MemoryError(),
]


@pytest.mark.parametrize("error", OUT_OF_MEMORY, ids=lambda e: type(e).__name__)
def test_too_little_memory_says_what_to_change(data, configure, spoil, error):
    spoil(Small(2, error))
    with pytest.raises(OutOfMemoryError, match=r"micro_batch=2 or halve.*or give recompute=true"):
        train(configure())


def test_asked_to_it_halves_the_passes_and_keeps_the_batch(data, configure, spoil, tmp_path):
    whole = configure(out=tmp_path / "whole")
    train(whole)
    small = Small(1, OUT_OF_MEMORY[0])
    spoil(small)
    halved = configure(out=tmp_path / "halved", halve_on_out_of_memory=True)
    train(halved)
    assert small.seen[:3] == [4, 2, 1]
    assert set(small.seen[3:]) == {1}
    losses = [[r["loss"] for r in read_metrics(c.out)] for c in (whole, halved)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


def test_one_window_that_does_not_fit_is_an_error(data, configure, spoil):
    spoil(Small(0, OUT_OF_MEMORY[0]))
    with pytest.raises(OutOfMemoryError, match="a pass over 1 windows does not fit cpu"):
        train(configure(halve_on_out_of_memory=True))


def test_other_errors_of_the_model_are_not_hidden(data, configure, spoil):
    spoil(Small(0, RuntimeError("sizes do not match")))
    with pytest.raises(RuntimeError, match="sizes do not match"):
        train(configure(halve_on_out_of_memory=True))


# Before the first step --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"batch_tokens": 24 * 1000}, "a step takes 1,000 windows, and the data has"),
        ({"batch_tokens": 23}, "23 positions hold no window of 24"),
        ({"overfit": 41}, "there are 40 documents to train on"),
        ({"model_settings": {"widht": 3}}, "'widht'.*did you mean 'width'"),
        ({"windower_settings": {"context": 9}}, "'windower.context'.*give context=NUMBER"),
        ({"windower_settings": {"overlap": 25}}, "'overlap'"),
        ({"device": "abacus"}, "'device'.*'abacus' cannot be used"),
        ({"recompute": True}, "'recompute'.*no module with layers"),
    ],
)
def test_settings_that_do_not_fit(data, configure, settings, message):
    config = configure(**settings)
    with pytest.raises(SettingError, match=message):
        train(config)
    assert not config.out.exists()  # or the right settings would meet a run of the wrong ones


@pytest.mark.parametrize(
    "settings", [{"model": "gtp"}, {"windower": "document"}, {"trackers": ("wandbb",)}]
)
def test_unknown_names(data, configure, settings):
    with pytest.raises(UnknownNameError, match="did you mean"):
        train(configure(**settings))


def test_data_without_a_held_out_side(write_data, configure):
    write_data(valid=0)
    with pytest.raises(SettingError, match="no held-out documents"):
        train(configure())
    assert train(configure(eval_every=None)).best is None


def test_data_from_which_no_window_can_be_cut(write_data, configure):
    write_data(train=3)
    config = configure(windower="position", context=200, batch_tokens=200)
    with pytest.raises(SettingError, match="makes no window of the documents"):
        train(config)


def test_data_that_was_damaged(data, configure):
    file = data.directory / "tokens.bin"
    content = bytearray(file.read_bytes())
    content[10] ^= 1
    file.write_bytes(content)
    with pytest.raises(ArtefactError, match="sha256 differs"):
        train(configure())


@pytest.mark.parametrize(
    ("identity", "message"),
    [
        ({"sha256": "0" * 64}, "another tokenizer than bytes: bytes 0.1.0 000000000000 there"),
        ({"name": "nobodys"}, "no tokenizer named 'nobodys'"),
        (None, "does not say which tokenizer made it"),
    ],
)
def test_data_of_another_tokenizer(tmp_path, configure, identity, message):
    tokenizer = load_tokenizer("bytes")
    body = {}
    if identity is not None:
        body["tokenizer"] = tokenizer_identity("bytes", tokenizer) | identity
    with StoreWriter(tmp_path / "data", vocab_size=258, bos=256, eos=257) as writer:
        writer.add("train", np.arange(200, dtype=np.int32), {})
        writer.finish(body)
    with pytest.raises((ArtefactError, UnknownNameError), match=message):
        train(configure(eval_every=None))


def test_a_vocabulary_that_is_not_the_tokenizers(tmp_path, configure):
    identity = tokenizer_identity("bytes", load_tokenizer("bytes"))
    with StoreWriter(tmp_path / "data", vocab_size=300, bos=256, eos=257) as writer:
        writer.add("train", np.arange(200, dtype=np.int32), {})
        writer.finish({"tokenizer": identity})
    with pytest.raises(ArtefactError, match="another tokenizer than bytes"):
        train(configure(eval_every=None))


def test_a_model_of_another_vocabulary(data, configure, monkeypatch):
    monkeypatch.setattr(loop, "load_model", lambda name, v, *rest: load_model(name, v - 1, *rest))
    with pytest.raises(SettingError, match=r"does not take the ids of a vocabulary of 258"):
        train(configure())
    monkeypatch.setattr(loop, "load_model", lambda name, v, *rest: load_model(name, v + 1, *rest))
    with pytest.raises(SettingError, match=r"shape \(1, 2, 259\) .* the data has 258 ids"):
        train(configure())


def test_a_model_without_parameters(data, configure, monkeypatch):
    class Uniform:
        def logits(self, ids_BT, cache=None, **_):
            return torch.zeros(*ids_BT.shape, 258), cache

        def parameters(self):
            return []

    monkeypatch.setattr(loop, "load_model", lambda *_: Uniform())
    with pytest.raises(SettingError, match="no parameter to train"):
        train(configure())


# Overfitting ------------------------------------------------------------------------------------


def test_ten_documents_are_learnt_by_heart(data, configure):
    config = configure(
        model="gpt",
        model_settings={"width": 48, "depth": 2, "heads": 2},
        context=64,
        batch_tokens=64 * 20,
        overfit=10,
        steps=None,
        learning_rate=0.02,
        eval_every=None,
        log_every=10,
    )
    result = train(config)
    assert result.metrics["loss"] < 0.1
    assert result.step < 1000
    assert train(config).was_finished


def test_documents_that_are_not_learnt_are_an_error(data, configure):
    with pytest.raises(OverfitError, match="after 12 steps on 10 documents the loss is"):
        train(configure(overfit=10))


def test_a_module_is_trained_in_training_mode_and_opened_in_the_other(data, configure, monkeypatch):
    seen = set()

    class Watched(nn.Module):
        def __init__(self):
            super().__init__()
            self.table = nn.Embedding(258, 258)

        def logits(self, ids_BT, cache=None, **_):
            if ids_BT.shape[1] > 2:  # not the look at its vocabulary
                seen.add((self.training, torch.is_grad_enabled()))
            return self.table(ids_BT), cache

    monkeypatch.setattr(loop, "load_model", lambda *_: Watched())
    train(configure())
    assert seen == {(True, True), (False, False)}
