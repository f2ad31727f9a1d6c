from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from wfgen.errors import ArtefactError, DamagedArtefactError, NotAnArtefactError
from wfgen.registry import load_model, load_tokenizer
from wfgen.testing import BitListTokenizer

pytest.importorskip("torch")

import torch

from wfgen import runs
from wfgen.runs.checkpoints import (
    DamagedCheckpointWarning,
    all_steps,
    prune_checkpoints,
    step_directory,
)


def same(one, other) -> bool:
    pairs = zip(one.parameters(), other.parameters(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def fresh(seed: int):
    torch.manual_seed(seed)
    return load_model("recurrent", load_tokenizer("bytes").vocab_size, 8, {"width": 4})


def damage(path: Path) -> None:
    file = path / "weights.safetensors"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)


def test_a_run_opens_at_its_newest_checkpoint_with_what_it_was_trained_on(write_run):
    run = runs.open_run(write_run([1, 20]))
    assert (run.step, run.context, run.config) == (20, 8, {"seed": 3})
    assert same(run.model, fresh(20))
    assert run.tokenizer.encode("a").tolist() == [97]


def test_the_best_is_opened_where_one_is_known(write_run):
    path = write_run([1, 2, 3], best=2)
    assert runs.open_run(path).step == 2
    assert runs.open_run(path, step="best").step == 2
    assert runs.open_run(path, step="last").step == 3
    assert runs.open_run(path, step=1).step == 1


def test_a_checkpoint_opens_by_its_own_directory(write_run):
    path = write_run([1, 2])
    run = runs.open_run(step_directory(path, 1))
    assert same(run.model, fresh(1))
    assert run.config == {"seed": 3}


def test_a_checkpoint_away_from_its_run_finds_its_tokenizer_by_name(write_run, tmp_path):
    moved = shutil.copytree(step_directory(write_run([1]), 1), tmp_path / "alone")
    assert runs.open_run(moved).tokenizer.vocab_size == 258


@pytest.mark.parametrize("loss", ["flipped bit", "lost file", "lost manifest", "cut file"])
def test_a_damaged_checkpoint_is_named_and_the_one_before_is_used(write_run, loss):
    path = write_run([1, 2, 3])
    newest = step_directory(path, 3)
    if loss == "flipped bit":
        damage(newest)
    elif loss == "cut file":
        (newest / "weights.safetensors").write_bytes(b"")
    else:
        (newest / ("optimizer.safetensors" if loss == "lost file" else "manifest.json")).unlink()
    with pytest.warns(DamagedCheckpointWarning, match="step 3 is passed over.*step-00000003"):
        run = runs.open_run(path, step="last")
    assert run.step == 2
    assert same(run.model, fresh(2))


def test_a_damaged_best_gives_way_to_the_one_before(write_run):
    path = write_run([1, 2, 3], best=2)
    damage(step_directory(path, 2))
    with pytest.warns(DamagedCheckpointWarning, match="step 2"):
        assert runs.open_run(path).step == 1


def test_a_damaged_checkpoint_that_was_asked_for_is_an_error(write_run):
    path = write_run([1, 2])
    damage(step_directory(path, 2))
    with pytest.raises(DamagedArtefactError, match="sha256 differs"):
        runs.open_run(path, step=2)


def test_no_checkpoint_left_is_an_error(write_run):
    path = write_run([1])
    damage(step_directory(path, 1))
    with (
        pytest.warns(DamagedCheckpointWarning),
        pytest.raises(NotAnArtefactError, match="no checkpoint that can be used"),
    ):
        runs.open_run(path)


def test_a_directory_without_a_run_is_an_error(tmp_path):
    with pytest.raises(NotAnArtefactError, match="there is no run"):
        runs.open_run(tmp_path)


def test_another_tokenizer_is_an_error(write_run, install):
    path = write_run([1])
    shutil.rmtree(path / "tokenizer")
    install("fake-good")
    BitListTokenizer().save(path / "tokenizer")
    with pytest.raises(ArtefactError, match="another one than that of training"):
        runs.open_run(path)


def test_weights_of_another_shape_are_an_error(write_run):
    one, other = write_run([1]), step_directory(write_run([1], name="other"), 1)
    model = json.loads((other / "manifest.json").read_bytes())["body"]["model"]
    assert model["settings"] == {"width": 4}
    weights = runs.weights.read_tensors(step_directory(one, 1) / "weights.safetensors")
    wide = load_model("recurrent", 258, 8, {"width": 5})
    with pytest.raises(DamagedArtefactError, match=r"\(258, 4\) here and \(258, 5\) in the model"):
        runs.weights.fill_parameters(wide, weights, Path("w"))


def test_pruning_leaves_what_is_kept_and_nothing_half_removed(write_run):
    path = write_run([1, 2, 3, 4])
    (path / "checkpoints" / ".step-00000009.abc.partial").mkdir()
    prune_checkpoints(path, keep={2, 4})
    assert all_steps(path) == [4, 2]
    assert len(list((path / "checkpoints").iterdir())) == 2
