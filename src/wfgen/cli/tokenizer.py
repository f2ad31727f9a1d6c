"""`wfgen tokenizer`: list, train, convert and show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import cyclopts
from cyclopts import Parameter

from wfgen import artefacts
from wfgen.api import Saveable, Tokenizer, TokenizerEntry, TrainingRequest
from wfgen.artefacts import refuse_existing
from wfgen.cli.console import console, print_line, print_table
from wfgen.corpus import Corpus, CorpusSpec, Document, load_corpus, read_documents
from wfgen.corpus.schema import read_schema
from wfgen.errors import CapabilityError, UnknownNameError, UnreadableFileError
from wfgen.registry import (
    Offer,
    convert_tokenizer,
    installed,
    load_tokenizer,
    train_tokenizer,
    ways_to_have,
)
from wfgen.report.cut import cut_document, print_cut
from wfgen.settings import parse_assignments

__all__ = ["app", "convert", "list_tokenizers", "show", "train"]

app = cyclopts.App(name="tokenizer", help="Train, convert, list and show tokenizers.")

_SHOWN = "tct-github-workflow"
"""The tokenizer that `show` takes where none is named."""


@app.command(name="list")
def list_tokenizers() -> None:
    """List the tokenizers and how each is had: by name, by training, from a file."""
    rows = [
        (
            offer.entry.name,
            ", ".join(ways_to_have(offer.entry)),
            offer.entry.fidelity,
            *_about(offer),
        )
        for offer in sorted(installed().offers("tokenizer"), key=lambda o: o.entry.name)
        if isinstance(offer.entry, TokenizerEntry)
    ]
    print_table(("name", "ways", "keeps", "from", "what it is"), rows)


def _about(offer: Offer) -> tuple[str, str]:
    return offer.distribution, offer.entry.summary


@app.command
def train(
    name: str,
    /,
    *,
    corpus: str,
    out: Path,
    vocab_size: int | None = None,
    schema: str | None = None,
    set_: Annotated[tuple[str, ...], Parameter(name="--set")] = (),
) -> None:
    """Train a tokenizer on a corpus and save it as an artefact.

    Parameters
    ----------
    name
        The entry, as `wfgen tokenizer list` names it.
    corpus
        A folder, a file, or `embedded`. Every readable document of it is used, duplicates removed.
    out
        The directory to write.
    vocab_size
        The most entries, special tokens included; the entry's own default where it is not given.
    schema
        For tokenizers that take one: a JSON Schema file, or the name of a schema that
        check-jsonschema ships, such as github-workflows.
    set_
        `name=value`, a setting of the entry's own; may be given several times.
    """
    refuse_existing(out)  # said before an hour of training, not after it
    read = _read_schema(schema)
    loaded = load_corpus(CorpusSpec(path=corpus, valid_share=0.0))
    request = TrainingRequest(
        documents=lambda: (d.canonical for d in loaded.train),
        vocab_size=vocab_size,
        schema=read,
        provenance=loaded.describe(),
        settings=parse_assignments(set_),
    )
    _save(name, train_tokenizer(name, request), out)
    for line in _remarks(loaded):
        print_line(line)


@app.command
def convert(name: str, file: Path, /, *, out: Path) -> None:
    """Make a tokenizer from a foreign file and save it as an artefact.

    Parameters
    ----------
    name
        The entry, as `wfgen tokenizer list` names it.
    file
        The file, in the form the entry's plugin documents.
    out
        The directory to write.
    """
    refuse_existing(out)
    _save(name, convert_tokenizer(name, file), out)


@app.command
def show(file: Path, /, *, tokenizer: str | None = None) -> None:
    """Show how a document is cut into tokens, and what each stands for.

    On a terminal each kind of token has its colour; in a pipe bars stand between the tokens. What
    a grammar forces, so that no token writes it, is dim, or in brackets.

    Parameters
    ----------
    file
        A workflow, or any other YAML or JSON file that holds one document.
    tokenizer
        A name or the directory of an artefact; tct-github-workflow where it is not given.
    """
    document = _read_one(file)
    cut = cut_document(_to_show(tokenizer), document.canonical)
    print_cut(cut, console())


def _read_one(file: Path) -> Document:
    first, *more = islice(read_documents(file, strict=True), 2)
    assert isinstance(first, Document)
    if more:
        cause, hint = "it holds more than one document", "name a file that holds one"
        raise UnreadableFileError(path=str(file), cause=cause, hint=hint)
    return first


def _to_show(name: str | None) -> Tokenizer:
    known = installed().names("tokenizer")
    if name is None and _SHOWN not in known and not _is_broken(_SHOWN):
        raise UnknownNameError(
            kind="tokenizer",
            name=_SHOWN,
            known=known,
            cause=f"no tokenizer is named, and {_SHOWN} is not installed",
            hint=f"install {_SHOWN}, or name one with --tokenizer: {', '.join(known)}",
        )
    return load_tokenizer(name or _SHOWN)


def _is_broken(name: str) -> bool:
    return any(p.error and name in (p.plugin, p.distribution) for p in installed().plugins)


def _remarks(corpus: Corpus) -> Iterator[str]:
    """What of the corpus was not learned from, and whether it is real."""
    refused = Counter(r.reason for r in corpus.refusals).most_common()
    if refused:
        yield "refused: " + ", ".join(f"{count:,} {reason}" for reason, count in refused)
    if note := corpus.describe().get("note"):
        yield str(note)


def _read_schema(name_or_file: str | None) -> dict[str, Any] | None:
    if name_or_file is None:
        return None
    schema = read_schema(name_or_file)
    return schema if isinstance(schema, dict) else {"allOf": [schema]}


def _save(name: str, tokenizer: Tokenizer, out: Path) -> None:
    if not isinstance(tokenizer, Saveable):
        raise CapabilityError(name=name, capability="save", cause="it cannot be saved")
    tokenizer.save(out)
    sha256 = artefacts.artefact_sha256(out)
    print_line(f"{name}: {tokenizer.vocab_size:,} entries in {out} (sha256 {sha256[:16]}...)")
