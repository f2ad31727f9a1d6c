"""Numbers of a schema as exact decimals, and values as messages show them."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

from wfgen.canonical import excerpt

__all__ = ["exact", "is_number", "num_digits", "shown"]

_LONGEST_SHOWN = 40


def is_number(value: Any) -> bool:
    """Whether a Python value is a JSON number: an int, a finite float or a finite Decimal."""
    if isinstance(value, bool):
        return False
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) or (isinstance(value, Decimal) and value.is_finite())


def num_digits(number: int | float | Decimal) -> int:
    """How many digits a number has when written without an exponent, about; at least 1."""
    if isinstance(number, int):
        return int(number.bit_length() * math.log10(2)) + 1  # str() refuses long ones
    _, digits, exponent = _decimal(number).as_tuple()
    assert isinstance(exponent, int)  # finite
    return max(len(digits) + max(exponent, 0), -exponent, 1)


def exact(number: int | float | Decimal) -> Decimal:
    """A number as a Decimal without trailing zeros; a float is the shortest text that gives it.

    No digit is lost, whatever the precision of the decimal context is; `num_digits` bounds the
    length of what comes out.
    """
    sign, digits, exponent = _decimal(number).as_tuple()
    assert isinstance(exponent, int)
    while len(digits) > 1 and digits[-1] == 0 and exponent < 0:
        digits, exponent = digits[:-1], exponent + 1
    if digits == (0,):
        return Decimal(0)
    if exponent > 0:
        digits, exponent = digits + (0,) * exponent, 0
    return Decimal((sign, digits, exponent))


def _decimal(number: int | float | Decimal) -> Decimal:
    return Decimal(repr(number)) if isinstance(number, float) else Decimal(number)


def shown(value: Any) -> str:
    """A value in a message: scalars as Python has them, cut; containers by kind alone.

    `repr` of a container would recurse, and that of a long integer is refused by Python.
    """
    if isinstance(value, str):
        return excerpt(value, _LONGEST_SHOWN)
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "an array" if value else "an empty array"
    if isinstance(value, bool) or value is None:
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | float | Decimal):
        return str(value) if _is_short(value) else "a long number"
    return f"a Python {type(value).__name__}"


def _is_short(number: int | float | Decimal) -> bool:
    if isinstance(number, int):
        return number.bit_length() < 128
    return len(str(number)) <= _LONGEST_SHOWN
