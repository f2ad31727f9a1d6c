"""The plugin `llguidance`, as the entry-point group `wfgen` names it."""

from __future__ import annotations

from wfgen.api import ConstraintEntry, hookimpl
from wfgen_llguidance.engine import constrain
from wfgen_llguidance.rewrite import NAME

__all__ = ["wfgen_constraints"]


@hookimpl
def wfgen_constraints() -> list[ConstraintEntry]:
    """The constraint `llguidance`."""
    return [
        ConstraintEntry(
            name=NAME,
            summary="llguidance over byte-level tokenizers, keys in any order.",
            create=constrain,
        )
    ]
