"""Templates: JSON values in which some nodes stand for a draw.

A mapping whose first key starts with `$` is an operator:

    {$pick: [a, b, c]}              one of them, earlier ones more often (weights 1, 1/2, 1/3, ...)
    {$any: [a, b, c]}               one of them, all equally often
    {$some: [a, b], $chance: 0.5, $min: 1}    each with that probability, in order
    {$maybe: a, $chance: 0.5}       `a`, or nothing
    {$from: list}                   one of the items that `list` expands to, all equally often
    {$by: a, x: b, y: c}            `b` if the text of `a` is x, `c` if it is y; nothing otherwise
    {$use: name}                    the fragment of that name

`<<name>>` in a text is a slot: drawn once in a context, `<<name!>>` anew each time. A text that is
one slot takes the slot's value as it is; inside a longer text the value is spelled out. What is
nothing disappears from its mapping or list, and so does a mapping or list that loses all it had.
A list that an item of a list expands to is spliced in.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from enum import Enum
from random import Random
from typing import Any, Final, Literal, TypeAlias

from attrs import define, field

from wfgen.canonical import JsonValue
from wfgen.corpus.composer.draws import any_of, chance, ranked, some_of

__all__ = ["ABSENT", "Context", "Expanded", "expand", "expand_mapping", "expand_text"]


class Absent(Enum):
    """What a node expands to that was not drawn; None is a value of its own."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT
Expanded: TypeAlias = JsonValue | Literal[Absent.ABSENT]
Generator: TypeAlias = Callable[[Random], JsonValue]

_SLOT = re.compile(r"<<([a-z][a-z0-9_]*)(!?)>>")


@define(kw_only=True)
class Context:
    """What an expansion draws from.

    Attributes:
        rng: the source of all draws.
        fragments: templates by the name that `$use` takes.
        slots: templates by slot name; one here stands before one of the same name in `parent`.
        generators: slots that a function makes.
        parent: where a slot is looked up that is not here.
        drawn: values of the slots of this context that were drawn.
    """

    rng: Random
    fragments: Mapping[str, Any]
    slots: Mapping[str, Any]
    generators: Mapping[str, Generator] = field(factory=dict)
    parent: Context | None = None
    drawn: dict[str, Expanded] = field(factory=dict)

    def child(self, slots: Mapping[str, Any]) -> Context:
        """A context with slots of its own, drawing from the same source."""
        return Context(rng=self.rng, fragments=self.fragments, slots=slots, parent=self)

    def bind(self, name: str, value: JsonValue) -> None:
        """Gives a slot its value."""
        self.drawn[name] = value

    def value(self, name: str, *, fresh: bool = False) -> Expanded:
        """The value of a slot.

        Raises:
            KeyError: no slot has this name; a mistake in the parts.
        """
        if name in self.drawn and not fresh:
            return copy.deepcopy(self.drawn[name])
        if name in self.slots:
            made: Expanded = expand(self.slots[name], self)
        elif name in self.generators:
            made = self.generators[name](self.rng)
        elif self.parent is not None:
            return self.parent.value(name, fresh=fresh)
        else:
            raise KeyError(name)
        if not fresh:
            self.drawn[name] = made
        return copy.deepcopy(made)


def expand(node: Any, context: Context) -> Expanded:
    """The value that a template draws."""
    if isinstance(node, str):
        return _text(node, context)
    if isinstance(node, list):
        return _list(node, context)
    if isinstance(node, dict):
        first = next(iter(node), "")
        if first.startswith("$"):
            return _OPERATORS[first](node, context)
        return _mapping(node, context)
    return node  # type: ignore[no-any-return]


def expand_text(node: Any, context: Context) -> str:
    """The text that a template draws."""
    value = expand(node, context)
    assert isinstance(value, str), node
    return value


def expand_mapping(node: Any, context: Context) -> dict[str, JsonValue]:
    """The mapping that a template draws."""
    value = expand(node, context)
    assert isinstance(value, dict), node
    return value


def _text(text: str, context: Context) -> Expanded:
    whole = _SLOT.fullmatch(text)
    if whole:
        return context.value(whole[1], fresh=bool(whole[2]))
    return _SLOT.sub(lambda m: str(context.value(m[1], fresh=bool(m[2]))), text)


def _list(items: list[Any], context: Context) -> Expanded:
    made: list[JsonValue] = []
    for item in items:
        value = expand(item, context)
        if isinstance(value, list):
            made.extend(value)
        elif value is not ABSENT:
            made.append(value)
    return made if made or not items else ABSENT


def _mapping(members: dict[str, Any], context: Context) -> Expanded:
    made: dict[str, JsonValue] = {}
    for key, node in members.items():
        value = expand(node, context)
        if value is not ABSENT:
            made[str(_text(key, context))] = value
    return made if made or not members else ABSENT


def _pick(node: dict[str, Any], context: Context) -> Expanded:
    return expand(ranked(context.rng, node["$pick"]), context)


def _any(node: dict[str, Any], context: Context) -> Expanded:
    return expand(any_of(context.rng, node["$any"]), context)


def _some(node: dict[str, Any], context: Context) -> Expanded:
    kept = some_of(context.rng, node["$some"], node.get("$chance", 0.5), node.get("$min", 1))
    return _list(kept, context) if kept else ABSENT


def _maybe(node: dict[str, Any], context: Context) -> Expanded:
    if not chance(context.rng, node.get("$chance", 0.5)):
        return ABSENT
    return expand(node["$maybe"], context)


def _from(node: dict[str, Any], context: Context) -> Expanded:
    items = expand(node["$from"], context)
    assert isinstance(items, list), node
    return any_of(context.rng, items)


def _by(node: dict[str, Any], context: Context) -> Expanded:
    key = str(expand(node["$by"], context))
    return expand(node[key], context) if key in node else ABSENT


def _use(node: dict[str, Any], context: Context) -> Expanded:
    return expand(context.fragments[node["$use"]], context)


_OPERATORS: Final[Mapping[str, Callable[[dict[str, Any], Context], Expanded]]] = {
    "$pick": _pick,
    "$any": _any,
    "$some": _some,
    "$maybe": _maybe,
    "$from": _from,
    "$by": _by,
    "$use": _use,
}
