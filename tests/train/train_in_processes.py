"""Trains in two processes by each config of a JSON file.

    python train_in_processes.py CONFIGS_JSON PORT

The processes are forked, as torch takes long to import. A config may say at which step its run is
to be stopped and gone on with.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from torch import distributed

from wfgen.train import TrainConfig, loop, train

RANKS = 2


class StopError(Exception):
    pass


def main(file: str, port: str) -> None:
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "WORLD_SIZE": str(RANKS)}
    children = [begin(rank, file) for rank in range(RANKS)]
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * RANKS


def begin(rank: int, file: str) -> int:
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank)}
            distributed.init_process_group("gloo")
            for settings in json.loads(Path(file).read_text()):
                stop = settings.pop("stop", None)
                config = TrainConfig(**settings)
                if stop is not None:
                    stop_at(config, stop)
                train(config)
            distributed.destroy_process_group()
            status = 0
        finally:
            os._exit(status)
    return pid


def stop_at(config: TrainConfig, step: int) -> None:
    """All processes stop together, as if they had been ended."""
    report = loop._Loop._report

    def stopping(self: loop._Loop) -> None:
        if self.state.step >= step:
            raise StopError

    loop._Loop._report = stopping
    try:
        train(config)
    except StopError:
        pass
    finally:
        loop._Loop._report = report


if __name__ == "__main__":
    main(*sys.argv[1:])
