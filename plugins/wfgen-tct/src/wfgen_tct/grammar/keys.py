"""The keys that one place tells apart: those it names, and classes of all others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wfgen_tct.formulas import (
    AdditionalProperties,
    Matches,
    MinLength,
    PatternProperties,
    Property,
    PropertyNames,
)
from wfgen_tct.grammar.decisions import TRUE
from wfgen_tct.grammar.meaning import Meaning, Mentions, Spelt

__all__ = ["BROKEN", "UNCONCERNED", "Key", "Keys"]

Key = str | int
"""A named key, or the class of a key that is spelt in bytes: an outcome of `Keys.machine`."""

UNCONCERNED, BROKEN = -1, -2


class Keys:
    """The keys of one place.

    Attributes:
        names: the named ones, sorted.
        name_set: the same, to look one up.
        machine: reads the bytes of a key that is not named; its outcomes are the classes.
    """

    def __init__(self, meaning: Meaning, mentions: Mentions) -> None:
        self._meaning = meaning
        self.names = tuple(sorted(mentions.names))
        self.name_set = frozenset(self.names)
        patterns, thresholds = set(mentions.key_patterns), set()
        for schema in mentions.key_schemas:
            for variable in meaning.decisions.support(meaning.condition(schema, "text")):
                match meaning.assertion(variable):
                    case Matches(pattern):
                        patterns.add(pattern)
                    case MinLength(least):
                        thresholds.add(least)
        self._patterns, self._thresholds = sorted(patterns), sorted(thresholds)
        self.machine = meaning.text_machine(
            tuple(self._patterns), tuple(self._thresholds), self.names
        )
        self._truths = [self._truth(outcome) for outcome in self.machine.outcomes]
        self._concerns: dict[tuple[int, Key], int] = {}

    def _truth(self, outcome: tuple[bool, ...]) -> Mapping[Any, bool]:
        said = [*map(Matches, self._patterns), *map(MinLength, self._thresholds)]
        return dict(zip(said, outcome, strict=True))

    @property
    def classes(self) -> range:
        """The classes of keys that are not named."""
        return range(len(self._truths))

    def concern(self, variable: int, key: Key) -> int:
        """What an assertion wants of a key.

        Returns:
            the schema that its value must meet; `UNCONCERNED` where it says nothing of the key;
            `BROKEN` where the key itself makes it false.
        """
        found = self._concerns.get((variable, key))
        if found is None:
            found = self._concern(self._meaning.assertion(variable), key)
            self._concerns[variable, key] = found
        return found

    def _concern(self, assertion: Any, key: Key) -> int:
        match assertion:
            case Property(name, schema):
                return schema if key == name else UNCONCERNED
            case PatternProperties(pattern, schema):
                return schema if self._matches(key, pattern) else UNCONCERNED
            case AdditionalProperties(names, patterns, schema):
                is_known = key in names or any(self._matches(key, p) for p in patterns)
                return UNCONCERNED if is_known else schema
            case PropertyNames(schema):
                return UNCONCERNED if self._is_name(key, schema) else BROKEN
            case _:
                return UNCONCERNED

    def _matches(self, key: Key, pattern: str) -> bool:
        if isinstance(key, str):
            return self._meaning.patterns[pattern].accepts(key.encode())
        return self._truths[key][Matches(pattern)]

    def _is_name(self, key: Key, schema: int) -> bool:
        meaning = self._meaning
        if isinstance(key, str):
            return meaning.condition(schema, Spelt(key)) == TRUE
        truth = self._truths[key]
        condition = meaning.condition(schema, "text")
        label = meaning.decisions.evaluate(condition, lambda v: truth[meaning.assertion(v)])
        return bool(label)
