r"""JSON values to YAML as people write workflows; `load_yaml` reads the same value back.

Block style, two spaces, lists indented under their key, keys in their order, `on` unquoted, `|`
blocks for text of several lines, no folded lines. Text stays plain only where readers of YAML 1.2
and of YAML 1.1 agree that it is text, so `'yes'`, `'012'` and `'12:30'` are quoted. The one
exception is the key `on` of the document's root, which a YAML 1.1 reader takes for true.

The emitter is our own because no library's is exact. PyYAML's writes NEL unescaped, which its
parser reads back as a space, and writes a text with a tab or a blank before a line end as one long
line in double quotes (0.8 % of 17,605 texts of several lines in 5,151 real workflows); its Python
emitter, the one that can indent lists, took 12.0 ms a workflow where this one took 0.9 ms (medians
of one run). ruamel.yaml's writes a text that begins with a tab as a block that does not parse.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import yaml
from attrs import define

from wfgen.canonical import DEFAULT_LIMITS, JsonValue, Limits, to_canonical
from wfgen.corpus.yaml_scalars import reads_as_text

__all__ = ["dump_yaml"]

_STEP = 2
# A key must end within 1,024 characters to be read without `? ` before it (YAML 1.2.2, 7.4).
_LONGEST_SIMPLE_KEY = 1000

# Line breaks of YAML 1.1 (NEL, LS, PS) and the byte order mark are escaped as well as what YAML
# forbids, so that every reader gets the same text.
_ESCAPED = "\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff"
_NEEDS_ESCAPE = re.compile(f"[{_ESCAPED}]")
_ESCAPE_IN_QUOTES = re.compile(f'[{_ESCAPED}\t\n"\\\\]')
_SHORT_ESCAPES = {
    '"': '\\"',
    "\\": "\\\\",
    "\0": "\\0",
    "\a": "\\a",
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\v": "\\v",
    "\f": "\\f",
    "\r": "\\r",
    "\x1b": "\\e",
    "\x85": "\\N",
    "\u2028": "\\L",
    "\u2029": "\\P",
}
# No indicator first, no `: ` or ` #` inside, no blank at either end, on one line.
_PLAIN = re.compile(
    r"(?!---|\.\.\.)"
    r"(?:[^\s\-?:,\[\]{}#&*!|>'\"%@`]|[-?:](?=[^\s,\[\]{}]))"
    r"(?:[^\s:#]|:(?=\S)|(?<=\S)#| (?=[^\s#]))*"
)
# Booleans of the YAML 1.1 type repository that PyYAML itself reads as text.
_YAML_1_1_LETTERS = frozenset("yYnN")
_YAML_1_1 = yaml.SafeLoader.yaml_implicit_resolvers


def dump_yaml(value: JsonValue, *, limits: Limits = DEFAULT_LIMITS) -> str:
    """YAML text of a JSON value, ending in a newline; `load_yaml` gives the same value back.

    The text is mostly longer than the canonical form: a document near `limits.num_bytes` may need
    a higher limit to be read again.

    Raises:
        DocumentError: the value is no JSON value or is over the limits, as in `to_canonical`.
    """
    to_canonical(value, limits=limits)
    if isinstance(value, (dict, list)) and value:
        return "".join(_lines(value))
    return _inline(value) + "\n"


@define
class _Frame:
    """An open container: members left, its indentation, what stands before its first member."""

    members: Iterator[tuple[Any, Any]]
    is_mapping: bool
    indent: str
    lead: str


def _lines(root: Any) -> Iterator[str]:
    frames = [_open(root, "", "")]
    while frames:
        frame = frames[-1]
        member = next(frame.members, None)
        if member is None:
            frames.pop()
            continue
        key, value = member
        head = _key(key, frame, is_root=len(frames) == 1) if frame.is_mapping else frame.lead + "-"
        frame.lead = frame.indent
        if not isinstance(value, (dict, list)) or not value:
            # People write `push:` where the value of a key is null.
            is_blank = value is None and frame.is_mapping
            yield f"{head}\n" if is_blank else f"{head} {_scalar(value, frame.indent)}\n"
            continue
        indent = frame.indent + " " * _STEP
        if frame.is_mapping:
            yield head + "\n"
            frames.append(_open(value, indent, indent))
        else:
            frames.append(_open(value, indent, head + " "))


def _open(value: Any, indent: str, lead: str) -> _Frame:
    is_mapping = isinstance(value, dict)
    return _Frame(iter(value.items() if is_mapping else enumerate(value)), is_mapping, indent, lead)


def _key(key: str, frame: _Frame, *, is_root: bool) -> str:
    written = key if is_root and key == "on" else _text(key)
    if len(written) > _LONGEST_SIMPLE_KEY:
        return f"{frame.lead}? {written}\n{frame.indent}:"
    return f"{frame.lead}{written}:"


def _scalar(value: Any, indent: str) -> str:
    if isinstance(value, str) and "\n" in value:
        return _literal(value, indent + " " * _STEP) or _in_double_quotes(value)
    return _inline(value)


def _inline(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    written = json.dumps(value)
    if isinstance(value, float) and "." not in written:
        # YAML 1.1 takes 1e+16 for text: its floats have a point.
        written = written.replace("e", ".0e")
    return written


def _literal(text: str, indent: str) -> str:
    """A literal block (YAML 1.2.2, 8.1.2), or '' where it would not be exact."""
    body = text.rstrip("\n")
    if not body or _NEEDS_ESCAPE.search(text):
        return ""
    # The first line sets the indentation unless a number does.
    hint = str(_STEP) if body[0] in " \t\n" else ""
    num_breaks = len(text) - len(body)
    chomping = "-" if not num_breaks else "" if num_breaks == 1 else "+"
    lines = [indent + line if line else "" for line in body.split("\n")]
    return "\n".join([f"|{hint}{chomping}", *lines]) + "\n" * max(num_breaks - 1, 0)


def _text(text: str) -> str:
    """A scalar on one line: plain, else in single quotes, else in double quotes."""
    if _PLAIN.fullmatch(text) and not _NEEDS_ESCAPE.search(text) and _is_text_everywhere(text):
        return text
    if "'" in text or "\n" in text or "\t" in text or _NEEDS_ESCAPE.search(text):
        return _in_double_quotes(text)
    return f"'{text}'"


def _is_text_everywhere(text: str) -> bool:
    if text in _YAML_1_1_LETTERS or not reads_as_text(text):
        return False
    resolvers = _YAML_1_1.get(text[0], []) + _YAML_1_1.get(None, [])
    return not any(pattern.match(text) for _, pattern in resolvers)


def _in_double_quotes(text: str) -> str:
    return f'"{_ESCAPE_IN_QUOTES.sub(_escape, text)}"'


def _escape(match: re.Match[str]) -> str:
    char = match.group()
    if char in _SHORT_ESCAPES:
        return _SHORT_ESCAPES[char]
    return f"\\x{ord(char):02X}" if char < "\u0100" else f"\\u{ord(char):04X}"
