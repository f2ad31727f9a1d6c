"""JSON text to values: orjson where it is exact, else a scanner that uses no recursion."""

from __future__ import annotations

import math
import re
from typing import Any

import orjson
from attrs import define, field

from wfgen.canonical.limits import (
    DEFAULT_LIMITS,
    LONGEST_ORJSON_NUMBER,
    JsonValue,
    Limits,
    decode_utf8,
    excerpt,
    line_and_column,
    over_limit_hint,
)
from wfgen.errors import (
    DocumentError,
    DocumentSyntaxError,
    DuplicateKeyError,
    LimitError,
    LoneSurrogateError,
    NestingTooDeepError,
    NonFiniteNumberError,
    NumberTooLongError,
    TooManyNodesError,
)


def read_json(text: bytes | str, *, path: str = "", limits: Limits = DEFAULT_LIMITS) -> JsonValue:
    """The value of a JSON text (RFC 8259), exact. A byte order mark at the start is skipped.

    `-0` is the integer 0, and a float too small for 64 bits is 0.0.

    Raises:
        DocumentError: one subclass per cause, with `path`, line and column. NotUtf8Error,
            DocumentSyntaxError, DuplicateKeyError, NonFiniteNumberError (NaN, Infinity, 1E400),
            LoneSurrogateError, and the LimitErrors.
    """
    decoded = decode_utf8(text, path=path, limits=limits)
    value = _read_fast(decoded, limits)
    return _Scanner(decoded, path, limits).document() if value is _UNSURE else value


_UNSURE: Any = object()


def _read_fast(text: str, limits: Limits) -> Any:
    """The value if orjson reads `text` exactly and it is within the limits, else `_UNSURE`."""
    # Each value but the root follows `[`, `{` or `,`, so this bounds the nodes from above.
    num_nodes = 1 + text.count(",") + text.count("[") + text.count("{")
    if num_nodes > limits.num_nodes or limits.num_digits < LONGEST_ORJSON_NUMBER:
        return _UNSURE
    try:
        value = orjson.loads(text)
        if orjson.dumps(value) != text.encode():
            return _UNSURE
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return _UNSURE
    return value if _depth_is_within(value, limits.depth) else _UNSURE


def _depth_is_within(value: Any, depth: int) -> bool:
    level = [value] if type(value) in (dict, list) else []
    while level and depth:
        depth -= 1
        level = [
            child
            for parent in level
            for child in (parent.values() if type(parent) is dict else parent)
            if type(child) is dict or type(child) is list
        ]
    return not level


_TOKEN = re.compile(
    r"[ \t\n\r]*+(?:"
    r"(?P<punctuation>[\[\]{},:])"
    r'|(?P<string>"(?:[^"\\\x00-\x1f]++|\\[^\x00-\x1f])*+")'
    r"|(?P<number>-?(?:0|[1-9][0-9]*+)(?P<float>(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?)"
    r"(?![0-9A-Za-z.+_-]))"
    r"|(?P<word>[+-]?[A-Za-z]\w*+)"
    r"|(?P<end>\Z))"
)
_BLANK = re.compile(r"[ \t\n\r]*+")
_WORD = re.compile(r"[^\s,:\[\]{}\"]{0,41}")
_OPEN_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]++|\\[^\x00-\x1f])*+')
_ESCAPE = re.compile(r'\\(["\\/bfnrt]|u[0-9a-fA-F]{4})?')
_WORDS: dict[str, JsonValue] = {"null": None, "true": True, "false": False}
_NON_FINITE = frozenset({"nan", "inf", "infinity", "+inf", "-inf", "+infinity", "-infinity"})


@define
class _Frame:
    """An open object or array: its value, the keys read with their offsets, and the key at hand."""

    value: Any
    is_object: bool
    keys: dict[str, int] = field(factory=dict)
    key: str = ""

    def put(self, value: Any) -> None:
        if self.is_object:
            self.value[self.key] = value
        else:
            self.value.append(value)


