"""What training reads and writes. Needs the extra `train` where tensors are involved."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wfgen.train.config import TrainConfig, make_config, read_toml
    from wfgen.train.loop import Result, train
    from wfgen.train.progress import Progress

__all__ = ["Progress", "Result", "TrainConfig", "make_config", "read_toml", "train"]

# Imported when first used: exporting windows and reading a config need no torch.
_HOME_OF = {
    "Progress": "wfgen.train.progress",
    "Result": "wfgen.train.loop",
    "TrainConfig": "wfgen.train.config",
    "make_config": "wfgen.train.config",
    "read_toml": "wfgen.train.config",
    "train": "wfgen.train.loop",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'wfgen.train' has no attribute {name!r}")
    if _HOME_OF[name] != "wfgen.train.config":
        importlib.import_module("wfgen.runs")  # which says what to install where torch is missing
    return getattr(importlib.import_module(_HOME_OF[name]), name)
