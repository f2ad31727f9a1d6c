"""The laws of the constraint, from wfgen's test kit, over merges and over bytes."""

from __future__ import annotations

from wfgen import load_tokenizer
from wfgen.api import TrainingRequest
from wfgen.testing import EngineLaws
from wfgen_bpe import train
from wfgen_llguidance import constrain

DRAFT7 = {"$schema": "http://json-schema.org/draft-07/schema#"}
CLOSED = {"type": "object", "additionalProperties": False}


class TestOverMerges(EngineLaws):
    entry_name, package, engine = "llguidance", "wfgen_llguidance", "llguidance"
    # llguidance takes no raw delete character, which JSON allows.
    documents = EngineLaws.documents.filter(lambda document: b"\x7f" not in document)
    refused = (
        ({"oneOf": [{"type": "integer"}, {"type": "string"}]}, [None]),
        ({"type": "string", "pattern": "^(?!a)"}, [1]),
        (DRAFT7 | {"items": [{"type": "null"}], "additionalItems": False}, [[1], [None, 1]]),
        ({"properties": {"a": {"type": "null"}}, "required": ["a"]}, [{}, {"a": 1}]),
        (CLOSED | {"properties": {'a"\n': {"const": 1}}}, [{"a": 1}]),
        ({"pattern": "b"}, ["a"]),
        ({"minLength": 2}, ["a"]),
        ({"required": ["a", "b"]}, [{"a": 1}]),
        ({"allOf": [{"minimum": 1}, {"type": "integer"}]}, [0, "a"]),
    )

    def tokenize(self):
        return train(TrainingRequest(documents=lambda: self.corpus, vocab_size=330))

    def constrain(self, tokenizer, schema, *, any_order=True):
        return constrain(tokenizer, schema, any_order=any_order)


class TestOverBytes(TestOverMerges):
    def tokenize(self):
        return load_tokenizer("bytes")
