"""Byte-level tokenizers constrained to a JSON Schema by xgrammar, as a wfgen plugin."""

from __future__ import annotations

from wfgen.constraining import Note
from wfgen_xgrammar.engine import constrain
from wfgen_xgrammar.rewrite import rewrite

__all__ = ["Note", "constrain", "rewrite"]
