"""What generation is asked for: one frozen record."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from attrs import field, frozen
from attrs.validators import optional

from wfgen.builtin.checks import boolean, whole_number
from wfgen.errors import SettingError

__all__ = ["GenerateConfig"]

_MANY = 1 << 40


def _number(low: float, high: float, wanted: str) -> Callable[[Any, Any, Any], None]:
    def validate(_: Any, attribute: Any, value: Any) -> None:
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not is_number or not low <= value <= high:
            raise SettingError(name=attribute.name, cause=f"{value!r} does not fit", hint=wanted)

    return validate


@frozen(kw_only=True)
class GenerateConfig:
    """How documents are drawn.

    Logits are divided by `temperature`; then `top_k`, `top_p` and `min_p` leave tokens out, one
    after the other, each of what the one before has left.

    Attributes:
        num_samples: documents.
        temperature: 0 takes the likeliest token always.
        top_k: leave the likeliest k, and what is as likely as the last of them; None for all.
        top_p: leave the likeliest whose probabilities together reach this (nucleus sampling,
            Holtzman et al. 2020); None for all.
        min_p: leave what is at least this times as likely as the likeliest (Nguyen et al. 2024);
            None for all.
        seed: sample number n is drawn by (seed, n), whatever the batch.
        max_tokens: tokens of a document behind the prompt's, the end not counted; None for as many
            as the model's context.
        batch_size: documents that are drawn at once.
        constrain: keep to valid documents. None where it can be: the tokenizer's own constraint, or
            that of `engine`.
        engine: registry name of the constraint for a byte-level tokenizer; None for none.
        schema: what an engine keeps to: the name of a schema that check-jsonschema ships, or a JSON
            file. A tokenizer's own constraint knows its schema.

    Raises:
        SettingError: a value does not fit.
    """

    num_samples: int = field(default=1, validator=whole_number(1, _MANY))
    temperature: float = field(
        default=1.0, validator=_number(0, 1e6, "give a number from 0 to 1,000,000")
    )
    top_k: int | None = field(default=None, validator=optional(whole_number(1, _MANY)))
    top_p: float | None = field(
        default=None,
        validator=optional(_number(math.ulp(0.0), 1, "give a number above 0, and up to 1")),
    )
    min_p: float | None = field(
        default=None, validator=optional(_number(0, 1, "give a number from 0 to 1"))
    )
    seed: int = field(default=0, validator=whole_number(0, (1 << 63) - 1))
    max_tokens: int | None = field(default=None, validator=optional(whole_number(1, _MANY)))
    batch_size: int = field(default=32, validator=whole_number(1, 1 << 16))
    constrain: bool | None = field(default=None, validator=optional(boolean))
    engine: str | None = None
    schema: str = "github-workflows"