@define
class _Scanner:
    """Reads JSON token by token with a stack of its own; every error has line and column."""

    text: str
    path: str
    limits: Limits
    offset: int = 0
    start: int = 0
    num_nodes: int = 0
    frames: list[_Frame] = field(factory=list)

    def document(self) -> JsonValue:
        root = _Frame([], is_object=False)
        kind, token = self._next()
        self._value(root, kind, token)
        while self.frames:
            self._step()
        kind, token = self._next()
        if kind != "end":
            raise self._error(DocumentSyntaxError, f"there is {excerpt(token)} after the document")
        return root.value[0]  # type: ignore[no-any-return]

    def _step(self) -> None:
        """Reads one member of the innermost frame, or closes it."""
        frame = self.frames[-1]
        kind, token = self._next()
        if token == ("}" if frame.is_object else "]") and kind == "punctuation":
            self.frames.pop()
            return
        if frame.value:
            wanted = "',' or '}'" if frame.is_object else "',' or ']'"
            self._expect(kind, token, ",", wanted)
            kind, token = self._next()
        if frame.is_object:
            self._key(frame, kind, token)
            kind, token = self._next()
        self._value(frame, kind, token)

    def _key(self, frame: _Frame, kind: str, token: str) -> None:
        if kind != "string":
            raise self._unexpected(kind, token, "a key in double quotes")
        key = self._string(token)
        if key in frame.keys:
            line, column = line_and_column(self.text, frame.keys[key])
            cause = f"the key {excerpt(key)} stands twice, first at line {line}, column {column}"
            raise self._error(DuplicateKeyError, cause, "keep one of them")
        frame.keys[key] = self.start
        frame.key = key
        kind, token = self._next()
        self._expect(kind, token, ":", "':'")

    def _value(self, frame: _Frame, kind: str, token: str) -> None:
        self._count()
        if kind == "string":
            frame.put(self._string(token))
        elif kind in ("number", "float"):
            frame.put(self._number(token, is_float=kind == "float"))
        elif kind == "punctuation" and token in ("[", "{"):
            self._open(frame, is_object=token.startswith("{"))
        elif kind == "word":
            frame.put(self._word(token))
        else:
            raise self._unexpected(kind, token, "a value")

    def _open(self, frame: _Frame, *, is_object: bool) -> None:
        if len(self.frames) >= self.limits.depth:
            cause = f"objects and arrays are nested deeper than {self.limits.depth}"
            raise self._over(NestingTooDeepError, self.limits.depth, cause, "depth")
        inner = _Frame({} if is_object else [], is_object=is_object)
        frame.put(inner.value)
        self.frames.append(inner)

    def _next(self) -> tuple[str, str]:
        match = _TOKEN.match(self.text, self.offset)
        if match is None:
            raise self._bad_token()
        kind = match.lastgroup or ""
        if kind == "number" and match["float"]:
            kind = "float"
        token = match[kind] if kind != "float" else match["number"]
        self.offset = match.end()
        self.start = self.offset - len(token)
        return kind, token

    def _bad_token(self) -> DocumentError:
        self.start = self._end_of(_BLANK, self.offset)
        char = self.text[self.start]
        if char == '"':
            return self._error(DocumentSyntaxError, *self._bad_string())
        token = self.text[self.start : self._end_of(_WORD, self.start)] or char
        if char in "-+." or char.isdigit():
            return self._error(DocumentSyntaxError, f"{excerpt(token)} is not a JSON number")
        return self._error(
            DocumentSyntaxError, f"{excerpt(token)} is not JSON", "put text in double quotes"
        )

    def _bad_string(self) -> tuple[str, str]:
        end = self._end_of(_OPEN_STRING, self.start)
        if end >= len(self.text) or self.text[end:] == "\\":
            return "a string is not closed", 'end it with "'
        char = self.text[end + 1] if self.text[end] == "\\" else self.text[end]
        self.start = end
        return f"the control character {char!a} stands in a string", "write it as an escape"

    def _end_of(self, pattern: re.Pattern[str], start: int) -> int:
        found = pattern.match(self.text, start)
        return found.end() if found else start

    def _string(self, token: str) -> str:
        if "\\" not in token:
            return token[1:-1]
        try:
            return orjson.loads(token)  # type: ignore[no-any-return]
        except orjson.JSONDecodeError:
            raise self._bad_escape(token) from None

    def _bad_escape(self, token: str) -> DocumentError:
        bad = next((m for m in _ESCAPE.finditer(token) if m[1] is None), None)
        if bad is None:
            cause = "an escape stands for half of a surrogate pair, which is no character"
            return self._error(LoneSurrogateError, cause, "write both halves, or the character")
        self.start += bad.start()
        shown = excerpt(token[bad.start() : bad.start() + 2])
        return self._error(DocumentSyntaxError, f"{shown} begins no escape that JSON has")

    def _number(self, token: str, *, is_float: bool) -> int | float:
        limit = self.limits.digits_here
        if len(token) > limit:
            cause = f"a number has more than {limit} characters"
            raise self._over(NumberTooLongError, limit, cause, "num_digits")
        if not is_float:
            return int(token)
        number = float(token)
        if math.isinf(number):
            cause = f"the number {excerpt(token)} is too large for a 64-bit float"
            raise self._error(NonFiniteNumberError, cause, "write it as a string")
        return number

    def _word(self, token: str) -> JsonValue:
        if token in _WORDS:
            return _WORDS[token]
        if token.lower() in _NON_FINITE:
            cause = f"{token} is not a JSON number"
            raise self._error(NonFiniteNumberError, cause, "use null or a string")
        raise self._error(
            DocumentSyntaxError, f"{excerpt(token)} is not JSON", "put text in double quotes"
        )

    def _count(self) -> None:
        self.num_nodes += 1
        if self.num_nodes > self.limits.num_nodes:
            cause = f"there are more than {self.limits.num_nodes} values"
            raise self._over(TooManyNodesError, self.limits.num_nodes, cause, "num_nodes")

    def _expect(self, kind: str, token: str, wanted: str, words: str) -> None:
        if kind != "punctuation" or token != wanted:
            raise self._unexpected(kind, token, words)

    def _unexpected(self, kind: str, token: str, wanted: str) -> DocumentError:
        found = "the text ends" if kind == "end" else f"there is {excerpt(token)}"
        return self._error(DocumentSyntaxError, f"{found} where {wanted} should be")

    def _error(self, error: type[DocumentError], cause: str, hint: str = "") -> DocumentError:
        line, column = line_and_column(self.text, self.start)
        return error(path=self.path, line=line, column=column, cause=cause, hint=hint)

    def _over(self, error: type[LimitError], limit: int, cause: str, name: str) -> DocumentError:
        line, column = line_and_column(self.text, self.start)
        hint = over_limit_hint(name, "read")
        return error(path=self.path, line=line, column=column, cause=cause, hint=hint, limit=limit)
