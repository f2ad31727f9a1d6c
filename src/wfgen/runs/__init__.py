"""Run directories and checkpoints: what training writes, and generation and evaluation read.

A run directory holds `config.json` (what was asked for, resolved), `versions.json`, `tokenizer/`
(the artefact, where the tokenizer is `Saveable`), `metrics.jsonl`, `plot.svg`, and `checkpoints/`
with a directory for each step that was kept. Needs the extra `train`.
"""

from __future__ import annotations

try:
    import safetensors
    import torch
except ImportError as error:
    from wfgen.errors import MissingExtraError

    raise MissingExtraError(
        extra="train",
        cause=f"models are run by torch and kept by safetensors ({error})",
        hint="pip install 'wfgen[train]'",
    ) from error

from wfgen.runs.checkpoints import Best, Checkpoint, DamagedCheckpointWarning, ModelSpec
from wfgen.runs.constrained import ConstrainedScores, RefusedDocument, score_constrained
from wfgen.runs.metrics import read_metrics
from wfgen.runs.opening import Run, open_run
from wfgen.runs.scoring import DocumentScores, score_documents

__all__ = [
    "Best",
    "Checkpoint",
    "ConstrainedScores",
    "DamagedCheckpointWarning",
    "DocumentScores",
    "ModelSpec",
    "RefusedDocument",
    "Run",
    "open_run",
    "read_metrics",
    "score_constrained",
    "score_documents",
]

del safetensors, torch
