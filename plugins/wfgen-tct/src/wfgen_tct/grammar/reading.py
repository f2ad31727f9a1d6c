"""Symbols as a document, fast: the tables of `fluent`, read the other way.

The work of a document is a few dictionary look-ups a value. What the tables do not tell, and all
that may be wrong, is left to a walk, which is exact and says what is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from wfgen.canonical import JsonValue, read_json, to_canonical
from wfgen_tct.grammar.fluent import FluentSpeaker, Refuse
from wfgen_tct.grammar.language import Language
from wfgen_tct.grammar.naming import KEYWORDS
from wfgen_tct.grammar.spelling import DEAD, Spelling
from wfgen_tct.grammar.tables import PYTHON, Items, Member, Members, Place
from wfgen_tct.grammar.walk import MAX_DEPTH
from wfgen_tct.symbols import ARRAY, CLOSE, END, NUMBER, OBJECT

__all__ = ["FluentReader"]

_CLOSING: Any = object()
"""The end of an object, where a key might come."""


class _Unsure(Exception):  # noqa: N818  no verdict: the walk gives it
    """The tables do not tell, or something is wrong."""


class FluentReader:
    """Reads documents of one language; not safe for several threads at once.

    Args:
        language: the documents.
        codes: the coded form of each symbol.
        speaker: whose tables it shares.
        sizes: by a byte, how long the code is that begins with it; 1 for bytes of text alone.
    """

    def __init__(
        self,
        language: Language,
        codes: Sequence[bytes],
        speaker: FluentSpeaker,
        sizes: Sequence[int],
    ) -> None:
        naming = language.naming
        self._language = language
        self._speaker = speaker
        self._sizes = sizes
        self._names = {codes[symbol]: name for name, symbol in naming.key_symbols.items()}
        self._texts = {codes[symbol]: text for text, symbol in naming.text_symbols.items()}
        self._words = {codes[symbol]: PYTHON[word] for symbol, word in KEYWORDS.items()}
        self._end, self._close = codes[END], codes[CLOSE]
        self._object, self._array, self._number = codes[OBJECT], codes[ARRAY], codes[NUMBER]
        self._listed = naming.text_symbols
        self._coded = b""
        self._at = 0
        self._depth = 0
        self._has_numbers = False

    def read(self, coded: bytes) -> tuple[bytes, int] | None:
        """The document that a coded run begins with, canonical, and how long its code is.

        None where a walk has to tell, and where the run begins with no document.
        """
        self._coded, self._at, self._depth, self._has_numbers = coded, 0, 0, False
        try:
            value, _ = self._value(self._speaker.current.root)
        except (_Unsure, Refuse, UnicodeDecodeError, IndexError):
            return None
        written = to_canonical(value) if self._has_numbers else orjson.dumps(value)
        return written, self._at

    # Values ---------------------------------------------------------------------------------

    def _value(self, place: Place) -> tuple[JsonValue, int]:
        """The value at the place, and its label."""
        if place.is_forced:
            return self._forced(place)
        at = self._at
        size = self._sizes[self._coded[at]]
        if size == 1:
            return self._string(place)
        code = self._coded[at : at + size]
        if code == self._end:
            return self._string(place)
        self._at = at + size
        text = self._texts.get(code)
        if text is not None:
            return text, _sure(place.literals.get(text))
        if code == self._object:
            return self._opened(place, dict)
        if code == self._array:
            return self._opened(place, list)
        if code == self._number:
            return self._numeral(place)
        if code not in self._words:
            raise _Unsure
        word = self._words[code]
        return word, _sure(place.words.get(word, (b"", 0))[1])

    def _forced(self, place: Place) -> tuple[JsonValue, int]:
        """The value at a place where what begins it is not written."""
        if place.words:
            ((word, spoken),) = place.words.items()
            return word, spoken[1]
        if place.literals:
            ((text, label),) = place.literals.items()
            return text, label
        if place.object is not None or place.array is not None:
            return self._opened(place, dict if place.array is None else list)
        if place.number.is_possible:
            return self._numeral(place)
        if place.text.is_possible:
            return self._spelt(place.text, 0)
        return self._opened(place, list if place.node.object is None else dict)

    def _opened(self, place: Place, kind: type) -> tuple[JsonValue, int]:
        opened = self._speaker.current.opened(place, kind)
        self._depth += 1
        if opened is None or self._depth > MAX_DEPTH:
            raise _Unsure
        read = self._members if kind is dict else self._items
        found: tuple[JsonValue, int] = read(opened[1])
        self._depth -= 1
        return found

    def _string(self, place: Place) -> tuple[str, int]:
        end = self._coded.find(self._end, self._at)
        if end < 0:
            raise _Unsure
        text = self._coded[self._at : end].decode()
        if place.free:
            if text in self._listed and not place.text.label(text.encode()):
                raise _Unsure
            self._at = end + len(self._end)
            return text, place.free
        known = place.strings.get(text)
        if known is not None and text not in place.literals:
            written, label = known
            if self._coded.startswith(written, self._at):
                self._at += len(written)
                return text, label
        return self._spelt(place.text, 1)

    def _numeral(self, place: Place) -> tuple[JsonValue, int]:
        self._has_numbers = True
        text, label = self._spelt(place.number, 0)
        return read_json(text), label

    def _spelt(self, spelling: Spelling, num_written: int) -> tuple[str, int]:
        """A text and its label; symbols that are forced behind the first few are not written."""
        text, state = bytearray(), spelling.start
        while state != DEAD:
            choices = spelling.choices(state) if len(text) >= num_written else ()
            symbol = choices[0] if len(choices) == 1 else self._symbol()
            if symbol == END:
                return text.decode(), _sure(spelling.end(state))
            text.append(symbol)
            state = spelling.step(state, symbol)
        raise _Unsure

    def _symbol(self) -> int:
        """A byte of text, or the end."""
        at = self._at
        byte = self._coded[at]
        if self._sizes[byte] == 1:
            self._at = at + 1
            return byte
        if not self._coded.startswith(self._end, at):
            raise _Unsure
        self._at = at + len(self._end)
        return END

    # Arrays ---------------------------------------------------------------------------------

    def _items(self, table: Items) -> tuple[list[Any], int]:
        if table.is_unique:
            raise _Unsure
        found: list[Any] = []
        tables = self._speaker.current
        while (item := table.item) is not None:
            if self._coded.startswith(self._close, self._at):
                self._at += len(self._close)
                break
            value, label = self._value(item.where)
            found.append(value)
            table = item.after[label] or tables.behind_item(table, label)
        return found, _sure(table.close)

    # Objects --------------------------------------------------------------------------------

    def _members(self, table: Members) -> tuple[dict[str, Any], int]:
        found: dict[str, Any] = {}
        is_crowded = False
        while True:
            forced = self._only(table, found) if table.num_always < 2 else None
            name = self._key(table) if forced is None else forced
            if name is _CLOSING:
                return found, _sure(table.close)
            if name is None:
                if is_crowded:
                    raise _Unsure
                name, member = self._spelt_key(table)
                is_crowded = member.minded is not None
            else:
                member = table.known.get(name) or self._speaker.member(table, name)
                if member.is_spelt:
                    raise _Unsure
            if name in found:
                raise _Unsure
            found[name], label = self._value(member.where)
            table = member.after[label] or self._speaker.behind(table, name, member, label)

    def _key(self, table: Members) -> Any:
        """The named key, or the end, that is read; None where another key begins."""
        at = self._at
        size = self._sizes[self._coded[at]]
        code = self._coded[at : at + size]
        name = _CLOSING if code == self._close else self._names.get(code)
        if name is None:
            return None
        if name is not _CLOSING and name not in table.known and name not in table.name_set:
            raise _Unsure
        self._at = at + size
        return name

    def _spelt_key(self, table: Members) -> tuple[str, Member]:
        """A key that is not named."""
        at = self._at
        name = self._coded[at : self._coded.find(self._end, at)].decode()
        member = table.known.get(name)
        if member is None and table.is_free:
            member = self._speaker.member(table, name)
        if member is None or not (member.is_spelt and self._coded.startswith(member.code, at)):
            name, _ = self._spelt(table.spelling, 1)
            member = self._speaker.member(table, name)
        self._at = at + len(member.code)
        if not (member.is_spelt and self._coded.startswith(member.code, at)):
            raise _Unsure
        return name, member

    def _only(self, table: Members, found: dict[str, Any]) -> Any:
        """The named key, or the end, which alone may follow; None where several may."""
        number, only = table.num_always, _CLOSING
        for name in table.names:
            if name not in found:
                number, only = number + 1, name
                if number > 1:
                    return None
        if number != 1 or not table.names_all or (table.num_always and not table.close):
            return self._only_by_state(table, found)
        return only

    def _only_by_state(self, table: Members, found: dict[str, Any]) -> Any:
        state, naming = table.state, self._language.naming
        if any(table.spelling.minds(key.encode()) for key in found.keys() - state.keys.name_set):
            raise _Unsure
        names = state.keys.name_set.intersection(found)
        choices = self._language.places.members(state, names).choices
        if len(choices) > 1:
            return None
        if choices[0] == CLOSE:
            return _CLOSING
        if not naming.is_key(choices[0]):
            raise _Unsure
        return naming.spelling(choices[0])


def _sure(label: int | None) -> int:
    """A label that is one."""
    if not label:
        raise _Unsure
    return label
