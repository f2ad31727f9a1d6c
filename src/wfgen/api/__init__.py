"""The contract: what a plugin author imports.

`CONTRACT_VERSION` is major.minor. A minor version adds; what a plugin written for it uses keeps
working through the whole major version. What is to go is first deprecated for one minor version,
with a warning that names the replacement.
"""

from __future__ import annotations

from wfgen.api.entries import (
    ConstraintEntry,
    Entry,
    EvaluatorEntry,
    ModelEntry,
    TokenizerEntry,
    TrackerEntry,
    WindowerEntry,
)
from wfgen.api.evaluator import Evaluator
from wfgen.api.hookspecs import hookimpl
from wfgen.api.model import FlopsCounted, HiddenMatrices, Layered, Model, SelectableCache
from wfgen.api.records import (
    Fidelity,
    Interval,
    NoSettings,
    Piece,
    Sample,
    Score,
    TrackedRun,
    TrainingRequest,
    Window,
)
from wfgen.api.tokenizer import (
    ByteLevel,
    Constrainable,
    Constraint,
    FreeMode,
    GrammarState,
    IdArray,
    Inspectable,
    MaskRow,
    Saveable,
    Stateful,
    Tokenizer,
)
from wfgen.api.tracker import Tracker
from wfgen.api.windower import TokenSource, Windower

CONTRACT_VERSION = "1.0"

__all__ = [
    "CONTRACT_VERSION",
    "ByteLevel",
    "Constrainable",
    "Constraint",
    "ConstraintEntry",
    "Entry",
    "Evaluator",
    "EvaluatorEntry",
    "Fidelity",
    "FlopsCounted",
    "FreeMode",
    "GrammarState",
    "HiddenMatrices",
    "IdArray",
    "Inspectable",
    "Interval",
    "Layered",
    "MaskRow",
    "Model",
    "ModelEntry",
    "NoSettings",
    "Piece",
    "Sample",
    "Saveable",
    "Score",
    "SelectableCache",
    "Stateful",
    "TokenSource",
    "Tokenizer",
    "TokenizerEntry",
    "TrackedRun",
    "Tracker",
    "TrackerEntry",
    "TrainingRequest",
    "Window",
    "Windower",
    "WindowerEntry",
    "hookimpl",
]
