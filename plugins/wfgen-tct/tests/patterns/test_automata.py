"""The automata: smallest, canonical, and complete."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfgen_tct.patterns import Dfa, compile_pattern

PATTERNS = [
    "",
    "[]",
    "a",
    "^[_a-zA-Z][a-zA-Z0-9_-]*$",
    r"^\$\{\{(.|[\r\n])*\}\}$",
    r"^\s+$",
    r"^[é-\u{1F600}]{2}\b.",
    r"^\p{Script=Greek}*$",
    r"^(?!.*foo)(?=.*\d)\w{2,5}$",
    "^[\ud7ff\ue000]$",
    "^[" + "".join(map(chr, range(0x1001, 0x2000, 64))) + "]$",
    r"[\u{10000}-\u{10FFFF}]",
]


def _num_classes_of_states(dfa: Dfa) -> int:
    """By Moore's method: refine until nothing changes."""
    block_of = [int(state in dfa.accepting) for state in range(len(dfa.rows))]
    num_blocks = len(set(block_of))
    while True:
        signatures = [
            (block_of[state], *(block_of[after] for after in row))
            for state, row in enumerate(dfa.rows)
        ]
        numbers = {signature: number for number, signature in enumerate(set(signatures))}
        block_of = [numbers[signature] for signature in signatures]
        if len(numbers) == num_blocks:
            return num_blocks
        num_blocks = len(numbers)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_no_two_states_are_equivalent(pattern: str) -> None:
    dfa = compile_pattern(pattern)
    assert _num_classes_of_states(dfa) == len(dfa.rows)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_states_are_numbered_breadth_first_by_byte(pattern: str) -> None:
    dfa = compile_pattern(pattern)
    met = list(dict.fromkeys([dfa.start, *(after for row in dfa.rows for after in row)]))
    assert dfa.start == 0
    assert met == list(range(len(dfa.rows)))


@pytest.mark.parametrize("pattern", PATTERNS)
def test_every_state_knows_every_byte(pattern: str) -> None:
    dfa = compile_pattern(pattern)
    assert all(len(row) == 256 for row in dfa.rows)
    assert dfa.accepting <= set(range(len(dfa.rows)))


@pytest.mark.parametrize("pattern", PATTERNS)
def test_byte_classes_are_equal_columns(pattern: str) -> None:
    dfa = compile_pattern(pattern)
    columns = list(zip(*dfa.rows, strict=True))
    assert len(dfa.byte_classes) == 256
    assert len(set(columns)) == len(set(dfa.byte_classes)) == max(dfa.byte_classes) + 1
    assert len(set(zip(columns, dfa.byte_classes, strict=True))) == len(set(columns))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a|b", "[ab]"),
        ("a", "x*a"),
        ("ab*", "a"),
        ("(?<=a)b", "ab"),
        ("^(?=a)(?=.b)", "^ab"),
        (r"^\w+$", "^[a-zA-Z0-9_]+$"),
        (r"[\s\S]", "[^]"),
        ("^a{2,}$", "^aa+$"),
        (r"^(?:\r\n|[^\r]|\r(?!\n))*$", r"^[^]*$"),
        (r"\ba\b", r"(?<!\w)a(?!\w)"),
        ("^", "(?!a)|a"),
        ("[]", r"a(?<=b)"),
        (r"[^\ud800-\udfff]", "[^]"),
    ],
)
def test_equal_languages_have_equal_automata(one: str, other: str) -> None:
    assert compile_pattern(one) == compile_pattern(other)


def test_what_cannot_change_any_more_stays() -> None:
    dfa = compile_pattern("^a")
    for text, is_found in ((b"ab", True), (b"b", False)):
        state = dfa.start
        for byte in text:
            state = dfa.rows[state][byte]
        assert set(dfa.rows[state]) == {state}
        assert (state in dfa.accepting) == is_found


def test_bytes_of_one_character_are_told_apart_by_their_places() -> None:
    """All second bytes go on alike, the third ones do not; so with second and fourth ones."""
    third = "".join(rf"\u{{{code_point:x}}}" for code_point in range(0x1001, 0x2000, 64))
    fourth = "".join(rf"\u{{{code_point:x}}}" for code_point in range(0x40041, 0x80000, 4096))
    dfa = compile_pattern(f"^[{third}{fourth}]$")
    for code_point in (*range(0x1000, 0x2000), *range(0x40000, 0x43000)):
        expected = code_point % 64 == 1 if code_point < 0x2000 else code_point % 4096 == 65
        assert dfa.accepts(chr(code_point).encode()) == expected, hex(code_point)


@given(st.sets(st.characters(codec="utf-8"), max_size=4), st.characters(codec="utf-8"))
def test_a_class_has_its_members(members: set[str], char: str) -> None:
    escaped = "".join(rf"\u{{{ord(each):x}}}" for each in members)
    dfa, others = compile_pattern(f"^[{escaped}]$"), compile_pattern(f"^[^{escaped}]$")
    for each in (*members, char):
        assert dfa.accepts(each.encode()) == (each in members)
        assert others.accepts(each.encode()) == (each not in members)
