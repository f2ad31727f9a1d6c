"""Deterministic machines over numbered classes: their product, and their smallest form.

The machine is its rows: of each state the next one by class. State 0 is the start, and every state
can be reached from there.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeAlias

from wfgen_tct.patterns.limits import Meter

__all__ = ["Rows", "minimize", "product"]

Rows: TypeAlias = list[list[int]]


def product(
    machines: Sequence[Rows], num_classes: int, meter: Meter
) -> tuple[Rows, list[tuple[int, ...]]]:
    """All machines at once.

    Args:
        machines: over the same classes; none make a machine with one state.
        num_classes: how many classes there are.
        meter: counts the work.

    Returns:
        The rows, and the state of every machine that each state stands for.

    Raises:
        GrammarLimitError: there are too many states.
    """
    start = (0,) * len(machines)
    numbers = {start: 0}
    states = [start]
    rows: Rows = []
    for state in states:  # which grows on the way
        meter.spend(num_classes * (len(machines) + 1))
        own = [machine[at] for machine, at in zip(machines, state, strict=True)]
        row = []
        for symbol in range(num_classes):
            after = tuple(each[symbol] for each in own)
            number = numbers.setdefault(after, len(states))
            if number == len(states):
                states.append(after)
                meter.check_states(len(states))
            row.append(number)
        rows.append(row)
    return rows, states


def minimize(rows: Rows, labels: Sequence[Hashable], meter: Meter) -> tuple[Rows, list[int]]:
    """The smallest machine that gives the same label after every word.

    After Hopcroft, "An n log n algorithm for minimizing states in a finite automaton" (1971).

    Args:
        rows: a machine.
        labels: of its states.
        meter: counts the work.

    Returns:
        The smallest machine, numbered breadth first, so that equal ones are the same; and the
        number in it of every state of the given one.

    Raises:
        GrammarLimitError: it takes too many steps.
    """
    blocks, block_of = _refined(rows, labels, meter)
    number_of = {block_of[0]: 0}
    order = [block_of[0]]
    smallest: Rows = []
    for block in order:  # which grows on the way
        row = []
        for after in rows[next(iter(blocks[block]))]:
            target = block_of[after]
            if target not in number_of:
                number_of[target] = len(order)
                order.append(target)
            row.append(number_of[target])
        smallest.append(row)
    return smallest, [number_of[block] for block in block_of]


def _refined(
    rows: Rows, labels: Sequence[Hashable], meter: Meter
) -> tuple[list[set[int]], list[int]]:
    """The coarsest partition into blocks of equivalent states, and the block of each state."""
    blocks, block_of = _by_label(labels)
    sources = _sources(rows, meter)
    waiting = list(range(len(blocks)))
    while waiting:
        inside = list(blocks[waiting.pop()])  # kept, as the block may split itself
        for into in sources:
            meter.spend(len(inside) + 1)
            hit: dict[int, list[int]] = {}
            for target in inside:
                for source in into.get(target, ()):
                    hit.setdefault(block_of[source], []).append(source)
            for block, states in hit.items():
                if len(states) < len(blocks[block]):
                    waiting.append(len(blocks))
                    _split(blocks, block_of, block, states)
    return blocks, block_of


def _by_label(labels: Sequence[Hashable]) -> tuple[list[set[int]], list[int]]:
    numbers: dict[Hashable, int] = {}
    blocks: list[set[int]] = []
    block_of = []
    for state, label in enumerate(labels):
        block = numbers.setdefault(label, len(blocks))
        if block == len(blocks):
            blocks.append(set())
        blocks[block].add(state)
        block_of.append(block)
    return blocks, block_of


def _sources(rows: Rows, meter: Meter) -> list[dict[int, list[int]]]:
    """By class: the states that lead to each state."""
    num_classes = len(rows[0])
    meter.spend(3 * len(rows) * num_classes)
    found: list[dict[int, list[int]]] = [{} for _ in range(num_classes)]
    for state, row in enumerate(rows):
        for symbol, after in enumerate(row):
            found[symbol].setdefault(after, []).append(state)
    return found


def _split(blocks: list[set[int]], block_of: list[int], block: int, states: list[int]) -> None:
    """Part a block in the given states and the others; the smaller part becomes a new block.

    The new block has to wait: if the old one still waits, both parts do; if not, one is enough.
    """
    whole = blocks[block]
    smaller = set(states) if 2 * len(states) <= len(whole) else whole.difference(states)
    whole.difference_update(smaller)
    for state in smaller:
        block_of[state] = len(blocks)
    blocks.append(smaller)
