"""A JSON Schema, compiled into a grammar."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from attrs import field, frozen

from wfgen_tct.errors import GrammarLimitError, PatternError, SchemaError
from wfgen_tct.formulas import (
    AdditionalProperties,
    AllOf,
    AnyOf,
    Assertion,
    Constant,
    Definitions,
    ExactlyOne,
    Formula,
    HasProperty,
    Listed,
    Matches,
    Not,
    PatternProperties,
    Property,
    PropertyNames,
    Schema,
    in_place,
    leaves,
)
from wfgen_tct.grammar.language import Language
from wfgen_tct.grammar.naming import Naming
from wfgen_tct.grammar.sameness import share_equal_schemas
from wfgen_tct.grammar.uniqueness import find_unsupported_uniqueness
from wfgen_tct.patterns import DEFAULT_PATTERN_LIMITS, Dfa, PatternLimits, compile_pattern
from wfgen_tct.schema.limits import DEFAULT_SCHEMA_LIMITS, SchemaLimits
from wfgen_tct.schema.reading import read_schema
from wfgen_tct.schema.report import Report, Status, refuse_unsupported, with_status

__all__ = ["DEFAULT_GRAMMAR_LIMITS", "Grammar", "GrammarLimits", "compile_schema", "grammar_of"]


@frozen(kw_only=True)
class GrammarLimits:
    """How much a schema may ask for; each has its own error, a GrammarLimitError.

    Attributes:
        schema: size and depth of the schema itself.
        pattern: size and work of one regular expression.
    """

    schema: SchemaLimits = DEFAULT_SCHEMA_LIMITS
    pattern: PatternLimits = DEFAULT_PATTERN_LIMITS


DEFAULT_GRAMMAR_LIMITS = GrammarLimits()

_Faults = dict[tuple[int, Assertion], str]
"""Why an assertion of a schema cannot be exact."""


@frozen(kw_only=True, eq=False)
class Grammar:
    """A compiled schema. Immutable, and safe to share between threads.

    Attributes:
        report: what became of each keyword.
        definitions: what the schema means.
        naming: the symbols of its keys and listed strings.
        patterns: its regular expressions, compiled.
        schema_id: the schema's `$id`, or `id`; '' for none.
        schema_sha256: of the schema, written as minified JSON in its own order, in hex.
    """

    report: Report = field(repr=False)
    definitions: Definitions = field(repr=False)
    naming: Naming = field(repr=False)
    patterns: Mapping[str, Dfa] = field(repr=False)
    schema_id: str = ""
    schema_sha256: str = ""

    @property
    def num_symbols(self) -> int:
        """The size of its alphabet."""
        return self.naming.num_symbols

    def language(self) -> Language:
        """Its documents, with tables of their own that fill as they are used."""
        return Language(self.definitions, self.patterns, self.naming)


def compile_schema(
    schema: dict[str, Any] | bool | str | bytes,
    *,
    allow_approximate: bool = False,
    limits: GrammarLimits = DEFAULT_GRAMMAR_LIMITS,
) -> Grammar:
    """Compile a schema into the grammar of exactly its valid documents.

    Args:
        schema: a JSON Schema, as Python has it or as a JSON text. `$schema` chooses the dialect:
            draft 4, 6, 7, 2019-09 or 2020-12; none means the last. Nothing is fetched.
        allow_approximate: leave keywords out that cannot be made exact, instead of refusing them;
            `report.approximated` names them.
        limits: how much the schema may ask for.

    Raises:
        SchemaError: it is no JSON Schema of its dialect.
        UnsupportedSchemaError: it has keywords that cannot be made exact; the error has the report.
        UnsatisfiableSchemaError: no finite document is valid.
        GrammarLimitError: it asks for more than a limit allows.
    """
    definitions, report = read_schema(
        schema, allow_approximate=allow_approximate, limits=limits.schema
    )
    status: Status = "approximated" if allow_approximate else "unsupported"
    patterns, faults = _compile_patterns(definitions, limits.pattern)
    report = _with_faults(report, faults, status)
    definitions = share_equal_schemas(_without(definitions, faults))
    faults = find_unsupported_uniqueness(definitions, patterns)
    report = _with_faults(report, faults, status)
    definitions = share_equal_schemas(_without(definitions, faults)) if faults else definitions
    schema_id, sha256 = _identity(schema)
    grammar = Grammar(
        report=report,
        definitions=definitions,
        naming=naming_of(definitions),
        patterns=patterns,
        schema_id=schema_id,
        schema_sha256=sha256,
    )
    grammar.language().check()
    return grammar


def grammar_of(
    definitions: Definitions, naming: Naming, report: Report, *, schema_id: str, schema_sha256: str
) -> Grammar:
    """The grammar of what was compiled before.

    Raises:
        SchemaError: a pattern does not compile any more.
    """
    patterns, faults = _compile_patterns(definitions, DEFAULT_PATTERN_LIMITS)
    if faults:
        raise SchemaError(cause=f"a pattern does not compile: {next(iter(faults.values()))}")
    return Grammar(
        report=report,
        definitions=definitions,
        naming=naming,
        patterns=patterns,
        schema_id=schema_id,
        schema_sha256=schema_sha256,
    )


def _identity(schema: dict[str, Any] | bool | str | bytes) -> tuple[str, str]:
    """The `$id` of a schema, and the sha256 of its minified text."""
    value = json.loads(schema) if isinstance(schema, str | bytes) else schema
    found = (value.get("$id") or value.get("id") or "") if isinstance(value, dict) else ""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=str)
    sha256 = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return found if isinstance(found, str) else "", sha256


def _with_faults(report: Report, faults: _Faults, status: Status) -> Report:
    """The report with a verdict on the keywords that are at fault.

    Raises:
        UnsupportedSchemaError: they are not to be left out.
    """
    for place, note in faults.items():
        report = with_status(report, report.sources[place], status, note)
    refuse_unsupported(report)
    return report


# Patterns ---------------------------------------------------------------------------------------


def _compile_patterns(
    definitions: Definitions, limits: PatternLimits
) -> tuple[dict[str, Dfa], _Faults]:
    """All patterns by their text, and what is wrong with those that do not compile."""
    compiled: dict[str, Dfa] = {}
    failed: dict[str, str] = {}
    faults: _Faults = {}
    for index in range(len(definitions.schemas)):
        for assertion in _said(definitions, index):
            for pattern in patterns_of(assertion):
                if pattern not in compiled and pattern not in failed:
                    try:
                        compiled[pattern] = compile_pattern(pattern, limits=limits)
                    except (PatternError, GrammarLimitError) as error:
                        failed[pattern] = error.cause
                if pattern in failed:
                    faults[index, assertion] = failed[pattern]
    return compiled, faults


def patterns_of(assertion: Assertion) -> tuple[str, ...]:
    """The regular expressions of an assertion."""
    match assertion:
        case Matches(pattern) | PatternProperties(pattern):
            return (pattern,)
        case AdditionalProperties(_, patterns):
            return tuple(sorted(patterns))
    return ()


# Formulas ---------------------------------------------------------------------------------------


def naming_of(definitions: Definitions) -> Naming:
    """The symbols of the keys and strings that a schema names."""
    keys: set[str] = set()
    texts: set[str] = set()
    for index in range(len(definitions.schemas)):
        for assertion in _said(definitions, index):
            match assertion:
                case Property(name) | HasProperty(name):
                    keys.add(name)
                case AdditionalProperties(names):
                    keys |= names
                case Listed(listed):
                    texts |= listed
                case PropertyNames(names):
                    keys |= _listed_names(definitions, names)
    return Naming(tuple(sorted(keys)), tuple(sorted(texts)))


def _listed_names(definitions: Definitions, index: int) -> set[str]:
    """The strings that are listed for a key."""
    said = (leaf for at in in_place(definitions, (index,)) for leaf in _said(definitions, at))
    return {text for leaf in said if isinstance(leaf, Listed) for text in leaf.texts}


def _said(definitions: Definitions, index: int) -> Iterator[Any]:
    return leaves(definitions.schemas[index].formula)


def _without(definitions: Definitions, faults: _Faults) -> Definitions:
    """The definitions with some assertions taken as always met."""
    if not faults:
        return definitions
    schemas = []
    for index, schema in enumerate(definitions.schemas):
        dropped = {assertion for at, assertion in faults if at == index}
        schemas.append(Schema(schema.pointer, _replace(schema.formula, dropped)))
    return Definitions(tuple(schemas))


def _replace(formula: Formula, dropped: set[Any]) -> Formula:
    make: Callable[..., Formula]
    match formula:
        case Not(inner):
            return Not(_replace(inner, dropped))
        case AllOf(parts) | AnyOf(parts) | ExactlyOne(parts):
            make = type(formula)
            return make(tuple(_replace(part, dropped) for part in parts))
    return Constant(True) if formula in dropped else formula
