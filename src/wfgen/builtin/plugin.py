"""The plugin `builtin`, as the entry-point group `wfgen` names it."""

from __future__ import annotations

from wfgen.api.entries import TokenizerEntry, WindowerEntry
from wfgen.api.hookspecs import hookimpl
from wfgen.builtin.byte_tokenizer import BytesTokenizer, open_bytes
from wfgen.builtin.documents import Documents
from wfgen.builtin.position import Position, PositionSettings

__all__ = ["wfgen_tokenizers", "wfgen_windowers"]


@hookimpl
def wfgen_tokenizers() -> list[TokenizerEntry]:
    """The tokenizer `bytes`."""
    return [
        TokenizerEntry(
            name="bytes",
            summary="One token a byte of UTF-8; needs no training.",
            fidelity="bytes",
            create=BytesTokenizer,
            open=open_bytes,
        )
    ]


@hookimpl
def wfgen_windowers() -> list[WindowerEntry]:
    """The windowers `documents` and `position`."""
    return [
        WindowerEntry(
            name="documents",
            summary="Whole documents, packed; every token is a target once an epoch.",
            settings=Documents,
            create=_as_it_is,
        ),
        WindowerEntry(
            name="position",
            summary="The nanochat-tct format: [start // position_stride, context - 1 ids].",
            settings=PositionSettings,
            create=Position,
        ),
    ]


def _as_it_is(settings: Documents) -> Documents:
    return settings
