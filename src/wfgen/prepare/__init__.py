"""Encodes a corpus once, into a token store."""

from __future__ import annotations

from wfgen.corpus.inputs import Progress
from wfgen.prepare.pool import WorkerError
from wfgen.prepare.run import Prepared, prepare, prepare_once

__all__ = ["Prepared", "Progress", "WorkerError", "prepare", "prepare_once"]
