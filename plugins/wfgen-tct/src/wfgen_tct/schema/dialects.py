"""The dialects of JSON Schema, and how `$schema` names them."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from wfgen.errors import name_hint
from wfgen_tct.errors import SchemaError
from wfgen_tct.schema.exact import shown

__all__ = ["DIALECTS", "Dialect", "dialect_of", "find_dialect"]


class Dialect(IntEnum):
    """A version of JSON Schema; later ones compare greater."""

    DRAFT4 = 4
    DRAFT6 = 6
    DRAFT7 = 7
    DRAFT2019_09 = 2019
    DRAFT2020_12 = 2020

    @property
    def title(self) -> str:
        """What people call it."""
        return {2019: "2019-09", 2020: "2020-12"}.get(self.value, f"draft {self.value}")

    @property
    def uri(self) -> str:
        """Its metaschema, without the fragment."""
        if self >= Dialect.DRAFT2019_09:
            return f"https://json-schema.org/draft/{self.title}/schema"
        return f"http://json-schema.org/draft-0{self.value}/schema"


DIALECTS: tuple[Dialect, ...] = tuple(Dialect)


def _without_scheme(uri: str) -> str:
    return uri.removesuffix("#").removeprefix("https:").removeprefix("http:")


_BY_URI = {_without_scheme(dialect.uri): dialect for dialect in DIALECTS}


def find_dialect(uri: Any) -> Dialect | None:
    """The dialect whose metaschema `uri` is, with http or https, with or without a last '#'."""
    return _BY_URI.get(_without_scheme(uri)) if isinstance(uri, str) else None


def dialect_of(schema: dict[str, Any] | bool) -> Dialect:
    """What `$schema` of a whole schema says; 2020-12 where it says nothing.

    Raises:
        SchemaError: it is no string, or names none of the dialects.
    """
    if isinstance(schema, bool) or "$schema" not in schema:
        return Dialect.DRAFT2020_12
    uri = schema["$schema"]
    found = find_dialect(uri)
    if found is None:
        known = [dialect.uri for dialect in DIALECTS]
        raise SchemaError(
            pointer="/$schema",
            cause=f"$schema is {shown(uri)}, which names no dialect known here",
            hint=name_hint(uri if isinstance(uri, str) else "", known),
        )
    return found
