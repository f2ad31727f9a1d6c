"""Byte-level byte-pair encoding trained on a corpus, as a wfgen tokenizer."""

from __future__ import annotations

from wfgen_bpe.training import DEFAULT_VOCAB_SIZE, LEAST_VOCAB_SIZE, train

__all__ = ["DEFAULT_VOCAB_SIZE", "LEAST_VOCAB_SIZE", "train"]
