"""Findings: sentences that say what rows show, what is not significant, and what failed."""

from __future__ import annotations

import attrs
import pytest

from wfgen.report.findings import data_note, failures, findings
from wfgen.report.rows import Row

CORPUS = {
    "is_real": True,
    "source": "train.jsonl",
    "valid_source": "valid.jsonl",
    "documents": {"train": 40, "valid": 9},
}


def row(arm, figure, value, low=None, high=None, **provenance):
    about = {"corpus": CORPUS, "tokenizer": {"name": arm}, **provenance}
    return Row(
        suite="s",
        arm=arm,
        seed=0,
        figure=figure,
        value=value,
        unit="u",
        count=9,
        low=low,
        high=high,
        provenance=about,
    )


def ratio(value, low, high):
    base = row("a", "bytes-per-token", 3.0, 2.9, 3.1)
    return "\n".join(findings([base, row("a", "tokens-to-o200k", value, low, high)]))


@pytest.mark.parametrize(
    ("figures", "sentence"),
    [
        ((0.9, 0.85, 0.95), "a needs 10.0 % fewer tokens than o200k_base (95 %: 5.0 to 15.0 %)"),
        ((1.2, 1.1, 1.3), "a needs 20.0 % more tokens than o200k_base (95 %: 10.0 to 30.0 %)"),
        ((3.5, 3.0, 4.0), "a needs 3.50 times as many tokens as o200k_base (95 %: 3.00 to 4.00)"),
        ((0.99, 0.97, 1.01), "a does not differ significantly from o200k_base"),
    ],
)
def test_a_ratio_is_a_sentence_and_significance_is_the_interval(figures, sentence):
    assert sentence in ratio(*figures)


def test_without_an_interval_the_sentence_stands_alone():
    assert findings([row("a", "tokens-to-o200k", 0.9)]) == []
    rows = [row("a", "bytes-per-token", 3.0), row("a", "tokens-to-o200k", 0.9)]
    assert findings(rows)[1] == "a needs 10.0 % fewer tokens than o200k_base."


def test_the_modes_of_a_tokenizer_that_has_both_are_told_apart():
    free = row("a", "coverage-free", 2 / 9)
    said = "a writes 7 of 9 documents in grammar mode and 2 in free mode, since its schema rejects"
    assert findings([free]) == [f"{said} them."]
    ratios = [row("a", f"tokens-to-o200k-{m}", v) for m, v in (("valid", 0.7), ("free", 0.8))]
    assert findings([free, *ratios]) == [f"{said} them; tokens to o200k_base: 0.700 and 0.800."]
    assert findings([row("a", "coverage-free", 0.0)]) == [
        "a writes all 9 documents in grammar mode."
    ]


def test_the_arm_of_most_bytes_a_token_leads():
    rows = [
        row("a", "bytes-per-token", 3.0, 2.9, 3.1),
        row("b", "bytes-per-token", 3.5, 3.4, 3.6),
    ]
    assert findings(rows)[0].startswith("b writes the fewest tokens: 3.50 bytes a token")
    assert "9 documents" in findings(rows)[0]


def test_the_reference_is_not_compared_with_itself(rows):
    assert not any(s.startswith("o200k_base needs") for s in findings(rows))
    assert any(s.startswith("bytes needs") for s in findings(rows))


def test_a_lossy_arm_is_named_and_only_without_one_everything_came_back():
    good = row("a", "round-trip-bytes", 1.0)
    bad = [row("b", "round-trip-bytes", 0.5), row("b", "round-trip", 0.75)]
    assert findings([good]) == [
        "Every document came back byte for byte from every arm that was measured."
    ]
    assert findings([good, *bad]) == [
        "b loses data and is compared with no other: it gave 50.0 % of the documents back byte for"
        " byte; 75.0 % kept their value."
    ]


@pytest.mark.parametrize(
    ("fidelity", "same_bytes", "same_value", "is_kept"),
    [("bytes", 0.9, 1, False), ("json-value", 0.9, 1, True), ("json-value", 0.9, 0.9, False)],
)
def test_an_arm_that_loses_data_leads_nothing(fidelity, same_bytes, same_value, is_kept):
    def figures(arm, value, same_bytes=1.0, same_value=1.0, fidelity="bytes"):
        about = {"tokenizer": {"name": arm, "fidelity": fidelity}}
        values = {
            "bytes-per-token": value,
            "tokens-to-o200k": 1 / value,
            "encode-speed-to-o200k": value,
            "round-trip": same_value,
            "round-trip-bytes": same_bytes,
        }
        return [row(arm, name, number, **about) for name, number in values.items()]

    bad = figures("bad", 9.0, same_bytes, same_value, fidelity)
    said = "\n".join(findings([*figures("good", 2.0), *bad]))
    leader = "bad" if is_kept else "good"
    assert f"{leader} writes the fewest tokens" in said
    assert ("bad needs" in said, ", bad 9" in said) == (is_kept, is_kept)
    assert ("bad loses data" in said) != is_kept


def test_refused_documents_are_named_and_counted():
    names = [{"document": f"w{n}"} for n in range(7)]
    (sentence,) = findings([row("a", "refused", 7, documents=names)])
    assert sentence.startswith("a refused 7 of 9 documents, which are left out of every arm")
    assert sentence.endswith("w0, w1, w2, w3, w4 and 2 more.")
    assert findings([row("a", "refused", 0)]) == []


def test_failures_are_told_with_their_errors(rows):
    assert "Not measured, because of an error: <broken>." in findings(rows)
    assert failures(rows) == ["<broken>: it is | not <there>"]
    one = attrs.evolve(row("a", "f", 1), value=None, count=0, error="why")
    assert failures([one]) == ["a, f: why"]


def test_the_note_says_what_was_measured_and_warns_of_made_up_data(rows):
    assert data_note(rows).startswith("This is not real data")
    trained = row("a", "f", 1.0)
    trained = attrs.evolve(trained, provenance={"corpus": CORPUS, "tokenizer": {"trained": True}})
    assert data_note([trained]) == (
        "Measured on 9 documents (valid.jsonl); what is trained here learned from 40 (train.jsonl)."
    )
    assert "trained" not in data_note([row("a", "f", 1.0)])


def test_no_figure_is_no_sentence():
    assert findings([row("a", "unknown", 1.0)]) == []
