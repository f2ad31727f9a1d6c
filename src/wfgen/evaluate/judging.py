"""Samples judged by several evaluators; one that fails is kept with its error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import fields

from wfgen.api import Sample
from wfgen.errors import WfgenError
from wfgen.evaluate.figures import Failure, Figure
from wfgen.registry import evaluator_entry, load_evaluator

__all__ = ["DEFAULT_EVALUATORS", "asks_model", "judge"]

DEFAULT_EVALUATORS = (
    "completed",
    "parses",
    "schema-valid",
    "lint-clean",
    "distinct",
    "novel",
    "faithful",
    "length",
    "cost",
)
"""In the order of the rungs."""


def asks_model(name: str) -> bool:
    """Whether an evaluator scores documents by a model: whether it has the setting `checkpoint`.

    Raises:
        UnknownNameError: there is no such evaluator.
    """
    return "checkpoint" in _setting_names(name)


def judge(
    samples: Sequence[Sample], names: Sequence[str], settings: Mapping[str, Any] | None = None
) -> list[Figure]:
    """A score for each evaluator, or why it has none.

    Args:
        samples: what is judged; one at least.
        names: evaluators by registry name.
        settings: by name; each evaluator takes those that it has.
    """
    return [_judge(samples, name, settings or {}) for name in names]


def _judge(samples: Sequence[Sample], name: str, settings: Mapping[str, Any]) -> Figure:
    try:
        known = _setting_names(name)
        chosen = {key: value for key, value in settings.items() if key in known}
        return load_evaluator(name, chosen).evaluate(samples)
    except WfgenError as error:
        return Failure(figure=name, unit="", error=str(error))


def _setting_names(name: str) -> set[str]:
    return {each.name for each in fields(evaluator_entry(name).settings)}
