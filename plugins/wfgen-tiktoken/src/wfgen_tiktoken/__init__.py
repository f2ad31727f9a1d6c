"""The encodings of tiktoken as wfgen tokenizers, offline."""

from __future__ import annotations

from wfgen_tiktoken.encodings import PUBLISHED, convert, create, from_ranks
from wfgen_tiktoken.ranks import RankFileError
from wfgen_tiktoken.restricted import RestrictedTokenizer, open_restricted, train_restricted
from wfgen_tiktoken.tokenizer import RankTokenizer, open_tokenizer

__all__ = [
    "PUBLISHED",
    "RankFileError",
    "RankTokenizer",
    "RestrictedTokenizer",
    "convert",
    "create",
    "from_ranks",
    "open_restricted",
    "open_tokenizer",
    "train_restricted",
]
