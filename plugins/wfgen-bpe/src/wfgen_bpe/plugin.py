"""The plugin `bpe`, as the entry-point group `wfgen` names it."""

from __future__ import annotations

from functools import partial

from wfgen.api import TokenizerEntry, hookimpl
from wfgen_bpe.training import NAME, train
from wfgen_tiktoken import open_tokenizer

__all__ = ["wfgen_tokenizers"]


@hookimpl
def wfgen_tokenizers() -> list[TokenizerEntry]:
    """The tokenizer `bpe`."""
    return [
        TokenizerEntry(
            name=NAME,
            summary="Byte-pair encoding trained on a corpus, GPT-4's split pattern.",
            fidelity="bytes",
            train=train,
            open=partial(open_tokenizer, entry=NAME),
        )
    ]
