"""A foreign model is trained, validated, kept, and gone on with."""

from __future__ import annotations

import itertools
import json
import os
import shutil

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from wfgen.errors import ArtefactError
from wfgen.registry import load_tokenizer
from wfgen.runs import open_run, read_metrics, score_documents
from wfgen.runs.checkpoints import DamagedCheckpointWarning, all_steps, step_directory
from wfgen.train import train
from wfgen.train.errors import RunDiffersError


class StopError(Exception):
    pass


def stop_at(step):
    def report(progress):
        if progress.step >= step:
            raise StopError

    return report


def trace(run):
    """What must be the same, bit for bit: everything but time."""
    return [{k: v for k, v in r.items() if k != "seconds"} for r in read_metrics(run)]


def written(run):
    return {p: p.stat().st_mtime_ns for p in (run / "checkpoints").rglob("*")}


def weights(run, step):
    return torch.cat([p.detach().flatten() for p in open_run(run, step=step).model.parameters()])


def test_a_foreign_model_learns(data, configure):
    config = configure(steps=60, learning_rate=0.03, eval_every=20, save_every=None)
    result = train(config)
    records = read_metrics(config.out)
    assert [r["step"] for r in records] == list(range(1, 61))
    assert records[0]["loss"] == pytest.approx(np.log(258), rel=0.01)  # its head begins at zero
    assert records[-1]["loss"] < 0.7 * records[0]["loss"]
    validated = [r for r in records if "bits_per_byte" in r]
    assert [r["step"] for r in validated] == [20, 40, 60]
    assert validated[-1]["bits_per_byte"] < validated[0]["bits_per_byte"]
    assert result.metrics == records[-1]
    assert not result.was_finished


def test_every_record_counts_what_was_seen(data, configure):
    config = configure(steps=30)
    train(config)
    records = read_metrics(config.out)
    for one, other in itertools.pairwise(records):
        assert one["tokens"] < other["tokens"]
        assert one["documents"] <= other["documents"]
        assert one["seconds"] < other["seconds"]
        assert other["flops"] - one["flops"] == records[0]["flops"] > 0
    num_parameters = 258 * 16 * 2 + 16 * 16
    assert records[0]["flops"] == 6 * num_parameters * 4 * 24


def test_an_epoch_sees_every_document_and_every_target_once(data, configure):
    config = configure(steps=None, epochs=1, batch_tokens=24, log_every=100)
    train(config)
    offsets = data.offsets("train")
    last = read_metrics(config.out)[-1]
    assert (last["documents"], last["tokens"]) == (40, offsets[-1] - offsets[0] - 40)


def test_validation_is_what_scoring_the_opened_run_gives(data, configure):
    config = configure(eval_documents=2)
    train(config)
    records = {r["step"]: r for r in read_metrics(config.out)}
    last = open_run(config.out, step=12)
    scores = score_documents(last.model, data, context=24)
    assert records[12]["bits_per_byte"] == pytest.approx(scores.bits_per_byte, rel=1e-6)
    assert records[12]["valid_loss"] == pytest.approx(scores.loss, rel=1e-6)
    assert records[12]["perplexity"] == pytest.approx(scores.perplexity, rel=1e-6)
    assert (records[6]["valid_documents"], records[12]["valid_documents"]) == (2, 6)


@pytest.mark.parametrize("micro_batch", [1, 2])
def test_passes_of_any_size_make_the_same_step(data, configure, tmp_path, micro_batch):
    losses = []
    for name, size in (("whole", None), ("parts", micro_batch)):
        config = configure(out=tmp_path / name, micro_batch=size, eval_every=None)
        train(config)
        losses.append([r["loss"] for r in read_metrics(config.out)])
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


def test_bfloat16_learns_what_float32_learns_to_its_precision(data, configure, tmp_path):
    gpt = {"model": "gpt", "model_settings": {"width": 16, "depth": 1, "heads": 2}}
    losses = []
    for precision in ("float32", "bfloat16"):
        config = configure(out=tmp_path / precision, precision=precision, **gpt)
        train(config)
        losses.append([r["loss"] for r in read_metrics(config.out)])
    assert losses[0] == pytest.approx(losses[1], rel=0.01)
    assert losses[0] != losses[1]


def test_activations_that_are_computed_again_make_the_same_step(data, configure, tmp_path):
    gpt = {"model": "gpt", "model_settings": {"width": 16, "depth": 2, "heads": 2}}
    traces = []
    for name, again in (("kept", False), ("again", True)):
        config = configure(out=tmp_path / name, recompute=again, **gpt)
        train(config)
        traces.append(trace(config.out))
    assert traces[0] == traces[1]


