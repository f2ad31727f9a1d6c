"""A document as ids, fast: what `speaking` says, by tables that fill as they are used.

The work of a document is a few dictionary look-ups a value. Where a table has no answer, the plain
rules are asked once; only where the answer depends on what a document used before, as when the keys
of an object run out, they are asked every time.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import takewhile
from typing import Any

from wfgen.canonical import JsonValue, to_canonical
from wfgen_tct.grammar.frame_states import ArrayState, ObjectState
from wfgen_tct.grammar.keys import Key
from wfgen_tct.grammar.language import Language
from wfgen_tct.grammar.snapshot import tables_from_json, tables_to_json
from wfgen_tct.grammar.speaking import Refused, speak_items
from wfgen_tct.grammar.spelling import Spelling
from wfgen_tct.grammar.tables import Ids, Items, Member, Members, Place, Spoken, Tables
from wfgen_tct.symbols import CLOSE, END, NUMBER

__all__ = ["FluentSpeaker", "Refuse"]

_MAX_KEPT = 100_000
"""Texts and keys that are kept, of all places together; beyond it they are forgotten."""

_MAX_EXPLORED = 2_000
"""Tables that are made beforehand; the workflow schema has 630 in all."""

_MAX_LENGTH = 80
"""Characters of a text that is worth keeping; longer ones hardly come again."""


class Refuse(Exception):  # noqa: N818  a verdict, not a fault
    """The value is not the language's; the plain way says where and why."""


