"""Documents: read from YAML, JSON and JSON lines, freed of duplicates, split, and written back."""

from __future__ import annotations

from wfgen.corpus.assemble import Corpus, CorpusSpec, load_corpus
from wfgen.corpus.document import Document, Provenance, Refusal
from wfgen.corpus.readers import read_documents
from wfgen.corpus.yaml_reader import load_yaml
from wfgen.corpus.yaml_writer import dump_yaml

__all__ = [
    "Corpus",
    "CorpusSpec",
    "Document",
    "Provenance",
    "Refusal",
    "dump_yaml",
    "load_corpus",
    "load_yaml",
    "read_documents",
]
