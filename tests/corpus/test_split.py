from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wfgen.corpus.split import side_of

CONTENTS = st.binary(min_size=32, max_size=32)


@given(st.text(min_size=1), CONTENTS, CONTENTS, st.integers())
def test_an_owner_is_on_one_side(owner: str, a: bytes, b: bytes, seed: int) -> None:
    assert side_of(owner, a, seed=seed, valid_share=0.5) == side_of(
        owner, b, seed=seed, valid_share=0.5
    )


@given(CONTENTS, st.integers())
def test_without_an_owner_the_content_decides(content: bytes, seed: int) -> None:
    assert side_of(None, content, seed=seed, valid_share=0.5) == side_of(
        content.hex(), b"", seed=seed, valid_share=0.5
    )


@given(st.text(min_size=1), st.integers())
def test_all_and_nothing_can_be_held_out(owner: str, seed: int) -> None:
    assert side_of(owner, b"", seed=seed, valid_share=0.0) == "train"
    assert side_of(owner, b"", seed=seed, valid_share=1.0) == "valid"


def held_out(seed: int, share: float) -> set[int]:
    owners = range(4000)
    return {n for n in owners if side_of(str(n), b"", seed=seed, valid_share=share) == "valid"}


def test_the_share_of_owners_is_what_was_asked_for() -> None:
    assert abs(len(held_out(0, 0.1)) / 4000 - 0.1) < 0.02


def test_another_seed_gives_another_split() -> None:
    assert held_out(0, 0.1) != held_out(1, 0.1)


def test_a_larger_share_holds_out_the_same_owners_and_more() -> None:
    assert held_out(0, 0.1) < held_out(0, 0.2)


def test_the_rule_is_the_one_that_is_written_down() -> None:
    # sha256("0:github") begins with 25c4c9ef: 0.1475 of the way from 0 to 1.
    assert side_of("github", b"", seed=0, valid_share=0.148) == "valid"
    assert side_of("github", b"", seed=0, valid_share=0.147) == "train"
