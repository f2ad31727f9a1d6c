"""What every part is given."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import orjson
from attrs import field, frozen

import tct_github_workflow
import wfgen_tct
from recording import Recorder
from suites import corpus_spec
from wfgen.api import Tokenizer
from wfgen.canonical import read_json
from wfgen.corpus import Corpus, Document, load_corpus
from wfgen.corpus.schema import is_schema_valid, workflow_schema
from wfgen.errors import SettingError
from wfgen.registry import load_tokenizer
from wfgen.report.provenance import provenance

__all__ = ["BENCHMARKS", "ChildError", "Scale", "Task", "ask_child", "code_sha256"]

Scale = Literal["quick", "full"]
BENCHMARKS = Path(__file__).resolve().parents[1]


@frozen(kw_only=True)
class Task:
    """One run of the benchmark.

    Attributes:
        corpus_path: a folder with both sides of the corpus.
        suite_folder: the public test suite of JSON Schema; None where there is none.
        scale: full for the record, quick to see that all parts work.
        seed: of every draw.
        workers: processes of the parts that can use several.
        scratch: a folder for what is made on the way.
    """

    corpus_path: str
    suite_folder: Path | None
    scale: Scale
    seed: int = 0
    workers: int = 2
    scratch: Path = field(factory=lambda: Path(tempfile.mkdtemp(prefix="wfgen-tct-")))

    def sized(self, full: int, quick: int) -> int:
        """How many of something this scale takes."""
        return full if self.scale == "full" else quick

    def configuration(self) -> dict[str, Any]:
        """What a run was asked to do, and the code that did it; JSON values."""
        return {
            "scale": self.scale,
            "workers": self.workers,
            "has_suite": self.suite_folder is not None,
            "code": code_sha256(),
        }

    def recorder(self, part: str) -> Recorder:
        """What makes the rows of a part; they share a run of their own."""
        about = provenance(
            seed=self.seed, corpus=self.corpus.describe(), configuration=self.configuration()
        )
        return Recorder(suite=f"tct-{part}", seed=self.seed, about=about)

    @cached_property
    def corpus(self) -> Corpus:
        """Both sides, read once."""
        spec = corpus_spec(self.corpus_path, None, valid_share=0.1)
        loaded = load_corpus(spec)
        if not loaded.valid:
            raise SettingError(name="corpus", cause="it has no validation side")
        return loaded

    @cached_property
    def valid(self) -> tuple[Document, ...]:
        """The validation side, at the quick scale a part of it."""
        return self.corpus.valid[: self.sized(len(self.corpus.valid), 60)]

    @cached_property
    def train(self) -> tuple[Document, ...]:
        """The training side, at the quick scale a part of it."""
        return self.corpus.train[: self.sized(len(self.corpus.train), 300)]

    @cached_property
    def schema_valid(self) -> tuple[Document, ...]:
        """Those of the validation side that jsonschema-rs accepts."""
        return tuple(d for d in self.valid if is_schema_valid(read_json(d.canonical)))

    @cached_property
    def grammar(self) -> wfgen_tct.Grammar:
        """The workflow schema, compiled."""
        return wfgen_tct.compile_schema(workflow_schema())

    @cached_property
    def shipped(self) -> wfgen_tct.TctTokenizer:
        """The tokenizer that tct-github-workflow ships."""
        return tct_github_workflow.tokenizer()

    @cached_property
    def reference(self) -> Tokenizer:
        """The tokenizer that ratios are to."""
        return load_tokenizer("o200k_base")

    def write(self, name: str, documents: tuple[Document, ...]) -> Path:
        """A file of canonical documents, one a line, for another process."""
        path = self.scratch / name
        path.write_bytes(b"".join(document.canonical + b"\n" for document in documents))
        return path


def code_sha256() -> str:
    """Of the code that rows come from: the engine, the trained tokenizer, wfgen, this benchmark."""
    packages = (wfgen_tct, tct_github_workflow, sys.modules["wfgen"])
    folders = [Path(package.__file__ or "").parent for package in packages]
    files = [f for folder in folders for f in folder.rglob("*") if f.suffix in (".py", ".json")]
    files += [*BENCHMARKS.glob("tct*.py"), *(BENCHMARKS / "tct_parts").glob("*.py")]
    files.append(BENCHMARKS / "recording.py")
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


# Fresh processes --------------------------------------------------------------------------------


class ChildError(Exception):
    """A fresh process failed; the last line that it wrote."""


def ask_child(job: str, *, timeout: float = 600, **arguments: Any) -> dict[str, Any]:
    """What a function of `tct_fresh` gives in a process of its own.

    Args:
        job: the function's name.
        timeout: seconds.
        arguments: its arguments; JSON values.

    Raises:
        ChildError: it failed, or took too long.
    """
    command = [sys.executable, str(BENCHMARKS / "tct_fresh.py"), job, json.dumps(arguments)]
    path = os.pathsep.join(filter(None, (str(BENCHMARKS), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(  # noqa: S603  our own interpreter, our own program
            command, env=environment, capture_output=True, timeout=timeout, check=False
        )
    except subprocess.TimeoutExpired:
        raise ChildError(f"it took longer than {timeout:,.0f} s") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise ChildError(said[-1] if said else f"it ended with code {done.returncode}")
    answer: dict[str, Any] = orjson.loads(done.stdout)
    return answer
