"""The plugin `tiktoken`, as the entry-point group `wfgen` names it."""

from __future__ import annotations

from functools import partial

from wfgen.api import TokenizerEntry, hookimpl
from wfgen_tiktoken.encodings import ANY, PUBLISHED, convert, convert_command, create
from wfgen_tiktoken.restricted import RESTRICTED, open_restricted, train_restricted
from wfgen_tiktoken.tokenizer import open_tokenizer

__all__ = ["wfgen_tokenizers"]


@hookimpl
def wfgen_tokenizers() -> list[TokenizerEntry]:
    """Every published encoding, those restricted to a corpus, and the entry for all others."""
    published = map(_published_entry, PUBLISHED)
    return [*published, *map(_restricted_entry, RESTRICTED), _any_entry()]


def _published_entry(name: str) -> TokenizerEntry:
    published = PUBLISHED[name]
    source = "offline" if published.is_packaged else f"from {published.ranks}.tiktoken"
    command = convert_command(name, published.ranks)
    return TokenizerEntry(
        name=name,
        summary=f"tiktoken's {name}, {source}.",
        fidelity="bytes",
        create=partial(create, name) if published.is_packaged else None,
        open=partial(open_tokenizer, entry=name),
        convert=partial(convert, name),
        why_not=""
        if published.is_packaged
        else f"its ranks would have to come over the network, which wfgen never uses; with the "
        f"file at hand run {command} and name DIR",
    )


def _restricted_entry(name: str) -> TokenizerEntry:
    return TokenizerEntry(
        name=name,
        summary=f"tiktoken's {RESTRICTED[name]}, only the ids that a corpus uses.",
        fidelity="bytes",
        train=partial(train_restricted, entry=name),
        open=partial(open_restricted, entry=name),
    )


def _any_entry() -> TokenizerEntry:
    return TokenizerEntry(
        name=ANY,
        summary="Any other rank file, by wfgen_tiktoken.from_ranks.",
        fidelity="bytes",
        open=partial(open_tokenizer, entry=ANY),
        why_not="a rank file says nothing of its split pattern; in Python, "
        "wfgen_tiktoken.from_ranks(path, pattern=..., name=...).save(directory), then name that",
    )
