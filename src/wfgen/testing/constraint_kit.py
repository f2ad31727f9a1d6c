"""The test kit for authors of constraints: inherit, make one, and pytest runs the laws."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfgen.api import Constraint, GrammarState, Tokenizer
from wfgen.canonical import to_canonical
from wfgen.testing import laws
from wfgen.testing.kit import law

__all__ = ["ConstraintLaws"]

_JOB = {
    "type": "object",
    "properties": {
        "id": {"type": "integer", "minimum": -20, "maximum": 99},
        "if": {"anyOf": [{"type": "boolean"}, {"const": "always"}]},
        "steps": {"type": "array", "items": {"enum": ["a", "b"]}, "minItems": 1},
    },
    "required": ["id"],
    "additionalProperties": False,
}
_ENVIRONMENT = {
    "type": "object",
    "patternProperties": {"^[A-Z]$": {"type": ["integer", "null"]}},
    "additionalProperties": False,
}
_SCHEMA = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "on": {"type": "array", "items": {"enum": ["push", "pull_request"]}, "maxItems": 3},
        "jobs": {"type": "array", "items": {"$ref": "#/definitions/job"}},
        "env": {"$ref": "#/definitions/env"},
    },
    "required": ["name", "on"],
    "additionalProperties": False,
    "definitions": {"job": _JOB, "env": _ENVIRONMENT},
}
_EXAMPLE = (
    '{"name":"größe \\n\\"","on":["push","push"],"jobs":[{"id":-12,"if":true,"steps":["a"]}],'
    '"env":{"A":1,"B":null}}'
).encode()
_OTHER_ORDER = b'{"jobs":[{"steps":["b"],"if":"always","id":7}],"on":[],"name":""}'
_CORPUS = (
    b'{"name":"test","on":["push","pull_request"],"jobs":[{"id":17,"if":true,"steps":["a","b"]}]}',
    b'{"on":["push"],"name":"build","jobs":[{"steps":["b"],"id":-3}],"env":{"A":1,"B":null}}',
    '{"name":"größe \\n\\" 🚀","on":[],"jobs":[]}'.encode(),
)
_INVALID = (
    b"[]",
    b'{"name":1',
    b'{"name": "a"',
    b'{ "name":"a"',
    b'{"name":"a","off"',
    b'{"on":["pull"]',
    b'{"on":["push","push","push","push"',
    b'{"jobs":[{"id":100}',
    b'{"jobs":[{"id":1,"steps":[]',
    b'{"env":{"a"',
    b'{"name":"a"}',
    b'{"name":"\x01',
)


def _documents() -> st.SearchStrategy[bytes]:
    """Valid documents of the schema, keys in any order."""
    jobs = st.fixed_dictionaries(
        {"id": st.integers(-20, 99)},
        optional={
            "if": st.booleans() | st.just("always"),
            "steps": st.lists(st.sampled_from("ab"), min_size=1, max_size=4),
        },
    )
    texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
    values: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
        {"name": texts, "on": st.lists(st.sampled_from(["push", "pull_request"]), max_size=3)},
        optional={
            "jobs": st.lists(jobs, max_size=2),
            "env": st.dictionaries(st.sampled_from("ABZ"), st.none() | st.integers(-99, 99)),
        },
    )
    in_any_order = values.flatmap(lambda value: st.permutations(list(value.items())))
    return in_any_order.map(lambda items: to_canonical(dict(items)))


def _is_json(document: bytes) -> bool:
    """Whether it is JSON; a key may stand twice, which engines seldom see."""
    try:
        json.loads(document)
    except ValueError:
        return False
    return True


class ConstraintLaws:
    """The laws of a constraint over a byte-level tokenizer, as tests.

    ::

        class TestMine(ConstraintLaws):
            def make(self):
                tokenizer = load_tokenizer("bytes")
                return tokenizer, constrain(tokenizer, self.schema)

    The schema is one that most engines have exactly; another takes documents of its own.

    Attributes:
        schema: a JSON Schema.
        corpus: documents that a tokenizer can learn merges from.
        documents: hypothesis strategy for documents (bytes) that it must allow.
        example: a document that can neither end earlier nor go on, such as an object.
        other_order: the same with keys in another order than the schema's.
        invalid: texts that no document begins with.
    """

    schema: ClassVar[Mapping[str, Any]] = _SCHEMA
    corpus: ClassVar[tuple[bytes, ...]] = _CORPUS
    documents: ClassVar[st.SearchStrategy[bytes]] = _documents()
    example: ClassVar[bytes] = _EXAMPLE
    other_order: ClassVar[bytes] = _OTHER_ORDER
    invalid: ClassVar[tuple[bytes, ...]] = _INVALID

    def make(self) -> tuple[Tokenizer, Constraint]:
        """A tokenizer and the constraint over it."""
        raise TypeError(f"{type(self).__name__} must define make()")

    @pytest.fixture(scope="class")
    @classmethod
    def made(cls) -> tuple[Tokenizer, Constraint]:
        """Both, made once for the class."""
        return cls().make()

    @pytest.fixture(scope="class")
    @classmethod
    def tokenizer(cls, made: tuple[Tokenizer, Constraint]) -> Tokenizer:
        """The tokenizer."""
        return made[0]

    @pytest.fixture(scope="class")
    @classmethod
    def constraint(cls, made: tuple[Tokenizer, Constraint]) -> Constraint:
        """The constraint under test."""
        return made[1]

    def test_it_satisfies_the_contract(self, constraint: Constraint) -> None:
        assert isinstance(constraint, Constraint)
        for nothing in (None, b""):
            ids, state = constraint.start(nothing)
            assert isinstance(state, GrammarState)
            assert ids.tolist() == []

    @law
    @given(data=st.data())
    def test_every_step_of_a_document_is_allowed(
        self, tokenizer: Tokenizer, constraint: Constraint, data: Any
    ) -> None:
        laws.check_step_by_step(tokenizer, data.draw(self.documents), constraint=constraint)

    @law
    @given(data=st.data(), seed=st.integers(0, 2**32 - 1))
    def test_masks_agree_with_advance(
        self, tokenizer: Tokenizer, constraint: Constraint, data: Any, seed: int
    ) -> None:
        laws.check_mask_agrees(tokenizer, data.draw(self.documents), seed, constraint=constraint)

    @law
    @given(data=st.data(), seed=st.integers(0, 2**32 - 1))
    def test_forks_go_their_own_ways(
        self, tokenizer: Tokenizer, constraint: Constraint, data: Any, seed: int
    ) -> None:
        laws.check_forks(tokenizer, data.draw(self.documents), seed, constraint=constraint)

    @law
    @given(data=st.data(), seed=st.integers(0, 2**32 - 1))
    def test_a_refused_token_changes_nothing(
        self, tokenizer: Tokenizer, constraint: Constraint, data: Any, seed: int
    ) -> None:
        laws.check_refused_tokens(tokenizer, data.draw(self.documents), seed, constraint=constraint)

    @law
    @given(data=st.data())
    def test_a_document_goes_on_wherever_it_is_cut(
        self, tokenizer: Tokenizer, constraint: Constraint, data: Any
    ) -> None:
        document = data.draw(self.documents)
        cut = data.draw(st.integers(0, len(document)))
        laws.check_prefix(tokenizer, document, cut, constraint=constraint)

    def test_the_example_goes_on_wherever_it_is_cut(
        self, tokenizer: Tokenizer, constraint: Constraint
    ) -> None:
        for cut in range(len(self.example) + 1):
            laws.check_prefix(tokenizer, self.example, cut, constraint=constraint)

    @law
    @given(seed=st.integers(0, 2**32 - 1))
    def test_a_masked_walk_gives_json(
        self, tokenizer: Tokenizer, constraint: Constraint, seed: int
    ) -> None:
        laws.check_masked_walk(tokenizer, _is_json, seed, constraint=constraint)

    def test_what_is_invalid_is_refused(self, tokenizer: Tokenizer, constraint: Constraint) -> None:
        for text in self.invalid:
            laws.check_refused_text(tokenizer, text, constraint=constraint)

    def test_the_end_comes_just_where_a_document_may_end(
        self, tokenizer: Tokenizer, constraint: Constraint
    ) -> None:
        laws.check_end(tokenizer, self.example, constraint=constraint)

    def test_rows_are_checked(self, tokenizer: Tokenizer, constraint: Constraint) -> None:
        laws.check_rows(tokenizer, self.example, constraint=constraint)

    def test_threads_share_it(self, tokenizer: Tokenizer, constraint: Constraint) -> None:
        laws.check_masks_in_threads(tokenizer, self.example, constraint=constraint)
