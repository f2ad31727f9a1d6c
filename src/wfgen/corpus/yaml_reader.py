"""YAML text to JSON values by the core schema of YAML 1.2 (https://yaml.org/spec/1.2.2/, 10.3).

Values are built from PyYAML's parser events with a stack of our own: its composer and constructors
recurse, follow YAML 1.1 (`on` is true there, `12:30` is 750) and expand aliases without a limit.
The events come one at a time, so a limit stops the parser early.

What a reader of workflows should know:

- A mapping key is text as it is written: `on`, `true:` and `3.10:` give "on", "true" and "3.10".
- `yes`, `off`, `2020-01-01` and `12:30` are text; `012` is the integer 12, `0o14` and `0x0C` too.
- `<<` is a plain key: the core schema of YAML 1.2 has no merge key.
- Tags: only those of the core schema, `!` and `!!str !!int !!float !!bool !!null !!map !!seq`.
- An alias gives the object of its anchor, not a copy. It counts as all that it stands for.
- The parser follows YAML 1.1 in one thing: NEL, U+2028 and U+2029 end a line.
"""

from __future__ import annotations

import math
import re
from functools import cache
from typing import Any

from attrs import define, field
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from wfgen.canonical import (
    DEFAULT_LIMITS,
    JsonValue,
    Limits,
    decode_utf8,
    excerpt,
    over_limit_hint,
)
from wfgen.corpus.yaml_events import Place, lone_surrogate, parse_events
from wfgen.corpus.yaml_scalars import CORE_TAG, kind_of, tagged_kind
from wfgen.errors import (
    DocumentError,
    DocumentSyntaxError,
    DuplicateKeyError,
    FileTooLargeError,
    KeyNotScalarError,
    LimitError,
    NestingTooDeepError,
    NonFiniteNumberError,
    NumberTooLongError,
    RecursiveAliasError,
    SeveralDocumentsError,
    TooManyNodesError,
    UnknownTagError,
)

__all__ = ["Builder", "load_yaml"]

_SURROGATE = re.compile("[\ud800-\udfff]")
_CONSTANTS: dict[str, JsonValue] = {"null": None, "true": True, "false": False}
_BASES = {"int": 10, "octal": 8, "hexadecimal": 16}


def load_yaml(text: bytes | str, *, path: str = "", limits: Limits = DEFAULT_LIMITS) -> JsonValue:
    """The value of a YAML text that holds one document. A byte order mark is skipped.

    Raises:
        DocumentError: one subclass per cause, with `path`, line and column.
    """
    decoded = decode_utf8(text, path=path, limits=limits)
    builder = Builder(path, limits)
    for event in parse_events(decoded, path):
        builder.take(event)
    if not builder.root:
        hint = "write a document, if only null"
        raise DocumentSyntaxError(path=path, line=1, column=1, cause="the file is empty", hint=hint)
    return builder.root[0]  # type: ignore[no-any-return]


# The builder -------------------------------------------------------------------------------------


@define
class _Anchor:
    """What an anchor names, and what an alias to it adds to the counts.

    `text` is a scalar as written, for an alias that stands as a key.
    """

    value: Any = None
    text: str | None = None
    is_open: bool = True
    num_nodes: int = 0
    num_chars: int = 0
    height: int = 0


@define
class _Frame:
    """An open list or mapping; `keys` says where each key of a mapping stands."""

    value: Any
    keys: dict[str, Place] | None
    anchor: _Anchor | None
    num_nodes_before: int
    num_chars_before: int
    key: str | None = None
    height: int = 0


