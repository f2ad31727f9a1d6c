"""What a measurement gives: scores, and figures that failed, arm by arm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from attrs import field, frozen

from wfgen.api import Score
from wfgen.corpus import Refusal

__all__ = ["ARM", "ArmResult", "Failure", "Figure"]

ARM = "arm"
"""The figure that fails where an arm as a whole cannot be measured."""


@frozen(kw_only=True)
class Failure:
    """A figure that could not be measured, the unit it would have, and why."""

    figure: str
    unit: str
    error: str


Figure: TypeAlias = Score | Failure


@frozen(kw_only=True)
class ArmResult:
    """All figures of one arm.

    Attributes:
        arm: its name.
        identity: of its tokenizer.
        figures: what was measured and what could not be.
        refused: documents that it did not encode.
        not_returned: documents whose `decode(encode(x))` is not `x` byte for byte.
    """

    arm: str
    identity: Mapping[str, Any] = field(factory=dict)
    figures: tuple[Figure, ...] = ()
    refused: tuple[Refusal, ...] = ()
    not_returned: tuple[Refusal, ...] = ()
