"""Intrinsic figures: right on small documents, over the same ones for all, and never made up."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from attrs import evolve, field, frozen
from hypothesis import given
from hypothesis import strategies as st

from wfgen.api import IdArray, Score
from wfgen.builtin.byte_tokenizer import BytesTokenizer
from wfgen.corpus import Document, Provenance
from wfgen.errors import EncodeError
from wfgen.evaluate.contenders import Contender, FailedArm
from wfgen.evaluate.figures import ARM, Failure
from wfgen.evaluate.intrinsic import (
    QUANTILES,
    measure_intrinsic,
    quantile_figure,
    renyi_efficiency,
)
from wfgen.evaluate.speed import SpeedPlan

REFERENCE = "o200k_base"


class Panic(BaseException):
    """As pyo3's PanicException: no Exception."""


@frozen
class Double:
    """Bytes, made to fail: on documents that hold `refuse`, and in the way that `encode_as` says.

    `decode_as` maps what bytes would give to what this gives.
    """

    refuse: bytes = b"\0"
    error: BaseException = field(factory=lambda: EncodeError(cause="not this one"))
    encode_as: object = None
    decode_as: dict = field(factory=dict)
    vocab_size: int = 258
    bos: int = 256
    eos: int = 257

    def encode(self, document: bytes | str) -> IdArray:
        data = document.encode() if isinstance(document, str) else document
        if self.refuse in data:
            raise self.error
        ids = BytesTokenizer().encode(data)
        return ids if self.encode_as is None else self.encode_as(ids)

    def decode(self, ids: IdArray) -> bytes:
        data = BytesTokenizer().decode(ids)
        changed = self.decode_as.get(data, data)
        if isinstance(changed, BaseException):
            raise changed
        return changed


def documents_of(*texts: str) -> list[Document]:
    return [
        Document(
            canonical=text.encode(),
            source=f"{text}\n",
            provenance=Provenance(path=f"{number}.yml", repo="o/r"),
        )
        for number, text in enumerate(texts)
    ]


DOCUMENTS = documents_of("{}", '{"a":1}', '{"a":"é"}', "[1,2,3]")


def contender(arm: str, tokenizer: object | None = None, name: str = "") -> Contender:
    return Contender(arm=arm, tokenizer=tokenizer or Double(), identity={"name": name or arm})


def measure(*contenders, documents=DOCUMENTS, **settings):
    """By arm, and in it by figure; the clock gives one more nanosecond each time."""
    ticks = itertools.count()
    plan = SpeedPlan(repetitions=2, chunk_documents=3, clock=lambda: next(ticks))
    results = measure_intrinsic(contenders, documents, speed=plan, **settings)
    return {
        r.arm: {f.name if isinstance(f, Score) else f.figure: f for f in r.figures} for r in results
    }


def results_of(*contenders, documents=DOCUMENTS):
    plan = SpeedPlan(repetitions=1, clock=iter(range(10**6)).__next__)
    return measure_intrinsic(contenders, documents, speed=plan)


def test_lengths_and_ratios_are_those_of_the_documents():
    halves = Double(encode_as=lambda ids: ids[::2])
    found = measure(contender("halves", halves), contender("o200k", name=REFERENCE))
    lengths = [len(d.canonical) for d in DOCUMENTS]
    half = [math.ceil(n / 2) for n in lengths]
    assert found["o200k"]["tokens-per-document"].value == np.mean(lengths)
    assert found["halves"]["tokens-per-document"].value == np.mean(half)
    assert found["halves"]["tokens-per-document-max"].value == max(half)
    assert found["halves"]["bytes-per-token"].value == sum(lengths) / sum(half)
    assert found["halves"]["tokens-to-o200k"].value == sum(half) / sum(lengths)
    # A source is its canonical form and a line's end here.
    assert found["halves"]["tokens-to-o200k-yaml"].value == sum(half) / sum(n + 1 for n in lengths)
    assert found["o200k"]["tokens-to-o200k"].interval.low == 1


def test_every_figure_has_its_count_and_every_mean_its_interval():
    found = measure(contender("a"), contender(REFERENCE))["a"]
    assert {f for f, s in found.items() if isinstance(s, Failure)} == set()
    assert {s.count for f, s in found.items() if f != "vocabulary-size"} == {4}
    plain = {"refused", "vocabulary-size", "vocabulary-use", "renyi-efficiency"}
    plain |= {quantile_figure(p) for p in QUANTILES}
    assert {f for f, s in found.items() if s.interval is None} == plain
    assert all(s.interval.low <= s.interval.high for s in found.values() if s.interval)


