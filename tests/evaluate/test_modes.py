"""Grammar mode and free mode apart: of the documents that a tokenizer writes in either."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from attrs import field, frozen

from wfgen.api import FreeMode, Score
from wfgen.builtin.byte_tokenizer import BytesTokenizer
from wfgen.corpus import Document, Provenance
from wfgen.errors import EncodeError
from wfgen.evaluate.contenders import Contender, FailedArm
from wfgen.evaluate.figures import Failure
from wfgen.evaluate.intrinsic import REFERENCE, measure_intrinsic
from wfgen.evaluate.speed import SpeedPlan

TEXTS = ("{}", '{"a":1}', '{"a":22}', "[1,2,3]", "[4]")
BY_MODE = ("coverage-grammar", "coverage-free")


@frozen
class Halves:
    """Every second byte of an object, and every byte of an array, which it calls free."""

    refuse: bytes = b"\0"
    error: BaseException | None = None
    inner: BytesTokenizer = field(factory=BytesTokenizer)
    vocab_size: int = 258
    bos: int = 256
    eos: int = 257

    def encode(self, document):
        if self.refuse in document:
            raise EncodeError(cause="not this one")
        ids = self.inner.encode(document)
        return ids if self.is_free(ids) else ids[::2]

    def decode(self, ids):
        return self.inner.decode(ids)

    def is_free(self, ids):
        if self.error:
            raise self.error
        return int(ids[0]) == ord("[")


def documents_of(*texts):
    return [
        Document(canonical=t.encode(), source=f"{t}\n", provenance=Provenance(path=t))
        for t in texts
    ]


def contender(arm, tokenizer):
    return Contender(arm=arm, tokenizer=tokenizer, identity={"name": arm})


def measure(*contenders, texts=TEXTS):
    plan = SpeedPlan(repetitions=1, clock=itertools.count().__next__)
    results = measure_intrinsic(contenders, documents_of(*texts), speed=plan)
    return {
        r.arm: {f.name if isinstance(f, Score) else f.figure: f for f in r.figures} for r in results
    }


def reference():
    return contender(REFERENCE, BytesTokenizer())


def test_each_mode_has_its_documents_and_its_tokens():
    found = measure(contender("halves", Halves()), reference())
    value = {name: score.value for name, score in found["halves"].items()}
    assert (value["coverage-grammar"], value["coverage-free"]) == (3 / 5, 2 / 5)
    halves, whole = np.array([1, 4, 4]), np.array([2, 7, 8])
    assert value["tokens-per-document-valid"] == halves.mean()
    assert value["tokens-per-document-free"] == 5
    assert value["tokens-to-o200k-valid"] == halves.sum() / whole.sum()
    assert value["tokens-to-o200k-yaml-valid"] == halves.sum() / (whole + 1).sum()
    assert value["tokens-to-o200k-free"] == 1
    counts = {n: found["halves"][f"tokens-to-o200k-{n}"].count for n in ("valid", "free")}
    assert counts == {"valid": 3, "free": 2}


def test_a_tokenizer_without_a_free_mode_has_none_of_these_figures():
    assert not isinstance(BytesTokenizer(), FreeMode)
    found = measure(contender("halves", Halves()), reference())
    assert not {f for f in found[REFERENCE] if f.endswith(("-grammar", "-free", "-valid"))}


def test_a_mode_in_which_nothing_is_written_has_a_share_of_none_and_no_other_figure():
    found = measure(contender("halves", Halves()), reference(), texts=TEXTS[:3])["halves"]
    assert (found["coverage-grammar"].value, found["coverage-free"].value) == (1, 0)
    assert {f for f in found if f.endswith("-free")} == {"coverage-free"}


def test_a_refused_document_is_in_neither_mode():
    picky = contender("picky", Halves(refuse=b"[4]"))
    found = measure(picky, reference())["picky"]
    assert [found[name].value for name in BY_MODE] == [3 / 5, 1 / 5]
    assert [found[name].count for name in BY_MODE] == [5, 5]
    assert found["tokens-to-o200k-free"].count == 1


def test_coverage_by_mode_is_known_where_no_document_is_shared():
    found = measure(contender("left", Halves(refuse=b"{")), contender("right", Halves(refuse=b"[")))
    assert [found["left"][name].value for name in BY_MODE] == [0, 2 / 5]
    assert [found["right"][name].value for name in BY_MODE] == [3 / 5, 0]


@pytest.mark.parametrize("error", [ValueError("odd"), EncodeError(cause="odd")])
def test_an_error_there_is_a_failed_figure_and_the_rest_is_measured(error):
    @frozen
    class Odd(Halves):
        def encode(self, document):
            return self.inner.encode(document)

    found = measure(contender("odd", Odd(error=error)), reference())["odd"]
    assert all("odd" in found[name].error for name in BY_MODE)
    failed = {f for f, figure in found.items() if isinstance(figure, Failure)}
    assert failed == set(BY_MODE)


def test_without_the_reference_only_the_ratios_fail():
    gone = FailedArm(arm="o", error="it is not installed", identity={"name": REFERENCE})
    found = measure(contender("halves", Halves()), gone)["halves"]
    assert found["tokens-per-document-free"].value == 5
    assert "it is not installed" in found["tokens-to-o200k-free"].error
