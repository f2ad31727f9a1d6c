"""Draws whose results do not depend on the Python version.

Only `random.Random.random()` is used: of all methods, Python promises that it alone keeps giving
the same sequence for a seed, see
https://docs.python.org/3/library/random.html#notes-on-reproducibility.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

__all__ = ["any_of", "below", "chance", "ranked", "some_of", "weighted"]

T = TypeVar("T")


def below(rng: Random, n: int) -> int:
    """An integer of 0 to n - 1, all equally likely."""
    return int(rng.random() * n)


def chance(rng: Random, p: float) -> bool:
    """True with probability `p`."""
    return rng.random() < p


def any_of(rng: Random, items: Sequence[T]) -> T:
    """One of the items, all equally likely."""
    return items[below(rng, len(items))]


def weighted(rng: Random, items: Sequence[T], weights: Sequence[float]) -> T:
    """One of the items, each as likely as its weight says."""
    left = rng.random() * sum(weights)
    for item, weight in zip(items, weights, strict=True):
        left -= weight
        if left < 0:
            return item
    return items[-1]


def ranked(rng: Random, items: Sequence[T]) -> T:
    """One of the items, the i-th with weight 1/i: in real workflows few choices are common."""
    return weighted(rng, items, [1 / rank for rank in range(1, len(items) + 1)])


def some_of(rng: Random, items: Sequence[T], p: float, minimum: int) -> list[T]:
    """Each item with probability `p`, at least `minimum` of them, in their order."""
    kept = {i for i in range(len(items)) if chance(rng, p)}
    while len(kept) < min(minimum, len(items)):
        kept.add(ranked(rng, [i for i in range(len(items)) if i not in kept]))
    return [items[i] for i in sorted(kept)]
