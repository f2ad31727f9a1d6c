"""A document as the symbols that its grammar leaves a choice for, in segments.

This is the plain way, which asks the walk at every symbol; `wfgen_tct.grammar.fluent` does the same
in less time. A segment is what is written between two edges of frames: the edges lie before every
key, every item, and every `CLOSE`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial

from attrs import define

from wfgen.canonical import JsonValue, to_canonical
from wfgen_tct.grammar.frame_states import ArrayState
from wfgen_tct.grammar.language import Language
from wfgen_tct.grammar.places import Items, Members, Value
from wfgen_tct.grammar.walk import Walk
from wfgen_tct.symbols import ARRAY, CLOSE, END, FALSE_VALUE, NULL_VALUE, NUMBER, OBJECT, TRUE_VALUE

__all__ = ["Refused", "Speaker", "speak", "speak_items"]


@define
class Refused(Exception):  # noqa: N818  a verdict, not a fault
    """A value is not one of the language's.

    Attributes:
        path: keys and indices from the root.
        cause: what is wrong there, a clause.
    """

    path: tuple[str | int, ...]
    cause: str


def speak(language: Language, value: JsonValue) -> list[list[int]]:
    """The segments of a value, each of one symbol or more.

    Raises:
        Refused: the language has no such value.
    """
    speaker = Speaker(Walk(language))
    speaker.value(value)
    return speaker.segments()


def speak_items(
    language: Language, state: ArrayState, items: list[JsonValue]
) -> tuple[list[list[int]], int]:
    """The segments of the items of an array and of its end, and its label.

    Raises:
        Refused: the array has no such items.
    """
    walk = Walk(language)
    walk.open_array(state)
    speaker = Speaker(walk)
    speaker.items(items)
    return speaker.segments(), walk.label


class Speaker:
    """Says values along a walk.

    Args:
        walk: where to go on.
    """

    def __init__(self, walk: Walk) -> None:
        self._walk = walk
        self._naming = walk.language.naming
        self._segments: list[list[int]] = [[]]
        self._path: list[str | int] = []
        self._tasks: list[Callable[[], object]] = []

    def segments(self) -> list[list[int]]:
        """What was said; says first what is still to be said."""
        while self._tasks:
            self._tasks.pop()()
        return [segment for segment in self._segments if segment]

    def value(self, value: JsonValue) -> None:
        """Say a value, but for what stands in it, which `segments` says."""
        match value:
            case list():
                self.open(ARRAY)
                self.items(value)
            case dict():
                self.open(OBJECT)
                self._tasks.append(self.close)
                members = list(value.items())
                self._tasks += [partial(self._member, *each) for each in reversed(members)]
            case _:
                self.scalar(value)

    def scalar(self, value: JsonValue) -> None:
        """Say a value that is neither array nor object."""
        self._begin_item()
        match value:
            case None | bool():
                self._say(_WORDS[value])
            case str():
                self._string(value)
            case _:
                self._say(NUMBER)
                self._spell(to_canonical(value))

    def open(self, symbol: int) -> None:
        """Open an array or an object."""
        self._begin_item()
        self._say(symbol)

    def key(self, key: str) -> None:
        """Say a key of the object that is open."""
        self._segments.append([])
        place = self._walk.place
        if isinstance(place, Members) and key in place.state.keys.name_set:
            self._say(self._naming.key_symbols[key])
        else:
            self._spell(key.encode())

    def close(self) -> None:
        """Close the array or the object that is open."""
        self._segments.append([])
        self._say(CLOSE)

    def items(self, items: list[JsonValue]) -> None:
        """Say the items of an array that is open, and its end."""
        self._tasks.append(self.close)
        self._tasks += [partial(self._item, *each) for each in reversed([*enumerate(items)])]

    def _begin_item(self) -> None:
        if isinstance(self._walk.place, Items):
            self._segments.append([])

    def _string(self, text: str) -> None:
        symbol = self._naming.text_symbols.get(text)
        if symbol is not None and text in self._literals():
            self._say(symbol)
        else:
            self._spell(text.encode())

    def _literals(self) -> Collection[str]:
        """The strings that are listed where a value may come."""
        match self._walk.place:
            case Value(node=node):
                return node.literals
            case Items(item=Value(node=node)):
                return node.literals
        return ()

    def _item(self, index: int, value: JsonValue) -> None:
        self._enter(index)
        self.value(value)

    def _member(self, key: str, value: JsonValue) -> None:
        self._enter(key)
        self.key(key)
        self.value(value)

    def _enter(self, step: str | int) -> None:
        self._path.append(step)
        self._tasks.append(self._path.pop)

    def _spell(self, text: bytes) -> None:
        for byte in text:
            self._say(byte)
        self._say(END)

    def _say(self, symbol: int) -> None:
        choices = self._walk.choices()
        if symbol not in choices:
            raise Refused(tuple(self._path), self._walk.language.why_not(symbol, choices))
        if len(choices) > 1:
            self._segments[-1].append(symbol)
        self._walk.advance(symbol)


_WORDS = {None: NULL_VALUE, True: TRUE_VALUE, False: FALSE_VALUE}
