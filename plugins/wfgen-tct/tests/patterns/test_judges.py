"""The same verdicts as `regress`, an independent ECMAScript engine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import check_jsonschema
import pytest
import regress
from hypothesis import assume, given
from hypothesis import strategies as st

from wfgen_tct.patterns import compile_pattern

_ATOMS = st.sampled_from(
    ["a", "b", "1", "-", "é", "\U0001f600", ".", "[^]", "[]", "[ab]", "[^a]", "[a-c_]", r"\n",
     r"\w", r"\W", r"\d", r"\s", r"\S", r"[\w\-]", r"[^\w\u{1F600}]", r"\uD83D\uDE00", r"\p{Lu}",
     "[é-\U0001f600]", r"\x61"]
)  # fmt: skip
_PLACES = st.sampled_from(["^", "$", r"\b", r"\B", ""])
_QUANTIFIERS = st.sampled_from(
    ["*", "+", "?", "*?", "+?", "??", "{0}", "{2}", "{1,2}", "{0,2}?", "{2,}", "{0,}"]
)
_LOOKS = st.sampled_from(["(?=", "(?!", "(?<=", "(?<!"])
_GROUPS = st.sampled_from(["(", "(?:"])


def _wider(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.lists(inner, max_size=3).map("".join),
        st.builds("(?:{}{}|{}){}".format, _PLACES, inner, inner, _QUANTIFIERS),
        st.builds("{}{}){}".format, _GROUPS, inner, _QUANTIFIERS),
        st.builds("{}{})".format, _LOOKS, inner),
        st.builds("{}{}{}".format, _PLACES, inner, _PLACES),
    )


PATTERNS = st.recursive(_ATOMS | _PLACES, _wider, max_leaves=12)
TEXTS = st.text("ab1-_é\U0001f600 \n\u2028A", max_size=6)


def _loops_in_loops(pattern: str) -> int:
    """How deep groups that repeat stand in one another; at least that deep."""
    depths, deepest = [0], 0
    for at, character in enumerate(pattern):
        if character == "(":
            depths.append(0)
        elif character == ")" and len(depths) > 1:
            inner = depths.pop() + (pattern[at + 1 : at + 2] in tuple("*+?{"))
            depths[-1] = max(depths[-1], inner)
            deepest = max(deepest, inner)
    return deepest


# Node 22 finds it too; regress 2026.9.1, whose backtracking loses it, does not.
def test_loops_in_loops_in_loops_are_found() -> None:
    assert compile_pattern("(?:(?:(?:^[a-c]|(?:.){2})+)+){2}").accepts(b"abc")


@given(PATTERNS, st.lists(TEXTS, min_size=1, max_size=20))
def test_it_is_found_where_the_judge_finds_it(pattern: str, texts: list[str]) -> None:
    assume(_loops_in_loops(pattern) < 3)
    dfa, judge = compile_pattern(pattern), regress.Regex(pattern, "u")
    for text in texts:
        assert dfa.accepts(text.encode()) == (judge.find(text) is not None), text


@given(PATTERNS)
def test_a_look_around_finds_what_its_body_finds(pattern: str) -> None:
    dfa = compile_pattern(pattern)
    assert compile_pattern(f"(?={pattern})") == dfa
    assert compile_pattern(f"(?<={pattern})") == dfa
    assert compile_pattern(f"(?!(?!{pattern}))") == dfa
    assert compile_pattern(f"(?<!(?<!{pattern}))") == dfa


@given(PATTERNS)
def test_what_is_nowhere_is_the_complement(pattern: str) -> None:
    dfa, nowhere = compile_pattern(pattern), compile_pattern(f"^(?![^]*(?:{pattern}))")
    assert nowhere.rows == dfa.rows
    assert not nowhere.accepting & dfa.accepting
    assert dfa.start in nowhere.accepting | dfa.accepting


# Real schemas ---------------------------------------------------------------------------------


def _patterns_in(value: Any) -> Iterator[str]:
    stack = [value]
    while stack:
        at = stack.pop()
        if isinstance(at, dict):
            if isinstance(at.get("pattern"), str):
                yield at["pattern"]
            if isinstance(at.get("patternProperties"), dict):
                yield from at["patternProperties"]
            stack += at.values()
        elif isinstance(at, list):
            stack += at


def _real_patterns() -> list[str]:
    folder = Path(check_jsonschema.__file__).parent / "builtin_schemas"
    schemas = [json.loads(file.read_bytes()) for file in sorted(folder.rglob("*.json"))]
    return sorted({pattern for schema in schemas for pattern in _patterns_in(schema)})


def _judge(pattern: str) -> regress.Regex:
    """With the flag u, or without where the pattern relies on Annex B."""
    try:
        return regress.Regex(pattern, "u")
    except regress.RegressError:
        return regress.Regex(pattern)


def test_all_patterns_of_real_schemas_compile() -> None:
    patterns = _real_patterns()
    assert len(patterns) > 300
    tries = ["", "a", "A-1", "1.0", "v1.2.3", "on", "true", "${{ a }}", "a/b@v1", "https://a.b/c"]
    tries += ["self", "x-y", "2024-01-31T00:00:00Z", "sha256:0", "a.yml", "é", "<<p>>", "\n"]
    for pattern in patterns:
        dfa, judge = compile_pattern(pattern), _judge(pattern)
        for text in [*tries, pattern.strip("^$"), pattern.replace("\\", "").strip("^$")]:
            assert dfa.accepts(text.encode()) == (judge.find(text) is not None), (pattern, text)


@pytest.mark.parametrize("name", ["L", "Lu", "Nd", "Zs", "Cn", "sc=Greek", "scx=Latn", "ID_Start"])
def test_a_property_has_the_members_that_the_judge_finds_one_by_one(name: str) -> None:
    dfa, judge = compile_pattern(rf"^\p{{{name}}}$"), regress.Regex(rf"^\p{{{name}}}$", "u")
    for code_point in [*range(0, 0xD800, 7), *range(0xE000, 0x110000, 997)]:
        char = chr(code_point)
        assert dfa.accepts(char.encode()) == (judge.find(char) is not None), hex(code_point)
