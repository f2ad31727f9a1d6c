"""jsonschema-rs as an independent judge, where it departs from the specification put right.

In ECMA 262 `.` is no end of a line, of which there are four; jsonschema-rs takes one of them for
such. So a key with a carriage return matches `^.*$` there, and in ECMA 262 it does not.
"""

from __future__ import annotations

import re
from typing import Any

import jsonschema_rs

__all__ = ["judge_of", "with_plain_dots"]

_DOT = r"[^\n\r\u2028\u2029]"
# An escape, a class and a dot; classes of ECMA 262 hold no others, and `]` in one is escaped.
_PARTS = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|(\.)", re.DOTALL)
_DATA = ("const", "enum", "default", "examples")


def judge_of(schema: Any) -> jsonschema_rs.Validator:
    """A validator in the schema's dialect, formats off."""
    return jsonschema_rs.validator_for(_rewritten(schema), validate_formats=False)


def with_plain_dots(pattern: str) -> str:
    """The pattern with each `.` written as what ECMA 262 means by it."""
    return _PARTS.sub(lambda match: _DOT if match[1] else match[0], pattern)


def _rewritten(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_rewritten(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found: dict[str, Any] = {}
    for keyword, value in schema.items():
        if keyword == "pattern" and isinstance(value, str):
            found[keyword] = with_plain_dots(value)
        elif keyword == "patternProperties" and isinstance(value, dict):
            found[keyword] = {with_plain_dots(k): _rewritten(v) for k, v in value.items()}
        else:
            found[keyword] = value if keyword in _DATA else _rewritten(value)
    return found
