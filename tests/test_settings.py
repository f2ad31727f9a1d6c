from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from attrs import field, frozen
from attrs.validators import ge

from wfgen.errors import SettingError
from wfgen.settings import make_settings, parse_assignments


@frozen(kw_only=True)
class Oven:
    degrees: int = field(default=180, validator=ge(0))
    fan: bool = False
    hours: float = 1.0
    rack: Literal["top", "middle"] = "middle"
    timer: int | None = None
    recipe: Path | None = None
    trays: tuple[int, ...] = (1,)


def test_text_is_read_by_the_type_of_its_field():
    typed = {
        "degrees": "200",
        "fan": "true",
        "hours": "0.5",
        "rack": "top",
        "timer": "none",
        "recipe": "a/b",
        "trays": "1,2",
    }
    assert make_settings(Oven, typed) == Oven(
        degrees=200, fan=True, hours=0.5, rack="top", recipe=Path("a/b"), trays=(1, 2)
    )


def test_values_that_fit_are_taken_as_they_are():
    given = {"degrees": 200, "fan": True, "hours": 2, "timer": 5, "trays": (1, 2)}
    assert make_settings(Oven, given) == Oven(
        degrees=200, fan=True, hours=2.0, timer=5, trays=(1, 2)
    )


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"degree": 1}, "did you mean 'degrees'"),
        ({"degrees": "1.5"}, "not a whole number"),
        ({"degrees": True}, "not a whole number"),
        ({"degrees": -1}, "must be >= 0"),
        ({"fan": "maybe"}, "not true or false"),
        ({"hours": "soon"}, "not a number"),
        ({"rack": "bottom"}, "not one of top, middle"),
        ({"trays": "1,x"}, "not a whole number"),
        ({"trays": 5}, "no list"),
        ({"hours": "nan"}, "not a number"),
        ({"hours": 10**400}, "not a number"),
    ],
)
def test_what_does_not_fit_names_the_setting_and_the_way_out(values, message):
    with pytest.raises(SettingError, match=message) as caught:
        make_settings(Oven, values)
    assert caught.value.name == next(iter(values))


def test_assignments_are_names_and_values():
    assert parse_assignments(["a=1", "b=x=y", "c="]) == {"a": "1", "b": "x=y", "c": ""}
    for wrong in (["a"], ["a=1", "a=2"]):
        with pytest.raises(SettingError):
            parse_assignments(wrong)
