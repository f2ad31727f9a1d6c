"""`wfgen tokenizer`: list, train and convert."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import cyclopts
from cyclopts import Parameter

from wfgen import artefacts
from wfgen.api import Saveable, Tokenizer, TokenizerEntry, TrainingRequest
from wfgen.artefacts import refuse_existing
from wfgen.canonical import read_json
from wfgen.cli.console import print_line, print_table
from wfgen.corpus import Corpus, CorpusSpec, load_corpus
from wfgen.errors import CapabilityError, UnreadableFileError
from wfgen.registry import (
    Offer,
    convert_tokenizer,
    installed,
    train_tokenizer,
    ways_to_have,
)
from wfgen.settings import parse_assignments

__all__ = ["app", "convert", "list_tokenizers", "train"]

app = cyclopts.App(name="tokenizer", help="Train, convert and list tokenizers.")


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
    schema: Path | None = None,
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
        A JSON Schema file, for tokenizers that take one.
    set_
        `name=value`, a setting of the entry's own; may be given several times.
    """
    refuse_existing(out)  # said before an hour of training, not after it
    loaded = load_corpus(CorpusSpec(path=corpus, valid_share=0.0))
    request = TrainingRequest(
        documents=lambda: (d.canonical for d in loaded.train),
        vocab_size=vocab_size,
        schema=_read_schema(schema),
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


def _remarks(corpus: Corpus) -> Iterator[str]:
    """What of the corpus was not learned from, and whether it is real."""
    refused = Counter(r.reason for r in corpus.refusals).most_common()
    if refused:
        yield "refused: " + ", ".join(f"{count:,} {reason}" for reason, count in refused)
    if note := corpus.describe().get("note"):
        yield str(note)


def _read_schema(path: Path | None) -> dict[str, Any] | None:
    if path is None:
        return None
    try:
        schema = read_json(path.read_bytes(), path=str(path))
    except OSError as error:
        raise UnreadableFileError(path=str(path), cause=f"cannot be read ({error})") from error
    return schema if isinstance(schema, dict) else {"allOf": [schema]}


def _save(name: str, tokenizer: Tokenizer, out: Path) -> None:
    if not isinstance(tokenizer, Saveable):
        raise CapabilityError(name=name, capability="save", cause="it cannot be saved")
    tokenizer.save(out)
    sha256 = artefacts.artefact_sha256(out)
    print_line(f"{name}: {tokenizer.vocab_size:,} entries in {out} (sha256 {sha256[:16]}...)")
