"""All tokens of a vocabulary by the symbols that they stand for.

A set of ids is an int; bit i stands for id i.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

__all__ = ["Trie"]


class Trie:
    """A trie of tokens.

    Args:
        tokens: ids, and what each stands for: one symbol or more.

    Attributes:
        children: of each node, node by symbol; node 0 is the root.
        ids: of each node, the tokens that end there, as a set.
    """

    def __init__(self, tokens: Iterable[tuple[int, Sequence[int]]]) -> None:
        self.children: list[dict[int, int]] = [{}]
        self.ids: list[int] = [0]
        self._below: dict[int, int] = {}
        for token, symbols in tokens:
            at = 0
            for symbol in symbols:
                child = self.children[at].get(symbol)
                if child is None:
                    child = self.children[at][symbol] = len(self.children)
                    self.children.append({})
                    self.ids.append(0)
                at = child
            self.ids[at] |= 1 << token

    def below(self, *symbols: int) -> int:
        """All tokens that begin with some symbols, as a set."""
        node: int | None = 0
        for symbol in symbols:
            node = self.children[node].get(symbol)
            if node is None:
                return 0
        found = self._below.get(node)
        if found is None:
            found, stack = 0, [node]
            while stack:
                at = stack.pop()
                found |= self.ids[at]
                stack += self.children[at].values()
            self._below[node] = found
        return found
