"""The canonical form: exact, total over JSON values, and safe on any other input."""

from __future__ import annotations

import datetime
import enum
import json
import math
import sys
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfgen.canonical import (
    DEFAULT_LIMITS,
    Limits,
    excerpt,
    line_and_column,
    read_json,
    same_value,
    to_canonical,
)
from wfgen.canonical.reading import _Scanner
from wfgen.canonical.writing import _write_exact
from wfgen.errors import (
    DocumentError,
    DocumentSyntaxError,
    DuplicateKeyError,
    FileTooLargeError,
    LimitError,
    LoneSurrogateError,
    NestingTooDeepError,
    NonFiniteNumberError,
    NotUtf8Error,
    NumberTooLongError,
    SettingError,
    TooManyNodesError,
    UnsupportedValueError,
)
from wfgen.testing.strategies import canonical_documents, json_values

JSON_LIKE = st.text('[]{}",: \n\\/019.eE-+truefalsnNaIifd\x00\x7f\ud800é', max_size=30)


# Laws -------------------------------------------------------------------------------------------


@given(json_values())
def test_reading_what_was_written_gives_the_same_value(value: Any) -> None:
    assert same_value(read_json(to_canonical(value)), value)


@given(canonical_documents())
def test_writing_what_was_read_gives_the_same_bytes(document: bytes) -> None:
    assert to_canonical(read_json(document)) == document


@given(json_values())
def test_the_exact_writer_agrees_with_the_fast_one(value: Any) -> None:
    assert _write_exact(value, "", DEFAULT_LIMITS) == to_canonical(value)


@given(canonical_documents())
def test_the_scanner_agrees_with_the_fast_reader(document: bytes) -> None:
    scanned = _Scanner(document.decode(), "", DEFAULT_LIMITS).document()
    assert same_value(scanned, read_json(document))


@given(json_values(), st.sampled_from([None, 0, 3]), st.booleans())
def test_any_layout_of_a_document_has_the_same_value(
    value: Any, indent: int | None, ascii_only: bool
) -> None:
    assert same_value(read_json(json.dumps(value, indent=indent, ensure_ascii=ascii_only)), value)


@given(JSON_LIKE | st.text())
def test_a_text_that_is_read_is_json_with_the_same_value(text: str) -> None:
    try:
        value = read_json(text)
    except DocumentError as error:
        assert error.line is not None and error.column is not None
        return
    assert same_value(value, json.loads(text.removeprefix("\ufeff")))


@given(st.binary())
def test_bytes_are_read_or_refused_with_a_place(data: bytes) -> None:
    try:
        read_json(data)
    except DocumentError as error:
        assert error.line is not None


# Reading ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("1.0", 1.0),
        ("1e0", 1.0),
        ("-0", 0),
        ("-0.0", -0.0),
        ("1e-400", 0.0),
        ("18446744073709551616", 2**64),
        ("-9223372036854775809", -(2**63) - 1),
        ("9" * 400, 10**400 - 1),
        (" [ true , false , null ]\r\n", [True, False, None]),
        ('"\\ud83d\\ude00\\/\\u0000"', "\U0001f600/\0"),
        ('{"b":1,"a":{"":[]}}', {"b": 1, "a": {"": []}}),
        ("\ufeff{}", {}),
    ],
)
def test_a_text_has_its_exact_value(text: str, value: Any) -> None:
    assert same_value(read_json(text), value)
    assert same_value(read_json(text.encode()), value)


