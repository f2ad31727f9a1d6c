from __future__ import annotations

import json
import random
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfgen.canonical import DEFAULT_LIMITS, JsonValue, Limits, to_canonical
from wfgen.corpus.duplicates import DuplicateIndex, Marks, document_marks, jaccard, shingles
from wfgen.errors import SettingError
from wfgen.testing.strategies import json_values


def marks(value: JsonValue) -> Marks:
    return document_marks(to_canonical(value), value, DEFAULT_LIMITS)


def shuffled(value: Any, rng: random.Random) -> Any:
    if isinstance(value, list):
        return [shuffled(item, rng) for item in value]
    if not isinstance(value, dict):
        return value
    items = [(key, shuffled(held, rng)) for key, held in value.items()]
    rng.shuffle(items)
    return dict(items)


def steps(*scripts: str) -> JsonValue:
    return {"jobs": {"a": {"steps": [{"run": script} for script in scripts]}}}


@given(json_values(), st.randoms(use_true_random=False))
def test_the_order_of_keys_does_not_tell_documents_apart(
    value: JsonValue, rng: random.Random
) -> None:
    assert marks(value).content == marks(shuffled(value, rng)).content


@given(json_values(), json_values())
def test_contents_are_equal_only_for_values_equal_but_for_order(a: JsonValue, b: JsonValue) -> None:
    def text(value: JsonValue) -> str:
        return json.dumps(value, sort_keys=True)

    assert (marks(a).content == marks(b).content) == (text(a) == text(b))


def test_numbers_over_64_bits_are_told_apart() -> None:
    assert marks({"b": 10**30, "a": 1}).content == marks({"a": 1, "b": 10**30}).content
    assert marks({"a": 10**30}).content != marks({"a": 10**30 + 1}).content


def test_a_value_too_deep_for_orjson_has_marks() -> None:
    value: JsonValue = []
    for _ in range(400):
        value = [value]
    limits = Limits(depth=1000)
    found = document_marks(to_canonical(value, limits=limits), value, limits)
    assert len(found.content) == 32
    assert len(found.shingles) == 1


@given(json_values())
def test_shingles_are_sorted_and_each_stands_once(value: JsonValue) -> None:
    found = shingles(value)
    assert found.dtype == np.uint64
    assert (np.diff(found.astype(object)) > 0).all()


def test_shingles_are_the_same_in_every_process() -> None:
    code = "from wfgen.corpus.duplicates import shingles; print(shingles({'a': ['b', 1]}).tolist())"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(run.stdout) == shingles({"a": ["b", 1]}).tolist()


def test_lines_of_a_script_are_shingles_of_their_own() -> None:
    assert len(shingles(steps("a\nb\nc\n"))) == 3
    assert jaccard(shingles(steps("a\nb\nc\n")), [shingles(steps("a\nb\nd\n"))]) == [0.5]


def test_a_shingle_holds_its_key_and_its_type() -> None:
    values: list[JsonValue] = [{"a": "1"}, {"b": "1"}, {"a": 1}, {"a": 1.0}, {"a": True}, {"a": {}}]
    assert len({int(shingles(v)[0]) for v in values}) == len(values)


SETS = st.sets(st.integers(0, 60), min_size=1)


@given(SETS, st.lists(SETS, min_size=1))
def test_jaccard_is_that_of_the_sets(a: set[int], others: list[set[int]]) -> None:
    def array(numbers: set[int]) -> Any:
        return np.array(sorted(numbers), dtype=np.uint64)

    found = jaccard(array(a), [array(b) for b in others])
    assert found.tolist() == [len(a & b) / len(a | b) for b in others]


def test_exact_and_near_duplicates_are_told_apart_and_point_to_the_earliest() -> None:
    lines = [f"line {n}" for n in range(100)]
    index = DuplicateIndex(near_threshold=0.9)
    assert index.find(marks(steps(*lines))) is None
    index.add(marks(steps("other")))
    index.add(marks(steps(*lines)))
    assert index.find(marks(steps(*lines))) == ("exact", 1)
    assert index.find(marks(steps(*lines[:95]))) == ("near", 1)
    assert index.find(marks(steps(*lines[:50]))) is None


def test_the_one_near_duplicate_among_many_candidates_is_found() -> None:
    rng = np.random.default_rng(3)
    base = np.sort(rng.integers(0, 1 << 63, size=40, dtype=np.uint64))

    def changed(count: int, name: int) -> Marks:
        other = base.copy()
        other[rng.choice(40, count, replace=False)] = rng.integers(0, 1 << 63, size=count)
        content = name.to_bytes(32, "big")
        return Marks(canonical=content, content=content, shingles=np.unique(other))

    index = DuplicateIndex(near_threshold=0.9)
    for name in range(600):
        index.add(changed(3, name))  # 37 of 43 shingles in common: 0.86
    twin = changed(0, 1000)
    assert index.find(twin) is None
    assert index.add(changed(1, 600)) == 600  # 39 of 41: 0.95
    assert index.find(twin) == ("near", 600)


def test_without_a_threshold_only_exact_duplicates_are_found() -> None:
    index = DuplicateIndex(near_threshold=None)
    index.add(marks(steps("a", "b")))
    assert index.find(marks(steps("b", "a"))) is None
    assert index.find(marks(steps("a", "b"))) == ("exact", 0)


def test_documents_without_shingles_are_never_near() -> None:
    index = DuplicateIndex(near_threshold=0.5)
    index.add(marks(""))
    assert index.find(marks("\n")) is None


@pytest.mark.parametrize("threshold", [0.5, 0.8, 0.9, 1.0])
def test_no_pair_under_the_threshold_is_found_and_hardly_one_above_is_missed(
    threshold: float,
) -> None:
    rng = np.random.default_rng(7)
    found_above = above = 0
    for _ in range(300):
        size, shared = 60, int(rng.integers(20, 61))
        numbers = rng.integers(0, 1 << 63, size=2 * size, dtype=np.uint64)
        a = np.unique(numbers[:size])
        b = np.unique(np.concatenate([numbers[:shared], numbers[size : 2 * size - shared]]))
        index = DuplicateIndex(near_threshold=threshold)
        index.add(Marks(canonical=b"a", content=b"a", shingles=a))
        found = index.find(Marks(canonical=b"b", content=b"b", shingles=b)) is not None
        is_above = bool(jaccard(a, [b])[0] >= threshold)
        assert not (found and not is_above)
        above, found_above = above + is_above, found_above + found
    # A pair at the threshold is missed once in a thousand times; these lie above it.
    assert above > 0
    assert found_above >= above - 1


@pytest.mark.parametrize("threshold", [0.0, -0.1, 1.01, float("nan")])
def test_a_threshold_that_no_similarity_has_is_an_error(threshold: float) -> None:
    with pytest.raises(SettingError, match="near_threshold"):
        DuplicateIndex(near_threshold=threshold)
