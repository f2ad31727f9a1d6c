"""Encodings restricted to a corpus: what is kept, how the rest is spelled, and artefacts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfgen import load_tokenizer
from wfgen.api import TrainingRequest
from wfgen.artefacts import artefact_sha256, write_artefact
from wfgen.errors import (
    CapabilityError,
    DamagedArtefactError,
    EncodeError,
    NotAnArtefactError,
    SettingError,
)
from wfgen.registry import tokenizer_identity, train_tokenizer
from wfgen_tiktoken import open_restricted, restricted, train_restricted
from wfgen_tiktoken.ranks import format_ranks
from wfgen_tiktoken.restricted import RESTRICTED

NAME = "o200k_base-restricted"
CORPUS = (
    b'{"on":["push","pull_request"],"jobs":{"test":{"runs-on":"ubuntu-latest"}}}',
    b'{"on":"push","jobs":{"build":{"runs-on":"ubuntu-latest"}}}',
)
texts = st.text() | st.lists(
    st.sampled_from(
        ["push", " jobs", '":{"', "ubuntu", "-latest", "é", "日本語", "\n\n", "elsewhere"]
    )
).map("".join)


@pytest.fixture(scope="module", autouse=True)
def shared_sources(o200k, cl100k):
    """Training reads the ranks once for all tests of this file, which takes most of its time."""
    made = {"o200k_base": o200k, "cl100k_base": cl100k}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(restricted, "create", made.__getitem__)
        yield


@pytest.fixture(scope="module")
def trained(shared_sources):
    return train()


def train(documents=CORPUS, *, entry=NAME, **request):
    return train_restricted(TrainingRequest(documents=lambda: documents, **request), entry=entry)


def spelled(tokenizer, source, document):
    """What the ids must be, token by token."""
    ids = []
    for token in source.encode(document).tolist():
        text = source.token_bytes(token)
        parts = [text] if text in tokenizer.kept else [bytes([value]) for value in text]
        ids += [tokenizer.kept[part] for part in parts]
    return ids


def test_kept_are_the_bytes_and_what_occurs_in_the_order_of_the_source(trained, o200k):
    used = {int(token) for document in CORPUS for token in o200k.encode(document)}
    single = {o200k.ranks[bytes([value])] for value in range(256)}
    expected = [o200k.token_bytes(rank) for rank in sorted(used | single)]
    assert [trained.token_bytes(token) for token in range(len(expected))] == expected
    assert (trained.bos, trained.eos) == (len(expected), len(expected) + 1)
    assert trained.vocab_size == len(expected) + 2


@pytest.mark.parametrize("document", CORPUS)
def test_documents_of_the_corpus_have_as_many_ids_as_in_the_source(trained, o200k, document):
    ids, whole = trained.encode(document), o200k.encode(document)
    assert len(ids) == len(whole)
    assert np.array_equal(np.argsort(ids, kind="stable"), np.argsort(whole, kind="stable"))


@given(text=texts)
def test_ids_are_those_of_the_source_and_the_rest_in_bytes(trained, o200k, text):
    assert trained.encode(text).tolist() == spelled(trained, o200k, text)


@given(text=texts)
def test_every_text_comes_back(trained, text):
    assert trained.decode(trained.encode(text)) == text.encode()


@given(size=st.integers(258, 400))
def test_a_ceiling_keeps_the_most_frequent_and_of_equals_the_lower_ids(o200k, size):
    tokenizer = train(vocab_size=size)
    counts = np.bincount(np.concatenate([o200k.encode(document) for document in CORPUS]))
    longer = [rank for rank in np.flatnonzero(counts) if len(o200k.token_bytes(int(rank))) > 1]
    ordered = sorted(longer, key=lambda rank: (-counts[rank], rank))
    expected = {o200k.token_bytes(int(rank)) for rank in ordered[: size - 258]}
    assert {token for token in tokenizer.kept if len(token) > 1} == expected
    assert tokenizer.vocab_size == 258 + len(expected) <= size
    assert tokenizer.encode(CORPUS[0]).tolist() == spelled(tokenizer, o200k, CORPUS[0])


@pytest.mark.parametrize("size", [1, 257])
def test_a_ceiling_below_the_least_names_the_least(size):
    with pytest.raises(SettingError, match="258 is the least"):
        train(vocab_size=size)


def test_what_it_learned_from_is_written_down(o200k):
    num_tokens = sum(len(o200k.encode(document)) for document in CORPUS)
    about = train(vocab_size=258, provenance={"fingerprint": "abc"}).about
    single = [t for d in CORPUS for t in o200k.encode(d).tolist() if len(o200k.token_bytes(t)) == 1]
    assert about["corpus"] == {"fingerprint": "abc"}
    assert about["requested_vocab_size"] == 258
    assert about["training"] == {
        "documents": 2,
        "tokens": num_tokens,
        "tokens_left_out": num_tokens - len(single),
    }
    assert train().about["training"]["tokens_left_out"] == 0


@pytest.mark.parametrize("documents", [[], [b""]])
def test_a_corpus_without_a_token_is_refused(documents):
    with pytest.raises(SettingError, match=f"none of its {len(documents)} documents"):
        train(documents)


def test_a_document_that_is_not_utf8_is_named():
    with pytest.raises(EncodeError, match="document 1 of the corpus") as caught:
        train([b"a", b"ab\xff"])
    assert caught.value.offset == 2


def test_a_setting_is_refused():
    with pytest.raises(SettingError, match="there are none"):
        train(settings={"max_num_bytes": 1})


@pytest.mark.parametrize("entry", RESTRICTED)
def test_equal_documents_in_any_order_give_equal_bytes(tmp_path, entry):
    train(entry=entry).save(tmp_path / "one")
    train(CORPUS[::-1], entry=entry).save(tmp_path / "other")
    assert artefact_sha256(tmp_path / "one") == artefact_sha256(tmp_path / "other")


@pytest.mark.parametrize("entry", RESTRICTED)
def test_it_is_opened_by_its_directory_with_the_same_identity(tmp_path, entry):
    made = train_tokenizer(entry, TrainingRequest(documents=lambda: CORPUS))
    made.save(tmp_path / "saved")
    opened = load_tokenizer(tmp_path / "saved")
    assert opened.kept == made.kept
    assert opened.about == made.about
    assert opened.encode("push elsewhere").tolist() == made.encode("push elsewhere").tolist()
    identity = tokenizer_identity(tmp_path / "saved", opened)
    assert identity == tokenizer_identity(entry, made) == tokenizer_identity(entry, opened)


def test_it_is_not_had_by_name_alone():
    with pytest.raises(CapabilityError, match=f"wfgen tokenizer train {NAME}"):
        load_tokenizer(NAME)


def test_the_artefact_of_another_entry_is_refused(trained, tmp_path):
    trained.save(tmp_path / "saved")
    with pytest.raises(NotAnArtefactError, match="not 'cl100k_base-restricted'"):
        open_restricted(tmp_path / "saved", entry="cl100k_base-restricted")


BYTES = {bytes([value]): value for value in range(256)}


@pytest.mark.parametrize(
    ("kept", "cause"),
    [
        ({**BYTES, b"ab": 256, b"xyz": 257}, "b'xyz' is no token of small"),
        ({**BYTES, b"abc": 256, b"ab": 257}, "not in the order of small"),
        ({**BYTES, b"ab": 257}, "or have a gap"),
    ],
)
def test_kept_tokens_that_are_no_part_of_the_source_are_refused(small, tmp_path, kept, cause):
    written(small, tmp_path / "edited", {}, kept)
    with pytest.raises(DamagedArtefactError, match=cause):
        open_restricted(tmp_path / "edited", entry=NAME)


@pytest.mark.parametrize("key", ["about", "encoding", "pattern"])
def test_a_manifest_that_makes_no_tokenizer_is_refused(small, tmp_path, key):
    written(small, tmp_path / "other", {key: None}, BYTES)
    with pytest.raises(DamagedArtefactError, match="NoneType"):
        open_restricted(tmp_path / "other", entry=NAME)


def test_kept_tokens_that_are_a_part_of_the_source_open(small, tmp_path):
    kept = {**BYTES, b"abc": 256}
    written(small, tmp_path / "fits", {}, kept)
    opened = open_restricted(tmp_path / "fits", entry=NAME)
    assert opened.source.ranks == small.ranks
    assert opened.decode(opened.encode("abcab")) == b"abcab"


def written(source, directory, changes, kept):
    """An artefact with other words or tokens than `save` writes, whole by its hashes."""
    body = {"encoding": source.encoding, "pattern": source.pattern, "about": {}, **changes}
    with write_artefact(
        directory, kind="tokenizer", name=NAME, format_version=1, body=body
    ) as aside:
        (aside / "ranks.tiktoken").write_bytes(format_ranks(source.ranks))
        (aside / "kept.tiktoken").write_bytes(format_ranks(kept))
