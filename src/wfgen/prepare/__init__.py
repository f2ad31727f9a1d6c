"""Encodes a corpus once, into a token store."""

from __future__ import annotations

from wfgen.corpus.inputs import Progress
from wfgen.prepare.engine import Engine, WorkerError
from wfgen.prepare.on_ray import on_ray
from wfgen.prepare.pool import local
from wfgen.prepare.run import Prepared, prepare, prepare_once

__all__ = [
    "Engine",
    "Prepared",
    "Progress",
    "WorkerError",
    "local",
    "on_ray",
    "prepare",
    "prepare_once",
]
