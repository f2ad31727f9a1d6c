"""Finds documents that were there before, exactly or nearly.

Exact: the canonical form with all keys sorted is the same, so the order of keys does not tell two
documents apart. Near: the Jaccard similarity of their shingles reaches a threshold. A shingle is a
scalar with the key it stands under; of a text of several lines, each line is one. Names of jobs,
order and indentation are no shingles: they change while a workflow is copied around.

Candidates come from MinHash signatures cut into bands; each is then checked against the exact
Jaccard similarity, so no document is removed on an estimate. What the bands miss is bounded: a
pair just at the threshold is found with a probability of at least 0.999.

rensa does the MinHash. Compared with datasketch 2.0.0 on the shingles of 5,154 workflows (128
permutations, one core): rensa 0.5.0 took 0.012 s, datasketch 2.6 s; both found all 39 pairs of
similarity 0.9 and more, from 974 and 973 candidates, and all 194 of 0.8; the root mean square error
over the pairs above 0.5 was 0.031 and 0.045. `import rensa` takes 0.01 s and needs nothing;
datasketch takes 1 s and needs scipy. rensa renewed its algorithm in 0.5.0: a later version may
give other candidates, but the exact check stays.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
import orjson
from attrs import define, field, frozen
from numpy.typing import NDArray
from rensa import RMinHash, RMinHashLSH

from wfgen.canonical import JsonValue, Limits, to_canonical
from wfgen.errors import SettingError

__all__ = [
    "DuplicateIndex",
    "DuplicateKind",
    "Marks",
    "check_threshold",
    "content_sha256",
    "document_marks",
    "jaccard",
    "shingles",
]

DuplicateKind = Literal["exact", "near"]
Shingles: TypeAlias = NDArray[np.uint64]
"""64-bit hashes, sorted, each once; shape [S]."""

_NUM_PERMUTATIONS = 128
_RECALL = 0.999
_MINHASH_SEED = 1
_HASH_BYTES = 8
_CANDIDATES_AT_ONCE = 256


@frozen(kw_only=True, eq=False)
class Marks:
    """What tells a document from others; made where the document is parsed.

    Attributes:
        canonical: sha256 of the canonical form, 32 bytes.
        content: sha256 of the canonical form with sorted keys, 32 bytes.
        shingles: 64-bit hashes, sorted, each once; uint64, shape [S].
    """

    canonical: bytes
    content: bytes
    shingles: Shingles


def document_marks(canonical: bytes, value: JsonValue, limits: Limits) -> Marks:
    """The marks of a value that was read with `limits`, and of its canonical form."""
    return Marks(
        canonical=hashlib.sha256(canonical).digest(),
        content=content_sha256(value, limits),
        shingles=shingles(value),
    )


def content_sha256(value: JsonValue, limits: Limits) -> bytes:
    """The `content` of a value's marks alone: the same for any order of keys; 32 bytes."""
    return hashlib.sha256(_sorted_canonical(value, limits)).digest()


def _sorted_canonical(value: JsonValue, limits: Limits) -> bytes:
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:  # an integer over 64 bits, or more than 254 levels
        return to_canonical(_sort_keys(value), limits=limits)


def _sort_keys(value: JsonValue) -> JsonValue:
    root: list[Any] = [value]
    open_containers: list[Any] = [root]
    while open_containers:
        container = open_containers.pop()
        places = container if isinstance(container, dict) else range(len(container))
        for place in places:
            child = container[place]
            if isinstance(child, (dict, list)):
                copy = dict(sorted(child.items())) if isinstance(child, dict) else list(child)
                container[place] = copy
                open_containers.append(copy)
    return root[0]  # type: ignore[no-any-return]


# Shingles ---------------------------------------------------------------------------------------


def shingles(value: JsonValue) -> Shingles:
    """The shingles of a value, hashed with BLAKE2b; sorted, each once; uint64, shape [S]."""
    hashed = {
        hashlib.blake2b(text.encode(), digest_size=_HASH_BYTES).digest()
        for text in _shingle_texts(value)
    }
    return np.sort(np.frombuffer(b"".join(hashed), dtype="<u8").astype(np.uint64))


def _shingle_texts(value: JsonValue) -> Iterator[str]:
    """Every leaf as `key`, a zero character, and its text; an empty container is a leaf."""
    pending: list[tuple[str, Any]] = [("", value)]
    while pending:
        key, held = pending.pop()
        if isinstance(held, str):
            for line in held.split("\n") if "\n" in held else (held,):
                if stripped := line.strip():
                    yield f"{key}\0s{stripped}"
        elif isinstance(held, dict) and held:
            pending += held.items()
        elif isinstance(held, list) and held:
            pending += [(key, item) for item in held]
        else:
            yield f"{key}\0{held!r}"


