"""Prepares many workflows with each tokenizer and records time, memory and disk.

The workflows are those of a corpus, repeated with seeded edits: of every fourth line that ends in
a word, the word is exchanged for another one of the corpus, so that most copies are no near
duplicates. Each run is a process tree of its own, `wfgen prepare`; its memory is the highest sum of
the resident sizes of its processes, sampled ten times a second, shared pages counted in each.

    python benchmarks/prepare_corpus.py --corpus workflows.jsonl.zst --count 100000 --workers 2
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from itertools import count as count_from
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import cyclopts
import psutil
import zstandard
from attrs import asdict, frozen

from suites import corpus_spec
from wfgen.corpus import CorpusSpec, Document, load_corpus
from wfgen.errors import WfgenError
from wfgen.registry import tokenizer_entry
from wfgen.report.provenance import provenance
from wfgen.report.rows import Row, append_rows
from wfgen.store import TokenStore

SUITE = "prepare"
TOKENIZERS = ("bytes", "bpe", "o200k_base", "cl100k_base")
RESULTS = Path(__file__).parent / "results" / "prepare.jsonl"
_EDITED_SHARE = 0.25
_SAMPLE_SECONDS = 0.1
_LAST_WORD = re.compile(r"[a-z]{3,}$", re.MULTILINE)


@frozen(kw_only=True)
class Task:
    """What every tokenizer is given.

    Attributes:
        corpus: what a tokenizer that must be trained is trained on.
        many: the workflows to prepare.
        folder: for what is made on the way.
        workers: processes.
        about: the provenance of every row.
    """

    corpus: str
    many: Path
    folder: Path
    workers: int
    about: Mapping[str, Any]


@frozen(kw_only=True)
class Run:
    """One run of `wfgen prepare`: its time, the peak memory of its processes, its store."""

    seconds: float
    peak_bytes: int
    store: TokenStore


def main(  # noqa: PLR0913  the flags of a run
    *,
    corpus: str = "embedded",
    count: int = 100_000,
    workers: int = 2,
    seed: int = 0,
    tokenizers: tuple[str, ...] = TOKENIZERS,
    results: Path = RESULTS,
) -> None:
    """Prepare `count` workflows with each tokenizer, and append the figures to the results.

    Of a folder with a training and a validation side, the training side is repeated.
    """
    configuration = {"count": count, "workers": workers, "edited_share": _EDITED_SHARE}
    with tempfile.TemporaryDirectory(prefix="wfgen-prepare-") as name:
        folder = Path(name)
        corpus = str(corpus_spec(corpus, None, valid_share=0.0).path)
        documents = load_corpus(CorpusSpec(path=corpus, valid_share=0.0, near_threshold=None)).train
        many = folder / "many.jsonl.zst"
        write_many(documents, many, count=count, seed=seed)
        print(f"{count:,} workflows in {many.stat().st_size:,} bytes", flush=True)
        about = provenance(seed=seed, configuration=configuration)
        task = Task(corpus=corpus, many=many, folder=folder, workers=workers, about=about)
        for tokenizer in tokenizers:
            rows = measure(tokenizer, task)
            append_rows(results, rows)
            for row in rows:
                figure = row.error if row.value is None else f"{row.value:,.3f} {row.unit}"
                print(f"{row.arm:12} {row.figure:28} {figure}", flush=True)


def write_many(documents: tuple[Document, ...], out: Path, *, count: int, seed: int) -> None:
    """`count` documents as JSON lines: each as it is, then again and again with edits."""
    rng = Random(seed)
    words = sorted({w for d in documents for w in _LAST_WORD.findall(d.source)})
    packer = zstandard.ZstdCompressor(level=3)
    with out.open("wb") as file, packer.stream_writer(file) as packed:
        for row in islice(_rows(documents, words, rng), count):
            packed.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")


def _rows(
    documents: tuple[Document, ...], words: list[str], rng: Random
) -> Iterator[Mapping[str, str]]:
    def exchange(match: re.Match[str]) -> str:
        return rng.choice(words) if rng.random() < _EDITED_SHARE else match[0]

    for copy in count_from():
        for document in documents:
            known = {k: v for k, v in asdict(document.provenance).items() if v is not None}
            text = _LAST_WORD.sub(exchange, document.source) if copy else document.source
            yield {**known, "path": f"{copy}/{document.provenance.path}", "yaml": text}


def measure(tokenizer: str, task: Task) -> list[Row]:
    """The rows of one tokenizer; a run that fails is a row with its error."""
    out = task.folder / f"store-{tokenizer}"
    try:
        run = prepare(_ready(tokenizer, task), task.many, out, workers=task.workers)
    except WfgenError as error:
        return [_failure(tokenizer, str(error), task)]
    except subprocess.CalledProcessError as error:
        said = str(error.stderr).strip() or f"it ended with code {error.returncode}"
        return [_failure(tokenizer, said, task)]
    rows = _rows_of(tokenizer, run, task)
    shutil.rmtree(out)
    return rows


def _failure(tokenizer: str, error: str, task: Task) -> Row:
    return Row(
        suite=SUITE,
        arm=tokenizer,
        seed=task.about["seed"],
        figure="seconds",
        value=None,
        unit="s",
        count=0,
        provenance=task.about,
        error=error,
    )


def _ready(tokenizer: str, task: Task) -> str:
    """The tokenizer's name, or the directory of one trained on the corpus where it needs that."""
    entry = tokenizer_entry(tokenizer)
    if entry.create is not None or entry.train is None:
        return tokenizer
    out = task.folder / f"tokenizer-{tokenizer}"
    _wfgen("tokenizer", "train", tokenizer, "--corpus", task.corpus, "--out", str(out))
    return str(out)