@pytest.mark.parametrize(
    ("text", "error", "line", "column"),
    [
        ("", DocumentSyntaxError, 1, 1),
        ("\n [1,]", DocumentSyntaxError, 2, 5),
        ("[1 2]", DocumentSyntaxError, 1, 4),
        ("[1}", DocumentSyntaxError, 1, 3),
        ("[1", DocumentSyntaxError, 1, 3),
        ("]", DocumentSyntaxError, 1, 1),
        ("{1:2}", DocumentSyntaxError, 1, 2),
        ('{"a" 1}', DocumentSyntaxError, 1, 6),
        ('{"a":1,}', DocumentSyntaxError, 1, 8),
        ("{'a':1}", DocumentSyntaxError, 1, 2),
        ("{} x", DocumentSyntaxError, 1, 4),
        ("[1]\n[2]", DocumentSyntaxError, 2, 1),
        ("01", DocumentSyntaxError, 1, 1),
        ("-", DocumentSyntaxError, 1, 1),
        ("1.", DocumentSyntaxError, 1, 1),
        (".5", DocumentSyntaxError, 1, 1),
        ("+1", DocumentSyntaxError, 1, 1),
        ("nul", DocumentSyntaxError, 1, 1),
        ("\x0c1", DocumentSyntaxError, 1, 1),
        ('"abc', DocumentSyntaxError, 1, 1),
        ('"abc\\', DocumentSyntaxError, 1, 1),
        ('"a\tb"', DocumentSyntaxError, 1, 3),
        ('"a\\\tb"', DocumentSyntaxError, 1, 3),
        ('["a\\x"]', DocumentSyntaxError, 1, 4),
        ('"\\u12"', DocumentSyntaxError, 1, 2),
        ('{"a":1,\n "a":2}', DuplicateKeyError, 2, 2),
        ('{"a":1,"\\u0061":2}', DuplicateKeyError, 1, 8),
        ("[NaN]", NonFiniteNumberError, 1, 2),
        ("-Infinity", NonFiniteNumberError, 1, 1),
        ("[1, 1E400]", NonFiniteNumberError, 1, 5),
        ('[\n"\\ud800"]', LoneSurrogateError, 2, 1),
        ('"\\udc00\\ud800"', LoneSurrogateError, 1, 1),
        ('"\ud800"', LoneSurrogateError, 1, 2),
        ("9" * 401, NumberTooLongError, 1, 1),
        ("[0." + "1" * 400 + "]", NumberTooLongError, 1, 2),
        ("9" * 1_000_000, NumberTooLongError, 1, 1),
        (b'["\xc3\xa9",\n"\xff"]', NotUtf8Error, 2, 2),
        (b"\xed\xa0\x80", NotUtf8Error, 1, 1),
        ("[" * 10_000, NestingTooDeepError, 1, 65),
        ("[" * 1_000_000, NestingTooDeepError, 1, 65),
        ('{"a":' * 500_000, NestingTooDeepError, 1, 321),
        ("[" * 65 + "]" * 65, NestingTooDeepError, 1, 65),
    ],
)
def test_each_fault_has_its_error_and_place(
    text: str | bytes, error: type[DocumentError], line: int, column: int
) -> None:
    with pytest.raises(error) as caught:
        read_json(text, path="f.json")
    assert type(caught.value) is error
    assert (caught.value.path, caught.value.line, caught.value.column) == ("f.json", line, column)


def test_a_duplicate_key_is_reported_with_the_place_of_the_first() -> None:
    with pytest.raises(DuplicateKeyError, match="'a' stands twice, first at line 1, column 2"):
        read_json('{"a":1,"b":{"a":2},"a":3}')


def test_a_long_key_is_cut_in_the_message() -> None:
    key = "k" * 100_000
    with pytest.raises(DuplicateKeyError) as caught:
        read_json(f'{{"{key}":1,"{key}":2}}')
    assert len(str(caught.value)) < 200


# Limits -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limits", "within", "over", "error"),
    [
        (Limits(num_bytes=5), '"abc"', '"abcd"', FileTooLargeError),
        (Limits(num_bytes=5), '"é1"', '"éé"', FileTooLargeError),
        (Limits(depth=2), '[{"a":1}]', '[{"a":[]}]', NestingTooDeepError),
        (Limits(num_nodes=3), '["a,[{",1]', '["a",1,{}]', TooManyNodesError),
        (Limits(num_digits=3), "-12", "1000", NumberTooLongError),
        (Limits(num_digits=3), "1.5", "1.25", NumberTooLongError),
    ],
)
def test_each_limit_holds_when_reading_and_writing(
    limits: Limits, within: str, over: str, error: type[LimitError]
) -> None:
    value = read_json(within, limits=limits)
    assert to_canonical(value, limits=limits) == within.encode()
    for read in (over, over.encode()):
        with pytest.raises(error):
            read_json(read, limits=limits)
    with pytest.raises(error) as caught:
        to_canonical(read_json(over), path="p", limits=limits)
    assert caught.value.path == "p"


@pytest.mark.parametrize("opened", ["[", '{"a":'])
def test_a_raised_depth_is_read_and_written_without_recursion(opened: str) -> None:
    depth = 20_000
    document = opened * depth + "0" + ("]" if opened == "[" else "}") * depth
    limits = Limits(depth=depth)
    value = read_json(document, limits=limits)
    assert to_canonical(value, limits=limits) == document.encode()
    is_same = same_value(value, read_json(document, limits=limits))
    assert is_same


@pytest.mark.parametrize("name", ["num_bytes", "depth", "num_nodes", "num_digits"])
@pytest.mark.parametrize("value", [0, -1, 1.5, True, "3"])
def test_a_limit_is_a_whole_number_above_zero(name: str, value: Any) -> None:
    with pytest.raises(SettingError, match=name):
        Limits(**{name: value})


def test_a_digit_limit_above_the_interpreters_is_refused() -> None:
    Limits(num_digits=4300)
    with pytest.raises(SettingError, match="4300"):
        Limits(num_digits=4301)


