"""Workflows, as they are and changed at random: verdicts are those of the schema's validator."""

import os
import random
from copy import deepcopy
from pathlib import Path

import pytest

from wfgen import CorpusSpec, load_corpus
from wfgen.canonical import read_json, to_canonical
from wfgen.corpus.schema import is_schema_valid, workflow_schema
from wfgen_tct import compile_schema, learn

_OTHERS = [None, True, False, 0, 1, -1, 1.5, 2.0, "", "a", "${{ x }}", "push", [], {}, ["a"]]
_OTHERS += [{"a": 1}, [[]], "3.10", 1e300, 123456789012345678901234567890]
_PIECES = "abz09-_ $.{}/:é\U0001f600\n"


@pytest.fixture(scope="module")
def tokenizer():
    return learn(compile_schema(workflow_schema()))


@pytest.fixture(scope="module")
def workflows():
    """The samples; and the real ones, where WFGEN_CORPUS names them."""
    folder = Path(os.environ.get("WFGEN_CORPUS", ""))
    spec = CorpusSpec(path="samples")
    if (folder / "workflows-valid.jsonl.zst").is_file():
        spec = CorpusSpec(
            path=folder / "workflows-train.jsonl.zst", valid=folder / "workflows-valid.jsonl.zst"
        )
    corpus = load_corpus(spec)
    return [document.canonical for document in (*corpus.train, *corpus.valid)]


def test_workflows_are_judged_as_by_the_validator(tokenizer, workflows):
    ours = [tokenizer.accepts(text) for text in workflows]
    assert ours == [is_schema_valid(read_json(text)) for text in workflows]


def test_changed_workflows_are_judged_as_by_the_validator(tokenizer, workflows, is_deep):
    changer = _Changer(random.Random(1), [read_json(text) for text in workflows])
    differing, num_valid, number = [], 0, 10_000 if is_deep else 1_500
    for _ in range(number):
        value = changer.one()
        is_valid = is_schema_valid(value)
        num_valid += is_valid
        if tokenizer.accepts(to_canonical(value)) != is_valid:
            differing.append((is_valid, value))
    assert differing == []
    assert 0.1 < num_valid / number < 0.9


def _paths(value, path=()):
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _paths(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _paths(inner, (*path, index))


def _at(value, path):
    for step in path:
        value = value[step]
    return value


class _Changer:
    """Changes documents at random."""

    def __init__(self, rng, values):
        self._rng = rng
        self._values = values

    def one(self):
        """A document with one change or more."""
        value = deepcopy(self._rng.choice(self._values))
        for _ in range(self._rng.choice([1, 1, 1, 2, 3])):
            path = self._rng.choice(list(_paths(value)))
            if path:
                self._rng.choice(self._CHANGES)(self, value, _at(value, path[:-1]), path[-1])
        return value

    def _delete(self, _, around, key):
        del around[key]

    def _rename(self, _, around, key):
        if isinstance(around, dict):
            around[self._other_text(key)] = around.pop(key)

    def _repeat(self, value, around, key):
        """Put the same at another place too."""
        target = _at(value, self._rng.choice(list(_paths(value))))
        inner = deepcopy(around[key])
        if isinstance(target, dict):
            target[key if isinstance(key, str) else "x"] = inner
        elif isinstance(target, list):
            target.insert(self._rng.randint(0, len(target)), inner)

    def _retype(self, _, around, key):
        around[key] = deepcopy(self._rng.choice(_OTHERS))

    def _swap(self, _, around, key):
        """Put some of another document there."""
        other = self._rng.choice(self._values)
        around[key] = deepcopy(_at(other, self._rng.choice(list(_paths(other)))))

    def _add(self, _, around, __):
        """Add a key of another document, with its value."""
        other = self._rng.choice(self._values)
        path = self._rng.choice(list(_paths(other)))
        if isinstance(around, dict) and path and isinstance(path[-1], str):
            around[path[-1]] = deepcopy(_at(other, path))

    def _perturb(self, _, around, key):
        inner = around[key]
        if isinstance(inner, str):
            around[key] = self._other_text(inner)
        elif isinstance(inner, list) and inner:
            inner.append(deepcopy(self._rng.choice(inner)))
        elif isinstance(inner, (int, float)):
            around[key] = self._rng.choice([inner + 1, -inner, float(inner), inner * 1.5])

    _CHANGES = (_delete, _rename, _repeat, _retype, _swap, _add, _perturb, _perturb)

    def _other_text(self, text):
        rng = self._rng
        at = rng.randint(0, len(text))
        piece = rng.choice(_PIECES)
        return rng.choice([text[:at] + piece + text[at:], text[:at], text[at:], text.upper()])
