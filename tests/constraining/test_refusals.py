"""The measure of refusals, on documents that are refused at known places."""

from __future__ import annotations

import math

import pytest
from attrs import frozen

from wfgen.constraining import walk
from wfgen.errors import ConstraintError
from wfgen.testing import BitListTokenizer

DOCUMENT = b"[0,1]"
TOKENIZER = BitListTokenizer()


@frozen
class Stopping:
    """Bit lists, and a constraint that allows at most `most` tokens."""

    most: int
    lies: bool = False

    def start(self, prefix=None):
        ids, state = TOKENIZER.constrain().start(prefix)
        return ids, Stopped(state, self.most, self.lies)


class Stopped:
    def __init__(self, state, left, lies):
        self.state, self.left, self.lies = state, left, lies

    def fill_mask(self, row, budget=None):
        self.state.fill_mask(row, budget)
        if not self.left and not self.lies:
            row[:] = 0

    def advance(self, token):
        if not self.left:
            raise ConstraintError(token=token, cause="that is enough")
        self.state.advance(token)
        self.left -= 1


def test_what_is_allowed_is_no_refusal_and_is_timed():
    walks = walk(TOKENIZER.constrain(), TOKENIZER, [DOCUMENT] * 3)
    assert walks.num_documents == 3
    assert walks.refusals == ()
    assert walks.share_refused() == 0
    count = 3 * (len(TOKENIZER.encode(DOCUMENT)) + 1)
    assert len(walks.mask_us) == len(walks.advance_us) == count
    assert (walks.mask_us > 0).all()


@pytest.mark.parametrize("most", [0, 2, 5])
def test_a_refusal_names_the_token_and_the_cause(most):
    assert len(TOKENIZER.encode(DOCUMENT)) == 5  # so at 5 it is the end that is refused
    walks = walk(Stopping(most), TOKENIZER, [b"[]", DOCUMENT] if most > 2 else [DOCUMENT])
    (refusal,) = walks.refusals
    assert refusal.document == walks.num_documents - 1
    assert refusal.index == most
    assert refusal.ids.tolist() == TOKENIZER.encode(DOCUMENT).tolist()
    assert "that is enough" in refusal.cause
    assert walks.share_refused() == 1 / walks.num_documents
    assert len(walks.mask_us) == len(walks.advance_us) + 1


def test_a_mask_that_disagrees_is_a_bug():
    with pytest.raises(AssertionError, match="in the mask, and refused"):
        walk(Stopping(2, lies=True), TOKENIZER, [DOCUMENT])


def test_no_document_no_share():
    assert math.isnan(walk(TOKENIZER.constrain(), TOKENIZER, []).share_refused())
