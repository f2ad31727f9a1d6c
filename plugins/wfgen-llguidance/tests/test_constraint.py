"""The laws of the constraint, from wfgen's test kit, over several vocabularies."""

from __future__ import annotations

from wfgen import load_tokenizer
from wfgen.api import TrainingRequest
from wfgen.testing import ConstraintLaws, EngineLaws
from wfgen_bpe import train
from wfgen_llguidance import constrain
from wfgen_tiktoken import train_restricted

DRAFT7 = {"$schema": "http://json-schema.org/draft-07/schema#"}
CLOSED = {"type": "object", "additionalProperties": False}
# llguidance takes no raw delete character, which JSON allows.
TAKEN = EngineLaws.documents.filter(lambda document: b"\x7f" not in document)


class TestOverMerges(EngineLaws):
    entry_name, package, engine = "llguidance", "wfgen_llguidance", "llguidance"
    documents = TAKEN
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


class TestOverARestrictedEncoding(ConstraintLaws):
    documents = TAKEN

    def make(self):
        request = TrainingRequest(documents=lambda: self.corpus)
        tokenizer = train_restricted(request, entry="o200k_base-restricted")
        return tokenizer, constrain(tokenizer, self.schema)
