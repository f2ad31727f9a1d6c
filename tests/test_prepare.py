from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wfgen.canonical import Limits, read_json
from wfgen.corpus import CorpusSpec, load_corpus
from wfgen.corpus.assemble import open_inputs
from wfgen.errors import (
    ArtefactError,
    DamagedArtefactError,
    DocumentSyntaxError,
    DuplicateKeyError,
    EncodeError,
    MissingExtraError,
    NotAnArtefactError,
    SettingError,
    UnknownNameError,
    UnreadableFileError,
)
from wfgen.prepare import Progress, WorkerError, encoding, local, on_ray, prepare, prepare_once
from wfgen.registry import load_tokenizer, load_windower
from wfgen.states import open_states
from wfgen.store import TokenStore

COMPOSED = CorpusSpec(path="composed:90", valid_share=0.2)


def lines(path: Path, *rows: Any) -> Path:
    path.write_text("".join(r if isinstance(r, str) else json.dumps(r) + "\n" for r in rows))
    return path


def workflow(number: int, **provenance: str) -> dict[str, str]:
    return {"yaml": f"on: push\njobs: {{a{number}: {{}}}}\n", **provenance}


def hashes(directory: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in directory.iterdir()}


# The store --------------------------------------------------------------------------------------


def test_a_store_holds_what_the_corpus_holds(tmp_path: Path) -> None:
    corpus = load_corpus(COMPOSED)
    store = prepare(COMPOSED, "bytes", tmp_path / "store")
    tokenizer = load_tokenizer("bytes")
    for split, documents in (("train", corpus.train), ("valid", corpus.valid)):
        offsets = store.offsets(split)
        rows = [store.tokens[a:b] for a, b in pairwise(offsets)]
        assert [tokenizer.decode(row) for row in rows] == [d.canonical for d in documents]
    assert store.manifest.body["corpus"] == corpus.describe()
    store.verify()


def test_the_manifest_says_what_the_store_was_made_of(tmp_path: Path) -> None:
    body = prepare(COMPOSED, "bytes", tmp_path / "store").manifest.body
    assert body["tokenizer"]["name"] == "bytes"
    assert body["bytes"] == body["corpus"]["bytes"]
    assert body["corpus"]["rule"]["split"] == {"by": "owner", "seed": 0, "valid_share": 0.2}
    for split, counts in body["counts"].items():
        assert counts["documents"] == body["corpus"]["documents"][split]
        assert counts["tokens"] == body["bytes"][split] + 2 * counts["documents"]


def test_each_document_keeps_its_provenance(tmp_path: Path) -> None:
    row = workflow(1, repo="o/t", path="ci.yml", commit="c0", license="MIT")
    path = lines(tmp_path / "all.jsonl", row)
    spec = CorpusSpec(path=path, valid_share=0.0)
    (record,) = prepare(spec, "bytes", tmp_path / "store").documents("train")
    canonical = load_corpus(spec).train[0].canonical
    assert record == {
        "path": "ci.yml",
        "repo": "o/t",
        "license": "MIT",
        "commit": "c0",
        "bytes": len(canonical),
        "sha256": hashlib.sha256(canonical).hexdigest(),
        "split": "train",
    }


def test_a_ready_validation_side_is_stored_as_it_is(tmp_path: Path) -> None:
    valid = lines(tmp_path / "valid.jsonl", workflow(1), workflow(1))
    train = lines(tmp_path / "train.jsonl", workflow(1), workflow(2))
    store = prepare(CorpusSpec(path=train, valid=valid), "bytes", tmp_path / "store")
    assert {s: len(r) for s, r in store.splits.items()} == {"valid": 2, "train": 1}
    assert store.manifest.body["corpus"]["duplicates"]["of_validation"] == 1


def test_every_number_of_workers_gives_the_same_bytes(tmp_path: Path) -> None:
    for workers in (1, 3):
        prepare(COMPOSED, "bytes", tmp_path / str(workers), engine=local(workers))
    assert hashes(tmp_path / "1") == hashes(tmp_path / "3")


def test_progress_ends_with_everything_read(tmp_path: Path) -> None:
    seen: list[Progress] = []
    prepare(COMPOSED, "bytes", tmp_path / "store", progress=seen.append)
    assert [p.num_documents for p in seen] == [32, 64, 90]
    assert seen[-1].num_read == seen[-1].num_units == 90


# Refusals ---------------------------------------------------------------------------------------


