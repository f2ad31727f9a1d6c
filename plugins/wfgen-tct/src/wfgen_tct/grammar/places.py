"""Places of a document between two symbols, and what each symbol does there.

A place is shared by all sequences that stand at it, and keeps what was worked out about it. It
holds all that what follows depends on, as far as it does: where keys cannot run out, the keys that
were used are no part of a place, and a walk that comes to one it used refuses it by itself.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import orjson

from wfgen_tct.grammar.frame_states import ArrayState, ObjectState
from wfgen_tct.grammar.moves import Edge, Move, Place, Stuck
from wfgen_tct.grammar.naming import KEYWORDS, Naming
from wfgen_tct.grammar.nodes import Node
from wfgen_tct.grammar.spelling import Spelling
from wfgen_tct.grammar.values import spellings
from wfgen_tct.scalars.numbers import texts_equal
from wfgen_tct.scalars.text import TextMachine
from wfgen_tct.symbols import ARRAY, CLOSE, END, FIRST_NAMED, NUMBER, OBJECT

__all__ = ["Items", "Members", "Places", "Text", "Value", "matters"]

_NOTHING: frozenset[Any] = frozenset()
_MAX_PLACES = 200_000


class Text(Place):
    """Inside a string, a number, or a key that is spelt.

    Attributes:
        spelling, state: what may still follow.
        owner: the state of the object whose key it is; None for a value.
        quote: what ends it.
        prefix: what was written of it, and
        taken: the texts that it may not be; both only where anything but `END` depends on them.
    """

    def __init__(  # noqa: PLR0913, PLR0917
        self,
        places: Places,
        spelling: Spelling,
        state: int,
        owner: ObjectState | None,
        quote: bytes,
        prefix: bytes,
        taken: frozenset[bytes],
    ) -> None:
        super().__init__(places)
        self.spelling = spelling
        self.state = state
        self.owner = owner
        self.quote = quote
        self.prefix = prefix
        self.taken = taken

    @cached_property
    def choices(self) -> tuple[int, ...]:  # type: ignore[override]
        """The symbols that may follow."""
        return self.spelling.free_choices(self.state, self.prefix, self.taken)

    @cached_property
    def shortest(self) -> tuple[Edge, int] | None:
        """`END`, where it comes to the only label there is."""
        if self.owner is not None or END not in self.choice_set:
            return None
        label = self.spelling.end(self.state)
        return (Edge.VALUE, label) if self.spelling.labels_from(self.state) == {label} else None

    @cached_property
    def is_simple(self) -> bool:
        """Whether it is in a value's text, in which no symbol is ever forced."""
        return self.owner is None and not self.taken and self.spelling.is_plain

    def run(self, symbols: tuple[int, ...], start: int) -> Move:
        """What symbols from an index on do, at a simple place.

        Raises:
            Stuck: one of them may not come.
        """
        spelling, state, last = self.spelling, self.state, len(symbols)
        for index in range(start, last):
            after = spelling.moves(state).get(symbols[index])
            if after is None:
                last = index
                break
            state = after
        text = b"".join(map(_ESCAPED.__getitem__, symbols[start:last]))
        if last == len(symbols):
            to = self.places.text(spelling, state, quote=self.quote)
            return Move(text, to=to)
        label = spelling.end(state)
        if symbols[last] != END or not label or last + 1 < len(symbols):
            raise Stuck(last if symbols[last] != END or not label else last + 1)
        return Move(text + self.quote, edge=Edge.VALUE, label=label)

    def _move(self, symbol: int) -> Move:
        key = None if self.owner is None else b""
        if symbol == END:
            return self._end(self.spelling.end(self.state), key)
        byte = bytes((symbol,))
        to = self.places.text_after(self, symbol)
        return Move(_ESCAPED[symbol], to=to, key=None if key is None else byte)

    def _end(self, label: int, key: bytes | None) -> Move:
        if self.owner is None:
            return Move(self.quote, edge=Edge.VALUE, label=label)
        step = self.owner.step(label - 1)
        assert step is not None
        return Move(self.quote + b":", to=self.places.value(step.node), key=key, step=step)


class Value(Place):
    """Before a value: of a key, or the document."""

    def __init__(self, places: Places, node: Node, used: frozenset[Any]) -> None:
        super().__init__(places)
        self.node = node
        self.used = used

    @cached_property
    def choices(self) -> tuple[int, ...]:  # type: ignore[override]
        """The symbols that may follow."""
        return tuple(_first_symbols(self.node, self.used, self.places.naming))

    @cached_property
    def shortest(self) -> tuple[Edge, int] | None:
        """A word, a listed string or the empty one, where that comes to the only label there is."""
        if len(self.node.labels) > 1:
            return None
        for symbol in self.choices:
            if symbol == END or symbol in KEYWORDS or symbol >= FIRST_NAMED:
                move = self.move(symbol)
                return Edge(move.edge), move.label
        return None

    def _move(self, symbol: int) -> Move:
        node, places = self.node, self.places
        if symbol <= END:
            start = places.text(node.text, node.text.start, self.used)
            return _opened(b'"', start.move(symbol))
        if symbol == NUMBER:
            return Move(b"", to=places.text(node.number, node.number.start, self.used, quote=b""))
        if symbol == ARRAY:
            assert node.array is not None
            to = places.items(node.array)
            return Move(b"[", edge=Edge.OPEN_ARRAY, to=to, goal=node.goal)
        if symbol == OBJECT:
            assert node.object is not None
            into = places.members(node.object)
            return Move(b"{", edge=Edge.OPEN_OBJECT, to=into, goal=node.goal)
        if symbol >= FIRST_NAMED:
            text = places.naming.spelling(symbol)
            return Move(orjson.dumps(text), edge=Edge.VALUE, label=node.literals[text])
        word = KEYWORDS[symbol]
        return Move(word.encode(), edge=Edge.VALUE, label=getattr(node, word))


