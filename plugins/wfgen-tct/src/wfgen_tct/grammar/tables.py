"""Tables by which documents are written fast.

A table says what is written of a value, a key or an item where it stands, and which table is next.
It is filled from the grammar as it is used. Tables can be written down and read back: then the
grammar is asked only where a document does what none before did.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from wfgen_tct.grammar.frame_states import ArrayState, ObjectState
from wfgen_tct.grammar.keys import Key
from wfgen_tct.grammar.language import Language
from wfgen_tct.grammar.naming import KEYWORDS
from wfgen_tct.grammar.nodes import Node
from wfgen_tct.grammar.spelling import Spelling
from wfgen_tct.symbols import ARRAY, OBJECT

__all__ = ["Items", "Member", "Members", "Place", "Spoken", "Tables"]

PYTHON = {"null": None, "true": True, "false": False}

Ids = bytes
"""Ids as 32-bit integers of the machine's byte order, one after the other."""

Recipe = Callable[[], Spelling]
"""Makes what may be spelt somewhere."""

Spoken = tuple[bytes, int]
"""What is written of a value, and its label."""


_NOTHING: Mapping[Any, Any] = {}

_MAX_NAMES = 300
"""Named keys of one object up to which its tables are made beforehand."""


class Place:
    """How the values of one place are written.

    Attributes:
        is_forced: whether what begins a value is not written.
        words: what is written of null, true and false, and the label.
        literals: labels of listed strings.
        free: the label of all strings that are not listed, where any may stand there; else 0.
        strings, numbers: as `words`, by text; listed strings from the start, others as they come.
        object, array: the tables of what opens here; None where it was not asked for.
        recipe, number_recipe: how `text` and `number` are made without the node; None for none.
    """

    __slots__ = (
        "_find", "_node", "_number", "_text", "array", "free", "is_forced", "literals",
        "number_recipe", "numbers", "object", "origin", "recipe", "strings", "words",
    )  # fmt: skip

    def __init__(self, find: Callable[[], Node], origin: Any) -> None:
        self._find = find
        self._node: Node | None = None
        self.origin = origin
        self.is_forced = False
        self.words: dict[Any, Spoken] = {}
        self.literals: Mapping[str, int] = {}
        self.free = 0
        self.strings: dict[str, Spoken] = {}
        self.numbers: dict[str, Spoken] = {}
        self.object: Members | None = None
        self.array: Items | None = None
        self.recipe: Recipe | None = None
        self.number_recipe: Recipe | None = None
        self._text: Spelling | None = None
        self._number: Spelling | None = None

    @property
    def number(self) -> Spelling:
        """The numbers."""
        if self._number is None:
            made = self.number_recipe
            self._number = self.node.number if made is None else made()
        return self._number

    @property
    def text(self) -> Spelling:
        """The strings that are not listed."""
        if self._text is None:
            self._text = self.node.text if self.recipe is None else self.recipe()
        return self._text

    @property
    def node(self) -> Node:
        """What may stand there."""
        if self._node is None:
            self._node = self._find()
        return self._node


class Member:
    """How a key, or an item, and its value are written.

    Attributes:
        code: what is written of the key; nothing of an item.
        text: the key as a document has it, behind a comma; empty until that was asked for.
        where: the place of the value.
        after: the tables behind it, by the label of the value.
        spoken: of values that are strings with label 1, the ids of key and value.
        labelled: of those with another, the ids and the label.
        opens: of values that are objects and arrays, the ids of key and opening, and the table.
        is_spelt: whether it is a key that is not named.
        minded: the bytes of such a key, if the choices for later ones depend on it.
    """

    __slots__ = (
        "after", "code", "is_spelt", "labelled", "minded", "opens", "spoken", "text", "where",
    )  # fmt: skip

    def __init__(
        self, code: bytes, where: Place, after: list[Any], *, is_spelt: bool = False
    ) -> None:
        self.code = code
        self.where = where
        self.after = after
        self.is_spelt = is_spelt
        self.text = b""
        self.minded: bytes | None = None
        # Most members are written once: what they keep is made when there is something to keep.
        self.spoken: Mapping[str, Ids] = _NOTHING
        self.labelled: Mapping[str, tuple[Ids, int]] = _NOTHING
        self.opens: Mapping[type, tuple[Ids, Any]] = _NOTHING


