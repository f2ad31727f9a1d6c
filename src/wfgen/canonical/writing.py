"""Values to canonical bytes: orjson after a check of all types, else a writer without recursion."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import orjson
from attrs import define, field

from wfgen.canonical.limits import (
    DEFAULT_LIMITS,
    LONGEST_ORJSON_NUMBER,
    SURROGATE,
    JsonValue,
    Limits,
    excerpt,
    lone_surrogate,
    over_limit_hint,
    too_large,
)
from wfgen.errors import (
    DocumentError,
    LimitError,
    LoneSurrogateError,
    NestingTooDeepError,
    NonFiniteNumberError,
    NumberTooLongError,
    TooManyNodesError,
    UnsupportedValueError,
)


def to_canonical(value: JsonValue, *, path: str = "", limits: Limits = DEFAULT_LIMITS) -> bytes:
    """The canonical bytes of a value. `read_json` with the same limits gives the value back.

    Only dict (with str keys), list, str, int, float, bool and None are taken, not their
    subclasses: a tuple or an enum member would come back as something else.

    Raises:
        DocumentError: one subclass per cause, with `path` and the JSON pointer of the place.
            UnsupportedValueError, NonFiniteNumberError, LoneSurrogateError, and the LimitErrors.
    """
    if _is_plain(value, limits):
        try:
            written = orjson.dumps(value)
        except orjson.JSONEncodeError:  # an integer over 64 bits, a surrogate, 255 levels
            written = _write_exact(value, path, limits)
    else:
        written = _write_exact(value, path, limits)
    if len(written) > limits.num_bytes:
        raise too_large(path, limits)
    return written


_PLAIN_TYPES = {dict, list, str, int, float, bool, type(None)}


def _is_plain(value: Any, limits: Limits) -> bool:
    """Whether orjson may try: plain types, finite numbers, and within all limits.

    Works level by level and counts the next one before it is built, so that shared containers
    (an alias bomb in memory) and cycles end at a limit.
    """
    if limits.num_digits < LONGEST_ORJSON_NUMBER:
        return False
    level, num_nodes, num_chars, depth = [value], 1, 0, 0
    while level:
        if not _PLAIN_TYPES.issuperset(map(type, level)):
            return False
        num_chars += sum(len(x) for x in level if type(x) is str)
        if not all(math.isfinite(x) for x in level if type(x) is float):
            return False
        parents = [x for x in level if type(x) is dict or type(x) is list]
        depth += bool(parents)
        num_nodes += sum(map(len, parents))
        if num_nodes > limits.num_nodes or depth > limits.depth:
            return False
        level = []
        for parent in parents:
            if type(parent) is dict:
                if not {str}.issuperset(map(type, parent)):
                    return False
                num_chars += sum(map(len, parent))
                level += parent.values()
            else:
                level += parent
        if num_chars > limits.num_bytes:
            return False
    return True


def _write_exact(value: Any, path: str, limits: Limits) -> bytes:
    return _Writer(path, limits).document(value)


@define
class _Writer:
    """Writes a value in document order with a stack of its own; every error has its pointer."""

    path: str
    limits: Limits
    pieces: list[bytes] = field(factory=list)
    num_bytes: int = 0
    num_nodes: int = 0
    # One iterator and one key or index for each open object or array.
    members: list[Iterator[tuple[Any, Any]]] = field(factory=list)
    closers: list[bytes] = field(factory=list)
    steps: list[Any] = field(factory=list)

    def document(self, value: Any) -> bytes:
        self._value(value)
        while self.members:
            member = next(self.members[-1], None)
            if member is None:
                self._write(self.closers.pop())
                self.members.pop()
                self.steps.pop()
                continue
            if self.steps[-1] is not None:
                self._write(b",")
            self.steps[-1], child = member
            if self.closers[-1] == b"}":
                self._key(member[0])
            self._value(child)
        return b"".join(self.pieces)

    def _key(self, key: Any) -> None:
        if type(key) is not str:
            self.steps[-1] = str(key)
            cause = f"the key {excerpt(str(key))} is of type {type(key).__name__}"
            raise self._error(UnsupportedValueError, cause, "make it a str")
        self._write(self._string(key))
        self._write(b":")

    def _value(self, value: Any) -> None:
        self.num_nodes += 1
        if self.num_nodes > self.limits.num_nodes:
            cause = f"there are more than {self.limits.num_nodes} values"
            raise self._over(TooManyNodesError, self.limits.num_nodes, cause, "num_nodes")
        kind = type(value)
        if kind is dict or kind is list:
            self._open(value)
        elif kind is str:
            self._write(self._string(value))
        elif kind is int or kind is float:
            self._write(self._number(value))
        elif kind is bool or value is None:
            self._write(orjson.dumps(value))
        else:
            cause = f"a value of type {kind.__name__} has no JSON form"
            hint = "use dict, list, str, int, float, bool or None"
            raise self._error(UnsupportedValueError, cause, hint)

    def _open(self, value: Any) -> None:
        if len(self.members) >= self.limits.depth:
            cause = f"objects and arrays are nested deeper than {self.limits.depth}"
            raise self._over(NestingTooDeepError, self.limits.depth, cause, "depth")
        is_object = type(value) is dict
        self._write(b"{" if is_object else b"[")
        self.members.append(iter(value.items() if is_object else enumerate(value)))
        self.closers.append(b"}" if is_object else b"]")
        self.steps.append(None)

    def _string(self, text: str) -> bytes:
        try:
            return orjson.dumps(text)
        except orjson.JSONEncodeError:
            found = SURROGATE.search(text)
            cause = lone_surrogate(found.group() if found else "\ud800")
            hint = "remove it or write the whole character"
            raise self._error(LoneSurrogateError, cause, hint) from None

    def _number(self, number: int | float) -> bytes:
        if isinstance(number, float):
            if not math.isfinite(number):
                raise self._error(
                    NonFiniteNumberError, f"{number} has no JSON form", "use null or text"
                )
            written = orjson.dumps(number)
        else:
            # 3.33 bits hold less than one digit more than they must, and str() is quadratic.
            is_long = number.bit_length() > 10 + self.limits.digits_here * 3.33
            written = b"" if is_long else str(number).encode()
        limit = self.limits.digits_here
        if not written or len(written) > limit:
            cause = f"a number has more than {limit} characters"
            raise self._over(NumberTooLongError, limit, cause, "num_digits")
        return written

    def _write(self, piece: bytes) -> None:
        self.num_bytes += len(piece)
        if self.num_bytes > self.limits.num_bytes:
            raise too_large(self.path, self.limits)
        self.pieces.append(piece)

    def _pointer(self) -> str:
        steps = [str(step) for step in self.steps if step is not None]
        return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)

    def _error(self, error: type[DocumentError], cause: str, hint: str) -> DocumentError:
        return error(path=self.path, pointer=self._pointer(), cause=cause, hint=hint)

    def _over(self, error: type[LimitError], limit: int, cause: str, name: str) -> DocumentError:
        hint = over_limit_hint(name, "write")
        pointer = self._pointer()
        return error(path=self.path, pointer=pointer, cause=cause, hint=hint, limit=limit)


def same_value(a: JsonValue, b: JsonValue) -> bool:
    """Whether two JSON values have the same canonical form: types and the order of keys count.

    So 1, 1.0 and True differ, and so do 0.0 and -0.0. No recursion; the values must be trees.
    """
    pairs: list[tuple[Any, Any]] = [(a, b)]
    while pairs:
        left, right = pairs.pop()
        if type(left) is not type(right):
            return False
        if type(left) is dict:
            if list(left) != list(right):
                return False
            pairs += zip(left.values(), right.values(), strict=True)
        elif type(left) is list:
            if len(left) != len(right):
                return False
            pairs += zip(left, right, strict=True)
        elif left != right or (type(left) is float and repr(left) != repr(right)):
            return False
    return True
