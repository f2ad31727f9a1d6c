"""What a plugin needs to put a grammar engine behind the contract.

- `byte_level`: a constraint over a byte-level tokenizer, made of an engine's matcher.
- `schemas`: reading a JSON Schema while it is rewritten for an engine, and noting each change.
- `refusals`: what any constraint refuses of real documents, and how long it takes.
"""

from __future__ import annotations

from wfgen.constraining.byte_level import ByteConstraint, ByteState, Matcher, Vocabulary
from wfgen.constraining.refusals import Refusal, Walks, walk
from wfgen.constraining.schemas import Note, Source, rewritten, step, whole_number

__all__ = [
    "ByteConstraint",
    "ByteState",
    "Matcher",
    "Note",
    "Refusal",
    "Source",
    "Vocabulary",
    "Walks",
    "rewritten",
    "step",
    "walk",
    "whole_number",
]
