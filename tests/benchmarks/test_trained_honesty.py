"""Bugs planted in a comparison: each is caught, or said."""

from __future__ import annotations

import importlib
import json
import shutil

import numpy as np
import pytest
from attrs import evolve, frozen

from wfgen.corpus import CorpusSpec, load_corpus
from wfgen.errors import ArtefactError
from wfgen.masks import row_of
from wfgen.report.findings import findings
from wfgen.store import TokenStore


def planted(run, suite, tmp_path, change):
    """The error of the arm `bytes` after its store was changed on disk."""
    place, _, _ = run(suite, minutes=0)
    change(place.data(suite.arms[0]))
    _, rows, is_done = run(suite, minutes=0)
    assert not is_done
    failed = [row for row in rows if row.arm == "bytes" and row.figure == "arm"]
    assert failed, "the planted bug was not caught"
    return failed[-1].error


def forge(store, change):
    """Change a store and make its manifest fit, as a bug in its maker would."""
    artefacts = importlib.import_module("wfgen.artefacts")
    manifest = artefacts.read_manifest(store)
    aside = store.with_name("aside")
    shutil.move(store, aside)
    with artefacts.write_artefact(
        store,
        kind=manifest.kind,
        name=manifest.name,
        format_version=manifest.format_version,
        body=manifest.body,
    ) as new:
        for name in manifest.files:
            shutil.copy(aside / name, new / name)
        change(new)
    shutil.rmtree(aside)


def test_an_arm_that_was_trained_on_its_test_set_is_caught(run, suite, tmp_path, corpus):
    prepare = importlib.import_module("wfgen.prepare").prepare
    folder = tmp_path / "leaky"
    folder.mkdir()
    for at, document in enumerate((*corpus.train, *corpus.valid)):
        (folder / f"{at}.json").write_bytes(document.canonical)

    def leak(store):
        shutil.rmtree(store)
        prepare(CorpusSpec(path=folder, valid_share=0.2), "bytes", store)

    assert "another corpus" in planted(run, suite, tmp_path, leak)


def test_training_documents_that_repeat_held_out_ones_are_left_out(tmp_path, corpus):
    both = tmp_path / "both"
    both.mkdir()
    for at, document in enumerate((*corpus.train, *corpus.valid)):
        (both / f"{at}.json").write_bytes(document.canonical)
    held_out = tmp_path / "held-out"
    held_out.mkdir()
    for at, document in enumerate(corpus.valid):
        (held_out / f"{at}.json").write_bytes(document.canonical)
    read = load_corpus(CorpusSpec(path=both, valid=held_out))
    assert not {d.canonical for d in read.train} & {d.canonical for d in read.valid}
    assert read.duplicates["of_validation"] >= len(read.valid)


def test_a_wrong_byte_count_is_caught(run, suite, tmp_path):
    def miscount(folder):
        file = folder / "documents.jsonl"
        lines = file.read_text().splitlines()
        record = json.loads(lines[-1])
        lines[-1] = json.dumps({**record, "bytes": record["bytes"] * 2})
        file.write_text("\n".join(lines) + "\n")

    error = planted(run, suite, tmp_path, lambda store: forge(store, miscount))
    assert "bytes, and" in error


def test_an_end_that_is_no_end_is_caught(run, suite, tmp_path):
    def endless(folder):
        file = folder / "tokens.bin"
        tokens = np.fromfile(file, dtype="<u2")
        tokens[tokens == 257] = 0
        tokens.tofile(file)

    error = planted(run, suite, tmp_path, lambda store: forge(store, endless))
    assert "does not end in the end token" in error


def test_a_dropped_document_is_caught(run, suite, corpus):
    place, _, _ = run(suite, minutes=0)
    check_store = importlib.import_module("trained.checks").check_store
    store = TokenStore.open(place.data(suite.arms[0]))
    check_store(store, corpus)
    more = evolve(corpus, valid=(*corpus.valid, corpus.train[0]))
    with pytest.raises(ArtefactError, match=f"{len(corpus.valid)} of {len(more.valid)} documents"):
        check_store(store, more)


def test_a_tokenizer_that_learned_elsewhere_is_caught(run, suite, corpus, modules):
    made = modules["suites.trained"]
    spec = importlib.import_module("wfgen.evaluate.contenders").ContenderSpec
    bpe = made.TrainedArm(spec=spec(arm="bpe", tokenizer="bpe", train=True, vocab_size=300))
    place, rows, _ = run(evolve(suite, arms=(*suite.arms, bpe)), minutes=0)
    assert rows == []
    other = load_corpus(CorpusSpec(path="composed:40", valid_share=0.2))
    check = importlib.import_module("trained.checks").check_learned_from
    check(place.tokenizer(bpe), corpus)
    with pytest.raises(ArtefactError, match="learned from another corpus"):
        check(place.tokenizer(bpe), other)


def test_windows_that_leave_out_the_ends_are_refused(run, suite):
    training = {**suite.training, "windower": "position", "context": 16}
    _, rows, is_done = run(evolve(suite, training=training))
    assert not is_done
    said = [row.error for row in rows if row.figure == "arm"]
    assert any("has the end of a document as a target" in error for error in said)


@frozen
class EndsAtOnce:
    """A constraint that lets a document end before it has begun."""

    tokenizer: object

    def start(self, prefix=None):
        del prefix
        return np.array([], dtype=np.int32), self

    def fill_mask(self, row, budget=None):
        del budget
        row[:] = row_of([self.tokenizer.eos], self.tokenizer.vocab_size)

    def advance(self, token):
        pass

    def fork(self):
        return self

    def is_accepting(self):
        return True

    def is_finished(self):
        return False

    def cost_to_finish(self):
        return 0


def test_a_mask_that_allows_too_much_is_said(run, suite, monkeypatch):
    writing = importlib.import_module("trained.writing")
    real = writing.find_constraint

    def planted(tokenizer, config, prompt):
        return EndsAtOnce(tokenizer) if real(tokenizer, config, prompt) else None

    monkeypatch.setattr(writing, "find_constraint", planted)
    _, rows, _ = run(evolve(suite, writing=evolve(suite.writing, prompts=0)))
    said = [s for s in findings(rows) if "allows too much" in s]
    assert len(said) == 1
    assert "tct-github-workflow+mask" in said[0]
