"""All that the contract asks of a tokenizer, from the kit; and what is this one's own."""

from __future__ import annotations

import pytest
from wfgen_digram import train

from wfgen.api import TrainingRequest
from wfgen.errors import SettingError
from wfgen.testing import TokenizerLaws

CORPUS = (b'{"on":"push"}', b'{"on":["push","pull_request"]}')


class TestDigram(TokenizerLaws):
    fidelity = "bytes"
    capabilities = frozenset({"save"})

    def make(self):
        return train(TrainingRequest(documents=lambda: CORPUS, vocab_size=300))


def test_the_commonest_pairs_are_one_token():
    tokenizer = train(TrainingRequest(documents=lambda: CORPUS, vocab_size=300))
    assert len(tokenizer.encode(CORPUS[0])) < len(CORPUS[0])


def test_a_vocabulary_below_the_alphabet_names_the_least():
    with pytest.raises(SettingError, match="258"):
        train(TrainingRequest(documents=lambda: CORPUS, vocab_size=257))
