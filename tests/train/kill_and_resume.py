"""Trains in child processes that are killed at random moments.

    python kill_and_resume.py CONFIG_JSON KILLS SEED

Children are forked from a process that has trained once. A run that comes to its end is followed by
another one, until so many children were killed. Prints the kills of each run as JSON.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
import warnings
from pathlib import Path
from typing import Any

from wfgen.runs import DamagedCheckpointWarning
from wfgen.train import TrainConfig, train

MOST_STEPS = 9


def begin(settings: dict[str, Any], name: str) -> tuple[int, int]:
    """Train in a child: its process, and a pipe that gives a byte a step.

    A checkpoint that was left half-written would be an error.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            warnings.simplefilter("error", DamagedCheckpointWarning)
            config = TrainConfig(**settings, out=Path(name))
            train(config, progress=lambda _: os.write(writing, b"."))
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    return pid, reading


def was_killed(pid: int) -> bool:
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


def train_here(settings: dict[str, Any], name: str) -> float:
    """Train to the end in this process, so that all is imported; gives the seconds of a step."""
    times = []
    config = TrainConfig(**settings, out=Path(name))
    train(config, progress=lambda _: times.append(time.perf_counter()))
    return (times[-1] - times[0]) / len(times)


def kill_somewhere(settings: dict[str, Any], name: str, rng: random.Random, step: float) -> bool:
    """Kill a child some steps after it began; whether it was not at its end before."""
    pid, reading = begin(settings, name)
    for _ in range(rng.randrange(MOST_STEPS)):
        os.read(reading, 1)
    time.sleep(rng.uniform(0, 3 * step))
    os.kill(pid, signal.SIGKILL)
    os.close(reading)
    return was_killed(pid)


def main(config: str, kills: str, seed: str) -> None:
    settings = json.loads(Path(config).read_text())
    rng = random.Random(int(seed))
    step = train_here(settings, "whole")
    kills_of_runs = [0]
    while sum(kills_of_runs) < int(kills):
        if kill_somewhere(settings, f"run-{len(kills_of_runs)}", rng, step):
            kills_of_runs[-1] += 1
        else:
            kills_of_runs.append(0)
    train_here(settings, f"run-{len(kills_of_runs)}")
    print(json.dumps(kills_of_runs))


if __name__ == "__main__":
    main(*sys.argv[1:])