def jaccard(a: Shingles, others: Sequence[Shingles]) -> NDArray[np.float64]:
    """The Jaccard similarity of `a` with each of the others; float64, shape [len(others)].

    None of them may be empty. Done together, 40 shingles each take 1.8 us; one by one, 10.3.
    """
    sizes = np.fromiter(map(len, others), dtype=np.int64, count=len(others))
    together = np.concatenate(others)
    places = np.searchsorted(a, together).clip(max=len(a) - 1)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    common = np.add.reduceat(a[places] == together, starts, dtype=np.int64)
    similarity: NDArray[np.float64] = common / (sizes + len(a) - common)
    return similarity


# The index --------------------------------------------------------------------------------------


def _bands_and_rows(threshold: float) -> tuple[int, int]:
    """Bands, and rows a band: the most rows that still find a pair at the threshold.

    A band of r rows agrees with probability J**r (Leskovec, Rajaraman, Ullman, Mining of Massive
    Datasets, section 3.4); more rows give fewer candidates to check.
    """
    for rows in range(_NUM_PERMUTATIONS, 1, -1):
        bands = _NUM_PERMUTATIONS // rows
        if 1 - (1 - threshold**rows) ** bands >= _RECALL:
            return bands, rows
    return _NUM_PERMUTATIONS, 1


def check_threshold(_: object, __: object, threshold: float | None) -> None:
    """An attrs validator: raise SettingError unless a Jaccard similarity can reach `threshold`."""
    if threshold is not None and not 0 < threshold <= 1:
        raise SettingError(
            name="near_threshold",
            cause=f"{threshold} is not above 0 and at most 1",
            hint="0.9 is the default; None keeps near duplicates",
        )


@define
class _NearIndex:
    """MinHash bands over shingles, and the shingles themselves to check candidates with."""

    threshold: float
    _num_permutations: int = field(init=False)
    _bands: RMinHashLSH = field(init=False)
    _shingles: dict[int, Shingles] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        bands, rows = _bands_and_rows(self.threshold)
        self._num_permutations = bands * rows
        self._bands = RMinHashLSH(self.threshold, self._num_permutations, bands)

    def find(self, shingles: Shingles) -> int | None:
        """The lowest number of a document that reaches the threshold."""
        if not len(shingles):
            return None
        candidates: list[int] = sorted(self._bands.query(self._signature(shingles)))
        for at in range(0, len(candidates), _CANDIDATES_AT_ONCE):
            some = candidates[at : at + _CANDIDATES_AT_ONCE]
            similarity = jaccard(shingles, [self._shingles[number] for number in some])
            reached = similarity >= self.threshold
            if reached.any():
                return some[int(reached.argmax())]
        return None

    def add(self, number: int, shingles: Shingles) -> None:
        if len(shingles):
            self._shingles[number] = shingles
            self._bands.insert(number, self._signature(shingles))

    def _signature(self, shingles: Shingles) -> RMinHash:
        packed = shingles.astype("<u8", copy=False).tobytes()
        signature = RMinHash(self._num_permutations, _MINHASH_SEED)
        signature.update(
            [packed[at : at + _HASH_BYTES] for at in range(0, len(packed), _HASH_BYTES)]
        )
        return signature


@define(kw_only=True)
class DuplicateIndex:
    """The documents seen so far.

    Attributes:
        near_threshold: Jaccard similarity from which a document counts as a near duplicate; None
            looks for exact ones only.
    """

    near_threshold: float | None = field(default=0.9, validator=check_threshold)
    num_documents: int = field(default=0, init=False)
    _contents: dict[bytes, int] = field(factory=dict, init=False)
    _near: _NearIndex | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        if self.near_threshold is not None:
            self._near = _NearIndex(self.near_threshold)

    def find(self, marks: Marks) -> tuple[DuplicateKind, int] | None:
        """How a document was there before, and the number of the earliest that it repeats."""
        if (number := self._contents.get(marks.content)) is not None:
            return "exact", number
        if self._near is not None and (near := self._near.find(marks.shingles)) is not None:
            return "near", near
        return None

    def add(self, marks: Marks) -> int:
        """Remember a document; its number, counted from 0."""
        number = self.num_documents
        self.num_documents += 1
        self._contents.setdefault(marks.content, number)
        if self._near is not None:
            self._near.add(number, marks.shingles)
        return number
