"""What a sample holds: its value, or why it has none. Read once for all evaluators."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from attrs import frozen

from wfgen.api import Sample
from wfgen.canonical import JsonValue, read_json, to_canonical
from wfgen.errors import DocumentError, SettingError

__all__ = ["Reading", "need_samples", "read_sample"]

_MAX_KEPT = 20_000


@frozen(kw_only=True)
class Reading:
    """A sample's text, read.

    Attributes:
        value: the JSON value; of no meaning where there is a cause.
        canonical: its canonical bytes; b'' where there is a cause.
        cause: why the text is no JSON; '' where it is.
    """

    value: JsonValue = None
    canonical: bytes = b""
    cause: str = ""


@lru_cache(maxsize=_MAX_KEPT)
def _read(text: str) -> Reading:
    try:
        value = read_json(text)
        return Reading(value=value, canonical=to_canonical(value))
    except DocumentError as error:
        return Reading(cause=error.cause)


def read_sample(sample: Sample) -> Reading:
    """The value of a sample's text; the values are shared, and not to be changed."""
    return Reading(cause=sample.fault) if sample.fault else _read(sample.text)


def need_samples(samples: Sequence[Sample]) -> None:
    """Raise SettingError where there is no sample."""
    if not samples:
        cause = "there is no sample, and so no score"
        raise SettingError(name="samples", cause=cause, hint="give one at least")
