"""Parses a pattern: ECMA-262 (2025), 22.2.1, with the flag u, and some of Annex B.1.2.

From Annex B are read: `]`, and `{` and `}` that are no quantifier, as themselves; a class such as
`\\w` next to a hyphen in brackets, as if the hyphen were escaped; a quantifier behind a look-ahead;
and the escapes that `wfgen_tct.patterns.escapes` adds.
"""

from __future__ import annotations

import re

from attrs import Factory, define

from wfgen_tct.patterns.escapes import read_escape
from wfgen_tct.patterns.limits import Meter
from wfgen_tct.patterns.reading import Reader
from wfgen_tct.patterns.sets import LINE_ENDS, CodePoints, complement, union
from wfgen_tct.patterns.syntax import (
    Alternate,
    Assert,
    Assertion,
    Chars,
    Concatenate,
    Kind,
    Operation,
    Pattern,
    Repeat,
)

__all__ = ["parse_pattern"]

_BRACED = re.compile(r"\{([0-9]+)(,?)([0-9]*)\}")
_NAME = re.compile(r"([^>]*)>")
_MODIFIERS = re.compile(r"[ims]*(?:-[ims]*)?:")
_SIMPLE = {"*": Repeat(0, None), "+": Repeat(1, None), "?": Repeat(0, 1)}
_LOOK_AROUNDS = {
    "(?=": (Kind.AHEAD, False),
    "(?!": (Kind.AHEAD, True),
    "(?<=": (Kind.BEHIND, False),
    "(?<!": (Kind.BEHIND, True),
}
_NOT_LINE_END = Chars(complement(LINE_ENDS))
_ENORMOUS = 10**9  # over any limit; more digits would only take time


@define
class _Group:
    """A group that is open.

    Attributes:
        at: offset of its parenthesis.
        operations: of it so far, with those of the groups around it unless it is a look-around.
        look_around: its kind, and whether it is negated.
        num_items: in the alternative that is being read.
        num_alternatives: that are complete.
        names: of the groups inside of complete alternatives, and of the one that is being read.
    """

    at: int
    operations: list[Operation]
    look_around: tuple[Kind, bool] | None = None
    num_items: int = 0
    num_alternatives: int = 0
    names: set[str] = Factory(set)
    names_here: set[str] = Factory(set)


def parse_pattern(text: str, meter: Meter) -> Pattern:
    """Parse a pattern.

    Args:
        text: the pattern; half a surrogate pair is read together with the other half.
        meter: counts the work.

    Raises:
        PatternError: it is malformed, or holds what no automaton can do.
        GrammarLimitError: it is too long.
    """
    meter.spend(len(text))
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return _Parser(Reader(whole)).parse()


