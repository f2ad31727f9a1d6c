"""The laws of a tokenizer, from wfgen's test kit."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from wfgen import load_tokenizer
from wfgen.testing import TokenizerLaws
from wfgen_tiktoken import from_ranks
from wfgen_tiktoken.ranks import format_ranks

RANKS = {bytes([value]): value for value in range(256)} | {b"on": 300, b'"on': 301}


class TestO200k(TokenizerLaws):
    entry_name = "o200k_base"
    fidelity = "bytes"
    capabilities = frozenset({"inspect", "save", "token-bytes"})

    def make(self):
        return load_tokenizer("o200k_base")


class TestCl100k(TokenizerLaws):
    entry_name = "cl100k_base"
    fidelity = "bytes"
    capabilities = frozenset({"inspect", "save", "token-bytes"})

    def make(self):
        return load_tokenizer("cl100k_base")


class TestAnyRankFile(TokenizerLaws):
    fidelity = "bytes"
    capabilities = frozenset({"inspect", "save", "token-bytes"})

    def make(self):
        with TemporaryDirectory() as folder:
            path = Path(folder) / "small.tiktoken"
            path.write_bytes(format_ranks(RANKS))
            return from_ranks(path, pattern=r"\w+|\W", name="small")
