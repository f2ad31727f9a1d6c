from __future__ import annotations

import pytest

pytest.importorskip("torch")

import torch
from attrs import evolve

from wfgen.train import TrainConfig, progress
from wfgen.train.devices import PEAK_FLOPS, Team, decide_by_device, peak_flops
from wfgen.train.progress import Meter
from wfgen.train.state import State

CPU = torch.device("cpu")


def meter(**team):
    return Meter(team=Team(device=CPU, **team), steps=100, flops_per_position=1_000)


def at(step):
    """Two seconds a step, 50 tokens, 3 documents and 64 positions."""
    return State(
        step=step, seconds=2.0 * step, tokens=50 * step, documents=3.0 * step, positions=64 * step
    )


def test_rates_are_of_the_steps_since_the_run_went_on():
    taken = meter()
    taken.begin(at(10))
    for step in (20, 30, 40):
        now = taken.read(at(step), loss=1.5, learning_rate=0.1)
    assert (now.step, now.steps, now.loss, now.learning_rate) == (40, 100, 1.5, 0.1)
    assert (now.tokens_per_second, now.documents_per_second) == (25.0, 1.5)
    assert now.seconds_left == 120.0
    assert (now.memory_bytes, now.utilisation) == (None, None)


def test_rates_forget_what_is_long_ago():
    taken = meter()
    taken.begin(State())
    slow = State(step=1, seconds=1000.0, tokens=1)
    taken.read(slow, loss=1.0, learning_rate=0.1)
    for step in range(1, 40):
        state = State(step=step, seconds=1000.0 + step, tokens=10 * step)
        now = taken.read(state, loss=1.0, learning_rate=0.1)
    assert now.tokens_per_second == pytest.approx(10)


def test_utilisation_is_of_all_devices(monkeypatch):
    monkeypatch.setattr(progress, "peak_flops", lambda device: 1_000.0)
    taken = meter(ranks=4)
    taken.begin(at(0))
    now = taken.read(at(10), loss=1.0, learning_rate=0.1)
    assert now.utilisation == pytest.approx(64 * 1_000 / 2 / (4 * 1_000.0))


@pytest.mark.parametrize(
    ("name", "peak"),
    [
        ("NVIDIA H100 80GB HBM3", "H100"),
        ("NVIDIA H100 PCIe", "H100 PCIe"),
        ("NVIDIA L40S", "L40S"),
        ("NVIDIA L4", "L4"),
        ("NVIDIA A100-SXM4-80GB", "A100"),
        ("NVIDIA GeForce GT 710", None),
    ],
)
def test_peaks_are_found_by_the_name_of_the_device(monkeypatch, name, peak):
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: name)
    assert peak_flops(torch.device("cuda")) == PEAK_FLOPS.get(peak)


@pytest.mark.parametrize(
    ("device", "has_bfloat16", "precision"),
    [("cpu", True, "float32"), ("cuda", True, "bfloat16"), ("cuda", False, "float32")],
)
def test_precision_and_compiling_are_left_to_the_device(
    monkeypatch, device, has_bfloat16, precision
):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_: has_bfloat16)
    config = TrainConfig(data="data", out="run")
    decided = decide_by_device(config, torch.device(device))
    assert (decided.precision, decided.compile) == (precision, device == "cuda")
    asked = evolve(config, precision="bfloat16", compile=False)
    assert decide_by_device(asked, torch.device(device)) == asked


def test_a_cpu_has_no_known_peak():
    assert peak_flops(CPU) is None
