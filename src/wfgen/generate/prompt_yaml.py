"""The beginning of a YAML text, cut at a line, as the beginning of canonical JSON.

Kept is all that is certain, up to the last line:

- The lists and mappings around the last line stay open, as far out as they go: the next line may be
  indented as any of them. One in brackets is closed by its bracket alone.
- A key without a value stays open, and so does an item that is a mere `-`.
- A block of text (`|` or `>`) at the end stays open, and so does a plain text that goes over
  several lines already. Any other text at the end of a line is whole.
- A text in quotes that is not closed is left out, and so is a key without its colon.
- The last line may lack its newline, and may then be cut. So its plain text stays open, and is left
  out where it stands alone, because it may become a key. Numbers, `true` and the like are whole.
"""

from __future__ import annotations

import re
from typing import Any

from attrs import define, field, frozen
from yaml.events import (
    AliasEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from wfgen.canonical import DEFAULT_LIMITS, Limits, decode_utf8, excerpt, to_canonical
from wfgen.corpus.yaml_events import Place, parse_events
from wfgen.corpus.yaml_reader import Builder
from wfgen.errors import DocumentError, DocumentSyntaxError
from wfgen.generate.prompt import Open, Prompt

__all__ = ["prompt_yaml"]

_COMMENT = re.compile(r"(?:^|(?<=\s))#.*")
_ALONE = re.compile(r"[\s-]*")


def prompt_yaml(text: bytes | str, *, path: str = "", limits: Limits = DEFAULT_LIMITS) -> Prompt:
    """The prompt of a YAML text that is cut at a line, or whole.

    Args:
        text: UTF-8.
        path: the file, for errors.
        limits: how large it may be.

    Returns:
        The prompt; `kept` says how far the text is in it.

    Raises:
        DocumentError: no YAML text begins so; one subclass per cause, with line and column.
    """
    source = _Source(decode_utf8(text, path=path, limits=limits))
    events: list[Event] = []
    is_broken = False
    try:
        events.extend(parse_events(source.text, path))
    except DocumentSyntaxError as error:
        is_broken = True
        if (error.line or 1, error.column or 1) < source.end:
            if not source.is_cut or error.line != source.num_lines:
                raise
            return _without_last_line(source, error, limits)
    return _Reading(source, Builder(path, limits)).read(events, is_broken=is_broken)


@frozen
class _Source:
    """The text and its lines.

    Attributes:
        text: all of it, without a byte order mark.
        lines: with their ends.
    """

    text: str
    lines: list[str] = field(init=False)

    @lines.default
    def _split(self) -> list[str]:
        return self.text.splitlines(keepends=True)

    @property
    def num_lines(self) -> int:
        return len(self.lines)

    @property
    def is_cut(self) -> bool:
        """Whether the last line lacks its newline."""
        return bool(self.lines) and self.lines[-1].splitlines()[0] == self.lines[-1]

    @property
    def end(self) -> Place:
        """Where the text ends."""
        last = self.lines[-1] if self.is_cut else ""
        return self.num_lines + (not self.is_cut), len(last) + 1


def _without_last_line(source: _Source, error: DocumentError, limits: Limits) -> Prompt:
    found = prompt_yaml("".join(source.lines[:-1]), path=error.path, limits=limits)
    kept = f"{found.kept}; line {source.num_lines} is left out: {error.cause}"
    return Prompt(text=found.text, endings=found.endings, kept=kept)


@define
class _Reading:
    """Takes what the text says, and leaves open what its end leaves open.

    Attributes:
        source: the text.
        builder: builds the value.
    """

    source: _Source
    builder: Builder
    _is_open: bool = False  # the text at the end
    _awaits_item: bool = False  # a key, an item or a value has begun, and nothing of it is kept
    _left_out: str = ""

    def read(self, events: list[Event], *, is_broken: bool) -> Prompt:
        """The prompt of some events, which lack those of the end where it is broken off."""
        said = _said(events)
        self._leave_open(said)
        for event in said:
            self.builder.take(event)
        if is_broken or self._left_out:
            end = _marks(said[-1])[1].index if said else 0
            self._left_out = _COMMENT.sub("", self.source.text[end:]).strip(" \t\r\n,:?-")
        written = self._written()
        return written.prompt(self._kept(written))

    def _leave_open(self, said: list[Event]) -> None:
        last = said[-1] if said else None
        is_empty = isinstance(last, ScalarEvent) and not last.value and not last.style
        if is_empty:
            self._awaits_item = True
            said.pop()
            last = said[-1]
        if not isinstance(last, ScalarEvent):
            return
        if self._may_be_cut(last):
            if is_empty or self._is_alone(last):
                self._awaits_item, self._left_out = True, last.value
                said.pop()
            self._is_open = True
        elif not is_empty:
            begin, end = _marks(last)
            spans_lines = not last.style and begin.line < end.line
            self._is_open = last.style in ("|", ">") or spans_lines
            if last.style == ">":
                # A line break is a blank as soon as another line follows.
                last.value = last.value.rstrip("\n")

    def _may_be_cut(self, scalar: ScalarEvent) -> bool:
        is_last = _marks(scalar)[1].index >= len(self.source.text.rstrip(" "))
        return self.source.is_cut and not scalar.style and is_last

    def _is_alone(self, scalar: ScalarEvent) -> bool:
        begin, _ = _marks(scalar)
        return bool(_ALONE.fullmatch(self.source.lines[begin.line][: begin.column]))

    def _written(self) -> Open:
        builder = self.builder
        if not builder.root:
            return Open(text=b"")
        closers = b"".join(b"]" if f.keys is None else b"}" for f in reversed(builder.frames))
        written = to_canonical(builder.root[0], path=builder.path, limits=builder.limits)
        text = written[: len(written) - len(closers)]
        frame = builder.frames[-1] if builder.frames else None
        if frame and (frame.key is not None or self._awaits_item):
            comma = b"," if frame.value else b""
            key = b"" if frame.key is None else to_canonical(frame.key) + b":"
            return Open(text=text + comma + key, closers=closers)
        if self._is_open and text.endswith(b'"'):
            return Open(text=text[:-1], closers=closers, is_cut=True)
        return Open(text=text, closers=closers)

    def _kept(self, written: Open) -> str:
        kept = f"all is kept but {excerpt(self._left_out)}" if self._left_out else "all is kept"
        frame = self.builder.frames[-1] if self.builder.frames else None
        if frame and frame.key is not None:
            return f"{kept}, and the value of {excerpt(frame.key)} is open"
        return f"{kept}, and the text at the end is open" if written.is_cut else kept


def _marks(event: Event) -> tuple[Any, Any]:
    """Where an event begins and ends."""
    return event.start_mark, event.end_mark


def _said(events: list[Event]) -> list[Event]:
    """The events up to the last that the text itself says: its end closes what is indented."""
    in_brackets: list[bool] = []
    num_said = 0
    for number, event in enumerate(events, start=1):
        if isinstance(event, (MappingStartEvent, SequenceStartEvent)):
            in_brackets.append(bool(event.flow_style))
            num_said = number
        elif isinstance(event, (MappingEndEvent, SequenceEndEvent)):
            num_said = number if in_brackets.pop() else num_said
        elif isinstance(event, (ScalarEvent, AliasEvent)):
            num_said = number
    return events[:num_said]
