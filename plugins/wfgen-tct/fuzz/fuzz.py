"""Coverage-guided fuzzing of the engine, by atheris: whatever comes in, the laws hold.

    python plugins/wfgen-tct/fuzz/fuzz.py decode|advance|encode|start FOLDER [libFuzzer's options]

FOLDER keeps the inputs that lead further; seeds are put there first. An input that fails is written
to the current folder, and runs alone when it is given in the place of FOLDER. The first byte of an
input chooses a schema. Nothing requires atheris: `pip install atheris`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import atheris
import numpy as np

with atheris.instrument_imports(include=["wfgen_tct"]):
    import wfgen_tct

from wfgen.canonical import DEFAULT_LIMITS, read_json, to_canonical
from wfgen.errors import BudgetError, ConstraintError, DecodeError, DocumentError, EncodeError
from wfgen.masks import allowed_ids, empty_row

MAX_TOKENS = 48
"""Ids that one input may come to, so that it is quick."""

_WORDS = {"enum": ["a", "ab", "b", 1, 1.5, None, [1, "a"], {"a": {"b": 1}}]}
_SCHEMAS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    ({}, ('{"a":[1,-2.5e+30,"x\\u0000\\"é😀",null,true]}', "[[[]]]", '""', "-0.0")),
    (
        {
            "type": "object",
            "required": ["name"],
            "properties": {
                "name": {"type": "string"},
                "kind": {"enum": ["leaf", "branch", 1, None]},
                "size": {"type": "integer", "minimum": 0},
                "children": {"type": "array", "items": {"$ref": "#"}, "maxItems": 3},
            },
            "additionalProperties": {"type": ["boolean", "number"]},
        },
        ('{"name":"a","children":[{"name":"","size":3}],"z":1.5}', '{"name":"é","kind":null}'),
    ),
    (
        {
            "type": "object",
            "properties": {"a": _WORDS, "b": {"multipleOf": 0.5, "minimum": -1}},
            "patternProperties": {"^x[ab]$": {"type": "boolean"}},
            "additionalProperties": {"type": "string", "pattern": "^(ab|ba)*$", "minLength": 2},
            "minProperties": 2,
            "dependentRequired": {"a": ["b"]},
        },
        ('{"a":{"a":{"b":1}},"b":1.0}', '{"xa":true,"xb":false,"":"ab"}', '{"é":"baab","b":-0.5}'),
    ),
    (
        {
            "type": "array",
            "prefixItems": [{"type": ["integer", "null"]}],
            "items": {"enum": ["a", "b", "ab", 1, 2, 3]},
            "contains": {"type": "string"},
            "minContains": 2,
            "maxContains": 2,
            "uniqueItems": True,
        },
        ('[1,"a",2,"ab"]', '[null,"b","a"]', '[2.0,"a","b",1,3.0]'),
    ),
    (
        {
            "oneOf": [{"required": ["run"]}, {"required": ["uses"]}],
            "if": {"properties": {"run": {"const": "x"}}, "required": ["run"]},
            "then": {"properties": {"with": {"type": "object", "maxProperties": 1}}},
            "type": "object",
            "properties": {"run": {"type": "string"}, "uses": {"minLength": 1}, "with": {}},
            "additionalProperties": False,
            "not": {"required": ["uses"], "properties": {"uses": {"const": "y"}}},
        },
        ('{"run":"x","with":{"a":1}}', '{"with":[{}],"uses":"\\\\é"}', '{"uses":12}'),
    ),
    (
        {
            "type": "array",
            "uniqueItems": True,
            "items": {"type": "array", "items": {"type": ["integer", "string"]}},
        },
        ('[["",0],[1,2],[2,1],[1.0,"0"]]', "[[],[1],[1.0,1]]"),
    ),
    (
        {"type": "array", "uniqueItems": True, "items": {"type": ["string", "number", "null"]}},
        ('["",0,1.5,null,"a"]', "[1.0,10.0]"),
    ),
    (
        {
            "anyOf": [{"type": "null"}, {"type": "object", "additionalProperties": {"$ref": "#"}}],
            "propertyNames": {"pattern": "^[^a]|^a.$", "maxLength": 3},
        },
        ("null", '{"":{"b":null},"aé":{}}', '{"b":{"bb":{"bbb":null}}}'),
    ),
)


@cache
def tokenizer(number: int) -> wfgen_tct.TctTokenizer:
    """A tokenizer that has some merges."""
    schema, documents = _SCHEMAS[number % len(_SCHEMAS)]
    grammar = wfgen_tct.compile_schema(schema)
    size = wfgen_tct.least_vocab_size(grammar) + 24
    return wfgen_tct.learn(grammar, [text.encode() for text in documents] * 2, size)


# Tokens -----------------------------------------------------------------------------------------


def tokens(data: bytes, state: Any, vocab_size: int) -> Iterator[int]:
    """Ids that bytes stand for: a low byte is for one that may follow, a high one begins any."""
    row, at = empty_row(vocab_size), 0
    for _ in range(MAX_TOKENS):
        if at >= len(data):
            return
        byte, at = data[at], at + 1
        if byte >= 0xC0:
            yield int.from_bytes(data[at - 1 : at + 1], "big") - 0xC000 - 2
            at += 1
            continue
        state.fill_mask(row)
        allowed = allowed_ids(row, vocab_size).tolist()
        yield allowed[byte % len(allowed)] if allowed else byte


def seeds_of_tokens() -> Iterator[bytes]:
    """Inputs that come to the encodings of some documents."""
    for number, (_, documents) in enumerate(_SCHEMAS):
        subject = tokenizer(number)
        for text in (*documents, '{"colour":[1,"x"]}'):
            ids = subject.encode(text).tolist()
            coded = b"".join((token + 0xC000 + 2).to_bytes(2, "big") for token in ids)
            yield bytes((number,)) + coded
            yield bytes((number,)) + coded[: len(coded) // 2] + bytes(range(8))


def fuzz_decode(data: bytes) -> None:
    """Ids decode to a document of the grammar, as the constraint has it, or are refused."""
    subject = tokenizer(data[0])
    ids = _some_ids(subject, data[1:])
    try:
        document = subject.decode(np.array(ids, dtype=np.int64))
    except DecodeError as error:
        assert error.index is None or 0 <= error.index <= len(ids)
        _is_refused(subject, ids)
        return
    assert to_canonical(read_json(document)) == document
    inner = [token for token in ids if token not in (subject.bos, subject.eos)]
    is_free = subject.is_free(np.array(inner))
    assert is_free or subject.accepts(document)
    again = subject.encode(document)
    assert subject.decode(again) == document
    assert subject.is_free(again) != subject.accepts(document)
    pieces = subject.decode_prefix(inner)
    assert b"".join(piece.text for piece in pieces) == document
    if not is_free:
        _, state = subject.constrain().start()
        for token in inner:
            state.advance(token)
        assert state.is_accepting()


def _some_ids(subject: Any, data: bytes) -> list[int]:
    _, state = subject.constrain().start()
    ids = []
    for token in tokens(data, state, subject.vocab_size):
        ids.append(token)
        try:
            state.advance(token)
        except ConstraintError:
            continue
    return ids


def _is_refused(subject: Any, ids: list[int]) -> None:
    """The constraint takes no whole document from ids that do not decode."""
    _, state = subject.constrain().start()
    try:
        for token in ids:
            state.advance(token)
    except ConstraintError:
        return
    assert not state.is_accepting()


def fuzz_advance(data: bytes) -> None:
    """Masks say what `advance` does, costs go down to the end, and budgets are kept."""
    subject = tokenizer(data[0])
    _, state = subject.constrain().start()
    row = empty_row(subject.vocab_size)
    for token in tokens(data[1:], state, subject.vocab_size):
        fork, cost = state.fork(), state.cost_to_finish()
        state.fill_mask(row)
        allowed = set(allowed_ids(row, subject.vocab_size).tolist())
        assert allowed or state.is_finished()
        try:
            state.advance(token)
        except ConstraintError as error:
            assert token not in allowed
            assert error.token == token
            assert state.cost_to_finish() == cost
            continue
        assert token in allowed
        assert state.is_finished() or state.cost_to_finish() >= cost - 1
        _keeps_budgets(fork, row, subject, token, spent=state.cost_to_finish())
    _finishes(subject, state, row)


def _keeps_budgets(state: Any, row: Any, subject: Any, token: int, *, spent: int) -> None:
    """A token is within a budget just where what it leaves is."""
    cost = state.cost_to_finish()
    if state.is_accepting():
        return
    for budget in (cost - 1, cost, spent, spent + 1):
        try:
            state.fill_mask(row, budget)
        except BudgetError as error:
            assert budget < cost == error.cost
            continue
        assert budget >= cost
        is_within = token in allowed_ids(row, subject.vocab_size).tolist()
        assert is_within == (spent < budget), (token, spent, budget)


def _finishes(subject: Any, state: Any, row: Any) -> None:
    """With as many tokens as are needed a state comes to its end."""
    for budget in range(state.cost_to_finish(), 0, -1):
        state.fill_mask(row, budget)
        state.advance(int(allowed_ids(row, subject.vocab_size)[0]))
    assert state.is_accepting() or state.is_finished()


# Texts ------------------------------------------------------------------------------------------


def seeds_of_texts() -> Iterator[bytes]:
    """Documents, whole and cut."""
    for number, (schema, documents) in enumerate(_SCHEMAS):
        for text in (*documents, json.dumps(schema, ensure_ascii=True), "{" * 80, "1E400"):
            yield bytes((number,)) + text.encode()
            yield bytes((number,)) + text.encode()[: len(text) // 2]


def fuzz_encode(data: bytes) -> None:
    """A document comes back from its ids; what is none is refused."""
    subject, text = tokenizer(data[0]), data[1:]
    try:
        expected: bytes | None = to_canonical(read_json(text, limits=DEFAULT_LIMITS))
    except DocumentError:
        expected = None
    try:
        ids = subject.encode(text)
    except EncodeError:
        assert expected is None
        return
    assert subject.decode(ids) == expected
    assert b"".join(piece.text for piece in subject.inspect(text)) == expected
    try:
        strict: list[int] | None = subject.encode(text, strict=True).tolist()
    except EncodeError as error:
        assert error.pointer is not None
        strict = None
    assert strict == (None if subject.is_free(ids) else ids.tolist())
    assert subject.accepts(text) == (strict is not None)


def fuzz_start(data: bytes) -> None:
    """A prompt is gone on with to a document that begins like it, or is refused."""
    subject, prefix = tokenizer(data[0]), data[1:]
    try:
        known, state = subject.constrain().start(prefix)
    except ConstraintError:
        return
    row, ids = empty_row(subject.vocab_size), known.tolist()
    for budget in range(state.cost_to_finish(), 0, -1):
        state.fill_mask(row)
        every = set(allowed_ids(row, subject.vocab_size).tolist())
        state.fill_mask(row, budget)
        within = allowed_ids(row, subject.vocab_size).tolist()
        assert set(within) <= every
        ids.append(within[data[-1] % len(within)])
        state.advance(ids[-1])
    assert state.is_accepting()
    document = subject.decode(np.array(ids, dtype=np.int64))
    again, other = subject.constrain().start(document)
    whole = subject.encode(document).tolist()
    assert whole[: len(again)] == again.tolist()
    assert other.cost_to_finish() <= len(whole) - len(again)


TARGETS: dict[str, tuple[Callable[[bytes], None], Callable[[], Iterator[bytes]]]] = {
    "decode": (fuzz_decode, seeds_of_tokens),
    "advance": (fuzz_advance, seeds_of_tokens),
    "encode": (fuzz_encode, seeds_of_texts),
    "start": (fuzz_start, seeds_of_texts),
}


def main() -> None:
    """Write the seeds, and fuzz."""
    if len(sys.argv) < 3 or sys.argv[1] not in TARGETS:
        raise SystemExit(__doc__)
    target, seeds = TARGETS[sys.argv.pop(1)]
    folder = Path(sys.argv[1])
    if not folder.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(seeds()):
            (folder / f"seed-{number:03}").write_bytes(seed)
    atheris.Setup(sys.argv, lambda data: target(data) if data else None)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
