"""A plugin whose hook is misspelt."""

from __future__ import annotations

from wfgen.api import hookimpl


@hookimpl
def wfgen_tokenisers():
    return []