class FluentSpeaker:
    """Writes values of one language; not safe for several threads at once.

    Args:
        language: the documents.
        codes: the coded form of each symbol.
        encode: gives the ids of a coded segment.
        tables: those of before, as `tables_to_json` wrote them; None for none.
    """

    def __init__(
        self,
        language: Language,
        codes: Sequence[bytes],
        encode: Callable[[bytes], Ids],
        tables: Mapping[str, Any] | None = None,
    ) -> None:
        self._language = language
        self._codes = codes
        self._encode = encode
        self._close = encode(codes[CLOSE])
        self._out: array[int] = array("i")
        self._num_kept = 0
        if tables is None:
            self._tables = Tables(language, codes)
        else:
            self._tables = tables_from_json(language, codes, tables)

    def explore(self) -> None:
        """Make tables of what documents may come to, so that none has to wait for them."""
        self._tables.explore(_MAX_EXPLORED)

    @property
    def tables(self) -> Mapping[str, Any]:
        """The tables as they stand, JSON values."""
        return tables_to_json(self._tables)

    def ready(self) -> Tables:
        """The tables in use; where documents spelt too much, without what they spelt."""
        if self._num_kept > _MAX_KEPT:
            self._tables = tables_from_json(self._language, self._codes, self.tables)
            self._num_kept = 0
        return self._tables

    def speak(self, value: JsonValue, before: Sequence[int] = ()) -> array[int] | None:
        """Some ids and those of a value behind them; None where the language has no such value."""
        self._out = array("i", before)
        try:
            self._value(self.ready().root, value)
        except Refuse:
            return None
        return self._out

    def _value(self, place: Place, value: Any) -> int:
        """Write a value that stands alone or in an array; gives its label."""
        kind = type(value)
        if kind is not dict and kind is not list:
            segment, label = self._scalar(place, value)
            self._say(segment)
            return label
        opened = self._tables.opened(place, kind)
        if opened is None:
            raise Refuse
        self._say(opened[0])
        return self._members(opened[1], value) if kind is dict else self._items(opened[1], value)

    def _say(self, segment: bytes) -> None:
        if segment:
            self._out.frombytes(self._encode(segment))

    # Scalars --------------------------------------------------------------------------------

    def _scalar(self, place: Place, value: Any) -> Spoken:
        kind = type(value)
        if kind is str:
            return place.strings.get(value) or self._string(place, value)
        if kind is int or kind is float:
            return self._number(place, value)
        spoken = place.words.get(value)
        if spoken is None:
            raise Refuse
        return spoken

    def _string(self, place: Place, text: str) -> Spoken:
        data = text.encode()
        if place.free and not self._is_listed(place, text):
            return data + self._codes[END], place.free
        spelling = place.text
        label = spelling.label(data)
        if not label:
            raise Refuse
        first = self._tables.first(place, data[0] if data else END)
        spoken = first + self._spell(spelling, data, 1), label
        if len(text) <= _MAX_LENGTH:
            self._num_kept += 1
            place.strings[text] = spoken
        return spoken

    def _is_listed(self, place: Place, text: str) -> bool:
        """Whether a string may be one that is listed at a place, but may not stand there."""
        listed = self._language.naming.text_symbols
        return text in listed and not place.text.label(text.encode())

    def _number(self, place: Place, value: float) -> Spoken:
        text = to_canonical(value)
        name = text.decode()
        found = place.numbers.get(name)
        if found is None:
            spelling = place.number
            label = spelling.label(text)
            if not label:
                raise Refuse
            code = self._tables.first(place, NUMBER)
            found = code + self._spell(spelling, text, 0), label
            self._num_kept += 1
            place.numbers[name] = found
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

    def _items(self, table: Items, items: list[Any]) -> int:
        if table.is_unique:
            return self._unique(table.state, items)
        for value in items:
            item = table.item
            if item is None:
                raise Refuse
            if type(value) is str:
                ids = item.spoken.get(value)
                label = 1
                if ids is None:
                    ids, label = item.labelled.get(value) or self._pair(item, value)
                self._out.frombytes(ids)
            else:
                label = self._inner(item, value)
            table = item.after[label] or self._tables.behind_item(table, label)
        if not table.close:
            raise Refuse
        if table.item is not None:
            self._out.frombytes(self._close)
        return table.close

    def _pair(self, member: Member, text: str) -> tuple[Ids, int]:
        """The ids of a key and a string behind it, or of an item, and the label of the string."""
        written, label = member.where.strings.get(text) or self._string(member.where, text)
        segment = member.code + written
        ids = self._encode(segment) if segment else b""
        if len(text) <= _MAX_LENGTH:
            self._num_kept += 1
            if label == 1:
                member.spoken = _with(member.spoken, text, ids)
            else:
                member.labelled = _with(member.labelled, text, (ids, label))
        return ids, label

    def _inner(self, member: Member, value: Any) -> int:
        """Write a key and its value, or an item, that is no string; gives the value's label."""
        kind = type(value)
        if kind is not dict and kind is not list:
            segment, label = self._scalar(member.where, value)
            self._say(member.code + segment)
            return label
        ids, table = member.opens.get(kind) or self._open(member, kind)
        self._out.frombytes(ids)
        return self._members(table, value) if kind is dict else self._items(table, value)

    def _open(self, member: Member, kind: type) -> tuple[Ids, Any]:
        opened = self._tables.opened(member.where, kind)
        if opened is None:
            raise Refuse
        segment = member.code + opened[0]
        found = self._encode(segment) if segment else b"", opened[1]
        member.opens = _with(member.opens, kind, found)
        return found

    def _unique(self, state: ArrayState, items: list[Any]) -> int:
        try:
            segments, label = speak_items(self._language, state, items)
        except Refused as error:
            raise Refuse from error
        for segment in segments:
            self._say(b"".join(map(self._codes.__getitem__, segment)))
        return label

    # Objects --------------------------------------------------------------------------------

    def _members(self, table: Members, value: dict[str, Any]) -> int:
        crowd: frozenset[bytes] = frozenset()
        for key, inner in value.items():
            member = table.known.get(key) or self.member(table, key)
            if crowd or table.num_always <= member.is_spelt:
                code = self._code_behind(table, value, key, member, crowd)
                if code != member.code:
                    member = self._with_code(member, code)
            if type(inner) is str:
                ids = member.spoken.get(inner)
                label = 1
                if ids is None:
                    ids, label = member.labelled.get(inner) or self._pair(member, inner)
                self._out.frombytes(ids)
            else:
                label = self._inner(member, inner)
            table = member.after[label] or self.behind(table, key, member, label)
            if member.minded is not None:
                crowd |= {member.minded}
        if not table.close:
            raise Refuse
        if table.num_always > 1 or not self._must_close(table, value, crowd):
            self._out.frombytes(self._close)
        return table.close

    def behind(self, table: Members, key: str, member: Member, label: int) -> Members:
        """The table behind a key whose value has a label."""
        at: Key = _class(table, key) if member.is_spelt else key
        return self._tables.behind(table, at, member.after, label)

    def member(self, table: Members, key: str) -> Member:
        """How a key is written where the choices for it are many.

        Raises:
            Refuse: it may not come.
        """
        if key in self._language.naming.key_symbols and key in table.name_set:
            found = None if table.is_complete else self._tables.named(table, key)
            if found is None:
                raise Refuse
            return found
        number = 0 if table.is_free else _class(table, key)
        behind = self._tables.of_class(table, number)
        if behind is None:
            raise Refuse
        data = key.encode()
        code = data + self._codes[END]
        if not table.is_free:
            spelling = table.spelling
            code = (bytes(data[:1]) or self._codes[END]) + self._spell(spelling, data, 1)
        member = Member(code, *behind, is_spelt=True)
        if not table.is_free and table.spelling.minds(data):
            member.minded = data
        if len(key) <= _MAX_LENGTH:
            self._num_kept += 1
            table.known[key] = member
        return member

    # Where choices run out ------------------------------------------------------------------

    @staticmethod
    def _with_code(member: Member, code: bytes) -> Member:
        """The same key, written otherwise this time."""
        other = Member(code, member.where, member.after, is_spelt=member.is_spelt)
        other.minded = member.minded
        return other

    def _must_close(self, table: Members, value: dict[str, Any], crowd: Collection[bytes]) -> bool:
        """Whether no key may follow all those of an object."""
        if table.has_spare(value):
            return False
        if table.names_all:
            return True
        names, others = _used(table.state, value, None, crowd)
        return len(self._language.places.members(table.state, names, others).choices) == 1

    def _code_behind(
        self,
        table: Members,
        value: dict[str, Any],
        key: str,
        member: Member,
        crowd: Collection[bytes],
    ) -> bytes:
        """What is written of a key where it, or parts of it, may be forced by those before."""
        is_by_choice = table.close or table.num_always > member.is_spelt or table.has_spare(value)
        if is_by_choice and not (crowd and member.is_spelt):
            return member.code
        if table.names_all:
            before = set(takewhile(lambda other: other != key, value))
            return member.code if len(set(table.names) - before) > 1 else b""
        return self._scarce_key(table.state, key, *_used(table.state, value, key, crowd))

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


def _with(kept: Mapping[Any, Any], key: Any, value: Any) -> Mapping[Any, Any]:
    """What is kept, with something more: in place, but for the first."""
    if not kept:
        return {key: value}
    kept[key] = value  # type: ignore[index]
    return kept


def _used(
    state: ObjectState, value: dict[str, Any], key: str | None, crowd: Collection[bytes]
) -> tuple[frozenset[str], frozenset[bytes]]:
    """The named keys before a key, or all of them, and the others that choices depend on."""
    keys = list(takewhile(lambda other: other != key, value))
    named = state.keys.name_set
    others = set(crowd) | {key.encode() for key in keys if key not in named}
    minded = (each for each in others if state.spelling.minds(each))
    return frozenset(key for key in keys if key in named), frozenset(minded)


def _class(table: Members, key: str) -> int:
    """The class of a key that is not named."""
    label = table.spelling.label(key.encode())
    if not label:
        raise Refuse
    return label - 1
