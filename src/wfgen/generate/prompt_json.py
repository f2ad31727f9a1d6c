"""The beginning of a JSON text, cut anywhere, as the beginning of canonical JSON.

The text is completed in the shortest way, read as any JSON, and written in the canonical form; what
completed it is taken off again. So all that is whole is checked and canonical. What is cut, inside
of a string, an escape, a character, a number or a word, stands as it was typed.
"""

from __future__ import annotations

import codecs
import re

from attrs import define

from wfgen.canonical import DEFAULT_LIMITS, Limits, decode_utf8, read_json, to_canonical
from wfgen.generate.prompt import Open, Prompt

__all__ = ["prompt_json"]

_TOKEN = re.compile(
    r"""
    (?P<mark> [{}\[\],:])
    | (?P<string> "(?:[^"\\] | \\u[0-9a-fA-F]{4} | \\[^u])*+)
      (?: (?P<close> ") | (?P<escape> \\(?:u[0-9a-fA-F]{0,3})?))?
    | (?P<word> [^ \t\n\r{}\[\],:"]+)
    """,
    re.VERBOSE | re.DOTALL,
)
# The first half of a surrogate pair is an escape that is cut; two backslashes are none.
_HALF_PAIR = re.compile(r"(?<!\\)(?:\\\\)*(\\u[dD][89abAB][0-9a-fA-F]{2})\Z")
_EXPONENT = r"[eE][+-]?[0-9]*"
_CUT_NUMBER = re.compile(rf"-?(?:(?:0|[1-9][0-9]*)(?:\.(?:[0-9]+(?:{_EXPONENT})?)?|{_EXPONENT})?)?")
_WORDS = ("null", "true", "false")
_CLOSERS = {"{": "}", "[": "]"}


def prompt_json(text: bytes | str, *, path: str = "", limits: Limits = DEFAULT_LIMITS) -> Prompt:
    """The prompt of a JSON text that is cut anywhere, or whole.

    Args:
        text: UTF-8, maybe cut inside of a character; white space as anyone likes it.
        path: the file, for errors.
        limits: how large it may be.

    Raises:
        DocumentError: no JSON text begins so; one subclass per cause, with line and column.
    """
    whole, rest = _whole_characters(text)
    reading = _Reading(decode_utf8(whole, path=path, limits=limits))
    reading.read()
    if rest and not reading.is_string:
        decode_utf8(text, path=path, limits=limits)  # says that this is no UTF-8
    added = reading.added.encode()
    value = read_json(reading.begun + reading.added, path=path, limits=limits)
    written = to_canonical(value, path=path, limits=limits)
    assert written.endswith(added), "what completes a text is canonical"
    found = Open(
        text=written[: len(written) - len(added)] + reading.cut.encode() + rest,
        closers=reading.closers.encode(),
        is_cut=reading.is_cut,
    )
    size = len(text.encode() if isinstance(text, str) else text)
    return found.prompt(f"all {size:,} bytes are kept")


def _whole_characters(text: bytes | str) -> tuple[bytes | str, bytes]:
    """The text, and the bytes of a character that is cut short at its end."""
    if isinstance(text, str):
        return text, b""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(text)
    except UnicodeDecodeError:
        return text, b""  # decode_utf8 says where
    rest = decoder.getstate()[0]
    return text[: len(text) - len(rest)], rest


@define
class _Reading:
    """One pass over the tokens, which finds what is open at the end.

    Attributes:
        begun: the text as far as it is read as JSON.
        added: canonical JSON that completes `begun`.
        cut: what follows `begun`, as it was typed.
        closers: what closes the objects and arrays that are open, the innermost first.
        is_string: whether the text ends inside of a string.
        is_cut: whether it ends inside of a string or a number.
    """

    begun: str
    added: str = "null"
    cut: str = ""
    closers: str = ""
    is_string: bool = False
    is_cut: bool = False

    def read(self) -> None:
        """Read to the end."""
        is_key, awaits_key, last = False, False, None
        for last in _TOKEN.finditer(self.begun):
            is_key = awaits_key and last["string"] is not None
            if mark := last["mark"]:
                self._nest(mark)
                awaits_key = mark in "{," and self.closers.startswith("}")
        if last is not None:
            self._complete(last, is_key, awaits_key)

    def _nest(self, mark: str) -> None:
        if mark in "{[":
            self.closers = _CLOSERS[mark] + self.closers
        elif mark in "}]":
            self.closers = self.closers[1:]

    def _complete(self, last: re.Match[str], is_key: bool, awaits_key: bool) -> None:
        """Add what completes the text behind its last token."""
        is_at_end = last.end() == len(self.begun)
        if last["string"] and not last["close"] and is_at_end:
            self._complete_string(last, is_key)
        elif last["word"] and is_at_end:
            self._complete_word(last)
        elif last["mark"] == "," and awaits_key:
            self.added = f'"{self._fresh()}":null{self.closers}'
        elif last["mark"] in (",", ":"):
            self.added = "null" + self.closers
        else:
            self.added = (":null" if is_key else "") + self.closers

    def _complete_string(self, last: re.Match[str], is_key: bool) -> None:
        half_pair = _HALF_PAIR.search(last["string"])
        size = len(half_pair[1] if half_pair else "") + len(last["escape"] or "")
        self._cut_at(len(self.begun) - size)
        self.is_string = True
        # The key that is begun may stand there already; the one that it becomes must not.
        self.added = f'{self._fresh()}":null{self.closers}' if is_key else f'"{self.closers}'

    def _complete_word(self, last: re.Match[str]) -> None:
        word = last["word"]
        if _CUT_NUMBER.fullmatch(word):
            self._cut_at(last.start())
            self.added = "null" + self.closers
        else:
            begun = next((w for w in _WORDS if w.startswith(word)), word)
            self.added = begun[len(word) :] + self.closers

    def _cut_at(self, at: int) -> None:
        self.begun, self.cut, self.is_cut = self.begun[:at], self.begun[at:], True

    def _fresh(self) -> str:
        """The end of a key that no key of the text has, as the canonical form writes it."""
        return "\\u0000" * (self.begun.count("\\u0000") + 1)
