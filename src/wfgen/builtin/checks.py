"""Validators for settings; they raise SettingError, which names the setting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wfgen.errors import SettingError

__all__ = ["MAX_CONTEXT", "boolean", "one_of", "whole_number"]

MAX_CONTEXT = 1 << 20
"""Positions of a window; past any model in use, and a window's arrays stay under 10 MB."""

Validator = Callable[[Any, Any, Any], None]


def whole_number(low: int, high: int) -> Validator:
    """An int from `low` to `high`."""

    def validate(_: Any, attribute: Any, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            wanted = f"give a whole number from {low:,} to {high:,}"
            raise SettingError(name=attribute.name, cause=f"{value!r} does not fit", hint=wanted)

    return validate


def one_of(*options: str) -> Validator:
    """One of these words."""

    def validate(_: Any, attribute: Any, value: Any) -> None:
        if value not in options:
            wanted = f"give {' or '.join(options)}"
            raise SettingError(name=attribute.name, cause=f"{value!r} does not fit", hint=wanted)

    return validate


def boolean(_: Any, attribute: Any, value: Any) -> None:
    """True or False."""
    if not isinstance(value, bool):
        raise SettingError(name=attribute.name, cause=f"{value!r} is not true or false")
