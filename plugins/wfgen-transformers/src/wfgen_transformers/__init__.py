"""wfgen's tokenizers and constraints in Hugging Face transformers."""

from __future__ import annotations

from wfgen_transformers.processor import ConstraintLogitsProcessor
from wfgen_transformers.tokenizer import WfgenTokenizer

__all__ = ["ConstraintLogitsProcessor", "WfgenTokenizer"]
