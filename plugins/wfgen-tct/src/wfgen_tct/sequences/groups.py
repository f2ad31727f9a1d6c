"""What the tokens do at a place, in groups that do the same.

A token stays within its segment, so a walk of the vocabulary's trie along with the innermost place
finds all that may follow; nothing further out matters.
"""

from __future__ import annotations

from attrs import frozen

from wfgen_tct.grammar.frame_states import Step
from wfgen_tct.grammar.moves import Edge, Place
from wfgen_tct.sequences.trie import Trie

__all__ = ["Group", "Groups", "groups_of", "possible"]


@frozen(eq=False)
class Group:
    """Tokens that lead from one place to one end.

    Attributes:
        edge: what lies at the end, an `Edge`.
        to: the place behind, of moves that end at no edge or open a frame.
        label: of the value or frame that ended.
        step: of the key or item that is known by them; None where it was known before.
        name: the named key that they are or begin with; None for none.
        has_key: whether they spell a key, or some of it.
        ids: the tokens, as a set.
    """

    edge: int
    to: Place | None
    label: int
    step: Step | None
    name: str | None
    has_key: bool
    ids: int


@frozen(eq=False)
class Groups:
    """What may follow at a place.

    Attributes:
        groups: every token that may come is in one of them.
        ids: all of them, as a set.
    """

    groups: tuple[Group, ...]
    ids: int


_Key = tuple[int, "Place | None", int, "Step | None", "str | None", bool]


def groups_of(place: Place, trie: Trie) -> Groups:
    """What the tokens of a trie do at a place; kept with the place."""
    found = place.groups
    if found is None:
        found = place.groups = _collect(place, trie)
    return found  # type: ignore[no-any-return]


def _collect(place: Place, trie: Trie) -> Groups:
    found: dict[_Key, int] = {}
    children, ids = trie.children, trie.ids
    stack: list[tuple[Place, int, Step | None, str | None, bool]] = [(place, 0, None, None, False)]
    while stack:
        at, node, step, name, has_key = stack.pop()
        for symbol, child in possible(at, children[node]):
            move = at.hop(symbol)
            known = step or move.step
            named = name or move.name
            keyed = has_key or move.key is not None
            if ids[child]:
                key = (move.edge, move.to, move.label, known, named, keyed)
                found[key] = found.get(key, 0) | ids[child]
            if move.edge == Edge.NONE and children[child]:
                assert move.to is not None
                stack.append((move.to, child, known, named, keyed))
    every = 0
    for ids_of_one in found.values():
        every |= ids_of_one
    return Groups(tuple(Group(*key, each) for key, each in found.items()), every)


def possible(place: Place, children: dict[int, int]) -> list[tuple[int, int]]:
    """The symbols that may follow at a place and at a node of a trie, and the nodes behind them."""
    choices = place.choice_set
    if len(children) < len(choices):
        return [(symbol, child) for symbol, child in children.items() if symbol in choices]
    return [(symbol, children[symbol]) for symbol in choices if symbol in children]
