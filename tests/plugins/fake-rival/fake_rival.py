"""A plugin that offers a name which another offers too."""

from __future__ import annotations

from wfgen.api import TokenizerEntry, hookimpl
from wfgen.testing import BitListTokenizer


@hookimpl
def wfgen_tokenizers():
    return [
        TokenizerEntry(
            name="bit-list", summary="Also bits.", fidelity="bytes", create=BitListTokenizer
        )
    ]
