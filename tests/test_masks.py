from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfgen import masks
from wfgen.errors import ConstraintError


@given(st.lists(st.booleans(), min_size=1, max_size=200))
def test_pack_and_unpack_are_inverse_and_bits_past_the_vocabulary_are_zero(bits):
    allowed = np.array(bits)
    row = masks.pack(allowed)
    assert row.dtype == np.int32
    assert row.shape == (masks.row_words(len(bits)),)
    assert (masks.unpack(row, len(bits)) == allowed).all()
    assert masks.unpack(row, len(row) * 32).sum() == allowed.sum()


def test_the_layout_is_bit_i_mod_32_of_word_i_div_32():
    row = masks.row_of([0, 33, 63], 70)
    assert row.astype(np.uint32).tolist() == [1, 2 | 1 << 31, 0]
    assert masks.allowed_ids(row, 70).tolist() == [0, 33, 63]


def test_forbidden_logits_become_minus_infinity():
    logits = np.array([1.0, 2.0, 3.0])
    masked = masks.apply_mask(logits, masks.row_of([1], 3))
    assert masked.tolist() == [-np.inf, 2.0, -np.inf]
    assert logits.tolist() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("row", [np.zeros(2, np.int64), np.zeros(3, np.int32)])
def test_a_row_of_another_shape_or_dtype_is_refused(row):
    with pytest.raises(ConstraintError, match=r"int32 array of shape \(2,\)"):
        masks.check_row(row, 64)


def test_a_row_that_cannot_be_written_is_refused():
    row = masks.empty_row(64)
    masks.check_row(row, 64)
    row.flags.writeable = False
    with pytest.raises(ConstraintError):
        masks.check_row(row, 64)
