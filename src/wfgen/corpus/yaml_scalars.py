"""What a plain scalar is by the core schema of YAML 1.2 (https://yaml.org/spec/1.2.2/, 10.3.2)."""

from __future__ import annotations

import re

__all__ = ["CORE_TAG", "kind_of", "reads_as_text", "tagged_kind"]

CORE_TAG = "tag:yaml.org,2002:"
"""What stands before the names of the core schema's tags; `!!` in a text."""

# First characters that a plain scalar of another type than str may have.
_TYPED_STARTS = frozenset("nN~tTfF+-.0123456789")
_CORE_SCHEMA = re.compile(
    r"(?P<null>null|Null|NULL|~|)"
    r"|(?P<true>true|True|TRUE)"
    r"|(?P<false>false|False|FALSE)"
    r"|(?P<int>[-+]?[0-9]+)"
    r"|(?P<octal>0o[0-7]+)"
    r"|(?P<hexadecimal>0x[0-9a-fA-F]+)"
    r"|(?P<float>[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)"
    r"|(?P<non_finite>[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))"
)
_KINDS_OF_TAG = {
    "null": {"null"},
    "bool": {"true", "false"},
    "int": {"int", "octal", "hexadecimal"},
    "float": {"float", "non_finite"},
}


def kind_of(text: str) -> str:
    """null, true, false, int, octal, hexadecimal, float, non_finite or str."""
    if text and text[0] not in _TYPED_STARTS:
        return "str"
    match = _CORE_SCHEMA.fullmatch(text)
    return (match.lastgroup if match else None) or "str"


def reads_as_text(text: str) -> bool:
    """Whether a plain scalar of this text is a string."""
    return kind_of(text) == "str"


def tagged_kind(tag: str, text: str) -> str:
    """The kind of a scalar under a full core tag other than `!!str`.

    Raises:
        ValueError: the tag is no scalar tag of the core schema, or does not fit the text.
    """
    name, kind = tag.removeprefix(CORE_TAG), kind_of(text)
    if name == "float" and kind == "int":
        return "float"
    if not tag.startswith(CORE_TAG) or kind not in _KINDS_OF_TAG.get(name, ()):
        raise ValueError(tag)
    return kind
