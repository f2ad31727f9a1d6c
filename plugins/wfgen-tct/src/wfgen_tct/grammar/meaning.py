"""Conditions of one value, as diagrams: what its schemas come to for each form it may have.

A *goal* is a diagram over variables `Same(schema)`: which schemas a value meets decides a label,
and label 0 means that it may not stand there. Put each schema's formula in, for one form of value,
and what is left is a diagram over assertions about such values: a *decision*. All that depends on
the schemas alone is worked out here, once, and kept.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping
from functools import reduce
from itertools import combinations
from typing import Any, Literal

from attrs import frozen

from wfgen_tct.formulas import (
    Above,
    AdditionalProperties,
    AllOf,
    AnyOf,
    AtLeast,
    AtMost,
    Below,
    Constant,
    Contains,
    Definitions,
    Equals,
    ExactlyOne,
    Formula,
    HasProperty,
    IsInteger,
    IsUnique,
    ItemAt,
    ItemsFrom,
    Kinds,
    Listed,
    Matches,
    MaxItems,
    MaxLength,
    MaxProperties,
    MinItems,
    MinLength,
    MinProperties,
    MultipleOf,
    Not,
    PatternProperties,
    Property,
    PropertyNames,
    Same,
    in_place,
    leaves,
)
from wfgen_tct.grammar.decisions import FALSE, TRUE, Decisions
from wfgen_tct.grammar.exclusion import exclude_each_other
from wfgen_tct.patterns import Dfa
from wfgen_tct.scalars.text import TextMachine

__all__ = ["FORMS", "NO_MENTIONS", "Form", "Meaning", "Mentions", "Spelt"]

Form = Literal["null", "true", "false", "number", "text", "array", "object"]
"""The form of a value: its kind, but `text` is a string that no schema at the place lists."""

FORMS: tuple[Form, ...] = ("null", "true", "false", "number", "text", "array", "object")

_FORM_OF: Mapping[type, Form] = {
    **dict.fromkeys((Matches, MinLength), "text"),
    **dict.fromkeys((IsInteger, Equals, AtLeast, Above, AtMost, Below, MultipleOf), "number"),
    **dict.fromkeys((ItemAt, ItemsFrom, Contains, MinItems, IsUnique), "array"),
    **dict.fromkeys((HasProperty, Property, PatternProperties, AdditionalProperties), "object"),
    **dict.fromkeys((PropertyNames, MinProperties), "object"),
}


@frozen(hash=True)
class Spelt:
    """The form of a string that is known."""

    text: str


@frozen
class Mentions:
    """The spellings that some schemas name.

    Attributes:
        texts: listed strings.
        names: keys.
        key_patterns: patterns of keys.
        key_schemas: schemas that keys must meet.
    """

    texts: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    key_patterns: frozenset[str] = frozenset()
    key_schemas: frozenset[int] = frozenset()

    def __or__(self, other: Mentions) -> Mentions:
        """What either mentions."""
        return Mentions(
            self.texts | other.texts,
            self.names | other.names,
            self.key_patterns | other.key_patterns,
            self.key_schemas | other.key_schemas,
        )


NO_MENTIONS = Mentions()


class Meaning:
    """The formulas of a schema, in diagrams.

    Args:
        definitions: the schema.
        patterns: its patterns, compiled.
        everywhere: what is mentioned at every place, whatever schemas it has.
    """

    def __init__(
        self,
        definitions: Definitions,
        patterns: Mapping[str, Dfa],
        everywhere: Mentions = NO_MENTIONS,
    ) -> None:
        self.definitions = definitions
        self._everywhere = everywhere
        self.patterns = patterns
        self.decisions = Decisions()
        self._variables: dict[Any, int] = {}
        self._machines: dict[Any, TextMachine] = {}
        self._assertions: list[Any] = []
        self._conditions: dict[tuple[int, Form | Spelt], int] = {}
        self._decided: dict[tuple[int, Form | Spelt], int] = {}
        self._mentions: dict[tuple[int, ...], Mentions] = {}

    # Variables ------------------------------------------------------------------------------

    def variable(self, assertion: Any) -> int:
        """The variable that stands for an assertion."""
        found = self._variables.get(assertion)
        if found is None:
            found = self._variables[assertion] = len(self._assertions)
            self._assertions.append(assertion)
        return found

    def assertion(self, variable: int) -> Any:
        """The assertion that a variable stands for."""
        return self._assertions[variable]

    def ask(self, assertion: Any) -> int:
        """The condition that an assertion holds."""
        return self.decisions.ask(self.variable(assertion))

    def text_machine(
        self, patterns: tuple[str, ...], lengths: tuple[int, ...], taken: Collection[str]
    ) -> TextMachine:
        """The machine that tells some patterns and lengths of texts, for texts but `taken`."""
        key = (patterns, lengths, frozenset(taken))
        found = self._machines.get(key)
        if found is None:
            compiled = [self.patterns[pattern] for pattern in patterns]
            found = self._machines[key] = TextMachine(compiled, lengths, taken, patterns)
        return found

    # Goals ----------------------------------------------------------------------------------

    def goal(self, meets: Iterable[int], fails: Iterable[int] = ()) -> int:
        """The condition that a value meets some schemas and fails others."""
        goal = TRUE
        for schema in sorted(set(meets), reverse=True):
            goal = self.decisions.both(self.ask(Same(schema)), goal)
        for schema in sorted(set(fails), reverse=True):
            goal = self.decisions.both(self.decisions.negate(self.ask(Same(schema))), goal)
        return goal

    def schemas(self, goal: int) -> tuple[int, ...]:
        """The schemas that a goal depends on, ascending."""
        support = self.decisions.support(goal)
        return tuple(sorted(self._assertions[variable].schema for variable in support))

    def decision(self, goal: int, form: Form | Spelt) -> int:
        """The diagram over assertions that a goal comes to for one form of value."""
        key = (goal, form)
        found = self._decided.get(key)
        if found is None:
            found = self._decided[key] = self._decide(goal, form)
        return found

    def _decide(self, goal: int, form: Form | Spelt) -> int:
        schemas = self.schemas(goal)
        conditions = {self.variable(Same(s)): self.condition(s, form) for s in schemas}
        return self.decisions.substitute(goal, conditions)

    def label_of_text(self, goal: int, text: str) -> int:
        """The label of a string that is known."""
        return self.decisions.label(self.decision(goal, Spelt(text)))

    # Conditions -----------------------------------------------------------------------------

    def condition(self, schema: int, form: Form | Spelt) -> int:
        """The condition, over assertions, that a value of one form meets a schema."""
        found = self._conditions.get((schema, form))
        return _unwind(self._condition(schema, form)) if found is None else found

    def _condition(self, schema: int, form: Form | Spelt) -> Generator[Any, int, int]:
        key = (schema, form)
        if key not in self._conditions:
            formula = self.definitions.schemas[schema].formula
            self._conditions[key] = yield self._formula(formula, form)
        return self._conditions[key]

    def _formula(self, formula: Formula, form: Form | Spelt) -> Generator[Any, int, int]:
        d = self.decisions
        match formula:
            case Same(schema):
                return (yield self._condition(schema, form))
            case Not(inner):
                return d.negate((yield self._formula(inner, form)))
            case AllOf(parts) | AnyOf(parts) | ExactlyOne(parts):
                conditions = []
                for part in parts:
                    conditions.append((yield self._formula(part, form)))
                if isinstance(formula, ExactlyOne):
                    return self._exactly_one(conditions)
                # From the last on: earlier ones ask earlier variables, and go on top as they are.
                join, unit = (d.both, TRUE) if isinstance(formula, AllOf) else (d.either, FALSE)
                return reduce(join, reversed(conditions), unit)
            case _:
                return self._assert(formula, form)

    def _exactly_one(self, conditions: list[int]) -> int:
        d = self.decisions
        live = [condition for condition in conditions if condition != FALSE]
        none, one, some = TRUE, FALSE, FALSE
        for condition in live:
            one, none = d.choose(condition, none, one), d.choose(condition, FALSE, none)
            some = d.either(some, condition)
        if all(exclude_each_other(self, a, b) for a, b in combinations(live, 2)):
            return some  # the same, and simpler
        return one

    def _assert(self, formula: Any, form: Form | Spelt) -> int:
        match formula:
            case Constant(truth):
                return TRUE if truth else FALSE
            case Kinds(kinds):
                kind = "string" if isinstance(form, Spelt) or form == "text" else form
                return TRUE if kind in kinds else FALSE
            case MaxLength(most) | MaxItems(most) | MaxProperties(most):
                lower = _LOWER[type(formula)](most + 1)
                over = self._assert(lower, form)
                return self.decisions.negate(over) if _speaks_of(lower, form) else TRUE
        if not _speaks_of(formula, form) or self._is_idle(formula):
            return TRUE
        if isinstance(form, Spelt):
            return TRUE if self._holds_of(formula, form.text) else FALSE
        return FALSE if isinstance(formula, Listed) else self.ask(formula)

    def _is_idle(self, assertion: Any) -> bool:
        """Whether it demands nothing."""
        if getattr(assertion, "least", 1) <= 0:
            return True
        schema = getattr(assertion, "schema", None)
        if schema is None or isinstance(assertion, Contains):
            return False
        return bool(self.definitions.schemas[schema].formula == Constant(True))

    def _holds_of(self, formula: Listed | Matches | MinLength, text: str) -> bool:
        match formula:
            case Listed(texts):
                return text in texts
            case Matches(pattern):
                return self.patterns[pattern].accepts(text.encode())
            case MinLength(least):
                return len(text) >= least

    # Mentions -------------------------------------------------------------------------------

    def mentions(self, goal: int) -> Mentions:
        """What the schemas of a goal name, themselves or by what they say of the same value."""
        schemas = self.schemas(goal)
        found = self._mentions.get(schemas)
        if found is None:
            found = self._mentions[schemas] = self._collect(schemas)
        return found

    def _collect(self, schemas: tuple[int, ...]) -> Mentions:
        found = self._everywhere
        for assertion in self._in_place(schemas):
            found |= _mentioned(assertion)
            if isinstance(assertion, PropertyNames):
                for other in self._in_place((assertion.schema,)):
                    if isinstance(other, Listed):
                        found |= Mentions(names=other.texts)
        return found

    def _in_place(self, schemas: Iterable[int]) -> Iterator[Any]:
        """Every assertion that some schemas make about one value, through `Same` too."""
        for index in in_place(self.definitions, schemas):
            yield from leaves(self.definitions.schemas[index].formula)


_LOWER: Mapping[type, Callable[[int], Any]] = {
    MaxLength: MinLength,
    MaxItems: MinItems,
    MaxProperties: MinProperties,
}


def _speaks_of(assertion: Any, form: Form | Spelt) -> bool:
    if isinstance(assertion, Listed):
        return isinstance(form, Spelt) or form == "text"
    own = _FORM_OF[type(assertion)]
    return own == form or (own == "text" and isinstance(form, Spelt))


def _mentioned(formula: Any) -> Mentions:
    match formula:
        case Listed(texts):
            return Mentions(texts=texts)
        case Property(name) | HasProperty(name):
            return Mentions(names=frozenset((name,)))
        case PatternProperties(pattern):
            return Mentions(key_patterns=frozenset((pattern,)))
        case AdditionalProperties(names, patterns):
            return Mentions(names=names, key_patterns=patterns)
        case PropertyNames(schema):
            return Mentions(key_schemas=frozenset((schema,)))
        case _:
            return Mentions()


def _unwind(start: Generator[Any, int, int]) -> int:
    """Run nested generators without nesting calls, as schemas may be deep."""
    stack = [start]
    result: Any = None
    while stack:
        try:
            stack.append(stack[-1].send(result))
            result = None
        except StopIteration as stop:
            stack.pop()
            result = stop.value
    assert isinstance(result, int)
    return result
