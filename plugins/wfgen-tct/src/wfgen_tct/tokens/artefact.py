"""The artefact of a tokenizer: a directory of JSON files under a manifest of hashes.

It holds what the schema means and not the schema, so a newer schema never changes what old tokens
mean. A later engine that reads a format version gives the same encodings for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from wfgen.artefacts import Manifest, open_artefact, write_artefact
from wfgen.errors import DamagedArtefactError, NotAnArtefactError, WfgenError
from wfgen_tct.compiling import Grammar, grammar_of
from wfgen_tct.formulas_json import definitions_from_json, definitions_to_json
from wfgen_tct.grammar.naming import Naming
from wfgen_tct.schema.report import KeywordRow, Report
from wfgen_tct.sequences.states import PHASES, Situation, StateNames
from wfgen_tct.tokens.reach import REACHES
from wfgen_tct.tokens.vocabulary import Vocabulary

__all__ = ["FORMAT_VERSION", "PARTS", "Parts", "read_parts", "write_parts"]

FORMAT_VERSION = 1

_KIND = "tokenizer"
_GRAMMAR, _VOCABULARY = "grammar.json", "vocabulary.json"
_STATES, _TABLES = "states.json", "tables.json"

_OF_TABLES = ("tables", "free_tables")
_FILES = (_GRAMMAR, _VOCABULARY, _STATES, _TABLES)

Parts = dict[str, Any]
"""The arguments that make a tokenizer."""

PARTS = ("name", "grammar", "vocabulary", "reach", "apart", "states", *_OF_TABLES, "about")
"""Their names."""


def write_parts(directory: Path, parts: Mapping[str, Any]) -> None:
    """Write a tokenizer, all or nothing.

    Raises:
        ArtefactError: the directory exists, or cannot be written.
    """
    grammar, vocabulary = parts["grammar"], parts["vocabulary"]
    body = {
        "schema": {"id": grammar.schema_id, "sha256": grammar.schema_sha256},
        "vocab_size": vocabulary.size,
        "num_symbols": vocabulary.num_symbols,
        "num_merges": len(vocabulary.merges),
        "num_states": parts["states"].num_states,
        "reach": parts["reach"],
        "apart": parts["apart"],
        "about": dict(parts["about"]),
    }
    with write_artefact(
        directory, kind=_KIND, name=parts["name"], format_version=FORMAT_VERSION, body=body
    ) as aside:
        (aside / _GRAMMAR).write_bytes(orjson.dumps(_grammar_to_json(grammar)))
        (aside / _VOCABULARY).write_bytes(orjson.dumps({"merges": vocabulary.merges}))
        (aside / _STATES).write_bytes(orjson.dumps({"situations": parts["states"].situations}))
        (aside / _TABLES).write_bytes(orjson.dumps({name: parts[name] for name in _OF_TABLES}))


def read_parts(directory: Path, *, name: str | None = None) -> Parts:
    """The arguments of the tokenizer in a directory.

    Args:
        directory: an artefact.
        name: the registry entry that it must be of; None for any.

    Raises:
        NotAnArtefactError: there is no artefact, or one of another tokenizer.
        DamagedArtefactError: a file differs from the manifest, or makes no tokenizer.
        UnknownFormatError: it was written in a newer format.
    """
    manifest = open_artefact(directory, kind=_KIND, format_version=FORMAT_VERSION)
    if name is not None and manifest.name != name:
        raise NotAnArtefactError(
            path=str(directory), cause=f"it is the tokenizer {manifest.name!r}, not {name!r}"
        )
    try:
        return _rebuilt(Path(directory), manifest)
    except KeyError as error:
        raise DamagedArtefactError(path=str(directory), cause=f"it lacks {error}") from error
    except (OSError, TypeError, ValueError, WfgenError) as error:
        raise DamagedArtefactError(path=str(directory), cause=str(error)) from error


def _rebuilt(directory: Path, manifest: Manifest) -> Parts:
    body = manifest.body
    raw = {name: _read(directory / name) for name in _FILES}
    grammar = _grammar_from_json(raw[_GRAMMAR], body["schema"])
    merges = _merges(raw[_VOCABULARY]["merges"], grammar.num_symbols)
    if body["reach"] not in REACHES or type(body["apart"]) is not bool:
        raise ValueError("its reach is unknown")
    return {
        "name": manifest.name,
        "grammar": grammar,
        "vocabulary": Vocabulary(num_symbols=grammar.num_symbols, merges=merges),
        "reach": body["reach"],
        "apart": body["apart"],
        "states": _states(raw[_STATES]["situations"], len(grammar.definitions.schemas)),
        **{name: raw[_TABLES][name] for name in _OF_TABLES},
        "about": body["about"],
    }


def _read(file: Path) -> dict[str, Any]:
    value = orjson.loads(file.read_bytes())
    if not isinstance(value, dict):
        raise ValueError(f"{file.name} holds no object")
    return value


# Grammars ---------------------------------------------------------------------------------------


def _grammar_to_json(grammar: Grammar) -> dict[str, Any]:
    report = grammar.report
    rows = [[r.keyword, r.pointer, r.status, r.note, r.reachable] for r in report.rows]
    return {
        "dialect": report.dialect,
        "keys": grammar.naming.keys,
        "texts": grammar.naming.texts,
        "schemas": definitions_to_json(grammar.definitions),
        "report": rows,
    }


def _grammar_from_json(raw: Mapping[str, Any], schema: Mapping[str, str]) -> Grammar:
    rows = tuple(
        KeywordRow(keyword=keyword, pointer=pointer, status=status, note=note, reachable=reachable)
        for keyword, pointer, status, note, reachable in raw["report"]
    )
    return grammar_of(
        definitions_from_json(raw["schemas"]),
        Naming(_texts(raw["keys"]), _texts(raw["texts"])),
        Report(dialect=raw["dialect"], rows=rows),
        schema_id=schema["id"],
        schema_sha256=schema["sha256"],
    )


def _texts(raw: Any) -> tuple[str, ...]:
    if not isinstance(raw, list) or not all(isinstance(each, str) for each in raw):
        raise ValueError("its keys or strings are no list of texts")
    return tuple(raw)


# Vocabularies and states ------------------------------------------------------------------------


def _merges(raw: Any, num_symbols: int) -> tuple[tuple[int, int], ...]:
    first = Vocabulary(num_symbols=num_symbols, merges=()).size
    merges: list[tuple[int, int]] = []
    for left, right in raw:
        highest = first + len(merges)
        if not all(type(each) is int and 4 <= each < highest for each in (left, right)):
            raise ValueError(f"merge {len(merges)} is of ids that do not come before it")
        merges.append((left, right))
    return tuple(merges)


def _states(raw: Any, num_schemas: int) -> StateNames:
    situations: list[Situation] = []
    for phase, schemas in raw:
        if phase not in PHASES or not all(0 <= each < num_schemas for each in schemas):
            raise ValueError(f"state {len(situations)} is malformed")
        situations.append((phase, tuple(schemas)))
    return StateNames(tuple(situations))