class Members:
    """How the keys of an object in one state are written.

    Attributes:
        known: by key.
        names: the named ones among them.
        classes: of keys that are not named, by class, the place of the value and what follows.
        is_free: whether all of these are of class 0, and choices depend on none of them.
        close: the label where the object ends here; 0 where it may not.
        num_always: how many symbols may follow whatever keys were used, up to 2.
        spare: a named key that may come.
        is_complete: whether `names` are all named keys that may come.
        recipe: how `spelling` is made without the state; None for none.
    """

    __slots__ = (
        "_find", "_spelling", "_state", "classes", "close", "is_complete", "is_free", "known",
        "names", "num_always", "origin", "recipe", "spare",
    )  # fmt: skip

    def __init__(self, find: Callable[[], ObjectState], origin: Any) -> None:
        self._find = find
        self._state: ObjectState | None = None
        self.origin = origin
        self.known: dict[str, Member] = {}
        self.names: list[str] = []
        self.classes: dict[int, tuple[Place, list[Any]]] = {}
        self.is_free = False
        self.is_complete = False
        self.close = 0
        self.num_always = 0
        self.spare = ""
        self.recipe: Recipe | None = None
        self._spelling: Spelling | None = None

    @property
    def spelling(self) -> Spelling:
        """The keys that are not named."""
        if self._spelling is None:
            self._spelling = self.state.spelling if self.recipe is None else self.recipe()
        return self._spelling

    @property
    def names_all(self) -> bool:
        """Whether `names` are all keys that may come."""
        return self.is_complete and not self.spelling.is_possible

    @property
    def name_set(self) -> frozenset[str]:
        """The keys that the place names; they are spelt nowhere."""
        return self.spelling.machine.taken  # type: ignore[attr-defined, no-any-return]

    @property
    def state(self) -> ObjectState:
        """The object's."""
        if self._state is None:
            self._state = self._find()
        return self._state

    def has_spare(self, value: Mapping[str, Any]) -> bool:
        """Whether a named key may come that an object does not have at all."""
        if self.spare and self.spare not in value:
            return True
        found = next((name for name in self.names if name not in value), None)
        if not found and not self.is_complete:
            found = self.state.spare(value)
        self.spare = found or self.spare
        return found is not None


class Items:
    """How the items of an array in one state are written.

    Attributes:
        item: how the next one is; None where none may come.
        close: the label where the array ends here; 0 where it may not.
        is_unique: whether equal items count.
    """

    __slots__ = ("_find", "_state", "close", "is_unique", "item", "origin")

    def __init__(self, find: Callable[[], ArrayState], origin: Any) -> None:
        self._find = find
        self._state: ArrayState | None = None
        self.origin = origin
        self.item: Member | None = None
        self.close = 0
        self.is_unique = False

    @property
    def state(self) -> ArrayState:
        """The array's."""
        if self._state is None:
            self._state = self._find()
        return self._state