class Members(Place):
    """In an object between keys.

    Attributes:
        state: the object's.
        names, others: the keys that it has, named ones and others, where choices depend on them.
        is_shut: whether it may not end here, as the array around it has an equal item.
    """

    def __init__(
        self,
        places: Places,
        state: ObjectState,
        names: frozenset[str],
        others: frozenset[bytes],
        is_shut: bool,
    ) -> None:
        super().__init__(places)
        self.state = state
        self.names = names
        self.others = others
        self.is_shut = is_shut

    @cached_property
    def choices(self) -> tuple[int, ...]:  # type: ignore[override]
        """The symbols that may follow."""
        symbols = self.places.naming.key_symbols
        free = (symbols[name] for name in self.state.names if name not in self.names)
        return (*self._plain_choices, *free)

    @cached_property
    def _plain_choices(self) -> tuple[int, ...]:
        """Those that are no named key."""
        spelling = self.state.spelling
        found: tuple[int, ...] = ()
        if spelling.is_possible:
            found = spelling.free_choices(spelling.start, b"", self.others)
        return (*found, CLOSE) if self.state.close and not self.is_shut else found

    @property
    def has_room(self) -> bool:
        """Whether it is plain that several symbols may follow, without looking at all of them."""
        return not self.is_shut and self.state.has_room(self.names)

    def admits(self, symbol: int) -> bool:
        """Whether a symbol may follow."""
        naming = self.places.naming
        if not naming.is_key(symbol):
            return symbol in self._plain_choices
        name = naming.spelling(symbol)
        return (
            name in self.state.keys.name_set
            and name not in self.names
            and self.state.step(name) is not None
        )

    @property
    def shortest(self) -> tuple[Edge, int] | None:
        """The end."""
        return (Edge.CLOSE, self.state.close) if self.admits(CLOSE) else None

    def _move(self, symbol: int) -> Move:
        if symbol == CLOSE:
            return Move(b"}", edge=Edge.CLOSE, label=self.state.close)
        if symbol <= END:
            start = self.places.key(self.state, self.others)
            return _opened(b'"', start.move(symbol), begins=True)
        name = self.places.naming.spelling(symbol)
        step = self.state.step(name)
        assert step is not None
        text = orjson.dumps(name) + b":"
        return Move(text, to=self.places.value(step.node), begins=True, name=name, step=step)


class Items(Place):
    """In an array between items.

    Attributes:
        state: the array's.
        used: items that came before, where choices depend on them.
        is_shut: whether it may not end here, as the array around it has an equal item.
    """

    def __init__(
        self, places: Places, state: ArrayState, used: frozenset[Any], is_shut: bool
    ) -> None:
        super().__init__(places)
        self.state = state
        self.used = used
        self.is_shut = is_shut

    @cached_property
    def item(self) -> Value | None:
        """The place of one more item; None where none may come."""
        step = self.state.step
        return None if step is None else self.places.value(step.node, self.used)

    @cached_property
    def choices(self) -> tuple[int, ...]:  # type: ignore[override]
        """The symbols that may follow."""
        found = () if self.item is None else self.item.choices
        return (*found, CLOSE) if self.state.close and not self.is_shut else found

    @property
    def shortest(self) -> tuple[Edge, int] | None:
        """The end."""
        return (Edge.CLOSE, self.state.close) if CLOSE in self.choice_set else None

    def _move(self, symbol: int) -> Move:
        if symbol == CLOSE:
            return Move(b"]", edge=Edge.CLOSE, label=self.state.close)
        assert self.item is not None
        start = Move(b"", to=self.item, begins=True, step=self.state.step)
        return start.then(self.item.move(symbol))


