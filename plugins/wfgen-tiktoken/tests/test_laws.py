"""The laws of a tokenizer, from wfgen's test kit."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from wfgen import load_tokenizer
from wfgen.api import TrainingRequest
from wfgen.testing import TokenizerLaws
from wfgen_tiktoken import from_ranks, train_restricted
from wfgen_tiktoken.ranks import format_ranks

RANKS = {bytes([value]): value for value in range(256)} | {b"on": 300, b'"on': 301}
CORPUS = (
    b'{"name":"CI","on":["push","pull_request"],"jobs":{"test":{"runs-on":"ubuntu-latest"}}}',
    b'{"on":"push","jobs":{"build":{"runs-on":"ubuntu-latest","steps":[{"run":"make\\n"}]}}}',
)


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


class TestRestricted(TokenizerLaws):
    fidelity = "bytes"
    capabilities = frozenset({"inspect", "save", "token-bytes"})

    def make(self):
        request = TrainingRequest(documents=lambda: CORPUS)
        return train_restricted(request, entry="o200k_base-restricted")


class TestRestrictedToBytes(TokenizerLaws):
    fidelity = "bytes"
    capabilities = frozenset({"inspect", "save", "token-bytes"})

    def make(self):
        request = TrainingRequest(documents=lambda: CORPUS, vocab_size=258)
        return train_restricted(request, entry="cl100k_base-restricted")
