"""References that lead back to themselves on the same value: such a schema says nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wfgen_tct.formulas import Same, leaves
from wfgen_tct.schema.building import Entry, Part
from wfgen_tct.schema.references import REFERENCES
from wfgen_tct.schema.unevaluated import UNEVALUATED

__all__ = ["find_circular"]

# Without these a subschema applies others to the same value only if they stand inside it.
_CLOSING = REFERENCES | UNEVALUATED


def find_circular(entries: Sequence[Entry]) -> Iterator[tuple[Entry, Part]]:
    """The parts that close a cycle of `Same`; without them there is none."""
    edges = [
        [(part, target) for part in entry.parts for target in _targets(part)] for entry in entries
    ]
    components = _components([[target for _, target in out] for out in edges])
    for index, out in enumerate(edges):
        found: dict[str, Part] = {}
        for part, target in out:
            if part.keyword in _CLOSING and components[index] == components[target]:
                found[part.pointer] = part
        yield from ((entries[index], part) for part in found.values())


def _targets(part: Part) -> Iterator[int]:
    return (leaf.schema for leaf in leaves(part.formula) if isinstance(leaf, Same))


def _components(edges: Sequence[Sequence[int]]) -> list[int]:
    """The strongly connected component of each node (Tarjan's algorithm, without recursion)."""
    order: list[int | None] = [None] * len(edges)
    low = [0] * len(edges)
    component = [-1] * len(edges)
    path: list[int] = []
    count = 0
    for root in range(len(edges)):
        stack = [] if order[root] is not None else [(root, iter(edges[root]))]
        while stack:
            node, rest = stack[-1]
            if order[node] is None:
                order[node] = low[node] = count
                count += 1
                path.append(node)
            for target in rest:
                if order[target] is None:
                    stack.append((target, iter(edges[target])))
                    break
                if component[target] < 0:
                    low[node] = min(low[node], low[target])
            else:
                stack.pop()
                if stack:
                    parent = stack[-1][0]
                    low[parent] = min(low[parent], low[node])
                if low[node] == order[node]:
                    while component[node] < 0:
                        component[path.pop()] = node
    return component
