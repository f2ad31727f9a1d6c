"""From a pattern to its automaton."""

from __future__ import annotations

from collections.abc import Iterator

from wfgen_tct.patterns.alphabet import Alphabet
from wfgen_tct.patterns.bimachines import search_machine
from wfgen_tct.patterns.dfa import Dfa, to_bytes
from wfgen_tct.patterns.limits import DEFAULT_PATTERN_LIMITS, Meter, PatternLimits
from wfgen_tct.patterns.machines import Rows
from wfgen_tct.patterns.parsing import parse_pattern
from wfgen_tct.patterns.sets import WORD, CodePoints
from wfgen_tct.patterns.syntax import Chars, Kind, Pattern

__all__ = ["compile_pattern"]


def compile_pattern(pattern: str, *, limits: PatternLimits = DEFAULT_PATTERN_LIMITS) -> Dfa:
    """The smallest automaton that accepts the texts in which a pattern is found.

    Args:
        pattern: an ECMA-262 regular expression, read with the flag `u`. It is searched for: it
            may match anywhere in the text, as JSON Schema 2020-12 asks ("Validation", 6.3.3).
        limits: how much work it may be.

    Raises:
        PatternError: it is malformed, or holds what no automaton can do.
        GrammarLimitError: it is more work than a limit allows.
    """
    meter = Meter(limits)
    parsed = parse_pattern(pattern, meter)
    alphabet = Alphabet.of(_sets(parsed), meter)
    rows, found = search_machine(parsed, alphabet, meter)
    rows, coarsest = _coarsest(rows, alphabet)
    return to_bytes(rows, found, coarsest, meter)


def _sets(pattern: Pattern) -> Iterator[CodePoints]:
    bodies = [pattern.body, *(assertion.body for assertion in pattern.assertions)]
    for body in bodies:
        for operation in body:
            if isinstance(operation, Chars):
                yield operation.members
    if any(assertion.kind is Kind.WORD_BOUNDARY for assertion in pattern.assertions):
        yield WORD


def _coarsest(rows: Rows, alphabet: Alphabet) -> tuple[Rows, Alphabet]:
    """The machine over classes of which no two lead everywhere to the same states."""
    columns = list(zip(*rows, strict=True))
    numbers: dict[tuple[int, ...], int] = {}
    number_of = [numbers.setdefault(column, len(numbers)) for column in columns]
    return [list(row) for row in zip(*numbers, strict=True)], alphabet.merged(number_of)
