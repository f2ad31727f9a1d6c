"""What the protocols hand round: frozen records, keyword-only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
from attrs import field, frozen
from attrs.validators import ge, optional
from numpy.typing import NDArray

__all__ = [
    "Fidelity",
    "Interval",
    "NoSettings",
    "Piece",
    "Sample",
    "Score",
    "TrackedRun",
    "TrainingRequest",
    "Window",
]

Fidelity = Literal["bytes", "json-value"]
"""What `decode(encode(x))` keeps: every byte of any UTF-8 text, or the value of canonical JSON."""


@frozen(kw_only=True)
class NoSettings:
    """The settings of an entry that has none."""


@frozen(kw_only=True)
class Window:
    """One training example. Position i reads `tokens[i]` and predicts `tokens[i + 1]`.

    Attributes:
        tokens: int32, shape [T + 1].
        loss_mask: bool, shape [T]; True where `tokens[i + 1]` is a target of this window.
        segments: int32, shape [T + 1]; which document of the window each token belongs to,
            counted from 0; -1 for padding. A model may keep attention inside a segment.
        document: index, in the split, of the first document in the window.
        start: position of `tokens[0]` in that document, begin token included.
        states: int32, shape [T + 1]; the state before each token, 0 for padding; None where the
            source has none.
    """

    tokens: NDArray[np.int32]
    loss_mask: NDArray[np.bool_]
    segments: NDArray[np.int32]
    document: int
    start: int
    states: NDArray[np.int32] | None = None


@frozen(kw_only=True)
class Piece:
    """What one token, or one elided symbol, stands for.

    Attributes:
        text: the part of the document, for people; b'' where the token writes nothing.
        kind: text, key, kind, literal, end, or a word of the tokenizer's own.
        token: the id; None for a symbol that the grammar forces and no token writes.
    """

    text: bytes
    kind: str = "text"
    token: int | None = None


@frozen(kw_only=True)
class Sample:
    """A document to be judged.

    Attributes:
        text: the document as it was generated; it may be no JSON at all.
        completed: whether it closed by itself within the token limit.
        num_tokens: tokens spent; None where no tokenizer was in play.
        seconds: time spent; None where it was not measured.
        name: for people: a file, or the sample's number.
        fault: why there is no text: a file that could not be read; '' where there is one.
    """

    text: str
    completed: bool = True
    num_tokens: int | None = None
    seconds: float | None = None
    name: str = ""
    fault: str = ""


@frozen(kw_only=True)
class Interval:
    """A 95 % interval."""

    low: float
    high: float


@frozen(kw_only=True)
class Score:
    """One figure.

    Attributes:
        name: the figure.
        value: its value, in `unit`.
        unit: share, bits, tokens, ms and so on.
        count: the samples it is over; at least 1.
        interval: 95 %; None only where the method has none, which the evaluator documents.
        higher_is_better: None where neither is.
        causes: failures by cause.
        parts: figures this one is made of.
    """

    name: str
    value: float
    unit: str
    count: int = field(validator=ge(1))
    interval: Interval | None = None
    higher_is_better: bool | None = None
    causes: Mapping[str, int] = field(factory=dict)
    parts: tuple[Score, ...] = ()


@frozen(kw_only=True)
class TrainingRequest:
    """What a tokenizer is trained on.

    Attributes:
        documents: gives the canonical documents afresh each time it is called.
        vocab_size: the ceiling, special tokens included; None for the entry's default.
        schema: a JSON Schema, for tokenizers that need one.
        provenance: what the artefact should say about the corpus; JSON values.
        settings: the entry's own, by name.
    """

    documents: Callable[[], Iterable[bytes]]
    vocab_size: int | None = field(default=None, validator=optional(ge(1)))
    schema: Mapping[str, Any] | None = None
    provenance: Mapping[str, Any] = field(factory=dict)
    settings: Mapping[str, Any] = field(factory=dict)


@frozen(kw_only=True)
class TrackedRun:
    """What a tracker is told of the run that it follows.

    Attributes:
        name: for people.
        directory: where the tracker may keep files; it need not exist yet.
        config: what the run was asked to do; JSON values.
        step: where the run goes on, 0 for a new one; what was logged of later steps is void.
    """

    name: str
    directory: Path
    config: Mapping[str, Any]
    step: int = 0
