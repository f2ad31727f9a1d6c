"""What patterns match, by hand and by the rules of ECMA-262."""

from __future__ import annotations

import pytest

from wfgen_tct.patterns import compile_pattern


def _accepted(pattern: str, texts: list[str]) -> list[str]:
    dfa = compile_pattern(pattern)
    return [text for text in texts if dfa.accepts(text.encode())]


@pytest.mark.parametrize(
    ("pattern", "matched", "others"),
    [
        ("", ["", "a"], []),
        ("b", ["b", "abc"], ["", "a"]),
        ("^b", ["b", "bc"], ["ab"]),
        ("b$", ["b", "ab"], ["bc", "b\n"]),
        ("^$", [""], ["a", "\n"]),
        ("a|", ["", "b"], []),
        ("^(?:a|bc)*$", ["", "abca"], ["b", "ac"]),
        ("^a{2,3}$", ["aa", "aaa"], ["a", "aaaa"]),
        ("^(?:ab){2}$", ["abab"], ["ab", "ababab"]),
        ("^a{2,}?$", ["aa", "aaaa"], ["a"]),
        ("^a{0}$", [""], ["a"]),
        ("^a{0,2}?b$", ["b", "ab", "aab"], ["aaab"]),
        ("^(?<year>\\d{4})-(\\d\\d)$", ["2024-01"], ["202-401"]),
        ("^(?:(?<a>x)|(?<a>y))$", ["x", "y"], ["xy"]),
        (r"^\d+\.\d+$", ["1.0", "12.34"], ["1", "1.", "\u0661.\u0661"]),
        (r"^\$\{\{(.|[\r\n])*\}\}$", ["${{}}", "${{ a\r\n}}"], ["${{}", "${{\u2028}}"]),
        ("[]", [], ["", "a"]),
        ("[^]", ["a", "\n", "\U0001f600"], [""]),
    ],
)
def test_the_operators(pattern: str, matched: list[str], others: list[str]) -> None:
    assert _accepted(pattern, matched + others) == matched


@pytest.mark.parametrize(
    ("pattern", "matched", "others"),
    [
        (r"^.$", ["a", "\0", "\x85", "\U0001f600"], ["\n", "\r", "\u2028", "\u2029", ""]),
        (r"^\d$", ["0", "9"], ["\u0660", "a"]),
        (r"^\w$", ["a", "Z", "_", "0"], ["é", "-", "\u017f"]),
        (r"^\s$", list("\t\n\v\f\r \xa0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"),
         ["\x85", "\u180e", "\u200b", "\x1c"]),
        (r"^\D\W\S$", ["aé\x85"], ["1éa", "aaa", "aé "]),
        (r"^[^a-c]$", ["d", "\n", "\U0001f600"], ["a", "b", "c"]),
        (r"^[\d\-_]$", ["0", "-", "_"], ["\\", "a"]),
        (r"^[^\w\s]$", ["-", "é"], ["a", " "]),
        (r"^[\b]$", ["\b"], ["b"]),
        (r"^\x41\u0042\u{43}\u{00000000000044}$", ["ABCD"], []),
        (r"^\cJ\cj[\cJ]\0$", ["\n\n\n\0"], []),
        (r"^\uD83D\uDE00$", ["\U0001f600"], ["\ud7ff"]),
        (r"^[\uD83D\uDE00-\uD83D\uDE02]$", ["\U0001f601"], ["\U0001f603"]),
        ("^\ud83d\ude00$", ["\U0001f600"], []),
        (r"\uD83D", [], ["\U0001f600", "\ufffd"]),
        (r"^[^\uD83D]$", ["\U0001f600", "a"], []),
        (r"^\p{Lu}$", ["A", "É", "\U00010400"], ["a", "1"]),
        (r"^\P{Lu}$", ["a", "1"], ["A", "É"]),
        (r"^\p{General_Category=Decimal_Number}$", ["1", "\u0661"], ["a"]),
        (r"^\p{Script=Greek}\p{scx=Grek}$", ["αα", "α\u0342"], ["aα", "\u0342α"]),
        (r"^[\p{Alphabetic}\p{Emoji}--]$", ["a", "\U0001f600", "-", "#"], ["."]),
        (r"^[^\p{ASCII}]$", ["é"], ["a", "\x7f"]),
        (r"^\p{Any}\p{Assigned}$", ["\U0010ffffa"], ["a\U0010ffff"]),
        (r"\p{Cs}", [], ["a", "\ue000"]),
    ],
)  # fmt: skip
def test_the_characters(pattern: str, matched: list[str], others: list[str]) -> None:
    assert _accepted(pattern, matched + others) == matched


@pytest.mark.parametrize(
    ("pattern", "matched", "others"),
    [
        (r"\bcat\b", ["cat", "a cat.", "écaté"], ["cats", "_cat", "concat"]),
        (r"^\Bx|x\B", ["xy"], ["x", " x "]),
        (r"\B", ["", "ab", "-"], ["a", "a b"]),
        (r"^(?!x)", ["", "yx"], ["x"]),
        (r"^(?!.*foo)[a-z]*$", ["", "fobar"], ["foo", "afoob"]),
        (r"^(?=.*\d)(?=.*[a-z]).{3,}$", ["a1b", "1aaa"], ["abc", "123", "a1"]),
        (r"(?<=a)b", ["ab", "xaby"], ["b", "cb"]),
        (r"(?<!a)b", ["b", "cb", "abb"], ["ab"]),
        (r"^(?:(?!ab)[ab])*$", ["", "ba", "bbaa"], ["ab", "bab"]),
        (r"^(?:a(?=b|$)|b(?=a|$))*$", ["", "a", "abab"], ["aa", "abb"]),
        (r"(?=a(?<=xa)(?!.*y))", ["xa", "bxab"], ["a", "xay"]),
        (r"(?<=^(?=.*z$)a*)b", ["abz", "bz"], ["ab", "cbz"]),
        (r"(?<!(?=\bfoo\b)[^]*)$", ["food", "a"], ["foo", "a foo b"]),
        (r"(?=a)*b", ["b"], ["a"]),
        (r"(?=a){0}b", ["b"], []),
        (r"(?!a){2}b", ["b"], ["a"]),
        (r"a^b|b$c", [], ["ab", "bc", "a\nb"]),
        (r"(?:^|,)x(?:,|$)", ["x", "a,x", "x,a"], ["ax", "xa"]),
    ],
)
def test_the_assertions(pattern: str, matched: list[str], others: list[str]) -> None:
    assert _accepted(pattern, matched + others) == matched


@pytest.mark.parametrize(
    ("pattern", "same"),
    [
        (r"\-\_\"\@\ \é", '-_"@ é'),
        (r"^]$", r"^\]$"),
        ("^{$", r"^\{$"),
        ("^}$", r"^\}$"),
        ("^a{$", r"^a\{$"),
        ("^a{,5}$", r"^a\{,5\}$"),
        ("^a{1$", r"^a\{1$"),
        (r"[\w-.]", r"[\w\-.]"),
        (r"[+-\d]", r"[+\-\d]"),
        (r"[\s-\d]", r"[\s\-\d]"),
        ("(?=a)+a", "(?=a)a"),
    ],
)
def test_of_annex_b_what_schemas_rely_on(pattern: str, same: str) -> None:
    assert compile_pattern(pattern) == compile_pattern(same)
