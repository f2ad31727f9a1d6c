"""A plugin whose hook returns something else than records."""

from __future__ import annotations

from wfgen.api import hookimpl


@hookimpl
def wfgen_tokenizers():
    return ["bit-list"]
