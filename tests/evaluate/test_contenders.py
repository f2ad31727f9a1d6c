"""Contenders: by name, from a directory, trained; and kept with their error where they fail."""

from __future__ import annotations

import pytest

from wfgen.builtin.byte_tokenizer import BytesTokenizer
from wfgen.corpus import CorpusSpec, load_corpus
from wfgen.evaluate.contenders import ContenderSpec, FailedArm, attempt, prepare_contenders


@pytest.fixture(scope="module")
def corpus():
    return load_corpus(CorpusSpec(path="composed:12", valid="composed:2"))


def prepare(corpus, **spec):
    (made,) = prepare_contenders([ContenderSpec(arm="x", **spec)], corpus)
    return made


def test_a_name_and_a_directory_give_the_same_tokenizer(corpus, tmp_path):
    BytesTokenizer().save(tmp_path / "mine")
    by_name = prepare(corpus, tokenizer="bytes")
    by_directory = prepare(corpus, tokenizer=str(tmp_path / "mine"))
    assert by_name == by_directory
    assert by_name.identity["name"] == "bytes"
    assert by_name.identity["trained"] is False
    assert len(by_name.identity["sha256"]) == 64


@pytest.mark.parametrize(
    ("spec", "error"),
    [
        ({"tokenizer": "bytez"}, "did you mean 'bytes'"),
        ({"tokenizer": "bytes", "train": True}, "cannot be trained"),
        ({"tokenizer": "./not/there"}, "no such directory"),
    ],
)
def test_what_cannot_be_had_is_kept_with_its_error(corpus, spec, error):
    failed = prepare(corpus, **spec)
    assert isinstance(failed, FailedArm)
    assert error in failed.error


def test_a_path_of_this_machine_stays_out_of_the_identity(corpus, tmp_path):
    failed = prepare(corpus, tokenizer=str(tmp_path / "absent"))
    assert failed.identity == {"name": "absent"}


def test_each_is_prepared_when_its_turn_comes(corpus):
    lines = []
    specs = [ContenderSpec(arm=name, tokenizer="bytes") for name in "ab"]
    contenders = prepare_contenders(specs, corpus, report=lines.append)
    next(contenders)
    assert lines == ["loading a"]


def test_an_attempt_gives_the_result_or_the_error():
    assert attempt(int, "7") == (7, None)
    result, error = attempt(int, "x")
    assert (result, type(error)) == (None, ValueError)
