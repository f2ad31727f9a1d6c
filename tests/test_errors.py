from __future__ import annotations

import inspect
import pickle

import pytest

from wfgen import errors

CLASSES = [
    c for _, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, errors.WfgenError)
]


def test_every_error_is_public_and_has_one_root():
    assert {c.__name__ for c in CLASSES} == {n for n in errors.__all__ if n[0].isupper()}


def test_the_message_says_where_what_and_the_way_out():
    error = errors.DuplicateKeyError(
        path="ci.yml", line=3, column=5, cause="the key 'on' stands twice", hint="remove one"
    )
    assert str(error) == "ci.yml, line 3, column 5: the key 'on' stands twice; remove one"
    assert str(errors.EncodeError(pointer="", cause="it is odd")) == "at the root: it is odd"
    assert str(errors.DecodeError(index=4, cause="x")) == "token index 4: x"
    assert str(errors.WfgenError(cause="it broke")) == "it broke"


def test_reasons_are_distinct():
    reasons = [c.reason for c in CLASSES if issubclass(c, errors.DocumentError)]
    assert len(set(reasons)) == len(reasons)


@pytest.mark.parametrize("make", CLASSES, ids=lambda c: c.__name__)
def test_every_error_travels_between_processes(make):
    import attrs  # noqa: PLC0415

    values = {a.name: "x" for a in attrs.fields(make) if a.default is attrs.NOTHING}
    error = make(**values)
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is make
    assert str(back) == str(error)


def test_the_nearest_name_is_close_or_none():
    assert errors.nearest("tokenzier", ["tokenizer", "windower"]) == "tokenizer"
    assert errors.nearest("zebra", ["tokenizer", "windower"]) == ""


@pytest.mark.parametrize(
    ("known", "listed_by", "hint"),
    [
        (["tokenizer", "windower"], "", "did you mean 'tokenizer'? there are tokenizer, windower"),
        (["windower"], "", "there is windower"),
        ([], "", "there are none"),
        (["tokenizer"], "it ships", "did you mean 'tokenizer'? it ships tokenizer"),
    ],
)
def test_the_hint_for_an_unknown_name_lists_what_there_is(known, listed_by, hint):
    assert errors.name_hint("tokenzier", iter(known), listed_by=listed_by) == hint


def test_a_message_is_one_line_whatever_the_names_in_it():
    error = errors.DecodeError(cause="a\nb\x1b[31m \ud800 größer")
    assert str(error) == "a\\nb\\x1b[31m \\ud800 größer"
