"""What a plugin returns from its hooks: frozen records, keyword-only.

Entries vary by the functions they hold; one that is not given is something the plugin cannot do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen
from attrs.validators import in_, instance_of, matches_re

from wfgen.api.evaluator import Evaluator
from wfgen.api.model import Model
from wfgen.api.records import Fidelity, NoSettings, TrackedRun, TrainingRequest
from wfgen.api.tokenizer import Constraint, Tokenizer
from wfgen.api.tracker import Tracker
from wfgen.api.windower import Windower

__all__ = [
    "ConstraintEntry",
    "Entry",
    "EvaluatorEntry",
    "ModelEntry",
    "TokenizerEntry",
    "TrackerEntry",
    "WindowerEntry",
]

_NAME = r"[a-z0-9][a-z0-9._-]*"


@frozen(kw_only=True)
class Entry:
    """What every entry has.

    Attributes:
        name: lower case letters, digits, `.`, `_` and `-`; unique among entries of its kind.
        summary: one line for people.
    """

    name: str = field(validator=matches_re(_NAME))
    summary: str = field(validator=instance_of(str))


@frozen(kw_only=True)
class TokenizerEntry(Entry):
    """A tokenizer, and how it comes to be. At least one of the functions is given.

    Attributes:
        fidelity: what a round trip keeps.
        create: gives it ready to use.
        train: learns one from a corpus.
        open: opens an artefact that `Saveable.save` wrote and whose manifest names this entry.
        convert: makes one from a foreign file.
        why_not: said where a function that is not given is asked for: the cause and the way out.
    """

    fidelity: Fidelity = field(validator=in_(("bytes", "json-value")))
    create: Callable[[], Tokenizer] | None = None
    train: Callable[[TrainingRequest], Tokenizer] | None = None
    open: Callable[[Path], Tokenizer] | None = None
    convert: Callable[[Path], Tokenizer] | None = None
    why_not: str = ""


@frozen(kw_only=True)
class WindowerEntry(Entry):
    """A way to cut windows; `create(settings)` takes an instance of the `settings` class."""

    create: Callable[[Any], Windower]
    settings: type = NoSettings


@frozen(kw_only=True)
class ModelEntry(Entry):
    """A model; `create(settings, vocab_size, context)` gives one with fresh weights."""

    create: Callable[[Any, int, int], Model]
    settings: type = NoSettings


@frozen(kw_only=True)
class EvaluatorEntry(Entry):
    """A judge; `create(settings)` gives it."""

    create: Callable[[Any], Evaluator]
    settings: type = NoSettings


@frozen(kw_only=True)
class ConstraintEntry(Entry):
    """An engine that constrains other people's tokenizers to a JSON Schema.

    Attributes:
        create: `create(tokenizer, schema)`; raises CapabilityError where it cannot.
    """

    create: Callable[[Tokenizer, Mapping[str, Any]], Constraint]


@frozen(kw_only=True)
class TrackerEntry(Entry):
    """A follower of training runs; `create(run)` begins to follow one."""

    create: Callable[[TrackedRun], Tracker]
