"""A document as ids, fast: what `speaking` says, by tables that fill as they are used.

The work of a document is a few dictionary look-ups a value. Where a table has no answer, the plain
rules are asked once; only where the answer depends on what a document used before, as when the keys
of an object run out, they are asked every time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import takewhile
from typing import Any

from wfgen.canonical import JsonValue, to_canonical
from wfgen_tct.grammar.keys import Key
from wfgen_tct.grammar.language import Language
from wfgen_tct.grammar.naming import KEYWORDS
from wfgen_tct.grammar.nodes import ArrayState, Node, ObjectState
from wfgen_tct.grammar.speaking import Refused, speak_items
from wfgen_tct.grammar.spelling import Spelling
from wfgen_tct.symbols import ARRAY, CLOSE, END, NUMBER, OBJECT

__all__ = ["FluentSpeaker"]

_MAX_KEPT = 100_000
"""Texts and keys that are kept, of all places together; beyond it the tables start anew."""

_MAX_LENGTH = 80
"""Characters of a text that is worth keeping; longer ones hardly come again."""

_PYTHON = {"null": None, "true": True, "false": False}
_Ids = Sequence[int]
_Spoken = tuple[bytes, int]
"""What is written of a value, and its label."""


class _Refuse(Exception):  # noqa: N818  a verdict, not a fault
    """The value is not the language's; the plain way says where and why."""


class _Place:
    """How the values of one place are written.

    Attributes:
        node: what may stand there.
        first: what is written of each symbol that may begin a value; nothing of a forced one.
        words: what is written of null, true and false, and the label.
        strings, numbers: the same by text; listed strings from the start, others as they come.
    """

    __slots__ = ("first", "node", "numbers", "strings", "words")

    def __init__(
        self, node: Node, first: Mapping[int, bytes], text_symbols: Mapping[str, int]
    ) -> None:
        self.node = node
        self.first = first
        self.words: dict[Any, _Spoken] = {
            _PYTHON[word]: (first[symbol], getattr(node, word))
            for symbol, word in KEYWORDS.items()
            if symbol in first
        }
        self.strings: dict[str, _Spoken] = {
            text: (first[text_symbols[text]], label) for text, label in node.literals.items()
        }
        self.numbers: dict[str, _Spoken] = {}


class _Member:
    """How a key, or an item, and its value are written.

    Attributes:
        code: what is written of the key; nothing of an item.
        where: the place of the value.
        after: the tables behind it, by the label of the value.
        spoken: of values that are strings, the ids of key and value, and the table behind.
        is_spelt: whether it is a key that is not named.
        minded: the bytes of such a key, if the choices for later ones depend on it.
    """

    __slots__ = ("after", "code", "is_spelt", "minded", "spoken", "where")

    def __init__(
        self,
        code: bytes,
        where: _Place,
        num_labels: int,
        *,
        is_spelt: bool = False,
        minded: bytes | None = None,
    ) -> None:
        self.is_spelt = is_spelt
        self.code = code
        self.where = where
        self.after: list[Any] = [None] * num_labels
        self.spoken: dict[str, tuple[_Ids, Any]] = {}
        self.minded = minded


class _Members:
    """How the keys of an object in one state are written.

    Attributes:
        state: the object's.
        known: by key.
        num_always: how many symbols may follow whatever keys were used, up to 2.
        spare: a named key that may come, the last that was found to be used by no document.
    """

    __slots__ = ("known", "num_always", "spare", "state")

    def __init__(self, state: ObjectState) -> None:
        self.state = state
        self.known: dict[str, _Member] = {}
        self.num_always = state.num_always
        self.spare = ""

    def has_spare(self, value: dict[str, Any]) -> bool:
        """Whether a named key may come that an object does not have at all."""
        if self.spare and self.spare not in value:
            return True
        found = self.state.spare(value)
        self.spare = found or self.spare
        return found is not None


