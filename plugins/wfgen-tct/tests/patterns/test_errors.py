"""What is refused: malformed, unsupported, or too much work."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfgen.errors import SettingError
from wfgen_tct.errors import GrammarLimitError, PatternError
from wfgen_tct.patterns import PatternLimits, compile_pattern


@pytest.mark.parametrize(
    ("pattern", "at"),
    [
        ("a(b", 1),
        ("ab)", 2),
        ("a[b", 1),
        ("[b-", 0),
        ("*", 0),
        ("a|+", 2),
        ("a**", 2),
        ("a++", 2),
        ("{1}", 0),
        ("^*", 1),
        (r"\b+", 2),
        ("(?<=a)*", 6),
        ("a{2,1}", 1),
        ("a{99999999999999999999,99999999999999999998}", 1),
        ("[z-a]", 2),
        ("a\\", 1),
        (r"a\a", 1),
        (r"\Z", 0),
        (r"[\B]", 1),
        (r"\x1", 0),
        (r"\u12", 0),
        (r"\u{}", 0),
        (r"\u{110000}", 0),
        (r"\c1", 0),
        (r"\01", 0),
        (r"[\1]", 1),
        (r"\pL", 0),
        (r"\p{}", 0),
        ("(?<1>a)", 0),
        ("(?<a", 0),
        ("(?<a>x)(?<a>y)", 7),
        ("(?:(?<a>x)|b)(?<a>y)", 13),
        ("((?<a>x))((?<a>y))", 9),
        ("(?P<a>x)", 0),
        ("(?i)a", 0),
        ("(?>a)", 0),
        ("(" * 100_000, 99_999),
        ("[" * 100_000, 0),
        ("{" + "1" * 10_000 + "}", 0),
    ],
)
def test_malformed_patterns_are_refused_with_their_place(pattern: str, at: int) -> None:
    with pytest.raises(PatternError, match=f"malformed: .* at offset {at};") as caught:
        compile_pattern(pattern)
    assert caught.value.pointer == ""
    assert isinstance(pickle.loads(pickle.dumps(caught.value)), PatternError)


@pytest.mark.parametrize(
    ("pattern", "what"),
    [
        (r"(a)\1", "a back-reference at offset 3"),
        (r"(?<a>b)\k<a>", "a back-reference at offset 7"),
        ("(?i:a)", "a group that changes flags at offset 0"),
        ("a(?s-m:b)", "a group that changes flags at offset 1"),
        (r"\p{Foo}", "the unknown Unicode property 'Foo' at offset 0"),
        (r"[\P{Script=greek}]", "the unknown Unicode property 'Script=greek' at offset 1"),
        (r"\p{RGI_Emoji}", "the unknown Unicode property 'RGI_Emoji' at offset 0"),
        (r"(?<\u0061>b)", "a name of a group with an escape at offset 0"),
    ],
)
def test_unsupported_patterns_are_refused_with_their_place(pattern: str, what: str) -> None:
    with pytest.raises(PatternError) as caught:
        compile_pattern(pattern)
    assert caught.value.cause.endswith(f"unsupported: {what}")


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("(a{1000}){1000}", "num_steps"),
        ("a{1,99999999999999999999999}", "num_steps"),
        ("((a{0,100}){0,100}){0,100}", "num_steps"),
        ("(?:){10000000}", "num_steps"),
        ("(?:a" * 100_000 + ")*" * 100_000, "num_steps"),
        ("a.{100}b", "num_states"),
        ("".join(f"(?=.*{letter})" for letter in "abcdefghijklmnopqrstuvwxyz"), "num_states"),
    ],
)
def test_too_much_work_is_refused(pattern: str, name: str) -> None:
    with pytest.raises(GrammarLimitError, match=f"PatternLimits.{name} is "):
        compile_pattern(pattern)


def test_no_depth_is_too_deep() -> None:
    groups = compile_pattern("(" * 100_000 + "a" + ")" * 100_000)
    assert groups == compile_pattern("a")
    looks = compile_pattern("(?=a|" * 500 + ")" * 500)
    assert looks == compile_pattern("")


def test_limits_can_be_set() -> None:
    assert len(compile_pattern("^a{30}$").rows) == 32
    with pytest.raises(GrammarLimitError, match=r"PatternLimits\.num_states is 20"):
        compile_pattern("^a{30}$", limits=PatternLimits(num_states=20))
    with pytest.raises(GrammarLimitError, match=r"PatternLimits\.num_steps is 50"):
        compile_pattern("^a{30}$", limits=PatternLimits(num_steps=50))
    with pytest.raises(SettingError):
        PatternLimits(num_steps=0)


@given(st.text("ab1-{}[]()?<>=!:|*+.^$\\,pudwkx", max_size=30))
def test_any_text_compiles_or_is_refused(pattern: str) -> None:
    try:
        compile_pattern(pattern, limits=PatternLimits(num_steps=100_000))
    except (PatternError, GrammarLimitError) as error:
        assert str(error)
