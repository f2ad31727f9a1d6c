"""Tokens that come to a key or an item that was there before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from wfgen_tct.grammar.places import Items, Members, Text
from wfgen_tct.grammar.values import texts_of
from wfgen_tct.grammar.walk import Frame, Walk
from wfgen_tct.sequences.doubts import agreeing, begun_key, text_of_key
from wfgen_tct.sequences.trie import Trie, tokens_of
from wfgen_tct.symbols import END

__all__ = ["Repeats"]


class Repeats:
    """Finds them among the tokens of one vocabulary.

    Args:
        trie: the tokens.
        key_symbols: symbol by named key.
    """

    def __init__(self, trie: Trie, key_symbols: Mapping[str, int]) -> None:
        self._trie = trie
        self._key_symbols = key_symbols

    def taken(self, walk: Walk) -> int:
        """The tokens that may not follow for it, as a set."""
        frame = walk.frames[-1] if walk.frames else None
        if frame is None:
            return 0
        place, found = walk.place, 0
        if isinstance(place, Members):
            for name in frame.names:
                found |= self._trie.below(self._key_symbols[name])
            is_plain = not place.others and place.state.spelling.is_plain
            return found | self._keys(walk, frame, b"", is_plain=is_plain)
        if isinstance(place, Text) and place.owner is not None:
            is_plain = not place.taken and place.spelling.is_plain
            return self._keys(walk, frame, walk.key, is_plain=is_plain)
        if frame.must_differ and frame.used:
            begun = b"" if isinstance(place, Items) else walk.written_since(frame.begin)
            return self._refused(walk, begun, (t for item in frame.used for t in texts_of(item)))
        return 0

    def _keys(self, walk: Walk, frame: Frame, begun: bytes, *, is_plain: bool) -> int:
        """Tokens that complete a key; those of a plain spelling have all its bytes."""
        texts = [text for text in frame.others if text.startswith(begun)]
        if not is_plain:
            written = begun_key(begun) if begun else b""
            return self._refused(walk, written, map(text_of_key, texts))
        found = 0
        for text in texts:
            found |= self._trie.below(*text[len(begun) :], END)
        return found

    def _refused(self, walk: Walk, begun: bytes, texts: Iterable[bytes]) -> int:
        """Tokens that write what is left of some texts, and that the walk refuses."""
        place, found = walk.place, 0
        assert place is not None
        for text in texts:
            if text.startswith(begun):
                found |= agreeing(place, self._trie, text[len(begun) :])
        for token in tokens_of(found):
            if not walk.refuses(place.jump(token, self._trie.symbols[token])):
                found ^= 1 << token
        return found