class Tables:
    """All tables of one language.

    Args:
        language: the documents.
        codes: the coded form of each symbol.
        root: the table of the whole document, where there is one already.
    """

    def __init__(
        self, language: Language, codes: Sequence[bytes], root: Place | None = None
    ) -> None:
        self._language = language
        self._codes = codes
        self._by_state: dict[Any, Any] = {}
        self.root = root or self._place(lambda: language.root, ("root",), beside_close=False)

    def explore(self, most: int) -> None:
        """Make the tables of all that a document may come to, the nearest first.

        Args:
            most: stop at so many tables; the others are made when a document comes to them.
        """
        seen: set[int] = set()
        queue: deque[Any] = deque([self.root])
        while queue and len(seen) < most:
            table = queue.popleft()
            if id(table) not in seen:
                seen.add(id(table))
                queue.extend(self._reached(table))

    def _reached(self, table: Any) -> Iterator[Any]:
        """The tables that one comes to; they are made where they are not there yet."""
        if isinstance(table, Place):
            opened = (self.opened(table, kind) for kind in (dict, list))
            yield from (found[1] for found in opened if found is not None)
        elif isinstance(table, Members):
            yield from self._behind_members(table)
        elif table.item is not None:
            yield table.item.where
            for label in sorted(table.item.where.node.labels):
                yield table.item.after[label] or self.behind_item(table, label)

    def _behind_members(self, table: Members) -> Iterator[Any]:
        keys = table.state.keys
        if len(keys.names) > _MAX_NAMES:
            return
        for name in keys.names:
            member = table.known.get(name) or self.named(table, name)
            if member is not None:
                yield member.where
                yield from self._behind_key(table, name, member.where, member.after)
        for number in keys.classes:
            behind = self.of_class(table, number)
            if behind is not None:
                yield behind[0]
                yield from self._behind_key(table, number, *behind)
        table.is_complete = True

    def _behind_key(
        self, table: Members, key: Key, place: Place, after: list[Any]
    ) -> Iterator[Members]:
        for label in sorted(place.node.labels):
            yield after[label] or self.behind(table, key, after, label)

    # From the grammar -----------------------------------------------------------------------

    def _place(self, find: Callable[[], Node], origin: Any, *, beside_close: bool) -> Place:
        node = find()
        key = (node, beside_close)
        found = self._by_state.get(key)
        if found is None:
            found = self._by_state[key] = self._new_place(node, origin, beside_close=beside_close)
        return found

    def _new_place(self, node: Node, origin: Any, *, beside_close: bool) -> Place:
        place = Place(lambda: node, origin)
        choices = self._language.places.value(node).choices
        place.is_forced = len(choices) == 1 and not beside_close
        words = {word: label for word in PYTHON if (label := getattr(node, word))}
        free = node.text.labels[0] if node.text.is_free and len(node.text.labels) == 1 else 0
        self.fill(place, words, node.literals, free)
        return place

    def fill(
        self, place: Place, words: Mapping[str, int], literals: Mapping[str, int], free: int
    ) -> None:
        """Say what may stand at a place: labels of words, of listed strings, and of others."""
        symbol_of = {word: symbol for symbol, word in KEYWORDS.items()}
        texts = self._language.naming.text_symbols
        place.words = {PYTHON[w]: (self.first(place, symbol_of[w]), x) for w, x in words.items()}
        place.strings = {t: (self.first(place, texts[t]), x) for t, x in literals.items()}
        place.literals = literals
        place.free = free

    def first(self, place: Place, symbol: int) -> bytes:
        """What is written of the symbol that begins a value."""
        return b"" if place.is_forced else self._codes[symbol]

    def opened(self, place: Place, kind: type) -> tuple[bytes, Any] | None:
        """What is written of an object or array that opens, and its table; None where none may."""
        if kind is dict:
            if place.object is None:
                if place.node.object is None:
                    return None
                place.object = self._members(place.node.object, ("object", place))
            return self.first(place, OBJECT), place.object
        if place.array is None:
            if place.node.array is None:
                return None
            place.array = self._items(place.node.array, ("array", place))
        return self.first(place, ARRAY), place.array

    def _members(self, state: ObjectState, origin: Any) -> Members:
        found = self._by_state.get(state)
        if found is None:
            found = self._by_state[state] = Members(lambda: state, origin)
            found.close, found.num_always = state.close, state.num_always
            spelling = state.spelling
            found.is_free = spelling.is_free and len(spelling.labels) == 1
        return found

    def named(self, table: Members, name: str) -> Member | None:
        """How a named key is written; None where it may not come."""
        step = table.state.step(name)
        if step is None:
            return None
        place = self._place(lambda: step.node, ("key", table, name), beside_close=False)
        code = self._codes[self._language.naming.key_symbols[name]]
        found = table.known[name] = Member(code, place, [None] * len(step.after))
        table.names.append(name)
        return found

    def of_class(self, table: Members, number: int) -> tuple[Place, list[Any]] | None:
        """The place behind a key of a class, and what follows; None where it may not come."""
        found = table.classes.get(number)
        if found is None:
            step = table.state.step(number)
            if step is None:
                return None
            place = self._place(lambda: step.node, ("key", table, number), beside_close=False)
            found = table.classes[number] = place, [None] * len(step.after)
        return found

    def _items(self, state: ArrayState, origin: Any) -> Items:
        found = self._by_state.get(state)
        if found is None:
            found = self._by_state[state] = Items(lambda: state, origin)
            found.close, found.is_unique = state.close, state.is_unique
            step = state.step
            if step is not None and not state.is_unique:
                place = self._place(
                    lambda: step.node, ("item", found), beside_close=state.close > 0
                )
                found.item = Member(b"", place, [None] * len(step.after))
        return found

    def behind(self, table: Members, key: Key, after: list[Any], label: int) -> Members:
        """The table behind a key whose value has a label."""
        step = table.state.step(key)
        assert step is not None
        found = after[label] = self._members(step.after[label], ("behind", table, key, label))
        return found

    def behind_item(self, table: Items, label: int) -> Items:
        """The table behind an item that has a label."""
        step = table.state.step
        assert step is not None
        assert table.item is not None
        found = self._items(step.after[label], ("behind", table, None, label))
        table.item.after[label] = found
        return found
