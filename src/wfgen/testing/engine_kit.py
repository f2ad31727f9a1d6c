"""The test kit for plugins that put a grammar engine behind the contract (`wfgen.constraining`)."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import jsonschema_rs
import pytest

from wfgen.api import Constraint, Tokenizer
from wfgen.canonical import read_json, to_canonical
from wfgen.constraining import walk
from wfgen.corpus import CorpusSpec, load_corpus
from wfgen.corpus.schema import is_schema_valid, workflow_schema
from wfgen.errors import CapabilityError
from wfgen.registry import load_constraint
from wfgen.testing import laws
from wfgen.testing.constraint_kit import ConstraintLaws
from wfgen.testing.doubles import BitListTokenizer

__all__ = ["EngineLaws"]

_Case = tuple[Mapping[str, Any], list[Any]]

_DRAFT7 = {"$schema": "http://json-schema.org/draft-07/schema#"}
_NESTED = {"$ref": "#/definitions/a", "definitions": {"a": {"items": {"$ref": "#"}}}}
_VALID: tuple[_Case, ...] = (
    ({"oneOf": [{"type": "integer"}, {"type": "string"}]}, [1, "a"]),
    ({"pattern": "b"}, ["abc", 'b"\n', 1]),
    ({"minLength": 2}, ["ab", '"\n', 1]),
    ({"type": "string", "pattern": "^(?!a)"}, ["b", "\\"]),
    (_DRAFT7 | {"items": [{"type": "null"}], "additionalItems": False}, [[], [None], {}]),
    ({"properties": {"a": {"type": "null"}, "b.c": True}}, [{"a": None, "b.c": {}, "d": [1]}, 1]),
    ({"properties": {'a"\n': {"const": 1}}, "additionalProperties": False}, [{'a"\n': 1}]),
    ({"patternProperties": {"^a": {"const": 1}, "b$": {}}}, [{"a": 1, "b": 2}, {"c": []}]),
    ({"properties": {"a": {}}, "minProperties": 1, "maxProperties": 2}, [{"a": 2, "b": 1}]),
    ({"required": ["a", "b"]}, [{"a": 2, "b": 1}]),
    ({"allOf": [{"minimum": 1}, {"type": "integer"}]}, [1]),
    ({"type": "array", "anyOf": [{"minItems": 1}, {"items": False}]}, [[], [1, 2]]),
    ({"type": "string", "pattern": "^a[0-9]$"}, ["a1"]),
    ({"type": "object", "patternProperties": {"^a$": {"const": 1}}}, [{"a": 1, "b": 2}]),
    ({}, [{"a": [1, {"b": None}], "c": "d"}, 1.5, [[], {}]]),
    (_DRAFT7 | _NESTED | {"not": {}}, [[[], [[]]], 1]),
)
_UNREADABLE: tuple[Mapping[str, Any], ...] = (
    {"type": "text"},
    {"allOf": [False]},
    {"$ref": "http://example.org/"},
    {"$ref": "#name"},
    {"$ref": "#/nowhere"},
    {"items": {"$id": "http://example.org/", "type": "null"}},
    {"items": 3},
    {"properties": 3},
    {"anyOf": {}},
)


class EngineLaws(ConstraintLaws):
    """The laws of a constraint that an engine makes of any JSON Schema, as tests.

    ::

        class TestMine(EngineLaws):
            entry_name = "mine"
            package = "wfgen_mine"
            engine = "mine"

            def tokenize(self):
                return load_tokenizer("bytes")

            def constrain(self, tokenizer, schema, *, any_order=True):
                return wfgen_mine.constrain(tokenizer, schema, any_order=any_order)

    Attributes:
        entry_name: the registry name.
        package: the plugin's, as it is imported; the hook is in its module `plugin`.
        engine: the engine's package, which the hook must not import.
        valid: schemas, each with valid values, keys in order; none may be refused.
        refused: schemas, each with values that the engine does refuse, whatever it leaves out.
        unreadable: schemas that must be a CapabilityError.
    """

    entry_name: ClassVar[str]
    package: ClassVar[str]
    engine: ClassVar[str]
    valid: ClassVar[tuple[_Case, ...]] = _VALID
    refused: ClassVar[tuple[_Case, ...]] = ()
    unreadable: ClassVar[tuple[Mapping[str, Any], ...]] = _UNREADABLE

    def tokenize(self) -> Tokenizer:
        """A new byte-level tokenizer."""
        raise TypeError(f"{type(self).__name__} must define tokenize()")

    def constrain(
        self, tokenizer: Tokenizer, schema: Mapping[str, Any], *, any_order: bool = True
    ) -> Constraint:
        """What the plugin makes of a schema."""
        raise TypeError(f"{type(self).__name__} must define constrain()")

    def make(self) -> tuple[Tokenizer, Constraint]:
        """Both, of the kit's schema."""
        tokenizer = self.tokenize()
        return tokenizer, self.constrain(tokenizer, self.schema)

    @pytest.fixture(scope="class")
    @classmethod
    def in_order(cls, tokenizer: Tokenizer) -> Constraint:
        """Keys in the order of the schema: all that the schema says is checked."""
        return cls().constrain(tokenizer, cls.schema, any_order=False)

    @pytest.fixture(scope="class")
    @classmethod
    def workflows(cls) -> list[bytes]:
        """Valid ones: real ones where WFGEN_CORPUS names their folder, else the samples."""
        folder = os.environ.get("WFGEN_CORPUS")
        path = Path(folder) / "workflows-valid.jsonl.zst" if folder else "samples"
        corpus = load_corpus(CorpusSpec(path=path, near_threshold=None, valid_share=0.0))
        found = [d.canonical for d in corpus.train if is_schema_valid(read_json(d.canonical))]
        return found[:: 4 if folder else 1]

    def test_a_masked_walk_in_order_gives_a_valid_document(
        self, tokenizer: Tokenizer, in_order: Constraint
    ) -> None:
        def is_valid(document: bytes) -> bool:
            return jsonschema_rs.is_valid(dict(self.schema), read_json(document))

        for seed in range(30):
            laws.check_masked_walk(tokenizer, is_valid, seed, constraint=in_order)

    def test_a_key_of_another_place_is_refused_in_order(
        self, tokenizer: Tokenizer, in_order: Constraint
    ) -> None:
        laws.check_step_by_step(tokenizer, self.example, constraint=in_order)
        laws.check_refused_text(tokenizer, self.other_order, constraint=in_order)

    def test_a_number_may_end_or_go_on(self, tokenizer: Tokenizer) -> None:
        constraint = self.constrain(tokenizer, {"type": "integer"})
        for text in (b"1", b"12", b"123"):
            laws.check_step_by_step(tokenizer, text, constraint=constraint)

    @pytest.mark.parametrize("any_order", [True, False])
    def test_no_valid_value_is_refused(self, tokenizer: Tokenizer, any_order: bool) -> None:
        for schema, values in self.valid:
            assert all(jsonschema_rs.is_valid(dict(schema), value) for value in values)
            constraint = self.constrain(tokenizer, schema, any_order=any_order)
            walks = walk(constraint, tokenizer, map(to_canonical, values))
            assert walks.refusals == (), schema

    @pytest.mark.parametrize("any_order", [True, False])
    def test_what_it_checks_it_refuses(self, tokenizer: Tokenizer, any_order: bool) -> None:
        for schema, values in self.refused:
            assert not any(jsonschema_rs.is_valid(dict(schema), value) for value in values)
            constraint = self.constrain(tokenizer, schema, any_order=any_order)
            walks = walk(constraint, tokenizer, map(to_canonical, values))
            assert len(walks.refusals) == len(values), schema

    def test_no_valid_workflow_is_refused(
        self, tokenizer: Tokenizer, workflows: list[bytes]
    ) -> None:
        constraint = self.constrain(tokenizer, workflow_schema())
        walks = walk(constraint, tokenizer, workflows)
        assert walks.num_documents == len(workflows) > 10
        assert walks.refusals == ()
        laws.check_refused_text(tokenizer, b'{"jobs":{},"on":"pushed"}', constraint=constraint)

    def test_most_workflows_are_refused_in_the_order_of_the_schema(
        self, tokenizer: Tokenizer, workflows: list[bytes]
    ) -> None:
        in_order = self.constrain(tokenizer, workflow_schema(), any_order=False)
        assert walk(in_order, tokenizer, workflows).share_refused() > 0.5

    def test_it_is_had_by_name(self, tokenizer: Tokenizer) -> None:
        constraint = load_constraint(self.entry_name, tokenizer, self.schema)
        laws.check_step_by_step(tokenizer, self.other_order, constraint=constraint)

    def test_a_tokenizer_that_lacks_bytes_is_refused(self) -> None:
        with pytest.raises(CapabilityError, match="of the 256 bytes"):
            self.constrain(BitListTokenizer(), self.schema)

    def test_a_schema_that_cannot_be_had_is_refused(self, tokenizer: Tokenizer) -> None:
        for schema in self.unreadable:
            with pytest.raises(CapabilityError):
                self.constrain(tokenizer, schema)

    def test_a_schema_nested_too_deep_is_refused(self, tokenizer: Tokenizer) -> None:
        schema: dict[str, Any] = {}
        for _ in range(5000):
            schema = {"items": schema}
        with pytest.raises(CapabilityError, match="nested too deep"):
            self.constrain(tokenizer, schema)

    def test_listing_the_plugin_imports_no_engine(self) -> None:
        program = (
            f"import sys, {self.package}.plugin as plugin; plugin.wfgen_constraints();"
            f"print(sorted({{{self.engine!r}, 'torch'}} & set(sys.modules)))"
        )
        out = subprocess.run(  # noqa: S603  our own interpreter, our own program
            [sys.executable, "-c", program], capture_output=True, text=True, check=False
        )
        assert out.stdout.strip() == "[]", out.stderr
