"""Settings: frozen attrs classes, filled from names and values that a user typed.

A value may come as text (`--set overlap=64`) and is then read by the field's type, strictly:
`int("1.5")` and `bool("false")` are what a general converter gets wrong.
"""

from __future__ import annotations

import math
import types
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import attrs

from wfgen.errors import SettingError, name_hint

__all__ = ["make_settings", "parse_assignments"]

T = TypeVar("T")
_BOOLEANS = {"true": True, "yes": True, "on": True, "1": True}
_BOOLEANS |= {"false": False, "no": False, "off": False, "0": False}


def make_settings(settings: type[T], values: Mapping[str, Any]) -> T:
    """An instance of the attrs class `settings` from values by field name.

    Raises:
        SettingError: a name is unknown (the nearest is given), missing, or a value does not fit.
    """
    hints = get_type_hints(settings)
    known = tuple(a.name for a in attrs.fields(settings) if a.init)  # type: ignore[arg-type]
    for name in values:
        if name not in known:
            raise _unknown(name, known)
    read = {name: _read(name, value, hints.get(name, Any)) for name, value in values.items()}
    try:
        return settings(**read)
    except (TypeError, ValueError) as error:
        name = next((n for n in known if n in str(error)), settings.__name__)
        raise SettingError(name=name, cause=_first_line(error)) from error


def parse_assignments(assignments: Iterable[str]) -> dict[str, str]:
    """`["a=1", "b=x"]` as a dict.

    Raises:
        SettingError: there is no `=`, or a name stands twice.
    """
    values: dict[str, str] = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals:
            raise SettingError(name=assignment, cause="there is no =", hint="write name=value")
        if name in values:
            raise SettingError(name=name, cause="it is set twice", hint="set it once")
        values[name] = value
    return values


def _unknown(name: str, known: tuple[str, ...]) -> SettingError:
    return SettingError(name=name, cause="it is unknown", hint=name_hint(name, known))


def _first_line(error: Exception) -> str:
    # attrs' validators put the sentence first in `args`, followed by their objects.
    first = error.args[0] if error.args else error
    return str(first).split("\n")[0]


def _read(name: str, value: Any, hint: Any) -> Any:
    """`value` as the type `hint` says; text is read, everything else must fit already."""
    origin, options = get_origin(hint), get_args(hint)
    if hint is Any:
        return value
    if origin in (Union, types.UnionType):
        return _read_union(name, value, options)
    if origin is Literal:
        return _read_literal(name, value, options)
    if origin is tuple:
        items = value.split(",") if isinstance(value, str) else value
        if not isinstance(items, Sequence):
            raise SettingError(name=name, cause=f"{value!r} is no list of values")
        return tuple(_read(name, item, options[0]) for item in items)
    if origin is not None:  # dict[...], list[...] and so on: nothing that is typed on a line
        return value
    return _read_plain(name, value, hint)


def _read_union(name: str, value: Any, options: tuple[Any, ...]) -> Any:
    if type(None) in options and value in (None, "none"):
        return None
    rest = [o for o in options if o is not type(None)]
    for option in rest[:-1]:
        try:
            return _read(name, value, option)
        except SettingError:
            continue
    return _read(name, value, rest[-1])


def _read_literal(name: str, value: Any, options: tuple[Any, ...]) -> Any:
    for option in options:
        if value == option or value == str(option):
            return option
    wanted = ", ".join(str(o) for o in options)
    raise SettingError(name=name, cause=f"{value!r} is not one of {wanted}")


def _read_plain(name: str, value: Any, wanted: type) -> Any:
    is_bool = isinstance(value, bool)
    if isinstance(value, wanted) and is_bool == (wanted is bool):
        return value
    try:
        if wanted is bool and isinstance(value, str):
            return _BOOLEANS[value.lower()]
        if wanted is float and isinstance(value, (str, int)) and not is_bool:
            return _finite(value)
        if wanted in (int, Path) and isinstance(value, str):
            return wanted(value)
    except (ValueError, KeyError, OverflowError):
        pass
    raise SettingError(name=name, cause=f"{value!r} is not {_article(wanted)}")


def _finite(value: str | int) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{number} is not finite")
    return number


def _article(wanted: type) -> str:
    names = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
    return names.get(wanted, f"a {wanted.__name__}")
