"""The laws of a tokenizer, from wfgen's test kit, at a usual size and at the least."""

from __future__ import annotations

from wfgen.api import TrainingRequest
from wfgen.testing import TokenizerLaws
from wfgen_bpe import train

CORPUS = (
    b'{"name":"CI","on":["push","pull_request"],"jobs":{"test":{"runs-on":"ubuntu-latest"}}}',
    b'{"on":"push","jobs":{"build":{"runs-on":"ubuntu-latest","steps":[{"run":"make\\n"}]}}}',
)


class TestTrained(TokenizerLaws):
    fidelity = "bytes"
    capabilities = frozenset({"inspect", "save", "token-bytes"})

    def make(self):
        return train(TrainingRequest(documents=lambda: CORPUS, vocab_size=300))


class TestBytesOnly(TokenizerLaws):
    fidelity = "bytes"
    capabilities = frozenset({"inspect", "save", "token-bytes"})

    def make(self):
        return train(TrainingRequest(documents=lambda: CORPUS, vocab_size=258))
