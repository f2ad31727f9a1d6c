"""Byte-level tokenizers constrained to a JSON Schema by llguidance, as a wfgen plugin."""

from __future__ import annotations

from wfgen.constraining import Note
from wfgen_llguidance.engine import constrain
from wfgen_llguidance.rewrite import rewrite

__all__ = ["Note", "constrain", "rewrite"]