def _wfgen(*arguments: str) -> None:
    command = [sys.executable, "-m", "wfgen.cli", *arguments]
    subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603


def prepare(tokenizer: str, many: Path, out: Path, *, workers: int) -> Run:
    """Run `wfgen prepare` and watch its processes.

    Raises:
        CalledProcessError: it failed.
    """
    command = [sys.executable, "-m", "wfgen.cli", "prepare", "--corpus", str(many)]
    command += ["--tokenizer", tokenizer, "--out", str(out), "--workers", str(workers)]
    started, peak_bytes = time.perf_counter(), 0
    with subprocess.Popen(  # noqa: S603
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as child:
        while child.poll() is None:
            peak_bytes = max(peak_bytes, _resident_bytes(child.pid))
            time.sleep(_SAMPLE_SECONDS)
        seconds = time.perf_counter() - started
        said = child.stderr.read() if child.stderr else ""
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command, stderr=said)
    return Run(seconds=seconds, peak_bytes=peak_bytes, store=TokenStore.open(out))


def _resident_bytes(pid: int) -> int:
    total = 0
    try:
        parent = psutil.Process(pid)
        for process in (parent, *parent.children(recursive=True)):
            total += process.memory_info().rss
    except psutil.NoSuchProcess:  # it has just ended
        pass
    return total


def _rows_of(tokenizer: str, run: Run, task: Task) -> list[Row]:
    body = run.store.manifest.body
    more = {**task.about, "corpus": body["corpus"], "tokenizer": body["tokenizer"]}
    return [
        Row(
            suite=SUITE,
            arm=tokenizer,
            seed=task.about["seed"],
            figure=figure,
            value=value,
            unit=unit,
            count=count,
            provenance=more,
        )
        for figure, value, unit, count in _figures(run, task.workers)
    ]


def _figures(run: Run, workers: int) -> list[tuple[str, float, str, int]]:
    """Name, value, unit and count of each figure."""
    body = run.store.manifest.body
    num_read = _num_read(body)
    num_kept = sum(counts["documents"] for counts in body["counts"].values())
    num_tokens = len(run.store.tokens)
    disk_bytes = sum(file.stat().st_size for file in run.store.directory.iterdir())
    rate = num_read / run.seconds
    return [
        ("seconds", run.seconds, "s", num_read),
        ("documents-per-second", rate, "documents/s", num_read),
        ("documents-per-second-worker", rate / workers, "documents/s", num_read),
        ("peak-memory", run.peak_bytes / 1e6, "MB", num_read),
        ("kept", num_kept / num_read, "share", num_read),
        ("disk-bytes-per-token", disk_bytes / num_tokens, "bytes", num_tokens),
        ("id-bytes-per-token", run.store.tokens.nbytes / num_tokens, "bytes", num_tokens),
    ]


def _num_read(body: Mapping[str, Any]) -> int:
    corpus = body["corpus"]
    counted = (corpus["documents"], corpus["duplicates"], corpus["refused"])
    return sum(sum(counts.values()) for counts in counted)


if __name__ == "__main__":
    cyclopts.run(main)
