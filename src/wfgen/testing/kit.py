"""The test kit for plugin authors: inherit, say what you expect, and pytest runs the laws."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wfgen.api import Fidelity, Tokenizer
from wfgen.errors import EncodeError
from wfgen.registry import load_tokenizer
from wfgen.testing import laws
from wfgen.testing.strategies import canonical_documents

__all__ = ["TokenizerLaws"]

T = TypeVar("T")

# The laws are inherited, so one test function runs under several classes; a tokenizer may be slow.
law = settings(
    deadline=None,
    suppress_health_check=[
        HealthCheck.differing_executors,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
_FROM_ANOTHER_PROCESS = """
import sys, wfgen
tokenizer = wfgen.load_tokenizer(sys.argv[1])
print(tokenizer.encode(sys.stdin.buffer.read()).tolist())
"""
_PLAIN = b'{"name":"CI","on":["push"],"jobs":{"a":{"steps":[{"run":"echo \\u00e9\\n"}]}}}'


def _needs(capability: str) -> Callable[[T], T]:
    """Mark a law that only tokenizers with the capability must keep."""

    def mark(test: T) -> T:
        test.needs = capability  # type: ignore[attr-defined]
        return test

    return mark


class TokenizerLaws:
    """The laws of a tokenizer, as tests.

    ::

        class TestMine(TokenizerLaws):
            fidelity = "bytes"
            capabilities = frozenset({"save"})
            entry_name = "mine"

            def make(self):
                return load_tokenizer("mine")

    Attributes:
        fidelity: what a round trip keeps, as the entry says.
        capabilities: of `wfgen.testing.laws.CAPABILITIES`, just those that an instance has.
        entry_name: the registry name under which another process finds an equal tokenizer; ''
            where it has to be trained first: then it is saved, and opened there.
        documents: hypothesis strategy for documents (bytes) that it must encode.
        any_text: whether it encodes any UTF-8 text besides, and gives it back byte for byte.
        example: one document, for the laws that need no more.
    """

    fidelity: ClassVar[Fidelity] = "bytes"
    capabilities: ClassVar[frozenset[str]] = frozenset()
    entry_name: ClassVar[str] = ""
    documents: ClassVar[st.SearchStrategy[bytes]] = canonical_documents()
    any_text: ClassVar[bool] = True
    example: ClassVar[bytes] = _PLAIN

    def __init_subclass__(cls) -> None:
        """Leave out the laws that do not apply, so that none is skipped in silence."""
        super().__init_subclass__()
        has = set(cls.capabilities)
        has |= {"any-text"} if cls.fidelity == "bytes" and cls.any_text else set()
        has |= {"another-process"} if cls.entry_name or "save" in has else set()
        for name, test in vars(TokenizerLaws).items():
            if hasattr(test, "needs") and name not in vars(cls):
                # Set either way: a class in between may have left out what this one needs.
                setattr(cls, name, test if test.needs in has else None)

    def make(self) -> Tokenizer:
        """A new tokenizer; equal each time."""
        raise TypeError(f"{type(self).__name__} must define make()")

    def open(self, directory: Path) -> Tokenizer:
        """The tokenizer saved in `directory`."""
        return load_tokenizer(directory)

    @pytest.fixture(scope="class")
    @classmethod
    def tokenizer(cls) -> Tokenizer:
        """The tokenizer under test, made once for the class."""
        return cls().make()

    def test_it_can_do_what_it_declares(self, tokenizer: Tokenizer) -> None:
        laws.check_capabilities(tokenizer, self.capabilities)

    @law
    @given(data=st.data())
    def test_ids_are_in_range(self, tokenizer: Tokenizer, data: Any) -> None:
        laws.check_ids(tokenizer, data.draw(self.documents))

    @law
    @given(data=st.data())
    def test_round_trip(self, tokenizer: Tokenizer, data: Any) -> None:
        laws.check_round_trip(tokenizer, data.draw(self.documents), self.fidelity)

    @_needs("any-text")
    @law
    @given(text=st.text())
    def test_round_trip_of_any_text(self, tokenizer: Tokenizer, text: str) -> None:
        laws.check_round_trip(tokenizer, text.encode("utf-8"), "bytes")

    @law
    @given(data=st.data())
    def test_begin_and_end_are_accepted(self, tokenizer: Tokenizer, data: Any) -> None:
        laws.check_begin_and_end(tokenizer, data.draw(self.documents))

    def test_the_same_everywhere_in_a_process(self, tokenizer: Tokenizer) -> None:
        laws.check_deterministic(tokenizer, self.make, self.example)

    def test_the_same_in_threads(self, tokenizer: Tokenizer) -> None:
        laws.check_threads(tokenizer, [self.example] * 20)

    @_needs("another-process")
    def test_the_same_in_another_process(self, tokenizer: Tokenizer, tmp_path: Path) -> None:
        source = self.entry_name
        if not source:
            tokenizer.save(tmp_path / "saved")  # type: ignore[attr-defined]
            source = str(tmp_path / "saved")
        out = subprocess.run(  # noqa: S603  our own interpreter, our own program
            [sys.executable, "-c", _FROM_ANOTHER_PROCESS, source],
            input=self.example,
            capture_output=True,
            check=False,
        )
        assert out.returncode == 0, out.stderr.decode()
        assert out.stdout.decode().strip() == str(tokenizer.encode(self.example).tolist())

    @law
    @given(junk=st.binary(min_size=1))
    def test_bytes_that_are_not_utf8_are_refused(self, tokenizer: Tokenizer, junk: bytes) -> None:
        with pytest.raises(EncodeError):
            tokenizer.encode(junk + b"\xff")

    @law
    @given(data=st.data())
    def test_foreign_ids_decode_or_raise(self, tokenizer: Tokenizer, data: Any) -> None:
        near = st.integers(-2, tokenizer.vocab_size + 1)
        laws.check_foreign_ids(tokenizer, data.draw(st.lists(near, max_size=20)))

    @_needs("save")
    def test_it_opens_as_it_was_saved(self, tokenizer: Tokenizer, tmp_path: Path) -> None:
        laws.check_saved(tokenizer, self.open, [self.example], tmp_path)

    @_needs("save")
    def test_a_flipped_byte_is_refused(self, tokenizer: Tokenizer, tmp_path: Path) -> None:
        laws.check_damage(tokenizer, self.open, tmp_path)

    @_needs("inspect")
    @law
    @given(data=st.data())
    def test_pieces_name_the_ids(self, tokenizer: Tokenizer, data: Any) -> None:
        laws.check_inspection(tokenizer, data.draw(self.documents))

    @_needs("free-mode")
    @law
    @given(data=st.data())
    def test_free_mode_is_what_the_grammar_refuses(self, tokenizer: Tokenizer, data: Any) -> None:
        laws.check_free_mode(tokenizer, data.draw(self.documents))

    @_needs("token-bytes")
    @law
    @given(data=st.data())
    def test_token_bytes_make_the_document(self, tokenizer: Tokenizer, data: Any) -> None:
        laws.check_token_bytes(tokenizer, data.draw(self.documents))

    @_needs("constrain")
    @law
    @given(data=st.data())
    def test_every_step_of_a_document_is_allowed(self, tokenizer: Tokenizer, data: Any) -> None:
        laws.check_step_by_step(tokenizer, data.draw(self.documents))

    @_needs("constrain")
    @law
    @given(data=st.data(), seed=st.integers(0, 2**32 - 1))
    def test_masks_agree_with_advance(self, tokenizer: Tokenizer, data: Any, seed: int) -> None:
        laws.check_mask_agrees(tokenizer, data.draw(self.documents), seed)

    @_needs("constrain")
    @law
    @given(slack=st.integers(0, 50), seed=st.integers(0, 2**32 - 1))
    def test_walks_end_within_their_budget(
        self, tokenizer: Tokenizer, slack: int, seed: int
    ) -> None:
        laws.check_budget_walk(tokenizer, slack, seed)

    @_needs("states")
    @law
    @given(data=st.data())
    def test_states_are_the_same_while_generating(self, tokenizer: Tokenizer, data: Any) -> None:
        laws.check_states(tokenizer, data.draw(self.documents))
