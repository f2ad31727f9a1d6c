"""The plugin `tct`, as the entry-point group `wfgen` names it."""

from __future__ import annotations

from pathlib import Path

from wfgen.api import TokenizerEntry, TrainingRequest, hookimpl
from wfgen_tct.tokens.tokenizer import TctTokenizer

__all__ = ["wfgen_tokenizers"]


def _train(request: TrainingRequest) -> TctTokenizer:
    from wfgen_tct.training import train  # noqa: PLC0415  a list of the plugins needs no engine

    return train(request)


def _open(directory: Path) -> TctTokenizer:
    from wfgen_tct.tokens.tokenizer import open_tokenizer  # noqa: PLC0415

    return open_tokenizer(directory, name="tct")


@hookimpl
def wfgen_tokenizers() -> list[TokenizerEntry]:
    """The tokenizer `tct`."""
    return [
        TokenizerEntry(
            name="tct",
            summary="Type-constrained tokenization: a JSON Schema, compiled into a token grammar.",
            fidelity="json-value",
            train=_train,
            open=_open,
            why_not="it belongs to a schema: train one with a schema, or open an artefact",
        )
    ]
