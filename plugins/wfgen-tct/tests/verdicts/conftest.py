"""What the verdicts are tested with: schemas and their judges, documents, and random walks."""

from __future__ import annotations

import itertools
import json
import os
import random
from typing import Any

import jsonschema_rs
import pytest

from wfgen.canonical import read_json, to_canonical
from wfgen_tct import compile_schema, learn
from wfgen_tct.grammar.speaking import Refused, speak
from wfgen_tct.grammar.walk import TooDeep, Walk
from wfgen_tct.symbols import ARRAY, CLOSE, END, OBJECT
from wfgen_tct.tokens.vocabulary import NUM_SPECIALS

_CALM = 60
"""Symbols after which a walk takes every end that it may."""

_SCALARS = [None, True, False, 0, 1, 1.0, 2, -1, 1.5, "", "a", "b", "ab", "aa", "c"]
_KEYS = ["a", "b", "ab", "z"]
_NICE = frozenset(b'abcxz01 "{$-')


class Subject:
    """A schema, compiled, beside another validator of it.

    Attributes:
        tokenizer: of the bare alphabet, so that ids are symbols.
        is_valid: the other validator's verdict on a value.
    """

    def __init__(self, schema: Any) -> None:
        self.schema = schema
        self.tokenizer = learn(compile_schema(schema), vocab_size=100_000)
        self.language = self.tokenizer.grammar.language()
        self.is_valid = jsonschema_rs.validator_for(schema, validate_formats=False).is_valid

    def symbols(self, value: Any) -> list[int] | None:
        """What is written of a value, the plain way; None where it is refused.

        That goes through the walk, so each symbol was among its choices.
        """
        try:
            segments = speak(self.language, value)
        except Refused:
            return None
        return [symbol for segment in segments for symbol in segment]

    def accepts(self, value: Any) -> bool:
        """The verdict on a value, after both ways of encoding were found to agree."""
        text = to_canonical(value)
        symbols = self.symbols(value)
        ids = self.tokenizer.encode(text).tolist()
        is_accepted = self.tokenizer.accepts(text)
        assert is_accepted == (symbols is not None), value
        if symbols is not None:
            assert ids == [NUM_SPECIALS + symbol for symbol in symbols], value
        return is_accepted

    def returns(self, value: Any) -> bool:
        """Whether a value comes back from its ids, free ones too."""
        text = to_canonical(value)
        return bool(self.tokenizer.decode(self.tokenizer.encode(text)) == text)

    def check(self, values: Any) -> int:
        """Compare the verdicts on some values; how many are valid."""
        verdicts = [(value, self.accepts(value), self.is_valid(value)) for value in values]
        assert [each for each in verdicts if each[1] != each[2]] == [], self.schema
        return sum(is_valid for _, _, is_valid in verdicts)

    def check_walk(self, rng: random.Random, *, most: int = 3_000) -> bytes | None:
        """Walk at random; the document, or None where it would have become too long.

        Nothing leads to a dead end, what comes out is valid, and it encodes to the choices made.
        """
        text, choices = _walk(Walk(self.language, write=True), rng, most)
        if text is None:
            return None
        assert to_canonical(read_json(text)) == text, (self.schema, text)
        assert self.is_valid(json.loads(text)), (self.schema, text)
        assert self.accepts(read_json(text)), (self.schema, text)
        assert self.symbols(read_json(text)) == choices, (self.schema, text)
        return text


def _walk(walk: Walk, rng: random.Random, most: int) -> tuple[bytes | None, list[int]]:
    made: list[int] = []
    eager = rng.choice([0.15, 0.35, 0.7])
    for number in range(most):
        choices = walk.choices()
        assert choices, walk.written
        symbol = _choose(choices, rng, eager, number)
        if len(choices) > 1:
            made.append(symbol)
        try:
            walk.advance(symbol)
        except TooDeep:
            return None, made
        if walk.is_whole:
            return walk.written, made
    return None, made


def _choose(choices: tuple[int, ...], rng: random.Random, eager: float, number: int) -> int:
    ends = [symbol for symbol in choices if symbol in (END, CLOSE)]
    if ends and rng.random() < (eager if number < _CALM else 0.9):
        return rng.choice(ends)
    pool = list(choices)
    if number > _CALM:
        pool = [symbol for symbol in pool if symbol not in (ARRAY, OBJECT)] or pool
    structure = [symbol for symbol in pool if symbol > END]
    if structure and rng.random() < 0.5:
        return rng.choice(structure)
    if rng.random() < 0.9:
        pool = [symbol for symbol in pool if symbol in _NICE or symbol >= END] or pool
    return rng.choice(pool)


# Documents --------------------------------------------------------------------------------------


def _mentioned(schema: Any) -> tuple[list[Any], list[str]]:
    """Scalars and keys that a schema names somewhere."""
    scalars: list[Any] = []
    keys: list[str] = []
    stack = [schema]
    while stack:
        match stack.pop():
            case dict() as found:
                keys += found
                stack += found.values()
            case list() as found:
                stack += found
            case scalar:
                scalars.append(scalar)
    return scalars, keys


def _universe(schema: Any, rng: random.Random, size: int = 600) -> list[Any]:
    """All documents of a small world, and some of a larger one."""
    named, keys = _mentioned(schema)
    near = [n + d for n in named if type(n) in (int, float) and abs(n) < 1e6 for d in (0, 1, -1)]
    named += near
    scalars = list({to_canonical(v): v for v in (*_SCALARS, *named[:20])}.values())
    wanted = {k for k in keys if len(k) < 4}
    keys = list(dict.fromkeys((*_KEYS, *sorted(wanted))))[:6]
    few = rng.sample(scalars, 8)
    found: list[Any] = [*scalars, [], {}]
    found += [[x] for x in scalars] + [[x, y] for x in few for y in few]
    found += [list(each) for each in itertools.product([*few[:3], [], {}], repeat=3)]
    found += [{key: x} for key in keys for x in scalars]
    pairs = itertools.permutations(keys, 2)
    found += [{k: x, o: y} for k, o in pairs for x in few[:3] for y in few[:3]]
    small = list(found)
    for _ in range(size // 3):
        inner = small if rng.random() < 0.5 else scalars
        found.append([rng.choice(inner) for _ in range(rng.choice([1, 2, 2, 3, 4]))])
        chosen = rng.sample(keys, rng.choice([1, 2, 3, 3, 4]))
        found.append({key: rng.choice(inner) for key in chosen})
    return found if len(found) <= size else found[:40] + rng.sample(found[40:], size - 40)


@pytest.fixture(scope="session")
def subject() -> type[Subject]:
    """Makes a subject of a schema."""
    return Subject


@pytest.fixture(scope="session")
def universe() -> Any:
    """Gives the documents that a schema is tried on: `universe(schema, rng, size)`."""
    return _universe


@pytest.fixture(scope="session")
def is_deep() -> bool:
    """Whether to take long and look at more."""
    return os.environ.get("WFGEN_PROFILE") == "deep"
