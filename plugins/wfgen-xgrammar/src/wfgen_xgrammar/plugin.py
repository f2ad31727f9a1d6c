"""The plugin `xgrammar`, as the entry-point group `wfgen` names it."""

from __future__ import annotations

from wfgen.api import ConstraintEntry, hookimpl
from wfgen_xgrammar.engine import constrain
from wfgen_xgrammar.rewrite import NAME

__all__ = ["wfgen_constraints"]


@hookimpl
def wfgen_constraints() -> list[ConstraintEntry]:
    """The constraint `xgrammar`."""
    return [
        ConstraintEntry(
            name=NAME,
            summary="xgrammar over byte-level tokenizers, keys in any order.",
            create=constrain,
        )
    ]