@define
class Builder:
    """Builds the value of one document from its events, without recursion.

    Attributes:
        path: the file, for errors.
        limits: how large the document may be.
        root: the value, once it has begun; nothing before that.
        frames: the lists and mappings that are open, the root first.
    """

    path: str
    limits: Limits
    root: list[Any] = field(factory=list)
    frames: list[_Frame] = field(factory=list)
    anchors: dict[str, _Anchor] = field(factory=dict)
    num_documents: int = 0
    num_nodes: int = 0
    num_chars: int = 0

    def take(self, event: Event) -> None:
        """Take the next event; raises DocumentError, one subclass per cause."""
        if isinstance(event, ScalarEvent):
            self._scalar(event)
        elif isinstance(event, MappingStartEvent):
            self._open(event, "map", {})
        elif isinstance(event, SequenceStartEvent):
            self._open(event, "seq", [])
        elif isinstance(event, (MappingEndEvent, SequenceEndEvent)):
            self._close()
        elif isinstance(event, AliasEvent):
            self._alias(event)
        elif isinstance(event, DocumentStartEvent):
            self._document(event)

    def _document(self, event: DocumentStartEvent) -> None:
        self.num_documents += 1
        if self.num_documents > 1:
            cause = "a second document begins here"
            raise self._error(SeveralDocumentsError, event, cause, "keep one document per file")

    def _scalar(self, event: ScalarEvent) -> None:
        text = event.value
        if not text.isascii() and _SURROGATE.search(text):
            raise lone_surrogate(self.path, _place(event))
        is_key = self.awaits_key()
        # A key needs its type only where it says one, or where an alias may ask for its value.
        is_typed = event.tag or event.anchor or not is_key
        value = self._resolve(event) if is_typed and (event.tag or event.implicit[0]) else text
        if event.anchor is not None:
            self.anchors[event.anchor] = _Anchor(value, text, False, 1, len(text))
        if is_key:
            self._key(text, event)
        else:
            self._count(event, 1, len(text))
            self._put(value)

    def _open(self, event: MappingStartEvent | SequenceStartEvent, tag: str, value: Any) -> None:
        if self.awaits_key():
            raise self._key_not_scalar(event)
        if event.tag not in (None, "!", CORE_TAG + tag):
            raise self._bad_tag(event, event.tag, "a mapping" if tag == "map" else "a list")
        anchor = None
        if event.anchor is not None:
            anchor = self.anchors[event.anchor] = _Anchor()
        self._check_depth(event, 1)
        frame = _Frame(value, {} if tag == "map" else None, anchor, self.num_nodes, self.num_chars)
        self._count(event, 1, 0)
        self._put(value)
        self.frames.append(frame)

    def _close(self) -> None:
        frame = self.frames.pop()
        frame.height += 1
        if self.frames:
            self.frames[-1].height = max(self.frames[-1].height, frame.height)
        if frame.anchor is not None:
            frame.anchor.value = frame.value
            frame.anchor.is_open = False
            frame.anchor.num_nodes = self.num_nodes - frame.num_nodes_before
            frame.anchor.num_chars = self.num_chars - frame.num_chars_before
            frame.anchor.height = frame.height

    def _alias(self, event: AliasEvent) -> None:
        name = event.anchor or ""
        anchor = self.anchors.get(name)
        if anchor is None or anchor.is_open:
            about = "names no anchor" if anchor is None else "stands inside the node that it names"
            cause = f"the alias *{name[:40]} {about}"
            raise self._error(RecursiveAliasError, event, cause, "write the value itself")
        if self.awaits_key():
            if anchor.text is None:
                raise self._key_not_scalar(event)
            self._key(anchor.text, event)
            return
        self._check_depth(event, anchor.height)
        self._count(event, anchor.num_nodes, anchor.num_chars)
        if self.frames:
            self.frames[-1].height = max(self.frames[-1].height, anchor.height)
        self._put(anchor.value)

    def awaits_key(self) -> bool:
        """Whether what comes next is a key."""
        return (
            bool(self.frames) and self.frames[-1].keys is not None and self.frames[-1].key is None
        )

    def _key(self, key: str, event: Event) -> None:
        frame = self.frames[-1]
        assert frame.keys is not None
        if key in frame.keys:
            line, column = frame.keys[key]
            cause = f"the key {excerpt(key)} stands twice, first at line {line}, column {column}"
            raise self._error(DuplicateKeyError, event, cause, "keep one of them")
        self._count(event, 0, len(key))
        frame.keys[key] = _place(event)
        frame.key = key

    def _put(self, value: Any) -> None:
        if not self.frames:
            self.root.append(value)
            return
        frame = self.frames[-1]
        if frame.keys is None:
            frame.value.append(value)
        else:
            frame.value[frame.key] = value
            frame.key = None

    # Scalars -------------------------------------------------------------------------------------

    def _resolve(self, event: ScalarEvent) -> JsonValue:
        text, tag = event.value, event.tag
        if tag is None:
            return self._convert(event, kind_of(text), text)
        if tag in ("!", CORE_TAG + "str"):
            return text
        try:
            kind = tagged_kind(tag, text)
        except ValueError:
            raise self._bad_tag(event, tag, excerpt(text)) from None
        return self._convert(event, kind, text)

    def _convert(self, event: ScalarEvent, kind: str, text: str) -> JsonValue:
        if kind == "str":
            return text
        if kind in _CONSTANTS:
            return _CONSTANTS[kind]
        limit = self.limits.digits_here
        if kind == "non_finite":
            raise self._non_finite(event, text)
        # Before the number is made, because int() is quadratic in decimal digits.
        if len(text) > limit:
            raise self._too_long(event, limit)
        if kind == "float":
            number = float(text)
            if math.isinf(number):
                raise self._non_finite(event, text)
            return number
        whole = int(text, _BASES[kind])
        if whole >= _power_of_ten(limit):
            raise self._too_long(event, limit)
        return whole

    # Limits and errors ---------------------------------------------------------------------------

    def _count(self, event: Event, num_nodes: int, num_chars: int) -> None:
        self.num_nodes += num_nodes
        self.num_chars += num_chars
        if self.num_nodes > self.limits.num_nodes:
            cause = f"there are more than {self.limits.num_nodes} values, aliases expanded"
            raise self._over(TooManyNodesError, event, cause, "num_nodes", self.limits.num_nodes)
        if self.num_chars > self.limits.num_bytes:
            cause = f"there are more than {self.limits.num_bytes} bytes of text, aliases expanded"
            raise self._over(FileTooLargeError, event, cause, "num_bytes", self.limits.num_bytes)

    def _check_depth(self, event: Event, height: int) -> None:
        if len(self.frames) + height > self.limits.depth:
            cause = f"lists and mappings are nested deeper than {self.limits.depth}"
            raise self._over(NestingTooDeepError, event, cause, "depth", self.limits.depth)

    def _too_long(self, event: Event, limit: int) -> LimitError:
        cause = f"a number has more than {limit} characters"
        return self._over(NumberTooLongError, event, cause, "num_digits", limit)

    def _non_finite(self, event: Event, text: str) -> DocumentError:
        cause = f"the number {excerpt(text)} is not finite, or too large for a 64-bit float"
        return self._error(NonFiniteNumberError, event, cause, "put it in quotes if it is text")

    def _key_not_scalar(self, event: Event) -> DocumentError:
        cause = "a list or a mapping stands as a key"
        hint = "put the key in quotes if it is text, such as a ${{ }} expression"
        return self._error(KeyNotScalarError, event, cause, hint)

    def _bad_tag(self, event: Event, tag: str, what: str) -> DocumentError:
        shown = "!!" + tag.removeprefix(CORE_TAG) if tag.startswith(CORE_TAG) else tag
        cause = f"the tag {excerpt(shown)} does not fit {what}"
        hint = "leave it out, or use one of !!str !!int !!float !!bool !!null !!map !!seq"
        return self._error(UnknownTagError, event, cause, hint)

    def _error(
        self, error: type[DocumentError], event: Event, cause: str, hint: str
    ) -> DocumentError:
        line, column = _place(event)
        return error(path=self.path, line=line, column=column, cause=cause, hint=hint)

    def _over(
        self, error: type[LimitError], event: Event, cause: str, name: str, limit: int
    ) -> LimitError:
        line, column = _place(event)
        hint = over_limit_hint(name, "read")
        return error(path=self.path, line=line, column=column, cause=cause, hint=hint, limit=limit)


def _place(event: Event) -> Place:
    mark: Any = event.start_mark
    return mark.line + 1, mark.column + 1


@cache
def _power_of_ten(exponent: int) -> int:
    return 10**exponent  # type: ignore[no-any-return]
