"""Documents from what is written of them, by the tables of `wfgen_tct.grammar.fluent`.

Where the tables do not tell, or something is wrong, the reader gives no answer. Then the walk,
which asks the grammar at every symbol, says what the document is, or why there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import orjson

from wfgen_tct.grammar.fluent import FluentSpeaker, Refuse
from wfgen_tct.grammar.frame_states import ArrayState
from wfgen_tct.grammar.language import Language
from wfgen_tct.grammar.naming import KEYWORDS
from wfgen_tct.grammar.spelling import DEAD, Spelling
from wfgen_tct.grammar.tables import PYTHON, Items, Member, Members, Place
from wfgen_tct.grammar.walk import MAX_DEPTH, Stuck, Walk
from wfgen_tct.symbols import ARRAY, CLOSE, END, NUMBER, OBJECT

__all__ = ["FluentReader"]

_MAX_FORCED = 100_000
"""Values that are forced in one document; the walk bounds what lies beyond."""

_BEYOND = b"\xff"
"""Behind all that is written; no symbol is coded like that."""

_BEGINS = 1


class _Unsure(Exception):  # noqa: N818  no verdict
    """The tables do not tell, or something is wrong: the walk says which."""


class FluentReader:
    """Reads documents of one language; not safe for several threads at once.

    Args:
        language: the documents.
        codes: the coded form of each symbol.
        sizes: the size of a code by its first byte; 1 of a byte of text alone.
        symbols_of: gives the symbols of a coded run.
        speaker: writes the same documents with the same codes; its tables are used.
    """

    def __init__(
        self,
        language: Language,
        codes: Sequence[bytes],
        sizes: Sequence[int],
        symbols_of: Callable[[bytes], tuple[int, ...]],
        speaker: FluentSpeaker,
    ) -> None:
        naming = language.naming
        self._language = language
        self._codes = codes
        self._sizes = sizes
        self._symbols_of = symbols_of
        self._speaker = speaker
        self._tables = speaker.ready()
        self._names = {codes[symbol]: name for name, symbol in naming.key_symbols.items()}
        self._texts = {codes[symbol]: text for text, symbol in naming.text_symbols.items()}
        self._words = {codes[symbol]: PYTHON[word] for symbol, word in KEYWORDS.items()}
        self._listed = naming.text_symbols
        self._end, self._close, self._number = codes[END], codes[CLOSE], codes[NUMBER]
        self._kinds: dict[bytes, type] = {codes[OBJECT]: dict, codes[ARRAY]: list}
        self._coded, self._begins = b"", b""
        self._out: list[bytes] = []
        self._depth = self._num_forced = 0

    def read(self, coded: bytes, begins: bytes) -> tuple[bytes, int] | None:
        """The document that a coded run begins with, and how many of its bytes it takes.

        Args:
            coded: symbols, one after the other.
            begins: 1 for each byte of these that begins a token, 0 for the others.

        None says nothing: a walk may find a document, or why there is none.
        """
        self._coded, self._begins = coded + _BEYOND, begins + bytes((_BEGINS,))
        self._out, self._depth, self._num_forced = [], 0, 0
        self._tables = self._speaker.ready()
        try:
            at, _ = self._value(self._tables.root, 0)
        except (_Unsure, Refuse, Stuck, ValueError):  # the last for what is not there or no UTF-8
            return None
        return b"".join(self._out), at

    # Values: each of these takes where a value begins in the run, and gives where it ends, and the
    # label of the value.

    def _value(self, place: Place, at: int) -> tuple[int, int]:
        if place.is_forced:
            return self._forced(place, at)
        size = self._sizes[self._coded[at]]
        code = self._coded[at : at + size]
        if size == 1 or code == self._end:
            return self._string(place, at)
        at += size
        if code in self._texts:
            text = self._texts[code]
            return self._scalar(orjson.dumps(text), at, place.literals.get(text, 0))
        if code in self._words:
            return self._word(place, self._words[code], at)
        if code == self._number:
            return self._numeral(place, at)
        if code not in self._kinds:
            raise _Unsure
        return self._opened(place, self._kinds[code], at)

    def _forced(self, place: Place, at: int) -> tuple[int, int]:
        """Where only one symbol may begin a value: it is not written."""
        self._num_forced += 1
        if self._num_forced > _MAX_FORCED:
            raise _Unsure
        if place.object is not None:
            return self._opened(place, dict, at)
        if place.array is not None:
            return self._opened(place, list, at)
        for word in place.words:
            return self._word(place, word, at)
        for text, label in place.literals.items():
            return self._scalar(orjson.dumps(text), at, label)
        if place.text.is_possible:
            return self._string(place, at)
        if place.number.is_possible:
            return self._numeral(place, at)
        return self._opened(place, list if place.node.object is None else dict, at)

    def _scalar(self, written: bytes, at: int, label: int) -> tuple[int, int]:
        if not label or not self._begins[at]:
            raise _Unsure
        self._out.append(written)
        return at, label

    def _word(self, place: Place, word: bool | None, at: int) -> tuple[int, int]:
        label = place.words[word][1] if word in place.words else 0
        return self._scalar(orjson.dumps(word), at, label)

    def _numeral(self, place: Place, at: int) -> tuple[int, int]:
        data, at, label = self._spelt(place.number, at, 0)
        return self._scalar(data, at, label)

    def _string(self, place: Place, at: int) -> tuple[int, int]:
        if not place.free:
            data, at, label = self._spelt(place.text, at, 0 if place.is_forced else 1)
            return self._scalar(orjson.dumps(data.decode()), at, label)
        end = self._coded.index(self._end, at)
        text = self._coded[at:end].decode()
        at = end + len(self._end)
        is_amiss = text in self._listed and not place.text.label(text.encode())
        if is_amiss or not self._begins[at]:
            raise _Unsure
        self._out.append(orjson.dumps(text))
        return at, place.free

    def _spelt(self, spelling: Spelling, at: int, num_written: int) -> tuple[bytes, int, int]:
        """A text, where its end lies, and its label.

        Args:
            spelling: of the text.
            at: where it begins.
            num_written: so many symbols are written even where they are forced.
        """
        if spelling.is_plain:
            end = self._coded.index(self._end, at)
            data = self._coded[at:end]
            return data, end + len(self._end), spelling.label(data)
        state, text = spelling.start, bytearray()
        while state != DEAD:
            choices = spelling.choices(state)
            if len(choices) == 1 and len(text) >= num_written:
                symbol = choices[0]
            else:
                symbol, at = self._byte_or_end(at)
            if symbol == END:
                return bytes(text), at, spelling.end(state)
            text.append(symbol)
            state = spelling.step(state, symbol)
        raise _Unsure

    def _byte_or_end(self, at: int) -> tuple[int, int]:
        """The symbol of a text that is written somewhere, and where it ends."""
        if self._sizes[self._coded[at]] == 1:
            return self._coded[at], at + 1
        if not self._coded.startswith(self._end, at):
            raise _Unsure
        return END, at + len(self._end)

    def _opened(self, place: Place, kind: type, at: int) -> tuple[int, int]:
        opened = self._tables.opened(place, kind)
        if opened is None or not self._begins[at] or self._depth >= MAX_DEPTH:
            raise _Unsure
        self._depth += 1
        table = opened[1]
        at, label = self._members(table, at) if kind is dict else self._items(table, at)
        self._depth -= 1
        if not label or not self._begins[at]:
            raise _Unsure
        return at, label

    # Arrays ---------------------------------------------------------------------------------

    def _items(self, table: Items, at: int) -> tuple[int, int]:
        if table.is_unique:
            return self._unique(table.state, at)
        out, first = self._out, len(self._out) + 1
        out.append(b"[")
        while (item := table.item) is not None:
            if table.close and self._coded.startswith(self._close, at):
                at += len(self._close)
                break
            out.append(b",")
            at, label = self._value(item.where, at)
            table = item.after[label] or self._tables.behind_item(table, label)
        if len(out) > first:
            out[first] = b""
        out.append(b"]")
        return at, table.close

    def _unique(self, state: ArrayState, at: int) -> tuple[int, int]:
        """An array in which equal items count, by a walk."""
        walk = Walk(self._language, write=True)
        walk.open_array(state)
        walk.follow()
        while not walk.is_whole:
            end = self._begins.index(_BEGINS, at + 1)
            walk.take(self._symbols_of(self._coded[at:end]))
            at = end
        written = walk.written
        # That it is not too deep is plain where there are few brackets, in texts or not.
        if self._depth + written.count(b"[") + written.count(b"{") > MAX_DEPTH:
            raise _Unsure
        self._out.append(b"[" + written)
        return at, walk.label

    # Objects --------------------------------------------------------------------------------

    def _members(self, table: Members, at: int) -> tuple[int, int]:
        coded, sizes, names, out = self._coded, self._sizes, self._names, self._out
        used: set[str] = set()
        first = len(out) + 1
        out.append(b"{")
        while True:
            is_roomy = table.num_always > 1 or len(table.names) + table.num_always > len(used) + 1
            sole = b"" if is_roomy else self._sole_key(table, used)
            code = sole or coded[at : at + sizes[coded[at]]]
            behind = at if sole else at + len(code)
            if code == self._close:
                break
            if code in names:
                key, at = names[code], behind
                member = table.known.get(key) or self._speaker.member(table, key)
            else:
                key, member, at = self._spelt_key(table, at)
            if key in used or member.is_spelt == (code in names):
                raise _Unsure
            used.add(key)
            out.append(member.text or _key_text(member, key))
            at, label = self._value(member.where, at)
            table = member.after[label] or self._speaker.behind(table, key, member, label)
        if len(out) > first:
            out[first] = out[first][1:]
        out.append(b"}")
        return behind, table.close

    def _spelt_key(self, table: Members, at: int) -> tuple[str, Member, int]:
        """A key that is not named, how it is written, and where it ends."""
        if table.is_free:
            end = self._coded.index(self._end, at)
            data, at = self._coded[at:end], end + len(self._end)
        else:
            data, at, _ = self._spelt(table.spelling, at, 1)
        key = data.decode()
        member = table.known.get(key) or self._speaker.member(table, key)
        if member.minded is not None:
            raise _Unsure
        return key, member, at

    def _sole_key(self, table: Members, used: Collection[str]) -> bytes:
        """The code of a named key, or of the end, if only that may follow; nothing for several."""
        left = [name for name in table.names if name not in used]
        if len(left) + table.num_always > 1:
            return b""
        if table.names_all:
            symbols = [self._language.naming.key_symbols[name] for name in left] or [CLOSE]
        else:
            names = frozenset(key for key in used if key in table.name_set)
            symbols = [*self._language.places.members(table.state, names).choices]
        if len(symbols) > 1:
            return b""
        if not symbols or symbols[0] <= END:
            raise _Unsure
        return self._codes[symbols[0]]


def _key_text(member: Member, key: str) -> bytes:
    """A comma, and a key as a document has it; kept."""
    member.text = b"," + orjson.dumps(key) + b":"
    return member.text