def test_every_refused_document_is_in_the_manifest_with_its_reason(tmp_path: Path) -> None:
    broken = {"yaml": "a: 1\na: 2\n", "repo": "o/t", "path": "b.yml"}
    path = lines(tmp_path / "all.jsonl", workflow(1), "broken\n", broken)
    body = prepare(CorpusSpec(path=path, valid_share=0.0), "bytes", tmp_path / "s").manifest.body
    first, second = body["refused"]
    assert (first["path"], first["reason"]) == ("all.jsonl:2", "syntax")
    assert (second["repo"], second["path"], second["reason"]) == ("o/t", "b.yml", "duplicate-key")
    assert "line 2, column 1" in second["message"]
    assert body["corpus"]["refused"] == {"duplicate-key": 1, "syntax": 1}


def test_strict_stops_at_the_first_refusal_and_leaves_nothing(tmp_path: Path) -> None:
    path = lines(tmp_path / "all.jsonl", workflow(1), {"yaml": "a: 1\na: 2\n"})
    for workers in (1, 2):
        with pytest.raises(DuplicateKeyError):
            spec = CorpusSpec(path=path, strict=True)
            prepare(spec, "bytes", tmp_path / "s", engine=local(workers))
    assert [p.name for p in tmp_path.iterdir()] == ["all.jsonl"]


class Picky:
    """A tokenizer that refuses one document, and breaks its contract on another."""

    vocab_size, bos, eos = 258, 256, 257

    def encode(self, document: bytes | str) -> Any:
        assert isinstance(document, bytes)
        if b"a2" in document:
            raise EncodeError(cause="it holds a2", offset=9)
        if b"a3" in document:
            raise ValueError("no a3 either")
        return np.frombuffer(document, dtype=np.uint8).astype(np.int32)


@pytest.fixture
def picky(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "_load_once", lambda *_: Picky())


@pytest.mark.usefixtures("picky")
def test_what_a_tokenizer_refuses_is_in_the_manifest_and_stays_in_the_corpus(
    tmp_path: Path,
) -> None:
    path = lines(tmp_path / "all.jsonl", workflow(1), workflow(2))
    spec = CorpusSpec(path=path, valid_share=0.0)
    body = prepare(spec, "bytes", tmp_path / "store").manifest.body
    (refused,) = body["refused"]
    assert (refused["path"], refused["reason"]) == ("all.jsonl:2", "encode")
    assert refused["message"] == "all.jsonl:2: byte 9: it holds a2"
    assert body["corpus"]["documents"]["train"] == 2
    assert body["counts"]["train"]["documents"] == 1
    assert body["corpus"]["fingerprint"] == load_corpus(spec).fingerprint


@pytest.mark.usefixtures("picky")
def test_a_tokenizer_that_breaks_its_contract_is_named_with_the_document(tmp_path: Path) -> None:
    path = lines(tmp_path / "all.jsonl", workflow(3))
    with pytest.raises(EncodeError, match=r"all\.jsonl:1: the tokenizer raised ValueError"):
        prepare(CorpusSpec(path=path, valid_share=0.0), "bytes", tmp_path / "store")


def test_a_worker_with_another_tokenizer_than_the_run_was_begun_with_is_an_error(
    tmp_path: Path,
) -> None:
    tokenizer: Any = load_tokenizer("bytes")
    tokenizer.save(tmp_path / "mine")
    limits = Limits()
    chunk = next(encoding.read_chunks(open_inputs(CorpusSpec(path="samples")).reader()))
    begun_with = encoding.worker_identity("bytes", tokenizer)
    assert encoding.encode_chunk("bytes", begun_with, limits, None, chunk).results
    mine = tmp_path / "mine"
    with pytest.raises(WorkerError, match="mine is another tokenizer there"):
        encoding.encode_chunk(mine, begun_with.replace("wfgen 0", "wfgen 9"), limits, None, chunk)


