"""What a definition of a figure is made of: words, and how its numbers are written."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

__all__ = [
    "Definition",
    "four_decimals",
    "one_decimal",
    "percent",
    "plain",
    "signed",
    "three_decimals",
    "two_decimals",
    "whole",
]


def plain(value: float) -> str:
    """Three significant digits, and no more digits than a whole number has."""
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:#.3g}".rstrip(".")


def whole(value: float) -> str:
    """Without decimals."""
    return f"{value:,.0f}"


def one_decimal(value: float) -> str:
    """One decimal."""
    return f"{value:,.1f}"


def two_decimals(value: float) -> str:
    """Two decimals."""
    return f"{value:,.2f}"


def three_decimals(value: float) -> str:
    """Three decimals."""
    return f"{value:.3f}"


def four_decimals(value: float) -> str:
    """Four decimals."""
    return f"{value:.4f}"


def signed(value: float) -> str:
    """Four decimals, and always a sign."""
    return f"{value:+.4f}"


def percent(value: float) -> str:
    """A share in percent."""
    # Only all of them are 100 %, and only none of them 0 %.
    text = f"{100 * value:.1f} %"
    if text == "100.0 %":
        return "100 %" if value == 1 else "> 99.9 %"
    if text == "0.0 %":
        return "0 %" if value == 0 else "< 0.1 %"
    return text


@frozen(kw_only=True)
class Definition:
    """One figure.

    Attributes:
        heading: over a column.
        text: what it is, a sentence without its full stop.
        write: a value as text.
    """

    heading: str
    text: str
    write: Callable[[float], str] = plain
