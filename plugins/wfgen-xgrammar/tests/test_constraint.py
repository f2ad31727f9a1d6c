"""The laws of the constraint, from wfgen's test kit, over merges and over bytes."""

from __future__ import annotations

import pytest

from wfgen import load_tokenizer
from wfgen.api import TrainingRequest
from wfgen.errors import ConstraintError
from wfgen.testing import EngineLaws, laws
from wfgen_bpe import train
from wfgen_xgrammar import constrain

DRAFT7 = {"$schema": "http://json-schema.org/draft-07/schema#"}
CLOSED = {"type": "object", "additionalProperties": False}


class TestOverMerges(EngineLaws):
    entry_name, package, engine = "xgrammar", "wfgen_xgrammar", "xgrammar"
    refused = (
        ({"oneOf": [{"type": "integer"}, {"type": "string"}]}, [None]),
        ({"type": "string", "pattern": "^(?!a)"}, [1]),
        (DRAFT7 | {"items": [{"type": "null"}], "additionalItems": False}, [[1], [None, 1]]),
        ({"properties": {"a": {"type": "null"}}, "required": ["a"]}, [{}, {"a": 1}]),
        (CLOSED | {"properties": {'a"\n': {"const": 1}}}, [{"a": 1}]),
        (CLOSED | {"properties": {"a": {"type": "null"}}, "required": ["a"]}, [{"c": 1}]),
        ({"allOf": [{"minimum": 1}, {"type": "integer"}]}, [0]),
        ({"type": "array", "anyOf": [{"minItems": 1}, {"items": False}]}, [{}]),
        ({"type": "string", "pattern": "^a[0-9]$"}, ["a", "xa1", "a1x"]),
        ({"type": "object", "patternProperties": {"^a$": {"const": 1}}}, [[]]),
    )

    def tokenize(self):
        return train(TrainingRequest(documents=lambda: self.corpus, vocab_size=330))

    def constrain(self, tokenizer, schema, *, any_order=True):
        return constrain(tokenizer, schema, any_order=any_order)


class TestOverBytes(TestOverMerges):
    def tokenize(self):
        return load_tokenizer("bytes")


def test_no_surrogate_is_written():
    """The engine takes its three bytes for a character."""
    tokenizer = load_tokenizer("bytes")
    constraint = constrain(tokenizer, {"type": "string"})
    for text in (b'"\xed\xa0', b'"\xed\xbf\xbf'):
        with pytest.raises(ConstraintError):
            constraint.start(text)
        _, state = constraint.start()
        for token in (b'"', b"\xed"):
            state.advance(token[0])
        with pytest.raises(ConstraintError, match="not allowed here"):
            state.fork().advance(text[2])
        state.advance(0x9F)
    laws.check_step_by_step(tokenizer, '"\ud7ff\ue000"'.encode(), constraint=constraint)
