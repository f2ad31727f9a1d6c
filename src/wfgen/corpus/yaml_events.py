"""PyYAML's parser as a stream of events that raises our errors and cannot be made to hang."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeAlias

import yaml
from yaml.events import Event

from wfgen.canonical import line_and_column
from wfgen.errors import DocumentError, DocumentSyntaxError, LimitError, LoneSurrogateError

__all__ = ["Place", "lone_surrogate", "parse_events"]

Place: TypeAlias = tuple[int, int]
"""Line and column, counted from 1."""

# Events of a real workflow in the median of 258: 0.32 ms by libyaml, 11.8 ms by the pure Python
# parser, which stands in where PyYAML was built without libyaml.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NOT_PRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SURROGATE_ESCAPE = re.compile(r"(?:0000)?[dD][89a-fA-F][0-9a-fA-F]{2}")

# libyaml compares each %TAG directive with all before it: 100,000 took 69 s, 1,000 take 9 ms.
_TAG_DIRECTIVE = re.compile("(?:^|[\r\n\x85\u2028\u2029])%TAG")
_MAX_TAG_DIRECTIVES = 1000


def parse_events(text: str, path: str) -> Iterator[Event]:
    """PyYAML's events for `text`, one at a time.

    Raises:
        DocumentSyntaxError, LoneSurrogateError: the parser's errors, as ours.
        LimitError: there are so many %TAG directives that the parser would hang.
    """
    _check_directives(text, path)
    try:
        yield from yaml.parse(text, Loader=_LOADER)
    except yaml.reader.ReaderError as error:
        raise _not_printable(text, path) from error
    except yaml.MarkedYAMLError as error:
        raise _syntax(error, text, path) from error
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # The pure Python parser gives the code point of an escape to chr() unchecked, and says
        # not where.
        cause = f"an escape stands for no character ({error})"
        raise DocumentSyntaxError(path=path, line=1, column=1, cause=cause) from error


def _check_directives(text: str, path: str) -> None:
    limit = _MAX_TAG_DIRECTIVES
    if text.count("%TAG") > limit and len(_TAG_DIRECTIVE.findall(text)) > limit:
        cause = f"there are more than {limit} %TAG directives"
        hint = "remove them: tags outside the core schema are not read"
        raise LimitError(path=path, line=1, column=1, cause=cause, hint=hint, limit=limit)


def _not_printable(text: str, path: str) -> DocumentSyntaxError:
    found = _NOT_PRINTABLE.search(text)
    line, column = line_and_column(text, found.start() if found else 0)
    char = found.group() if found else ""
    return DocumentSyntaxError(
        path=path,
        line=line,
        column=column,
        cause=f"the character {char!a} may not stand in YAML",
        hint="remove it, or write it as an escape in double quotes",
    )


def _syntax(error: yaml.MarkedYAMLError, text: str, path: str) -> DocumentError:
    mark = error.problem_mark or error.context_mark
    line, column, offset = (mark.line + 1, mark.column + 1, mark.index) if mark else (1, 1, 0)
    if "escape code" in (error.problem or "") and _SURROGATE_ESCAPE.match(text, offset):
        return lone_surrogate(path, (line, column))
    cause = ", ".join(part for part in (error.context, error.problem) if part)
    hint = "indent with spaces" if text[offset : offset + 1] == "\t" else ""
    return DocumentSyntaxError(path=path, line=line, column=column, cause=cause, hint=hint)


def lone_surrogate(path: str, place: Place) -> LoneSurrogateError:
    """The error about an escape such as `\\ud800`."""
    return LoneSurrogateError(
        path=path,
        line=place[0],
        column=place[1],
        cause="an escape stands for half of a surrogate pair, which is no character",
        hint="write the character itself or its \\U escape of eight digits",
    )