@pytest.mark.parametrize(
    ("spec", "tokenizer", "error"),
    [
        ({"path": "nowhere"}, "bytes", UnreadableFileError),
        ({"path": "composed:5"}, "byts", UnknownNameError),
        ({"path": "composed:5", "valid_share": 1.0}, "bytes", SettingError),
        ({"path": "composed:5", "valid": "composed:5"}, "bytes", SettingError),
        ({"path": "composed:5", "limits": Limits(num_bytes=9)}, "bytes", UnreadableFileError),
    ],
)
def test_what_cannot_be_prepared_leaves_nothing(
    tmp_path: Path, spec: dict[str, Any], tokenizer: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        prepare(CorpusSpec(**spec), tokenizer, tmp_path / "store")
    assert not list(tmp_path.iterdir())


# A second run -----------------------------------------------------------------------------------


def test_a_second_run_is_recognised_and_encodes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not prepare_once(COMPOSED, "bytes", tmp_path / "store").was_there
    before = hashes(tmp_path / "store")
    monkeypatch.setattr(encoding, "parse_record", None)
    assert prepare_once(COMPOSED, "bytes", tmp_path / "store").was_there
    assert hashes(tmp_path / "store") == before


def test_what_does_not_change_the_store_does_not_ask_for_a_new_one(tmp_path: Path) -> None:
    path = lines(tmp_path / "all.jsonl", workflow(1), workflow(2))
    prepare(CorpusSpec(path=path, valid_share=0.0), "bytes", tmp_path / "store")
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    spec = CorpusSpec(path=path.rename(moved / path.name), valid_share=0.0, strict=True)
    assert prepare_once(spec, "bytes", tmp_path / "store", engine=local(2)).was_there


def test_a_run_with_other_inputs_says_which_and_keeps_the_store(tmp_path: Path) -> None:
    path = lines(tmp_path / "all.jsonl", workflow(1), workflow(2))
    out = tmp_path / "store"
    prepare(CorpusSpec(path=path, valid_share=0.0), "bytes", out)
    before = hashes(out)
    with pytest.raises(ArtefactError, match="made with another rule; remove it"):
        prepare(CorpusSpec(path=path, valid_share=0.0, near_threshold=0.8), "bytes", out)
    lines(path, workflow(1), workflow(3))
    with pytest.raises(ArtefactError, match="made with another corpus; remove it"):
        prepare(CorpusSpec(path=path, valid_share=0.0), "bytes", out)
    assert hashes(out) == before


def test_a_store_that_left_documents_out_is_no_answer_to_strict(tmp_path: Path) -> None:
    path = lines(tmp_path / "all.jsonl", workflow(1), "broken\n")
    prepare(CorpusSpec(path=path, valid_share=0.0), "bytes", tmp_path / "store")
    with pytest.raises(ArtefactError, match=r"left out 1 refused documents.*all\.jsonl:2"):
        prepare(CorpusSpec(path=path, valid_share=0.0, strict=True), "bytes", tmp_path / "store")


def test_a_recognised_store_whose_file_changed_is_damaged(tmp_path: Path) -> None:
    prepare(COMPOSED, "bytes", tmp_path / "store")
    tokens = tmp_path / "store" / "tokens.bin"
    data = bytearray(tokens.read_bytes())
    data[len(data) // 2] ^= 1
    tokens.write_bytes(data)
    with pytest.raises(DamagedArtefactError, match=r"tokens\.bin"):
        prepare(COMPOSED, "bytes", tmp_path / "store")


def test_a_directory_that_is_no_store_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    with pytest.raises(ArtefactError, match="is no token store"):
        prepare(COMPOSED, "bytes", tmp_path / "store")


# Killed runs ------------------------------------------------------------------------------------

RUN = """
import sys
from pathlib import Path
from wfgen.corpus import CorpusSpec
from wfgen.prepare import local, prepare

if __name__ == "__main__":
    spec = CorpusSpec(path="composed:1000000")
    out = Path(sys.argv[1])
    prepare(spec, "bytes", out, engine=local(2), progress=lambda p: print(p, flush=True))
"""


def workers_of(pid: int) -> set[int]:
    """Worker processes, without multiprocessing's resource tracker."""
    children = map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
    return {p for p in children if b"spawn_main" in Path(f"/proc/{p}/cmdline").read_bytes()}


def wait_until(condition: Any) -> None:
    for _ in range(600):
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError("it never happened")


@pytest.mark.skipif(sys.platform != "linux", reason="looks for its workers in /proc")
def test_a_killed_run_leaves_nothing_that_opens_and_no_worker(tmp_path: Path) -> None:
    script = tmp_path / "run.py"
    script.write_text(RUN)
    out = tmp_path / "store"
    run = subprocess.Popen([sys.executable, script, out], stdout=subprocess.PIPE)
    assert run.stdout is not None
    assert b"num_documents=32" in run.stdout.readline()
    workers = workers_of(run.pid)
    assert len(workers) == 2
    run.kill()
    run.communicate()
    with pytest.raises(NotAnArtefactError):
        TokenStore.open(out)
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))
    assert prepare(COMPOSED, "bytes", out).splits


