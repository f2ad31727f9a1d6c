"""Rows of a small measurement, made once: doubles for tokenizers, a clock that only counts."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import numpy as np
import pytest
from attrs import field, frozen

from wfgen.api import IdArray, Piece
from wfgen.builtin.byte_tokenizer import BytesTokenizer
from wfgen.corpus import Document, Provenance
from wfgen.errors import EncodeError
from wfgen.evaluate.contenders import Contender, FailedArm
from wfgen.evaluate.intrinsic import measure_intrinsic
from wfgen.evaluate.speed import SpeedPlan
from wfgen.report.rows import arm_rows

sys.path.insert(0, str(Path(__file__).parent))  # the tests share `trained_rows`

HOSTILE = (
    '{"on":"push","name":"</script><script>alert(1)</script><!-- <img src=x onerror=alert(2)>"}'
)


@frozen
class Pairs:
    """Two bytes a token: characters are split, and what it says of itself is all there is."""

    vocab_size: int = 65536 + 256 + 2
    bos: int = 65536 + 256
    eos: int = 65536 + 257

    def encode(self, document: bytes | str) -> IdArray:
        data = document.encode() if isinstance(document, str) else document
        if b"refuse me" in data:
            raise EncodeError(offset=0, cause="it asks for it")
        pairs = [data[i : i + 2] for i in range(0, len(data), 2)]
        ids = [p[0] * 256 + p[1] if len(p) == 2 else 65536 + p[0] for p in pairs]
        return np.array(ids, dtype=np.int32)

    def decode(self, ids: IdArray) -> bytes:
        parts = [bytes(divmod(i, 256)) if i < 65536 else bytes([i - 65536]) for i in map(int, ids)]
        text = b"".join(parts)
        text.decode()
        return text


@frozen
class Kinds:
    """Bytes again, but with kinds, and with a symbol that no token writes."""

    inner: BytesTokenizer = field(factory=BytesTokenizer)
    vocab_size: int = 258
    bos: int = 256
    eos: int = 257

    def encode(self, document: bytes | str) -> IdArray:
        return self.inner.encode(document)

    def decode(self, ids: IdArray) -> bytes:
        return self.inner.decode(ids)

    def inspect(self, document: bytes | str) -> tuple[Piece, ...]:
        pieces = [
            Piece(text=p.text, token=p.token, kind="key" if p.text.isalpha() else "text")
            for p in self.inner.inspect(document)
        ]
        return (Piece(text=b"", kind="forced-open"), *pieces)


def document(text: str, name: str) -> Document:
    return Document(
        canonical=text.encode(), source=f"# {name}\n{text}", provenance=Provenance(path=name)
    )


@pytest.fixture(scope="session")
def documents():
    texts = [f'{{"on":"push","jobs":{{"build-{n}":"{"é" * n}x"}}}}' for n in range(8)]
    named = [document(text, f"w{n}.yml") for n, text in enumerate(texts)]
    return [*named, document(HOSTILE, "<b>hostile</b>.yml")]


@pytest.fixture(scope="session")
def contenders():
    return [
        Contender(arm="bytes", tokenizer=BytesTokenizer(), identity={"name": "bytes"}),
        Contender(arm="o200k_base", tokenizer=Pairs(), identity={"name": "o200k_base"}),
        Contender(arm="kinds", tokenizer=Kinds(), identity={"name": "kinds"}),
        FailedArm(arm="<broken>", error="it is | not <there>", identity={"name": "broken"}),
    ]


@pytest.fixture(scope="session")
def results(contenders, documents):
    ticks = itertools.count(step=1000)
    plan = SpeedPlan(repetitions=3, chunk_documents=2, clock=lambda: next(ticks))
    return measure_intrinsic(contenders, documents, speed=plan)


@pytest.fixture(scope="session")
def about():
    corpus = {
        "source": "composed:9",
        "valid_source": "samples",
        "is_real": False,
        "fingerprint": "f" * 64,
        "documents": {"train": 5, "valid": 9},
    }
    return {"run": "one", "time": "2030-01-02T03:04:05+00:00", "corpus": corpus}


@pytest.fixture(scope="session")
def rows(results, about):
    return [row for r in results for row in arm_rows(r, suite="quick", seed=0, provenance=about)]
