"""All tokens of a vocabulary by the symbols that they stand for.

A set of ids is an int; bit i stands for id i.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

__all__ = ["Trie", "tokens_of"]


class Trie:
    """A trie of tokens.

    Args:
        symbols: what each id stands for; those that stand for nothing are left out.

    Attributes:
        symbols: as above.
        children: of each node, node by symbol; node 0 is the root.
        ids: of each node, the tokens that end there, as a set.
    """

    def __init__(self, symbols: Sequence[tuple[int, ...]]) -> None:
        self.symbols = symbols
        self.children: list[dict[int, int]] = [{}]
        self.ids: list[int] = [0]
        self._below: dict[int, int] = {}
        for token, run in enumerate(symbols):
            if run:
                self.ids[self._add(run)] |= 1 << token

    def _add(self, run: tuple[int, ...]) -> int:
        at = 0
        for symbol in run:
            child = self.children[at].get(symbol)
            if child is None:
                child = self.children[at][symbol] = len(self.children)
                self.children.append({})
                self.ids.append(0)
            at = child
        return at

    def below(self, *symbols: int) -> int:
        """All tokens that begin with some symbols, as a set."""
        node = 0
        for symbol in symbols:
            child = self.children[node].get(symbol)
            if child is None:
                return 0
            node = child
        return self.below_node(node)

    def below_node(self, node: int) -> int:
        """All tokens that end at a node or behind it, as a set."""
        found = self._below.get(node)
        if found is None:
            found, stack = 0, [node]
            while stack:
                at = stack.pop()
                found |= self.ids[at]
                stack += self.children[at].values()
            self._below[node] = found
        return found


def tokens_of(ids: int) -> Iterator[int]:
    """The ids of a set, ascending."""
    while ids:
        low = ids & -ids
        yield low.bit_length() - 1
        ids ^= low