def test_percentiles_are_lengths_that_occur():
    found = measure(contender("a"))["a"]
    values = [found[quantile_figure(p)].value for p in QUANTILES]
    assert values == sorted(values)
    assert set(values) <= {len(d.canonical) for d in DOCUMENTS}
    assert (values[0], values[-1]) == (2, 10)


def test_a_refused_document_leaves_every_arm_and_is_named():
    picky = contender("picky", Double(refuse="é".encode()))
    found = measure(picky, contender("easy"), contender(REFERENCE))
    rest = [d for d in DOCUMENTS if "é".encode() not in d.canonical]
    for arm in ("picky", "easy", REFERENCE):
        assert found[arm]["tokens-per-document"].count == 3
        assert found[arm]["bytes-per-token"].value == 1
        mean = np.mean([len(d.canonical) for d in rest])
        assert found[arm]["tokens-per-document"].value == mean
    assert found["picky"]["coverage"].value == 0.75
    assert found["picky"]["coverage"].count == 4
    assert found["picky"]["refused"].value == 1
    assert found["picky"]["refused"].causes == {"EncodeError": 1}
    assert (found["easy"]["coverage"].value, found["easy"]["refused"].value) == (1, 0)
    (refusal,) = results_of(picky, contender("easy"))[0].refused
    assert (refusal.provenance.name, refusal.message) == ("o/r/2.yml", "not this one")


@pytest.mark.parametrize("error", [TypeError("odd"), MemoryError(), Panic("crash")], ids=repr)
def test_an_error_that_is_no_refusal_fails_the_arm_and_takes_no_document(error):
    found = measure(contender("bad", Double(refuse=b"1,2", error=error)), contender("easy"))
    assert set(found["bad"]) == {ARM}
    said = f"breaks its contract: encode raised {type(error).__name__}: {error}, for o/r/3.yml"
    assert found["bad"][ARM].error.startswith(said)
    assert found["easy"]["tokens-per-document"].count == 4


@pytest.mark.parametrize(
    ("tokenizer", "cause"),
    [
        (None, "a NoneType without vocab_size, bos, eos, encode, decode"),
        (Double(vocab_size=None), "vocab_size is None"),
        (Double(vocab_size=0), "vocab_size is 0"),
    ],
)
def test_what_is_no_tokenizer_is_a_failed_arm(tokenizer, cause):
    bad = Contender(arm="bad", tokenizer=tokenizer)
    found = measure(bad, contender("good"))
    assert found["bad"][ARM].error.startswith(f"breaks its contract: {cause}")
    assert found["good"]["tokens-per-document"].count == 4


def test_a_stop_by_the_user_is_no_refusal():
    with pytest.raises(KeyboardInterrupt):
        measure(contender("a", Double(refuse=b"{", error=KeyboardInterrupt())))


@pytest.mark.parametrize(
    ("ids", "cause"),
    [
        (lambda ids: ids.astype(float), "float64"),
        (lambda ids: ids[None], "shape"),
        (lambda ids: ids + 200, "outside a vocabulary"),
        (lambda ids: ids - 200, "outside a vocabulary"),
        (lambda ids: ids.astype(np.int64), "int64"),
        (lambda ids: ids.tolist(), "encode gave a list"),
        (lambda ids: None, "encode gave a NoneType"),
    ],
)
def test_ids_that_break_the_contract_are_no_figures(ids, cause):
    found = measure(contender("bad", Double(encode_as=ids)), contender("good"))
    assert set(found["bad"]) == {ARM}
    assert found["bad"][ARM].error.startswith("breaks its contract: ")
    assert cause in found["bad"][ARM].error
    assert found["good"]["tokens-per-document"].count == 4


def test_an_arm_that_encodes_nothing_fails_and_takes_no_document_from_the_others():
    found = measure(contender("none", Double(refuse=b"")), contender("good"))
    assert list(found["none"]) == [ARM]
    assert "none of 4 documents; the first: not this one" in found["none"][ARM].error
    assert found["good"]["tokens-per-document"].count == 4


def test_a_contender_that_could_not_be_had_stays_in_the_results():
    found = measure(FailedArm(arm="gone", error="no such thing"), contender("good"))
    assert found["gone"] == {ARM: Failure(figure=ARM, unit="", error="no such thing")}