def test_a_lower_limit_of_the_interpreter_holds_too() -> None:
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    try:
        with pytest.raises(NumberTooLongError):
            read_json("9" * 641, limits=Limits(num_digits=4300))
        with pytest.raises(NumberTooLongError):
            to_canonical(10**700, limits=Limits(num_digits=4300))
    finally:
        sys.set_int_max_str_digits(before)


# Writing ----------------------------------------------------------------------------------------


class Colour(enum.StrEnum):
    RED = "red"


class Level(enum.IntEnum):
    LOW = 1


class Text(str):
    __slots__ = ()


def _cycle() -> list[Any]:
    cycle: list[Any] = []
    cycle.append({"a": cycle})
    return cycle


def _bomb() -> list[Any]:
    bomb: list[Any] = ["x"]
    for _ in range(30):
        bomb = [bomb] * 10
    return bomb


@pytest.mark.parametrize(
    ("value", "error", "pointer"),
    [
        ({1: 2}, UnsupportedValueError, "/1"),
        ({"a": {None: 2}}, UnsupportedValueError, "/a/None"),
        ({Colour.RED: 1}, UnsupportedValueError, "/red"),
        ([0, (1,)], UnsupportedValueError, "/1"),
        ({"a/b": {"~": {1}}}, UnsupportedValueError, "/a~1b/~0"),
        ({"": b"x"}, UnsupportedValueError, "/"),
        (datetime.date(2020, 1, 1), UnsupportedValueError, ""),
        ([Colour.RED], UnsupportedValueError, "/0"),
        ([Level.LOW], UnsupportedValueError, "/0"),
        ([Text("a")], UnsupportedValueError, "/0"),
        ([1, math.nan], NonFiniteNumberError, "/1"),
        ({"a": -math.inf}, NonFiniteNumberError, "/a"),
        ({"a": "\ud800"}, LoneSurrogateError, "/a"),
        ({"a": 1, "\udfff": 1}, LoneSurrogateError, "/\udfff"),
        ([10**400], NumberTooLongError, "/0"),
        ([-(10**399)], NumberTooLongError, "/0"),
        ([1 << 10_000_000], NumberTooLongError, "/0"),
        (_cycle(), NestingTooDeepError, "/0/a" * 32),
        (_bomb(), TooManyNodesError, None),
        (["x" * 2_000_000] * 3, FileTooLargeError, None),
        (["\0" * 1_000_000], FileTooLargeError, None),
    ],
    ids=lambda x: "" if isinstance(x, (list, dict)) else None,
)
def test_a_value_without_a_json_form_is_refused_with_its_pointer(
    value: Any, error: type[DocumentError], pointer: str | None
) -> None:
    with pytest.raises(error) as caught:
        to_canonical(value, path="p")
    assert type(caught.value) is error
    assert caught.value.path == "p"
    if pointer is not None:
        assert caught.value.pointer == pointer


def test_floats_are_written_as_orjson_does() -> None:
    numbers = [0.1, 1.0, -0.0, 1e16, 1e22, 5e-324, 1.7976931348623157e308, 1e-5, 123456.789]
    assert to_canonical([10**30, *numbers])[33:-1] == orjson.dumps(numbers)[1:-1]


def test_containers_may_be_shared() -> None:
    shared: dict[str, Any] = {"a": [1]}
    assert to_canonical([shared, shared]) == b'[{"a":[1]},{"a":[1]}]'


# Comparing and places ---------------------------------------------------------------------------

DISTINCT: list[Any] = [0, 0.0, -0.0, False, None, "", [], {}, "0", [0], [0.0], {"a": 1, "b": 2}]
DISTINCT += [{"b": 2, "a": 1}, {"a": 1}, [[], 0], 2**53 + 1, float(2**53), 1, True, 1.0]


@pytest.mark.parametrize("left", range(len(DISTINCT)))
def test_same_value_counts_types_and_the_order_of_keys(left: int) -> None:
    equal = [i for i, value in enumerate(DISTINCT) if same_value(DISTINCT[left], value)]
    assert equal == [left]


@given(json_values(), json_values())
def test_same_value_is_equality_of_the_canonical_form(a: Any, b: Any) -> None:
    assert same_value(a, b) == (to_canonical(a) == to_canonical(b))


def test_a_place_counts_lines_and_columns_from_one() -> None:
    assert line_and_column("ab\ncd", 0) == (1, 1)
    assert line_and_column("ab\ncd", 4) == (2, 2)
    assert line_and_column("ab\n", 3) == (2, 1)


def test_an_excerpt_is_short_and_printable() -> None:
    assert excerpt("a\nb") == "'a\\nb'"
    assert excerpt("é") == "'é'"
    assert len(excerpt("x" * 1000)) < 50
