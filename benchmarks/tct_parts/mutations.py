"""Documents with a few seeded changes, most of which a schema minds."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

from wfgen.canonical import JsonValue, read_json, to_canonical

__all__ = ["mutated"]

_MAX_BYTES = 20_000
_SCALARS: tuple[JsonValue, ...] = (
    None, True, False, 0, -1, 1.0, 1.5, 10**20, "", " ", "push", "on", "ubuntu-latest", "${{ a }}",
    [], {}, [None], ["push", "push"], {"": 1}, {"types": []}, [{}],
)  # fmt: skip

Slot = tuple[Any, Any]
"""An object or array, and a key or index in it."""


def mutated(documents: Sequence[bytes], seed: int) -> bytes:
    """One of the documents, not too long a one, with one to three changes."""
    rng = Random(seed)
    short = [document for document in documents if len(document) <= _MAX_BYTES] or documents
    value: Any = [copy.deepcopy(read_json(rng.choice(short)))]
    other: Any = [read_json(rng.choice(short))]
    for _ in range(rng.randint(1, 3)):
        slots = list(_slots(value))
        rng.choice(_CHANGES)(rng, rng.choice(slots), list(_slots(other)))
        value = value or [None]
    return to_canonical(value[0])


def _slots(value: Any) -> Iterator[Slot]:
    stack = [value]
    while stack:
        at = stack.pop()
        pairs = at.items() if isinstance(at, dict) else enumerate(at)
        for key, child in list(pairs):
            yield at, key
            if isinstance(child, dict | list):
                stack.append(child)


def _replace(rng: Random, slot: Slot, _: list[Slot]) -> None:
    slot[0][slot[1]] = copy.deepcopy(rng.choice(_SCALARS))


def _transplant(rng: Random, slot: Slot, others: list[Slot]) -> None:
    parent, key = rng.choice(others)
    slot[0][slot[1]] = copy.deepcopy(parent[key])


def _remove(rng: Random, slot: Slot, _: list[Slot]) -> None:
    del slot[0][slot[1]]


def _rename(rng: Random, slot: Slot, others: list[Slot]) -> None:
    """Give a key another name, in its place; of an item, repeat it."""
    parent, key = slot
    if isinstance(parent, list):
        parent.insert(key, copy.deepcopy(parent[key]))
        return
    names = [k for at, k in others if isinstance(at, dict)] or [""]
    name = rng.choice([rng.choice(names), f"{key}x", key[:-1], key.upper()])
    pairs = [(name if k == key else k, v) for k, v in parent.items() if k == key or k != name]
    parent.clear()
    parent.update(pairs)


def _insert(rng: Random, slot: Slot, others: list[Slot]) -> None:
    parent, key = rng.choice(others)
    child = copy.deepcopy(parent[key])
    if isinstance(slot[0], list):
        slot[0].insert(slot[1], child)
    else:
        slot[0][key if isinstance(key, str) else "extra"] = child


def _edit(rng: Random, slot: Slot, _: list[Slot]) -> None:
    """Change a text or a number a little; wrap anything else."""
    child = slot[0][slot[1]]
    if isinstance(child, str):
        at = rng.randint(0, len(child))
        child = (
            child[:at] + rng.choice(["", " ", "\n", "x", "é", "${{", "}}", "@"]) + child[at + 1 :]
        )
    elif isinstance(child, int | float) and not isinstance(child, bool):
        child = rng.choice([-child, child + 1, child * 1000, float(child), str(child)])
    else:
        child = [child]
    slot[0][slot[1]] = child


def _shuffle(rng: Random, slot: Slot, _: list[Slot]) -> None:
    """Another order of keys or items: of keys it is the same value."""
    parent = slot[0]
    if isinstance(parent, list):
        rng.shuffle(parent)
        return
    pairs = list(parent.items())
    rng.shuffle(pairs)
    parent.clear()
    parent.update(pairs)


_CHANGES: tuple[Callable[[Random, Slot, list[Slot]], None], ...] = (
    _replace,
    _transplant,
    _remove,
    _rename,
    _insert,
    _edit,
    _shuffle,
)
