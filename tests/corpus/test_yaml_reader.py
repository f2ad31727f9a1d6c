"""YAML by the core schema of 1.2, safe on any input, with both of PyYAML's parsers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from wfgen.canonical import Limits, same_value, to_canonical
from wfgen.corpus import yaml_events
from wfgen.corpus.yaml_reader import load_yaml
from wfgen.corpus.yaml_scalars import reads_as_text
from wfgen.errors import (
    DocumentError,
    DocumentSyntaxError,
    DuplicateKeyError,
    FileTooLargeError,
    KeyNotScalarError,
    LimitError,
    LoneSurrogateError,
    NestingTooDeepError,
    NonFiniteNumberError,
    NotUtf8Error,
    NumberTooLongError,
    RecursiveAliasError,
    SeveralDocumentsError,
    TooManyNodesError,
    UnknownTagError,
)
from wfgen.testing.strategies import workflow_values

YAML_LIKE = st.text("ab01:-?,[]{}#&*!|>'\"%@`~<.=\\ \n\t\r\x00\x85\u2028\ufeff\ud800é", max_size=40)
YAML_TOKENS = st.lists(
    st.sampled_from(
        ["a", "a: ", "- ", "? ", ": ", "\n", "\n  ", " ", "&a ", "*a", "!!str ", "!!int ", "!b ",
         "[", "]", "{", "}", ", ", "'", '"', "|\n  ", ">-\n ", "# ", "---\n", "...\n", "%TAG ! a\n",
         "\\ud800", "\\U00110000", "\\x", "1", "1e999", "0x", ".inf", "~", "<<", "\t", "é", "\x07"]
    ),
    max_size=25,
).map("".join)  # fmt: skip


@pytest.fixture(params=["libyaml", "pure Python"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    if request.param == "pure Python":
        monkeypatch.setattr(yaml_events, "_LOADER", yaml.SafeLoader)
    elif not yaml.__with_libyaml__:
        pytest.skip("PyYAML was built without libyaml")
    return request.param  # type: ignore[no-any-return]


# The core schema --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[(text, None) for text in ["~", "null", "Null", "NULL", "---", "--- # only", "!!null ''"]],
        *[(text, True) for text in ["true", "True", "TRUE", "!!bool 'true'"]],
        *[(text, False) for text in ["false", "False", "FALSE"]],
        ("012", 12),
        ("0o14", 12),
        ("0x0C", 12),
        ("+12", 12),
        ("-0", 0),
        ("18446744073709551616", 2**64),
        ("!!int '12'", 12),
        ("1.", 1.0),
        (".5e3", 500.0),
        ("-0.0", -0.0),
        ("1e3", 1000.0),
        ("1e-400", 0.0),
        ("!!float 1", 1.0),
    ],
)
def test_plain_scalars_have_the_types_of_the_core_schema(text: str, value: Any) -> None:
    assert same_value(load_yaml(text), value)


@pytest.mark.parametrize(
    "text",
    [
        *["yes", "no", "on", "off", "y", "N", "nULL", "tRUE", "2020-01-01", "2020-01-01T12:30:00Z"],
        *["12:30", "1:2", "1_000", "0b11", "0o8", "0xg", "1e", "1.2.3", ".", "+.e1", "=", "<<"],
        *["inf", "nan", "-.NaN", "--1", "1 2", "٣"],
    ],
)
def test_everything_else_is_text(text: str) -> None:
    assert same_value(load_yaml(f"a: {text}"), {"a": text})
    assert reads_as_text(text)


@pytest.mark.parametrize("text", ["'1'", '"1"', "!!str 1", "! 1", "|-\n 1", ">-\n 1"])
def test_quotes_blocks_and_tags_make_text(text: str, parser: str) -> None:
    assert same_value(load_yaml(text), "1")


@pytest.mark.parametrize(
    "key", ["on", "true", "3.10", "0x10", "~", "1e999", "2020-01-01", "<<", "=", "yes", "'on'"]
)
def test_a_key_is_text_as_it_is_written(key: str, parser: str) -> None:
    assert load_yaml(f"{key}: 1\n") == {key.strip("'"): 1}
    assert load_yaml(f"[{{{key}: 1}}]") == [{key.strip("'"): 1}]


def test_the_key_on_stays_text() -> None:
    assert load_yaml("on: push") == {"on": "push"}


def test_an_empty_key_is_the_empty_text(parser: str) -> None:
    assert load_yaml("? \n: 1") == {"": 1}


def test_a_merge_key_is_a_plain_key() -> None:
    text = "base: &b {a: 1}\nall:\n  <<: *b\n"
    assert load_yaml(text) == {"base": {"a": 1}, "all": {"<<": {"a": 1}}}


def test_collections_keep_their_order(parser: str) -> None:
    text = "b:\n- 1\n- {d: 2, c: !!seq [!!map {}]}\na: !!map\n  ? z\n  : - - y\n"
    value: Any = {"b": [1, {"d": 2, "c": [{}]}], "a": {"z": [["y"]]}}
    assert same_value(load_yaml(text), value)


def test_a_byte_order_mark_and_windows_lines_are_read(parser: str) -> None:
    text = "\ufeffon: push\r\nrun: |\r\n  a\r\n  b\r\n"
    value = {"on": "push", "run": "a\nb\n"}
    assert load_yaml(text) == load_yaml(text.encode()) == value


@given(workflow_values())
def test_canonical_json_of_a_workflow_is_yaml(value: Any) -> None:
    assert same_value(load_yaml(to_canonical(value)), value)


# Aliases ----------------------------------------------------------------------------------------


def test_an_alias_stands_for_what_its_anchor_names(parser: str) -> None:
    text = "a: &x [1]\nb: *x\nc: &x 2\nd: *x\ne: &y k\n*y : &z {}\nf: *z\n"
    value: Any = {"a": [1], "b": [1], "c": 2, "d": 2, "e": "k", "k": {}, "f": {}}
    assert same_value(load_yaml(text), value)


def test_an_anchor_may_be_named_anew_inside_its_own_node(parser: str) -> None:
    assert load_yaml("- &a [&a 1, *a]\n- *a") == [[1, 1], 1]


def bomb(width: int, levels: int) -> str:
    lines = ["- &a0 [" + ",".join("x" * width) + "]"]
    for i in range(1, levels):
        lines.append(f"- &a{i} [" + ",".join([f"*a{i - 1}"] * width) + "]")
    return "\n".join(lines)


def test_an_alias_bomb_of_400_bytes_is_refused(parser: str) -> None:
    text = bomb(9, 9)
    assert len(text) < 450
    with pytest.raises(TooManyNodesError):
        load_yaml(text)


def test_aliases_count_as_what_they_stand_for() -> None:
    text = "- &a [x, y]\n- *a\n- {k: *a}\n"  # 1 + 3 + 3 + 1 + 3
    assert load_yaml(text, limits=Limits(num_nodes=11)) == [
        ["x", "y"],
        ["x", "y"],
        {"k": ["x", "y"]},
    ]
    with pytest.raises(TooManyNodesError):
        load_yaml(text, limits=Limits(num_nodes=10))


def test_aliased_text_counts_against_the_bytes() -> None:
    with pytest.raises(FileTooLargeError):
        load_yaml("- &a " + "x" * 1_000_000 + "\n" + "- *a\n" * 5)


def test_the_depth_of_an_alias_counts() -> None:
    chain = "- &a0 []\n" + "".join(f"- &a{i} [*a{i - 1}]\n" for i in range(1, 63))
    load_yaml(chain)
    with pytest.raises(NestingTooDeepError):
        load_yaml(chain + "- &a63 [*a62]\n")


@pytest.mark.parametrize(("text", "column"), [("&a [*a]", 5), ("&a {k: *a}", 8), ("[*b, &b 1]", 2)])
def test_an_alias_inside_its_node_or_without_one_is_refused(
    text: str, column: int, parser: str
) -> None:
    with pytest.raises(RecursiveAliasError) as caught:
        load_yaml(text)
    assert (caught.value.line, caught.value.column) == (1, column)


# Errors -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "error", "line", "column"),
    [
        ("", DocumentSyntaxError, 1, 1),
        ("# nothing\n", DocumentSyntaxError, 1, 1),
        ("a: b: c", DocumentSyntaxError, 1, 5),
        ("a:\n\tb: 1", DocumentSyntaxError, 2, 1),
        ("é: 'a", DocumentSyntaxError, 1, 6),
        ("a: \x07", DocumentSyntaxError, 1, 4),
        ("a: 1\nb:\n  a: 1\n  a: 2", DuplicateKeyError, 4, 3),
        ("{on: 1, 'on': 2}", DuplicateKeyError, 1, 9),
        ("a: 1\n---\nb: 2", SeveralDocumentsError, 2, 1),
        ("a\n---\n", SeveralDocumentsError, 2, 1),
        ("? [a]\n: 1", KeyNotScalarError, 1, 3),
        ("a: {{ b }}", KeyNotScalarError, 1, 5),
        ("a: &x []\n*x : 1", KeyNotScalarError, 2, 1),
        ("a: !!binary aa", UnknownTagError, 1, 4),
        ("a: !b c", UnknownTagError, 1, 4),
        ("!!timestamp 2020-01-01", UnknownTagError, 1, 1),
        ("!!set {a}", UnknownTagError, 1, 1),
        ("!!map []", UnknownTagError, 1, 1),
        ("!!str {}", UnknownTagError, 1, 1),
        ("!!map a", UnknownTagError, 1, 1),
        ("!!int 1.5", UnknownTagError, 1, 1),
        ("!!bool yes", UnknownTagError, 1, 1),
        ("!!int a: 1", UnknownTagError, 1, 1),
        ("a: .inf", NonFiniteNumberError, 1, 4),
        ("a: -.INF", NonFiniteNumberError, 1, 4),
        ("a: .NaN", NonFiniteNumberError, 1, 4),
        ("a: 1e999", NonFiniteNumberError, 1, 4),
        ("a: " + "9" * 401, NumberTooLongError, 1, 4),
        ("a: 0x" + "f" * 390, NumberTooLongError, 1, 4),
        ("a: 1." + "0" * 400, NumberTooLongError, 1, 4),
        ("a: \ud800", LoneSurrogateError, 1, 4),
        (b"a: 1\nb: \xff", NotUtf8Error, 2, 4),
        (b"\xff\xfea\0", NotUtf8Error, 1, 1),
        ("[" * 10_000, NestingTooDeepError, 1, 65),
        ("[" * 1_000_000, NestingTooDeepError, 1, 65),
        ("- " * 1_000_000, NestingTooDeepError, 1, 129),
        ("{a: " * 500_000, NestingTooDeepError, 1, 257),
        ("- a\n" * 200_000, TooManyNodesError, 200_000, 3),
        (" " * (4 * 1024 * 1024 + 1), FileTooLargeError, None, None),
    ],
)
def test_each_fault_has_its_error_and_place(
    text: str | bytes, error: type[DocumentError], line: int | None, column: int | None
) -> None:
    with pytest.raises(error) as caught:
        load_yaml(text, path="ci.yml")
    assert type(caught.value) is error
    found = (caught.value.path, caught.value.line, caught.value.column)
    assert found == ("ci.yml", line, column)


@pytest.mark.parametrize("text", ['a: "\\ud800"', 'a: "\\U0000DFFF"', 'a: "\\ud83d\\ude00"'])
def test_an_escape_of_half_a_surrogate_pair_is_refused(text: str, parser: str) -> None:
    with pytest.raises(LoneSurrogateError) as caught:
        load_yaml(text)
    assert caught.value.line == 1


@pytest.mark.parametrize("escape", ["\\U00110000", "\\UFFFFFFFF", "\\xg0"])
def test_an_escape_of_no_character_is_refused(escape: str, parser: str) -> None:
    with pytest.raises(DocumentSyntaxError):
        load_yaml(f'a: "{escape}"')


def test_a_duplicate_key_is_reported_with_the_place_of_the_first() -> None:
    with pytest.raises(DuplicateKeyError, match="'a' stands twice, first at line 2, column 1"):
        load_yaml("b: {a: 1}\na: 1\nc: 2\na: 3\n")


def test_many_tag_directives_are_refused_before_they_are_parsed() -> None:
    directives = [f"%TAG !{i}! tag:x{i}\n" for i in range(100_000)]
    with pytest.raises(LimitError, match="1000 %TAG directives"):
        load_yaml("".join(directives) + "--- a")
    assert load_yaml("".join(directives[:1000]) + "--- a") == "a"
    assert load_yaml(f'"{"%TAG " * 2000}"') == "%TAG " * 2000


def test_a_raised_depth_is_read_without_recursion() -> None:
    depth = 5_000
    value = load_yaml("[" * depth + "]" * depth, limits=Limits(depth=depth))
    assert to_canonical(value, limits=Limits(depth=depth)) == b"[" * depth + b"]" * depth


def test_the_digit_limit_is_the_one_that_writing_has() -> None:
    limits = Limits(num_digits=12)
    for text in ("9" * 12, "-" + "9" * 11, "0x" + "1" * 10, "1.2345678901"):
        to_canonical(load_yaml(text, limits=limits), limits=limits)
    for text in ("9" * 13, "-" + "9" * 12, "0x" + "f" * 10, "1.23456789012"):
        with pytest.raises(NumberTooLongError):
            load_yaml(text, limits=limits)


# Any input --------------------------------------------------------------------------------------


@given(YAML_LIKE | YAML_TOKENS | st.text())
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    for loader in (yaml_events._LOADER, yaml.SafeLoader):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(yaml_events, "_LOADER", loader)
            try:
                to_canonical(load_yaml(text))
            except DocumentError as error:
                assert error.line is not None and error.line >= 1
                assert error.column is not None and error.column >= 1


@given(st.binary() | (YAML_LIKE | YAML_TOKENS).map(lambda t: t.encode(errors="surrogatepass")))
def test_any_bytes_are_read_or_refused_with_a_place(data: bytes) -> None:
    try:
        to_canonical(load_yaml(data))
    except DocumentError as error:
        assert error.line is not None
