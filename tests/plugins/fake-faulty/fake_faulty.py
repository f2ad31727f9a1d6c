"""A plugin whose functions fail when they are called."""

from __future__ import annotations

import sys

from wfgen.api import TokenizerEntry, hookimpl


def raises():
    raise KeyError("x")


@hookimpl
def wfgen_tokenizers():
    ways = {"exits": lambda: sys.exit(3), "raises": raises, "gives-none": lambda: None}
    return [
        TokenizerEntry(name=name, summary="Fails.", fidelity="bytes", create=create)
        for name, create in ways.items()
    ]