class _Parser:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._groups = [_Group(0, [])]
        self._assertions: dict[Assertion, int] = {}

    def parse(self) -> Pattern:
        reader = self._reader
        while not reader.ended:
            self._item(reader.at, reader.take())
        if len(self._groups) > 1:
            raise reader.malformed("a parenthesis that is not closed", self._groups[-1].at)
        self._end_group(self._groups[0])
        return Pattern(tuple(self._groups[0].operations), tuple(self._assertions))

    def _item(self, at: int, char: str) -> None:
        """Read one item of an alternative, or what stands between two."""
        match char:
            case "(":
                self._open(at)
            case ")":
                self._close(at)
            case "|":
                self._end_alternative(self._groups[-1])
            case "^":
                self._assert(Assertion(Kind.START))
            case "$":
                self._assert(Assertion(Kind.END))
            case "*" | "+" | "?":
                raise self._reader.malformed("a quantifier with nothing to repeat", at)
            case _:
                self._atom(at, char)

    def _atom(self, at: int, char: str) -> None:
        reader = self._reader
        match char:
            case ".":
                self._add(_NOT_LINE_END)
            case "[":
                self._add(Chars(self._brackets(at)))
            case "\\" if reader.skip("b"):
                self._assert(Assertion(Kind.WORD_BOUNDARY))
                return
            case "\\" if reader.skip("B"):
                self._assert(Assertion(Kind.WORD_BOUNDARY, negated=True))
                return
            case "\\":
                self._add(Chars(_members(read_escape(reader, in_class=False))))
            case "{" if _BRACED.match(reader.text, at):
                raise reader.malformed("a quantifier with nothing to repeat", at)
            case _:
                self._add(Chars(_members(ord(char))))
        self._quantifier()

    def _add(self, operation: Operation) -> None:
        group = self._groups[-1]
        group.operations.append(operation)
        group.num_items += 1

    def _assert(self, assertion: Assertion) -> None:
        number = self._assertions.setdefault(assertion, len(self._assertions))
        self._add(Assert(number))

    # Groups ---------------------------------------------------------------------------------

    def _open(self, at: int) -> None:
        reader = self._reader
        for prefix, look_around in _LOOK_AROUNDS.items():
            if reader.text.startswith(prefix, at):
                reader.at = at + len(prefix)
                self._groups.append(_Group(at, [], look_around))
                return
        if reader.skip("?"):
            self._read_prefix(at)
        self._groups.append(_Group(at, self._groups[-1].operations))

    def _read_prefix(self, at: int) -> None:
        """Read what follows on `(?` and is no look-around."""
        reader = self._reader
        if reader.skip(":"):
            return
        if reader.skip("<"):
            self._name(at)
        elif reader.match(_MODIFIERS):
            raise reader.unsupported("a group that changes flags", at)
        else:
            raise reader.malformed("an unknown kind of group", at)

    def _name(self, at: int) -> None:
        found = self._reader.match(_NAME)
        if found is None:
            raise self._reader.malformed("a name of a group that is not closed", at)
        name = found[1]
        if "\\" in name:
            raise self._reader.unsupported("a name of a group with an escape", at)
        if not name.replace("$", "_").isidentifier():
            raise self._reader.malformed("a name of a group that is no identifier", at)
        self._take_names({name}, at)

    def _close(self, at: int) -> None:
        if len(self._groups) == 1:
            raise self._reader.malformed("a parenthesis that was not opened", at)
        group = self._groups.pop()
        self._end_group(group)
        self._take_names(group.names, group.at)
        if group.look_around is None:
            self._groups[-1].num_items += 1
            self._quantifier()
            return
        kind, negated = group.look_around
        self._assert(Assertion(kind, negated, tuple(group.operations)))
        if kind is Kind.AHEAD:
            self._quantifier()

    def _take_names(self, names: set[str], at: int) -> None:
        """Note that groups with these names are in the alternative that is being read."""
        group = self._groups[-1]
        twice = group.names_here & names
        if twice:
            raise self._reader.malformed(f"a second group named {min(twice)!r}", at)
        group.names_here = _joined(group.names_here, names)

    def _end_alternative(self, group: _Group) -> None:
        if group.num_items != 1:
            group.operations.append(Concatenate(group.num_items))
        group.num_alternatives += 1
        group.num_items = 0
        group.names = _joined(group.names, group.names_here)
        group.names_here = set()

    def _end_group(self, group: _Group) -> None:
        self._end_alternative(group)
        if group.num_alternatives > 1:
            group.operations.append(Alternate(group.num_alternatives))

    # Quantifiers ----------------------------------------------------------------------------

    def _quantifier(self) -> None:
        """Read the quantifier of the last operand, if it has one."""
        reader = self._reader
        if reader.ended:
            return
        repeat = _SIMPLE.get(reader.peek())
        if repeat is not None:
            reader.at += 1
        elif reader.peek() == "{":
            repeat = self._braces(reader.at)
        if repeat is not None:
            reader.skip("?")  # lazy or not, the same texts match
            self._groups[-1].operations.append(repeat)

    def _braces(self, at: int) -> Repeat | None:
        found = self._reader.match(_BRACED)
        if found is None:
            return None
        least = _count(found[1])
        if not found[2]:
            return Repeat(least, least)
        if not found[3]:
            return Repeat(least, None)
        if _magnitude(found[3]) < _magnitude(found[1]):
            raise self._reader.malformed("a quantifier whose numbers are out of order", at)
        return Repeat(least, _count(found[3]))

    # Brackets -------------------------------------------------------------------------------

    def _brackets(self, at: int) -> CodePoints:
        """Read a class, whose bracket has just been read."""
        reader = self._reader
        negated = reader.skip("^")
        ranges: list[tuple[int, int]] = []
        while not reader.skip("]"):
            first = self._class_atom(at)
            place = reader.at
            if not reader.skip("-"):
                ranges += _members(first)
            elif not reader.ended and reader.peek() == "]":
                ranges += (*_members(first), *_members(ord("-")))
            else:
                ranges += self._range(first, self._class_atom(at), place)
        members = union(ranges)
        return complement(members) if negated else members

    def _class_atom(self, at: int) -> int | CodePoints:
        reader = self._reader
        if reader.ended:
            raise reader.malformed("a bracket that is not closed", at)
        char = reader.take()
        return read_escape(reader, in_class=True) if char == "\\" else ord(char)

    def _range(self, first: int | CodePoints, last: int | CodePoints, at: int) -> CodePoints:
        if isinstance(first, tuple) or isinstance(last, tuple):
            return (*_members(first), *_members(ord("-")), *_members(last))
        if first > last:
            raise self._reader.malformed("a range that is out of order", at)
        return ((first, last),)


def _members(of: int | CodePoints) -> CodePoints:
    return ((of, of),) if isinstance(of, int) else of


def _joined(one: set[str], other: set[str]) -> set[str]:
    """The union; the larger set is changed, as copies would take quadratic time."""
    small, large = sorted((one, other), key=len)
    large |= small
    return large


def _magnitude(digits: str) -> tuple[int, str]:
    significant = digits.lstrip("0")
    return len(significant), significant


def _count(digits: str) -> int:
    significant = digits.lstrip("0")
    return _ENORMOUS if len(significant) > 9 else int(significant or "0")