def test_arms_without_a_document_in_common_say_so_and_keep_their_coverage():
    found = measure(contender("left", Double(refuse=b"{")), contender("right", Double(refuse=b"[")))
    assert found["left"]["coverage"].value == 0.25
    assert found["right"]["coverage"].value == 0.75
    for arm in found.values():
        assert set(arm) == {"coverage", "refused", ARM}
        assert "no document that every arm encodes" in arm[ARM].error


def test_no_document_is_no_score():
    found = measure(contender("a"), documents=[])
    assert list(found["a"]) == [ARM]


def test_without_the_reference_ratios_fail_with_the_reason():
    broken = FailedArm(arm="o", error="it is not installed", identity={"name": REFERENCE})
    for others, why in (((), "not among the contenders"), ((broken,), "it is not installed")):
        found = measure(contender("a"), *others)["a"]
        failed = {f: s.error for f, s in found.items() if isinstance(s, Failure)}
        assert set(failed) == {
            "tokens-to-o200k",
            "tokens-to-o200k-yaml",
            "encode-speed-to-o200k",
            "decode-speed-to-o200k",
        }
        assert all(why in error for error in failed.values())
        assert found["encode-documents-per-second"].value > 0


def test_a_source_that_the_reference_refuses_fails_only_that_ratio():
    odd = [evolve(DOCUMENTS[0], source="odd"), *DOCUMENTS[1:]]
    found = measure(contender(REFERENCE, Double(refuse=b"odd")), documents=odd)[REFERENCE]
    assert found["tokens-to-o200k"].value == 1
    assert found["tokens-to-o200k-yaml"].error == "not this one"


def test_what_comes_back_is_judged_by_bytes_and_by_value():
    changed = {
        b"{}": b"{ }",  # the same value
        b'{"a":1}': b'{"a":1.0}',  # another type
        b"[1,2,3]": b"[1,2,",  # no JSON
    }
    (result,) = results_of(contender("a", Double(decode_as=changed)))
    found = {f.name: f for f in result.figures if isinstance(f, Score)}
    assert found["round-trip"].value == 2 / 4
    assert found["round-trip-bytes"].value == 1 / 4
    assert found["round-trip-bytes"].causes == {"other-bytes": 1, "other-value": 1, "not-json": 1}
    assert [r.provenance.path for r in result.not_returned] == ["0.yml", "1.yml", "3.yml"]


def test_key_order_is_part_of_the_value():
    documents = documents_of('{"a":1,"b":2}')
    changed = {b'{"a":1,"b":2}': b'{"b":2,"a":1}'}
    found = measure(contender("a", Double(decode_as=changed)), documents=documents)
    assert found["a"]["round-trip"].value == 0


@pytest.mark.parametrize("error", [ValueError("no"), Panic("no")])
def test_a_decode_that_raises_is_a_document_that_did_not_come_back(error):
    found = measure(contender("a", Double(decode_as={b"{}": error})))["a"]
    assert found["round-trip"].value == 0.75
    assert found["round-trip-bytes"].causes == {type(error).__name__: 1}
    assert error.args[0] in found["decode-documents-per-second"].error
    assert found["encode-documents-per-second"].value > 0


def test_vocabulary_figures_count_ids():
    documents = documents_of("11", "22")
    found = measure(contender("a"), documents=documents)["a"]
    assert found["vocabulary-size"].value == 258
    assert found["vocabulary-use"].value == 2 / 258
    assert found["renyi-efficiency"].value == pytest.approx(math.log(2) / math.log(258))
    assert found["renyi-efficiency"].higher_is_better is None


@given(st.integers(2, 500), st.integers(1, 9))
def test_renyi_efficiency_of_even_use_is_one(size, uses):
    assert renyi_efficiency(np.full(size, uses)) == pytest.approx(1)


def test_renyi_efficiency_by_hand():
    # Shares 1/2, 1/4, 1/4 of V = 4: -log(2 ** -2.5 + 2 * 4 ** -2.5) / 1.5 / log(4).
    expected = -math.log(2**-2.5 + 2 * 4**-2.5) / 1.5 / math.log(4)
    assert renyi_efficiency(np.array([2, 1, 1, 0])) == pytest.approx(expected)


def test_the_same_seed_gives_the_same_figures():
    assert measure(contender("a"), seed=5) == measure(contender("a"), seed=5)


def test_the_report_tells_what_is_done():
    lines = []
    measure(contender("a"), report=lines.append)
    assert lines == ["encoding with a", "decoding", "measuring speed, in turn"]