@pytest.mark.parametrize("settings", [{}, {"optimizer": "adamw", "order": "documents"}])
def test_a_run_goes_on_to_the_same_trace_bit_for_bit(data, configure, tmp_path, settings):
    whole = configure(out=tmp_path / "whole", **settings)
    train(whole)
    cut = configure(out=tmp_path / "cut", **settings)
    for step in (1, 5, 8, 11):
        with pytest.raises(StopError):
            train(cut, progress=stop_at(step))
    train(cut)
    assert trace(cut.out) == trace(whole.out)
    assert torch.equal(weights(cut.out, 12), weights(whole.out, 12))


def test_a_damaged_checkpoint_is_passed_over_and_written_again(data, configure, tmp_path):
    whole, cut = configure(out=tmp_path / "whole"), configure(out=tmp_path / "cut")
    train(whole)
    with pytest.raises(StopError):
        train(cut, progress=stop_at(9))
    file = step_directory(cut.out, 8) / "weights.safetensors"
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.warns(DamagedCheckpointWarning, match="step 8 is passed over"):
        train(cut)
    assert trace(cut.out) == trace(whole.out)


def test_a_finished_run_says_so_and_is_left_alone(data, configure):
    config = configure()
    first = train(config)
    before = written(config.out)
    again = train(config)
    assert (again.was_finished, again.step, again.metrics) == (True, 12, first.metrics)
    assert written(config.out) == before


def test_another_configuration_is_refused_and_the_fields_are_named(data, configure):
    train(configure())
    with pytest.raises(RunDiffersError, match=r"another seed \(0 there, 1 here\), model.width"):
        train(configure(seed=1, model_settings={"width": 8}))
    assert train(configure(log_every=5, keep=7)).was_finished  # these decide nothing


def test_other_data_is_refused(data, configure, write_data, tmp_path):
    train(configure())
    shutil.rmtree(tmp_path / "data")
    write_data(seed=1)
    with pytest.raises(RunDiffersError, match="another data"):
        train(configure())


def test_the_newest_checkpoints_and_the_best_are_kept(data, configure):
    config = configure(steps=40, save_every=2, eval_every=10, keep=3)
    result = train(config)
    kept = {36, 38, 40}
    bests = {open_run(config.out, step=step).checkpoint.best.step for step in kept}
    assert set(all_steps(config.out)) == kept | bests
    assert result.best.step in bests
    assert open_run(config.out).step == result.best.step


def test_training_stops_when_validation_gets_no_better(data, configure):
    config = configure(
        steps=400, learning_rate=1.0, eval_every=2, patience=2, schedule="constant", warmup=0
    )
    result = train(config)
    assert result.step == result.best.step + 4 < 400
    assert train(config).was_finished


def test_a_run_keeps_its_tokenizer_its_config_and_its_versions(data, configure):
    config = configure()
    with pytest.raises(StopError):
        train(config, progress=stop_at(5))
    train(config)
    assert load_tokenizer(config.out / "tokenizer").vocab_size == 258
    saved = json.loads((config.out / "config.json").read_bytes())
    assert (saved["steps"], saved["warmup"]) == (12, 0)
    assert (saved["precision"], saved["compile"]) == ("float32", False)
    assert saved["model_settings"] == {"width": 16}
    assert saved["windower_settings"]["packing"] == "best-fit"
    starts = json.loads((config.out / "versions.json").read_bytes())
    assert [start["step"] for start in starts] == [0, 6]  # the best so far
    assert starts[0]["versions"].keys() >= {"wfgen", "torch", "fake-recurrent"}


def test_a_directory_of_something_else_is_left_alone(data, configure):
    config = configure()
    config.out.mkdir()
    (config.out / "letter.txt").write_text("dear")
    with pytest.raises(ArtefactError, match=r"it holds letter\.txt and is no run"):
        train(config)
    assert (config.out / "letter.txt").read_text() == "dear"


def test_two_trainers_do_not_share_a_run(data, configure):
    config = configure()

    def begin_another(progress):
        train(config)

    with pytest.raises(ArtefactError, match="another process trains here"):
        train(config, progress=begin_another)


@pytest.mark.skipif(os.environ.get("WFGEN_PROFILE") != "deep", reason="compiling takes a minute")
def test_a_compiled_model_takes_the_same_steps(data, configure, tmp_path):
    gpt = {"model": "gpt", "model_settings": {"width": 16, "depth": 1, "heads": 2}}
    losses = []
    for name, compiled in (("eager", False), ("compiled", True)):
        config = configure(out=tmp_path / name, compile=compiled, **gpt)
        train(config)
        losses.append([r["loss"] for r in read_metrics(config.out)])
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)
