from __future__ import annotations

import json
from pathlib import Path

import pytest

from wfgen.corpus import CorpusSpec, load_corpus
from wfgen.corpus.inputs import Progress
from wfgen.corpus.stats import CorpusStats, corpus_stats
from wfgen.errors import DuplicateKeyError, UnreadableFileError

VALID = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make\n"
SAME = VALID.replace("on: push\n", "") + "on: push\n"
INVALID = VALID + "description: none\n"
REFUSED = "a: 1\na: 2\n"


def spec_of(folder: Path, *texts: str, strict: bool = False) -> CorpusSpec:
    for number, text in enumerate(texts):
        (folder / f"{number}.yml").write_bytes(text.encode())
    return CorpusSpec(path=folder, valid_share=0.0, strict=strict)


def stats(folder: Path, *texts: str) -> CorpusStats:
    return corpus_stats(spec_of(folder, *texts))


def test_every_document_is_counted_once(tmp_path: Path) -> None:
    found = stats(tmp_path, VALID, SAME, INVALID, REFUSED)
    assert (found.documents, found.refused) == (3, {"duplicate-key": 1})
    assert (found.duplicates, found.kept) == (1, 2)
    assert found.duplicates_by_kind == {"exact": 1, "near": 0, "of_validation": 0}


def test_the_schema_judges_what_can_be_read(tmp_path: Path) -> None:
    found = stats(tmp_path, VALID, SAME, INVALID, REFUSED)
    assert (found.schema_valid, found.schema_valid_share) == (2, 2 / 3)
    assert found.schema_reasons == {"/: has a key that is not allowed": 1}


def test_bytes_are_those_of_the_canonical_form(tmp_path: Path) -> None:
    found = stats(tmp_path, VALID, INVALID)
    lengths = [
        len(json.dumps(value, separators=(",", ":")))
        for value in (
            {"on": "push", "jobs": {"a": {"runs-on": "ubuntu-latest", "steps": [{"run": "make"}]}}},
            {
                "on": "push",
                "jobs": {"a": {"runs-on": "ubuntu-latest", "steps": [{"run": "make"}]}},
                "description": "none",
            },
        )
    ]
    assert found.bytes == sum(lengths)
    assert found.source_bytes == len(VALID) + len(INVALID)
    assert found.lengths is not None
    assert (found.lengths.p50, found.lengths.max) == (lengths[0], lengths[1])


def test_a_corpus_of_refusals_has_no_lengths_and_no_share(tmp_path: Path) -> None:
    found = stats(tmp_path, REFUSED)
    assert (found.documents, found.kept) == (0, 0)
    assert (found.lengths, found.schema_valid_share) == (None, None)


def test_the_fingerprint_is_that_of_the_loaded_corpus(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, VALID, SAME, INVALID)
    assert corpus_stats(spec).fingerprint == load_corpus(spec).fingerprint


@pytest.mark.parametrize(("path", "is_real"), [("samples", False), ("folder", True)])
def test_what_is_not_real_says_so(tmp_path: Path, path: str, is_real: bool) -> None:
    spec = spec_of(tmp_path, VALID) if is_real else CorpusSpec(path=path, valid_share=0.0)
    found = corpus_stats(spec)
    assert found.is_real == found.as_json()["is_real"] == is_real
    assert ("this is not real data" in found.note) != is_real


def test_strict_raises_and_a_missing_path_too(tmp_path: Path) -> None:
    with pytest.raises(DuplicateKeyError):
        corpus_stats(spec_of(tmp_path, REFUSED, strict=True))
    with pytest.raises(UnreadableFileError):
        corpus_stats(CorpusSpec(path=tmp_path / "nowhere"))


def test_progress_ends_with_everything_read(tmp_path: Path) -> None:
    seen: list[Progress] = []
    corpus_stats(spec_of(tmp_path, VALID, REFUSED), progress=seen.append)
    assert seen[-1].num_documents == 2
    assert seen[-1].num_read == seen[-1].num_units == len(VALID) + len(REFUSED)


def test_the_real_corpus_is_as_it_is_described(real_corpus: Path) -> None:
    spec = CorpusSpec(path=real_corpus / "workflows-valid.jsonl.zst", valid_share=0.0)
    found = corpus_stats(spec)
    assert (found.documents, found.kept, found.repositories, found.owners) == (378, 378, 26, 23)
    assert found.schema_valid == 372
