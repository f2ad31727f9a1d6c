from __future__ import annotations

import sys
import types

import pytest

pytest.importorskip("torch")

from wfgen.api import TrackedRun
from wfgen.errors import MissingExtraError
from wfgen.registry import load_tracker
from wfgen.runs import read_metrics
from wfgen.train import train


class StopError(Exception):
    pass


@pytest.fixture
def library(monkeypatch):
    """A library that is called as wandb is, and remembers how."""
    calls = []
    module = types.ModuleType("library")
    for name in ("init", "log", "finish"):
        setattr(module, name, lambda *a, _name=name, **k: calls.append((_name, a, k)))
    for name in ("wandb", "trackio"):
        monkeypatch.setitem(sys.modules, name, module)
    return calls


def test_a_tracker_gets_every_record_that_is_written(data, configure, install):
    install("fake-recurrent", "fake-tracker")
    import fake_tracker  # noqa: PLC0415  on the path now

    config = configure(trackers=("remembering",))
    train(config)
    (tracker,) = fake_tracker.MADE
    wanted = [
        (r["step"], {k: v for k, v in r.items() if k != "step"}) for r in read_metrics(config.out)
    ]
    assert tracker.logged == wanted
    assert tracker.is_closed
    assert (tracker.run.name, tracker.run.step) == ("run", 0)
    assert tracker.run.config["steps"] == 12


def test_a_tracker_is_told_where_a_run_goes_on_and_closed_when_it_breaks(data, configure, install):
    install("fake-recurrent", "fake-tracker")
    import fake_tracker  # noqa: PLC0415

    def stop(progress):
        raise StopError

    config = configure(trackers=("remembering",), log_every=6)
    with pytest.raises(StopError):
        train(config, progress=stop)  # step 4, a checkpoint
    train(config)
    first, second = fake_tracker.MADE[-2:]
    assert (first.is_closed, second.is_closed) == (True, True)
    assert (first.run.step, second.run.step) == (0, 4)


@pytest.mark.parametrize("name", ["wandb", "trackio"])
def test_libraries_get_figures_by_step_and_no_network(tmp_path, library, name):
    tracker = load_tracker(
        name, TrackedRun(name="run", directory=tmp_path / "t", config={"seed": 1})
    )
    tracker.log(3, {"loss": 0.5})
    tracker.close()
    (_, _, began), logged, finished = library
    assert began["config"] == {"seed": 1}
    assert name == "trackio" or (began["mode"], began["dir"]) == ("offline", str(tmp_path / "t"))
    assert logged == ("log", ({"loss": 0.5},), {"step": 3})
    assert finished == ("finish", (), {})


def test_tensorboard_gets_scalars(tmp_path, monkeypatch):
    calls = []
    module = types.ModuleType("torch.utils.tensorboard")

    class SummaryWriter:
        def __init__(self, directory, purge_step):
            calls.append((directory, purge_step))

        def add_scalar(self, *scalar):
            calls.append(scalar)

        def close(self):
            calls.append("closed")

    module.SummaryWriter = SummaryWriter
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", module)
    run = TrackedRun(name="run", directory=tmp_path, config={}, step=7)
    tracker = load_tracker("tensorboard", run)
    tracker.log(8, {"loss": 0.5, "seconds": 2.0})
    tracker.close()
    assert calls == [(str(tmp_path), 8), ("loss", 0.5, 8), ("seconds", 2.0, 8), "closed"]


@pytest.mark.parametrize("name", ["wandb", "trackio"])
def test_a_library_that_is_not_installed_is_named(tmp_path, monkeypatch, name):
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtraError, match=rf"the tracker {name} is not installed.*trackers"):
        load_tracker(name, TrackedRun(name="run", directory=tmp_path, config={}))


def test_event_files_can_be_read(data, configure):
    accumulator = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator",
        reason="the extra trackers is not installed",
    )
    config = configure(trackers=("tensorboard",))
    train(config)
    events = accumulator.EventAccumulator(str(config.out / "trackers" / "tensorboard"))
    events.Reload()
    found = [(e.step, e.value) for e in events.Scalars("loss")]
    assert found == [(r["step"], pytest.approx(r["loss"])) for r in read_metrics(config.out)]