class _Items:
    """How the items of an array in one state are written.

    Attributes:
        state: the array's.
        item: how the next one is; None where none may come.
        end: the ids of its end; none where it is forced.
    """

    __slots__ = ("end", "item", "state")

    def __init__(self, state: ArrayState, item: _Member | None, end: _Ids) -> None:
        self.state = state
        self.item = item
        self.end = end


class FluentSpeaker:
    """Writes values of one language; not safe for several threads at once.

    Args:
        language: the documents.
        codes: the coded form of each symbol.
        encode: gives the ids of a coded segment.
    """

    def __init__(
        self, language: Language, codes: Sequence[bytes], encode: Callable[[bytes], _Ids]
    ) -> None:
        self._language = language
        self._codes = codes
        self._encode = encode
        self._close = encode(codes[CLOSE])
        self._out: list[int] = []
        self._forget()

    def _forget(self) -> None:
        self._places: dict[tuple[Node, bool], _Place] = {}
        self._tables: dict[ObjectState, _Members] = {}
        self._arrays: dict[ArrayState, _Items] = {}
        self._num_kept = 0

    def speak(self, value: JsonValue) -> list[int] | None:
        """The ids of a value; None where the language has no such value."""
        self._out = []
        if self._num_kept > _MAX_KEPT:
            self._forget()
        try:
            self._value(self._place(self._language.root, beside_close=False), value, b"")
        except _Refuse:
            return None
        return self._out

    def _value(self, place: _Place, value: Any, before: bytes) -> int:
        """Write a value; gives its label."""
        kind = type(value)
        if kind is dict:
            return self._object(place, value, before)
        if kind is list:
            return self._array(place, value, before)
        if kind is str:
            segment, label = place.strings.get(value) or self._string(place, value)
        elif kind is int or kind is float:
            segment, label = self._number(place, value)
        elif value in place.words:
            segment, label = place.words[value]
        else:
            raise _Refuse
        segment = before + segment
        if segment:
            self._out += self._encode(segment)
        return label

    def _place(self, node: Node, *, beside_close: bool) -> _Place:
        """The table of a place; `beside_close` where an array might end instead."""
        found = self._places.get((node, beside_close))
        if found is None:
            choices = self._language.places.value(node).choices
            is_forced = len(choices) == 1 and not beside_close
            first = {symbol: b"" if is_forced else self._codes[symbol] for symbol in choices}
            found = _Place(node, first, self._language.naming.text_symbols)
            self._places[node, beside_close] = found
        return found

    # Scalars --------------------------------------------------------------------------------

    def _string(self, place: _Place, text: str) -> _Spoken:
        spelling, data = place.node.text, text.encode()
        label = spelling.label(data)
        if not label:
            raise _Refuse
        if spelling.is_free:
            return data + self._codes[END], label
        first = place.first[data[0] if data else END]
        spoken = first + self._spell(spelling, data, 1), label
        if len(text) <= _MAX_LENGTH:
            self._num_kept += 1
            place.strings[text] = spoken
        return spoken

    def _number(self, place: _Place, value: float) -> _Spoken:
        text = to_canonical(value)
        found = place.numbers.get(text)
        if found is None:
            spelling = place.node.number
            label = spelling.label(text)
            if not label:
                raise _Refuse
            found = place.first[NUMBER] + self._spell(spelling, text, 0), label
            self._num_kept += 1
            place.numbers[text] = found
        return found

    def _spell(self, spelling: Spelling, text: bytes, num_written: int) -> bytes:
        """What is written of a text and its end behind the first few symbols."""
        if spelling.is_plain:
            return (text[num_written:] + self._codes[END]) if len(text) >= num_written else b""
        state, written = spelling.start, bytearray()
        for number, byte in enumerate(text):
            if number >= num_written and len(spelling.choices(state)) > 1:
                written.append(byte)
            state = spelling.step(state, byte)
        if len(text) >= num_written and len(spelling.choices(state)) > 1:
            written += self._codes[END]
        return bytes(written)

    # Arrays ---------------------------------------------------------------------------------

    def _array(self, place: _Place, items: list[Any], before: bytes) -> int:
        state = place.node.array
        if state is None:
            raise _Refuse
        segment = before + place.first[ARRAY]
        if segment:
            self._out += self._encode(segment)
        if state.is_unique:
            return self._unique(state, items)
        table = self._arrays.get(state) or self._items(state)
        for value in items:
            item = table.item
            if item is None:
                raise _Refuse
            if type(value) is str:
                ids, table = item.spoken.get(value) or self._spoken_item(table, item, value)
                self._out += ids
            else:
                label = self._value(item.where, value, b"")
                table = item.after[label] or self._behind_item(table, item, label)
        if not table.state.close:
            raise _Refuse
        self._out += table.end
        return table.state.close

    def _items(self, state: ArrayState) -> _Items:
        step, item = state.step, None
        if step is not None:
            where = self._place(step.node, beside_close=state.close > 0)
            item = _Member(b"", where, len(step.after))
        table = _Items(state, item, () if item is None else self._close)
        self._arrays[state] = table
        return table

    def _behind_item(self, table: _Items, item: _Member, label: int) -> _Items:
        assert table.state.step is not None
        state = table.state.step.after[label]
        found = item.after[label] = self._arrays.get(state) or self._items(state)
        return found

    def _spoken_item(self, table: _Items, item: _Member, text: str) -> tuple[_Ids, _Items]:
        """The ids of a string in an array, and the table behind it."""
        segment, label = item.where.strings.get(text) or self._string(item.where, text)
        ids = self._encode(segment) if segment else ()
        return self._keep(item, text, ids, item.after[label] or self._behind_item(table, item, label))

    def _keep(self, member: _Member, text: str, ids: _Ids, table: Any) -> tuple[_Ids, Any]:
        if len(text) <= _MAX_LENGTH:
            self._num_kept += 1
            member.spoken[text] = ids, table
        return ids, table

    def _unique(self, state: ArrayState, items: list[Any]) -> int:
        try:
            segments, label = speak_items(self._language, state, items)
        except Refused as error:
            raise _Refuse from error
        for segment in segments:
            self._out += self._encode(b"".join(map(self._codes.__getitem__, segment)))
        return label

    # Objects --------------------------------------------------------------------------------

    def _object(self, place: _Place, value: dict[str, Any], before: bytes) -> int:
        state = place.node.object
        if state is None:
            raise _Refuse
        segment = before + place.first[OBJECT]
        if segment:
            self._out += self._encode(segment)
        table = self._tables.get(state) or self._table(state)
        crowd: frozenset[bytes] = frozenset()
        for key, inner in value.items():
            member = table.known.get(key) or self._member(table, key)
            if crowd or table.num_always <= member.is_spelt:
                code = self._code_behind(table, value, key, member, crowd)
                label = self._value(member.where, inner, code)
                table = member.after[label] or self._behind(table, key, member, label)
            elif type(inner) is str:
                ids, table = member.spoken.get(inner) or self._pair(table, key, member, inner)
                self._out += ids
            else:
                label = self._value(member.where, inner, member.code)
                table = member.after[label] or self._behind(table, key, member, label)
            if member.minded is not None:
                crowd |= {member.minded}
        state = table.state
        if not state.close:
            raise _Refuse
        if table.num_always > 1 or not self._must_close(table, value, crowd):
            self._out += self._close
        return state.close

    def _table(self, state: ObjectState) -> _Members:
        found = self._tables[state] = _Members(state)
        return found

    def _behind(self, table: _Members, key: str, member: _Member, label: int) -> _Members:
        step = table.state.step(_key(table.state, key))
        assert step is not None
        state = step.after[label]
        found = member.after[label] = self._tables.get(state) or self._table(state)
        return found  # type: ignore[no-any-return]

    def _pair(
        self, table: _Members, key: str, member: _Member, text: str
    ) -> tuple[_Ids, _Members]:
        """The ids of a key and a string behind it, and the table behind them."""
        written, label = member.where.strings.get(text) or self._string(member.where, text)
        segment = member.code + written
        ids = self._encode(segment) if segment else ()
        behind = member.after[label] or self._behind(table, key, member, label)
        return self._keep(member, text, ids, behind)

    def _member(self, table: _Members, key: str) -> _Member:
        """How a key is written where the choices for it are many."""
        state, minded = table.state, None
        step = state.step(_key(state, key))
        if step is None:
            raise _Refuse
        if key in state.keys.name_set:
            code = self._codes[self._language.naming.key_symbols[key]]
        else:
            data = key.encode()
            first = bytes(data[:1]) or self._codes[END]
            code = first + self._spell(state.spelling, data, 1)
            minded = data if state.spelling.minds(data) else None
        where = self._place(step.node, beside_close=False)
        is_spelt = key not in state.keys.name_set
        member = _Member(code, where, len(step.after), is_spelt=is_spelt, minded=minded)
        if len(key) <= _MAX_LENGTH:
            self._num_kept += 1
            table.known[key] = member
        return member

    # Where choices run out ------------------------------------------------------------------

    def _must_close(
        self, table: _Members, value: dict[str, Any], crowd: Collection[bytes]
    ) -> bool:
        """Whether no key may follow all those of an object."""
        if table.has_spare(value):
            return False
        names, others = _used(table.state, value, None, crowd)
        return len(self._language.places.members(table.state, names, others).choices) == 1

    def _code_behind(
        self,
        table: _Members,
        value: dict[str, Any],
        key: str,
        member: _Member,
        crowd: Collection[bytes],
    ) -> bytes:
        """What is written of a key where it, or parts of it, may be forced by those before."""
        state = table.state
        is_by_choice = state.close or table.num_always > member.is_spelt or table.has_spare(value)
        if is_by_choice and not (crowd and member.is_spelt):
            return member.code
        return self._scarce_key(state, key, *_used(state, value, key, crowd))

    def _scarce_key(
        self, state: ObjectState, key: str, names: frozenset[str], others: frozenset[bytes]
    ) -> bytes:
        """What is written of a key where it, or parts of it, may be forced."""
        choices = self._language.places.members(state, names, others).choices
        is_forced = len(choices) == 1
        if key in state.keys.name_set:
            symbol = self._language.naming.key_symbols[key]
            return b"" if is_forced else self._codes[symbol]
        written, data, at = bytearray(), key.encode(), state.spelling.start
        for number, symbol in enumerate((*data, END)):
            if number:
                taken = frozenset(each for each in others if each.startswith(data[:number]))
                choices = state.spelling.free_choices(at, data[:number], taken)
            if len(choices) > 1:
                written += self._codes[symbol]
            if symbol != END:
                at = state.spelling.step(at, symbol)
        return bytes(written)


def _used(
    state: ObjectState, value: dict[str, Any], key: str | None, crowd: Collection[bytes]
) -> tuple[frozenset[str], frozenset[bytes]]:
    """The named keys before a key, or all of them, and the others that choices depend on."""
    keys = list(takewhile(lambda other: other != key, value))
    named = state.keys.name_set
    others = set(crowd) | {key.encode() for key in keys if key not in named}
    minded = (each for each in others if state.spelling.minds(each))
    return frozenset(key for key in keys if key in named), frozenset(minded)


def _key(state: ObjectState, key: str) -> Key:
    """A key as its place tells it: by name, or by its class."""
    if key in state.keys.name_set:
        return key
    label = state.spelling.label(key.encode())
    if not label:
        raise _Refuse
    return label - 1
