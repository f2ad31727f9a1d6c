"""The kit passes a good tokenizer and catches each kind of bad one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from attrs import evolve, frozen
from hypothesis import strategies as st

from wfgen.errors import ConstraintError
from wfgen.testing import BitListTokenizer, CyclicModel, TokenizerLaws, laws, open_bit_list

DOCUMENT = b"[0,1,0,0,1]"


def bit_lists():
    return st.lists(st.sampled_from("01")).map(lambda bits: f"[{','.join(bits)}]".encode())


class TestBitList(TokenizerLaws):
    fidelity = "bytes"
    capabilities = frozenset(laws.CAPABILITIES)
    documents = bit_lists()
    any_text = False
    example = DOCUMENT

    def make(self):
        return BitListTokenizer()

    def open(self, directory):
        return open_bit_list(directory)

    # The double has no entry in the registry, so no other process can find it.
    test_the_same_in_another_process = None


def test_laws_that_do_not_apply_are_left_out_not_skipped():
    class Plain(TokenizerLaws):
        fidelity = "json-value"

    assert Plain.test_round_trip is not None
    assert Plain.test_masks_agree_with_advance is None
    assert Plain.test_round_trip_of_any_text is None
    assert Plain.test_it_opens_as_it_was_saved is None


def test_a_class_in_between_takes_no_law_away():
    class Base(TokenizerLaws):
        """Declares nothing yet."""

    class Saves(Base):
        capabilities = frozenset({"save"})

    assert Base.test_it_opens_as_it_was_saved is None
    assert Saves.test_it_opens_as_it_was_saved is not None
    assert Saves.test_the_same_in_another_process is not None


@frozen
class Wrong(BitListTokenizer):
    """A tokenizer with one defect."""

    defect: str = ""

    def encode(self, document):
        ids = BitListTokenizer.encode(self, document)
        if self.defect == "int64":
            return ids.astype(np.int64)
        if self.defect == "adds end":
            return np.append(ids, np.int32(self.eos))
        if self.defect == "out of range":
            return ids + np.int32(8)
        if self.defect == "random":
            return np.random.default_rng().integers(0, 6, 20, dtype=np.int32)
        return ids

    def encode_with_states(self, document):
        ids, states = BitListTokenizer.encode_with_states(self, document)
        return ids, states[::-1].copy() if self.defect == "states" else states

    def decode(self, ids):
        if self.defect == "drops":
            return BitListTokenizer.decode(self, ids)[:-1]
        if self.defect == "invents":
            return b"x"
        return BitListTokenizer.decode(self, ids)

    def is_free(self, ids):
        return self.defect == "free"

    def token_bytes(self, token):
        if self.defect == "bytes outside":
            return BitListTokenizer.token_bytes(self, token % 8)
        return b"[" if self.defect == "bytes" else BitListTokenizer.token_bytes(self, token)

    def save(self, directory: Path):
        if self.defect == "writes over":
            directory.mkdir(exist_ok=True)
            (directory / "manifest.json").write_text("{}")
        else:
            BitListTokenizer.save(self, directory)

    def constrain(self, schema=None):
        return WrongConstraint(self.defect)


@frozen
class WrongConstraint:
    defect: str

    def start(self, prefix=None):
        ids, state = BitListTokenizer().constrain().start(prefix)
        if self.defect == "ignores prefix":
            state = BitListTokenizer().constrain().start()[1]
        if self.defect == "one state":
            state = ONE_STATE
        return ids, WrongState(state, self.defect)


ONE_STATE = BitListTokenizer().constrain().start()[1]


class WrongState:
    def __init__(self, state, defect):
        self.state, self.defect = state, defect

    def __getattr__(self, name):
        return getattr(self.state, name)

    def fork(self):
        return self if self.defect == "shares" else WrongState(self.state.fork(), self.defect)

    def advance(self, token):
        try:
            self.state.advance(token)
        except ConstraintError as error:
            if self.defect == "names no token":
                raise ConstraintError(cause=error.cause) from None
            if self.defect == "forgets":
                self.state = BitListTokenizer().constrain().start()[1]
            if self.defect != "takes all":
                raise

    def fill_mask(self, row, budget=None):
        if self.defect == "any row":
            row = np.zeros(1, dtype=np.int32)
        if self.defect == "no strides":
            row = row.copy() if row.strides != (4,) else row
        self.state.fill_mask(row, None if self.defect == "ignores budget" else budget)
        if self.defect == "empty":
            row[:] = 0
        if self.defect == "allows all":
            row[:] = 0xFF
        if self.defect == "sets padding":
            row[:] |= 1 << 20


@pytest.mark.parametrize(
    ("defect", "law"),
    [
        ("int64", lambda t: laws.check_ids(t, DOCUMENT)),
        ("adds end", lambda t: laws.check_ids(t, DOCUMENT)),
        ("out of range", lambda t: laws.check_ids(t, DOCUMENT)),
        ("drops", lambda t: laws.check_round_trip(t, DOCUMENT, "bytes")),
        ("drops", lambda t: laws.check_round_trip(t, b"[0]", "bytes")),
        ("random", lambda t: laws.check_deterministic(t, lambda: t, DOCUMENT)),
        ("random", lambda t: laws.check_threads(t, [DOCUMENT] * 4)),
        ("invents", lambda t: laws.check_foreign_ids(t, [99])),
        ("states", lambda t: laws.check_states(t, DOCUMENT)),
        ("empty", lambda t: laws.check_step_by_step(t, DOCUMENT)),
        ("empty", lambda t: laws.check_mask_agrees(t, DOCUMENT)),
        ("allows all", lambda t: laws.check_mask_agrees(t, DOCUMENT)),
        ("sets padding", lambda t: laws.check_mask_agrees(t, DOCUMENT)),
        ("allows all", lambda t: laws.check_end(t, DOCUMENT)),
        ("takes all", lambda t: laws.check_end(t, DOCUMENT)),
        ("shares", lambda t: laws.check_forks(t, DOCUMENT)),
        ("forgets", lambda t: laws.check_refused_tokens(t, DOCUMENT)),
        ("takes all", lambda t: laws.check_refused_tokens(t, DOCUMENT)),
        ("names no token", lambda t: laws.check_refused_tokens(t, DOCUMENT)),
        ("any row", lambda t: laws.check_rows(t, DOCUMENT)),
        ("no strides", lambda t: laws.check_rows(t, DOCUMENT)),
        ("ignores prefix", lambda t: laws.check_prefix(t, DOCUMENT, 3)),
        ("allows all", lambda t: laws.check_masked_walk(t, lambda d: True)),
        ("empty", lambda t: laws.check_masked_walk(t, lambda d: True)),
        ("free", lambda t: laws.check_free_mode(t, DOCUMENT)),
        ("bytes", lambda t: laws.check_token_bytes(t, DOCUMENT)),
        ("bytes outside", lambda t: laws.check_token_bytes(t, DOCUMENT)),
        ("ignores budget", lambda t: [laws.check_budget_walk(t, 0, s) for s in range(50)]),
    ],
)
def test_a_defect_is_caught(defect, law):
    law(BitListTokenizer())
    with pytest.raises(AssertionError):
        law(evolve(Wrong(), defect=defect))


def test_a_state_that_is_shared_between_sequences_is_caught():
    with pytest.raises(ConstraintError):
        laws.check_masks_in_threads(Wrong(defect="one state"), DOCUMENT)
    laws.check_masks_in_threads(BitListTokenizer(), DOCUMENT)


def test_text_that_should_be_refused_is_caught():
    with pytest.raises(AssertionError, match="was taken"):
        laws.check_refused_text(BitListTokenizer(), DOCUMENT)
    with pytest.raises(AssertionError, match="is no document"):
        laws.check_masked_walk(BitListTokenizer(), lambda document: False)


def test_a_save_that_writes_over_is_caught(tmp_path):
    with pytest.raises(AssertionError):
        laws.check_saved(Wrong(defect="writes over"), lambda d: Wrong(), [DOCUMENT], tmp_path)


def test_an_open_that_checks_nothing_is_caught(tmp_path):
    with pytest.raises(AssertionError, match="flipped"):
        laws.check_damage(BitListTokenizer(), lambda d: BitListTokenizer(), tmp_path)


def test_a_capability_that_is_not_declared_is_caught():
    with pytest.raises(AssertionError, match="declared are"):
        laws.check_capabilities(BitListTokenizer(), {"save"})


def test_a_prefix_is_the_beginning_of_an_encoding():
    ids, state = BitListTokenizer().constrain().start(b"[0,1")
    assert BitListTokenizer().decode(ids) == b"[0,1"
    assert state.cost_to_finish() == 1


def test_the_cyclic_model_is_certain_of_the_next_id():
    logits, _ = CyclicModel(3).logits(np.array([[0, 1, 2]]))
    assert logits.argmax(axis=-1).tolist() == [[1, 2, 0]]
