"""Keys and items that may not come again, or are needed later: what may still become one of them.

All is told by the text: what is written so far, and what the key or item would be written as.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from wfgen_tct.grammar.moves import Edge, Place
from wfgen_tct.grammar.values import texts_of
from wfgen_tct.sequences.groups import possible
from wfgen_tct.sequences.trie import Trie

__all__ = ["agreeing", "begun_key", "may_become", "text_of_key"]

_ESCAPES = [orjson.dumps(chr(code))[1:-1] for code in range(128)]


def text_of_key(key: bytes) -> bytes:
    """How a key is written, up to its value."""
    return orjson.dumps(key.decode()) + b":"


def begun_key(key: bytes) -> bytes:
    """How the beginning of a key is written; it may end within a character."""
    return b'"' + b"".join(_ESCAPES[b] if b < 128 else bytes((b,)) for b in key)


def may_become(begun: bytes, values: Iterable[Any]) -> bool:
    """Whether what is written may become one of some values, given by their `value_key`.

    Of arrays and objects no more is asked than what they begin with.
    """
    return any(_agrees(begun, value) for value in values)


def _agrees(begun: bytes, value: Any) -> bool:
    if value[0] in ("array", "object"):
        return begun.startswith(b"[" if value[0] == "array" else b"{")
    return any(text.startswith(begun) for text in texts_of(value))


def agreeing(place: Place, trie: Trie, text: bytes) -> int:
    """The tokens that write some of a text, all of it, or more, as a set.

    Args:
        place: where they are taken.
        trie: the tokens.
        text: JSON that is not written yet.
    """
    found = 0
    stack: list[tuple[Place, int, bytes]] = [(place, 0, b"")]
    while stack:
        at, node, written = stack.pop()
        for symbol, child in possible(at, trie.children[node]):
            move = at.hop(symbol)
            after = written + move.text
            if text.startswith(after) or after.startswith(text):
                found |= trie.ids[child]
                if move.edge == Edge.NONE and trie.children[child]:
                    assert move.to is not None
                    stack.append((move.to, child, after))
    return found
