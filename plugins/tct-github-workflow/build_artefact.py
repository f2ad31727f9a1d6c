"""Learn the workflow tokenizer anew and write its artefact.

    python plugins/tct-github-workflow/build_artefact.py --corpus FOLDER [--out DIR]

FOLDER holds `workflows-train.jsonl.zst` and `workflows-valid.jsonl.zst`, as benchmarks/corpus
describes. The same corpus and the same versions give the same bytes; the artefact says which.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import shutil
import tempfile
from pathlib import Path

import wfgen_tct
from wfgen.artefacts import artefact_sha256
from wfgen.corpus import CorpusSpec, load_corpus
from wfgen.corpus.schema import workflow_schema

NAME = "tct-github-workflow"
VOCAB_SIZE = 8192
ARTEFACT = Path(__file__).parent / "src" / "tct_github_workflow" / "artefact"


def build(corpus: Path) -> wfgen_tct.TctTokenizer:
    """The tokenizer, learned from the training side of a corpus."""
    spec = CorpusSpec(
        path=corpus / "workflows-train.jsonl.zst", valid=corpus / "workflows-valid.jsonl.zst"
    )
    loaded = load_corpus(spec)
    versions = ("check-jsonschema", "tokenizers", "wfgen-tct")
    tokenizer = wfgen_tct.learn(
        wfgen_tct.compile_schema(workflow_schema()),
        (document.canonical for document in loaded.train),
        VOCAB_SIZE,
        name=NAME,
        about={
            "corpus": loaded.describe(),
            "versions": {name: importlib.metadata.version(name) for name in versions},
        },
    )
    if tokenizer.vocab_size != VOCAB_SIZE:
        raise SystemExit(f"the corpus is too small: {tokenizer.vocab_size} entries")
    return tokenizer


def main() -> None:
    """Build the artefact beside its place, and put it there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=ARTEFACT)
    arguments = parser.parse_args()
    tokenizer = build(arguments.corpus)
    with tempfile.TemporaryDirectory(dir=arguments.out.parent) as scratch:
        fresh = Path(scratch) / "artefact"
        tokenizer.save(fresh)
        shutil.rmtree(arguments.out, ignore_errors=True)
        fresh.rename(arguments.out)
    print(f"{arguments.out}: sha256 {artefact_sha256(arguments.out)}")


if __name__ == "__main__":
    main()