@pytest.mark.skipif(sys.platform != "linux", reason="looks for its workers in /proc")
def test_a_killed_worker_is_an_error_not_a_wait(tmp_path: Path) -> None:
    def kill_a_worker(state: Progress) -> None:
        if state.num_documents == 32:  # after the first chunk
            os.kill(min(workers_of(os.getpid())), signal.SIGKILL)

    spec = CorpusSpec(path="composed:5000")
    with pytest.raises(WorkerError, match="fewer workers"):
        prepare(spec, "bytes", tmp_path / "store", engine=local(2), progress=kill_a_worker)
    assert not list(tmp_path.iterdir())


# The local engine -------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_the_order_of_the_chunks(workers: int) -> None:
    with closing(local(workers)(abs, lambda: range(-50, 0))) as results:
        assert list(results) == list(range(50, 0, -1))


def test_chunks_are_drawn_as_they_are_needed() -> None:
    numbers = iter(range(1, 1000))
    with closing(local(2)(abs, lambda: numbers)) as results:
        assert next(results) == 1
        assert next(numbers) == 7


def test_an_error_in_a_worker_comes_with_its_fields() -> None:
    with (
        closing(local(2)(read_json, lambda: [b'{"a":'])) as results,
        pytest.raises(DocumentSyntaxError) as caught,
    ):
        next(results)
    assert (caught.value.line, caught.value.column) == (1, 6)


def test_a_worker_that_exits_is_an_error() -> None:
    with (
        closing(local(2)(os._exit, lambda: [3])) as results,
        pytest.raises(WorkerError, match="ended before its work was done"),
    ):
        next(results)


def test_workers_get_one_thread_and_our_own_surroundings_come_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RAYON_NUM_THREADS", "7")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    names = ["RAYON_NUM_THREADS", "OPENBLAS_NUM_THREADS"]
    with closing(local(2)(os.getenv, lambda: names)) as results:
        assert list(results) == ["1", "1"]
    assert os.environ["RAYON_NUM_THREADS"] == "7"
    assert "OPENBLAS_NUM_THREADS" not in os.environ


@pytest.mark.parametrize("workers", [0, -1])
def test_no_worker_is_an_error(workers: int) -> None:
    with pytest.raises(SettingError, match="workers"):
        local(workers)


def test_without_ray_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'wfgen\[ray\]'"):
        on_ray()


@pytest.mark.parametrize(
    ("tokenizer", "states"), [("bytes", "lexer"), ("tct-github-workflow", "grammar")]
)
def test_states_stand_beside_the_ids(tmp_path, tokenizer, states):
    spec = CorpusSpec(path="samples", valid_share=0.2)
    plain = prepare(spec, tokenizer, tmp_path / "plain")
    assert (plain.num_states, plain.states) == (0, None)
    store = prepare(spec, tokenizer, tmp_path / "data", states=states)
    assert store.tokens.tolist() == plain.tokens.tolist()
    loaded = load_tokenizer(tokenizer)
    source = open_states(states, loaded)
    assert (store.num_states, len(store.states)) == (source.num_states, len(store.tokens))
    store.verify()
    offsets = store.offsets("train")
    for document in (0, len(offsets) - 2):
        begin, end = offsets[document], offsets[document + 1]
        text = loaded.decode(store.tokens[begin:end].astype(np.int32))
        assert store.states[begin:end].tolist() == [0, *source.encode(text)[1].tolist()]
    windows = load_windower("documents", {"context": 64}).windows(store, "train")
    window = windows[0]
    assert window.states.shape == window.tokens.shape
    first = int(store.offsets("train")[window.document]) + window.start
    length = int((window.segments == 0).sum())
    assert window.states[:length].tolist() == store.states[first : first + length].tolist()
    assert prepare_once(spec, tokenizer, tmp_path / "data", states=states).was_there
    with pytest.raises(ArtefactError, match="another states"):
        prepare(spec, tokenizer, tmp_path / "data")
    (tmp_path / "data" / "states.bin").write_bytes(b"")
    with pytest.raises(DamagedArtefactError, match=r"states\.bin"):
        TokenStore.open(tmp_path / "data")