class Places:
    """All places of one language; equal ones are one, as far as they are remembered."""

    def __init__(self, naming: Naming) -> None:
        self.naming = naming
        self._known: dict[Any, Any] = {}
        self._free: dict[int, Spelling] = {}

    def _keep(self, made: type[Any], *key: Any) -> Any:
        found = self._known.get((made, *key))
        if found is None:
            if len(self._known) >= _MAX_PLACES:
                self._known.clear()
            found = self._known.setdefault((made, *key), made(self, *key))
        return found

    def value(self, node: Node, used: frozenset[Any] = _NOTHING) -> Value:
        """Before a value that may not be one of `used`."""
        return self._keep(Value, node, used)  # type: ignore[no-any-return]

    def text(
        self, spelling: Spelling, state: int, used: frozenset[Any] = _NOTHING, quote: bytes = b'"'
    ) -> Text:
        """At the start of a string or a number that may not be one of `used`."""
        taken = spellings(used, "string" if quote else "number") if used else _NOTHING
        if quote and not taken:
            spelling, state = self._shared(spelling, state)
        return self._keep(Text, spelling, state, None, quote, b"", taken)  # type: ignore[no-any-return]

    def _shared(self, spelling: Spelling, state: int) -> tuple[Spelling, int]:
        """Where any text may go on, what places share that differ by listed strings alone."""
        if not spelling.is_free or len(spelling.labels) > 1:
            return spelling, state
        at = spelling.machine.without_taken(state)  # type: ignore[attr-defined]
        if at < 0:
            return spelling, state
        label = spelling.labels[0]
        found = self._free.get(label)
        if found is None:
            found = self._free[label] = Spelling(TextMachine((), (), ()), (label,))
        return found, at

    def key(self, owner: ObjectState, others: frozenset[bytes]) -> Text:
        """At the start of a key that is spelt; `others` are there already."""
        spelling = owner.spelling
        return self._keep(Text, spelling, spelling.start, owner, b'"', b"", others)  # type: ignore[no-any-return]

    def text_after(self, text: Text, byte: int) -> Text:
        """One byte further on."""
        prefix, taken = b"", text.taken
        if taken:
            prefix = text.prefix + bytes((byte,))
            taken = frozenset(each for each in taken if each.startswith(prefix))
        state = text.spelling.step(text.state, byte)
        if text.owner is None and not taken:
            return self.text(text.spelling, state, quote=text.quote)
        prefix = prefix if taken else b""
        return self._keep(Text, text.spelling, state, text.owner, text.quote, prefix, taken)  # type: ignore[no-any-return]

    def members(
        self,
        state: ObjectState,
        names: set[str] | frozenset[str] = _NOTHING,
        others: frozenset[bytes] = _NOTHING,
        *,
        is_shut: bool = False,
    ) -> Members:
        """In an object that has some keys; of those not named, the ones its spelling minds."""
        is_scarce = is_shut or not state.has_room(names)
        if not is_scarce and not others:
            found = state.roomy_place
            if found is None:
                found = state.roomy_place = Members(self, state, _NOTHING, _NOTHING, False)
            return found  # type: ignore[no-any-return]
        kept = frozenset(names) if is_scarce else _NOTHING
        return self._keep(Members, state, kept, others, is_shut)  # type: ignore[no-any-return]

    def items(
        self, state: ArrayState, used: frozenset[Any] = _NOTHING, *, is_shut: bool = False
    ) -> Items:
        """In an array that has some items; `used` are those that `matters` is true of."""
        kept = state.excluded | used if state.is_unique else _NOTHING
        if not kept and not is_shut:
            found = state.free_place
            if found is None:
                found = state.free_place = Items(self, state, _NOTHING, False)
            return found  # type: ignore[no-any-return]
        return self._keep(Items, state, kept, is_shut)  # type: ignore[no-any-return]


def matters(value: Any, node: Node) -> bool:
    """Whether more than the last symbol of a value depends on its having been used.

    Args:
        value: by its `value_key`.
        node: the place of another one.
    """
    kind, *rest = value
    if kind == "string":
        return rest[0] in node.literals or node.text.minds(rest[0].encode())
    if kind == "number":
        return any(node.number.minds(text) for text in texts_equal(rest[0]))
    return kind in KEYWORDS.values()


def _first_symbols(node: Node, used: frozenset[Any], naming: Naming) -> list[int]:
    found: list[int] = []
    if node.text.is_possible:
        taken = spellings(used, "string") if used else _NOTHING
        found += node.text.free_choices(node.text.start, b"", taken)
    found += [s for s, word in KEYWORDS.items() if getattr(node, word) and (word,) not in used]
    if node.number.is_possible:
        taken = spellings(used, "number") if used else _NOTHING
        if node.number.free_choices(node.number.start, b"", taken):
            found.append(NUMBER)
    found += [ARRAY] if node.array is not None else []
    found += [OBJECT] if node.object is not None else []
    texts = (text for text in node.literals if ("string", text) not in used)
    return [*found, *(naming.text_symbols[text] for text in texts)]


def _opened(quote: bytes, move: Move, *, begins: bool = False) -> Move:
    """The first move of a text, with the quote before it."""
    opening = Move(quote, to=move.to, begins=begins)
    return opening.then(move)


_ESCAPED = [orjson.dumps(chr(code))[1:-1] for code in range(128)]
_ESCAPED += [bytes((byte,)) for byte in range(128, 256)]
"""Bytes of UTF-8 as they stand in a JSON string; numbers have none that differ."""
