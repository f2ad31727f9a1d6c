"""The encodings of tiktoken as wfgen tokenizers, offline."""

from __future__ import annotations

from wfgen_tiktoken.encodings import PUBLISHED, convert, create, from_ranks
from wfgen_tiktoken.ranks import RankFileError
from wfgen_tiktoken.tokenizer import RankTokenizer, open_tokenizer

__all__ = [
    "PUBLISHED",
    "RankFileError",
    "RankTokenizer",
    "convert",
    "create",
    "from_ranks",
    "open_tokenizer",
]
