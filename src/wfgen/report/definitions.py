"""What each figure means, how it is headed and how its numbers are written."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

__all__ = ["DEFINITIONS", "Definition", "definition_of", "plain"]


def plain(value: float) -> str:
    """Three significant digits, and no more digits than a whole number has."""
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:#.3g}".rstrip(".")


def _whole(value: float) -> str:
    return f"{value:,.0f}"


def _one_decimal(value: float) -> str:
    return f"{value:,.1f}"


def _two_decimals(value: float) -> str:
    return f"{value:,.2f}"


def _three_decimals(value: float) -> str:
    return f"{value:.3f}"


def _percent(value: float) -> str:
    # Only all of them are 100 %, and only none of them 0 %.
    text = f"{100 * value:.1f} %"
    if text == "100.0 %":
        return "100 %" if value == 1 else "> 99.9 %"
    if text == "0.0 %":
        return "0 %" if value == 0 else "< 0.1 %"
    return text


@frozen(kw_only=True)
class Definition:
    """One figure.

    Attributes:
        heading: over a column.
        text: what it is, a sentence without its full stop.
        write: a value as text.
    """

    heading: str
    text: str
    write: Callable[[float], str] = plain


_PERCENTILE = "the length that this share of the documents does not exceed"

DEFINITIONS: dict[str, Definition] = {
    "vocabulary-size": Definition(
        heading="vocabulary", text="entries, begin and end among them", write=_whole
    ),
    "tokens-per-document": Definition(
        heading="tokens / document",
        text="mean tokens of a document's canonical form, begin and end left out",
        write=_one_decimal,
    ),
    "tokens-per-document-min": Definition(
        heading="min", text="the shortest document, in tokens", write=_whole
    ),
    "tokens-per-document-p50": Definition(heading="p50", text=_PERCENTILE, write=_whole),
    "tokens-per-document-p90": Definition(heading="p90", text=_PERCENTILE, write=_whole),
    "tokens-per-document-p99": Definition(heading="p99", text=_PERCENTILE, write=_whole),
    "tokens-per-document-max": Definition(
        heading="max", text="the longest document, in tokens", write=_whole
    ),
    "bytes-per-token": Definition(
        heading="bytes / token",
        text="bytes of the canonical forms over tokens; more is shorter",
        write=_two_decimals,
    ),
    "tokens-to-o200k": Definition(
        heading="vs o200k",
        text="tokens over those of o200k_base on the same canonical forms; less is shorter",
        write=_three_decimals,
    ),
    "tokens-to-o200k-yaml": Definition(
        heading="vs o200k on YAML",
        text="tokens over those of o200k_base on the texts as they were read, comments included",
        write=_three_decimals,
    ),
    "coverage": Definition(
        heading="coverage", text="share of all documents that are encoded", write=_percent
    ),
    "refused": Definition(
        heading="refused",
        text="documents that are not encoded; they are left out of every arm",
        write=_whole,
    ),
    "round-trip": Definition(
        heading="round trip",
        text="share of documents that decode to the same value, types and key order included",
        write=_percent,
    ),
    "round-trip-bytes": Definition(
        heading="same bytes",
        text="share of documents that decode to the same bytes",
        write=_percent,
    ),
    "vocabulary-use": Definition(
        heading="vocabulary used", text="share of entries that occur", write=_percent
    ),
    "renyi-efficiency": Definition(
        heading="Renyi efficiency",
        text="Renyi entropy of the entries' shares at alpha 2.5 over the logarithm of the"
        " vocabulary (Zouhar et al. 2023); information only, it does not rank",
        write=_three_decimals,
    ),
    "encode-documents-per-second": Definition(
        heading="encode documents/s", text="documents encoded a second of CPU time", write=_whole
    ),
    "encode-megabytes-per-second": Definition(
        heading="encode MB/s", text="megabytes of canonical form encoded a second"
    ),
    "encode-speed-to-o200k": Definition(
        heading="encode vs o200k",
        text="how many times as fast as o200k_base, measured in turn in the same run",
        write=lambda value: f"{plain(value)}x",
    ),
    "decode-documents-per-second": Definition(
        heading="decode documents/s", text="documents decoded a second of CPU time", write=_whole
    ),
    "decode-megabytes-per-second": Definition(
        heading="decode MB/s", text="megabytes of canonical form decoded a second"
    ),
    "decode-speed-to-o200k": Definition(
        heading="decode vs o200k",
        text="how many times as fast as o200k_base, measured in turn in the same run",
        write=lambda value: f"{plain(value)}x",
    ),
    "seconds": Definition(heading="seconds", text="wall-clock seconds of the whole run"),
    "documents-per-second": Definition(
        heading="documents/s", text="documents read, judged and encoded a second", write=_whole
    ),
    "documents-per-second-worker": Definition(
        heading="documents/s a worker", text="the same, over the number of workers", write=_whole
    ),
    "peak-memory": Definition(
        heading="peak MB",
        text="highest sum of the processes' resident memory, shared pages counted in each",
        write=_whole,
    ),
    "kept": Definition(
        heading="kept", text="share of documents that were no duplicates", write=_percent
    ),
    "id-bytes-per-token": Definition(
        heading="bytes an id", text="bytes of one id on disk", write=_whole
    ),
    "disk-bytes-per-token": Definition(
        heading="bytes a token",
        text="bytes of the whole store over its tokens: ids, offsets, provenance, manifest",
        write=_two_decimals,
    ),
}
"""By the figure's name."""


def definition_of(figure: str) -> Definition:
    """The definition of a figure; for one that is not known here, its name."""
    return DEFINITIONS.get(figure) or Definition(heading=figure, text=figure)
