"""What each figure means, how it is headed and how its numbers are written."""

from __future__ import annotations

from wfgen.report.defining import (
    Definition,
    one_decimal,
    percent,
    plain,
    signed,
    three_decimals,
    two_decimals,
    whole,
)
from wfgen.report.trained_definitions import TRAINED_DEFINITIONS

__all__ = ["DEFINITIONS", "definition_of"]

_PERCENTILE = "the length that this share of the documents does not exceed"

DEFINITIONS: dict[str, Definition] = {
    "vocabulary-size": Definition(
        heading="vocabulary", text="entries, begin and end among them", write=whole
    ),
    "tokens-per-document": Definition(
        heading="tokens / document",
        text="mean tokens of a document's canonical form, begin and end left out",
        write=one_decimal,
    ),
    "tokens-per-document-min": Definition(
        heading="min", text="the shortest document, in tokens", write=whole
    ),
    "tokens-per-document-p50": Definition(heading="p50", text=_PERCENTILE, write=whole),
    "tokens-per-document-p90": Definition(heading="p90", text=_PERCENTILE, write=whole),
    "tokens-per-document-p99": Definition(heading="p99", text=_PERCENTILE, write=whole),
    "tokens-per-document-max": Definition(
        heading="max", text="the longest document, in tokens", write=whole
    ),
    "bytes-per-token": Definition(
        heading="bytes / token",
        text="bytes of the canonical forms over tokens; more is shorter",
        write=two_decimals,
    ),
    "tokens-to-o200k": Definition(
        heading="vs o200k",
        text="tokens over those of o200k_base on the same canonical forms; less is shorter",
        write=three_decimals,
    ),
    "tokens-to-o200k-yaml": Definition(
        heading="vs o200k on YAML",
        text="tokens over those of o200k_base on the texts as they were read, comments included",
        write=three_decimals,
    ),
    "coverage": Definition(
        heading="coverage", text="share of all documents that are encoded", write=percent
    ),
    "refused": Definition(
        heading="refused",
        text="documents that are not encoded; they are left out of every arm",
        write=whole,
    ),
    "round-trip": Definition(
        heading="round trip",
        text="share of documents that decode to the same value, types and key order included",
        write=percent,
    ),
    "round-trip-bytes": Definition(
        heading="same bytes",
        text="share of documents that decode to the same bytes",
        write=percent,
    ),
    "vocabulary-use": Definition(
        heading="vocabulary used", text="share of entries that occur", write=percent
    ),
    "renyi-efficiency": Definition(
        heading="Renyi efficiency",
        text="Renyi entropy of the entries' shares at alpha 2.5 over the logarithm of the"
        " vocabulary (Zouhar et al. 2023); information only, it does not rank",
        write=three_decimals,
    ),
    "encode-documents-per-second": Definition(
        heading="encode documents/s", text="documents encoded a second of CPU time", write=whole
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
        heading="decode documents/s", text="documents decoded a second of CPU time", write=whole
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
        heading="documents/s", text="documents read, judged and encoded a second", write=whole
    ),
    "documents-per-second-worker": Definition(
        heading="documents/s a worker", text="the same, over the number of workers", write=whole
    ),
    "peak-memory": Definition(
        heading="peak MB",
        text="highest sum of the processes' resident memory, shared pages counted in each",
        write=whole,
    ),
    "kept": Definition(
        heading="kept", text="share of documents that were no duplicates", write=percent
    ),
    "id-bytes-per-token": Definition(
        heading="bytes an id", text="bytes of one id on disk", write=whole
    ),
    "disk-bytes-per-token": Definition(
        heading="bytes a token",
        text="bytes of the whole store over its tokens: ids, offsets, provenance, manifest",
        write=two_decimals,
    ),
    # Of a tokenizer that knows its documents' schema -------------------------------------------
    "coverage-grammar": Definition(
        heading="in grammar mode",
        text="share of all documents that are written by the tokenizer's grammar",
        write=percent,
    ),
    "coverage-free": Definition(
        heading="in free mode",
        text="share of all documents that are written in free mode, since the grammar rejects them",
        write=percent,
    ),
    "tokens-per-document-valid": Definition(
        heading="tokens / valid document",
        text="mean tokens of the documents that the schema accepts, written in grammar mode",
        write=one_decimal,
    ),
    "tokens-per-document-free": Definition(
        heading="tokens / document in free mode",
        text="mean tokens of the documents that the schema rejects, written in free mode",
        write=one_decimal,
    ),
    "tokens-to-o200k-valid": Definition(
        heading="valid ones vs o200k",
        text="the same over the documents that the schema accepts",
        write=three_decimals,
    ),
    "tokens-to-o200k-yaml-valid": Definition(
        heading="valid ones vs o200k on YAML",
        text="the same over the documents that the schema accepts",
        write=three_decimals,
    ),
    "tokens-to-o200k-free": Definition(
        heading="free mode vs o200k",
        text="the same over the documents that the schema rejects",
        write=three_decimals,
    ),
    "tokens-to-o200k-yaml-free": Definition(
        heading="free mode vs o200k on YAML",
        text="the same over the documents that the schema rejects",
        write=three_decimals,
    ),
    "free-mode": Definition(
        heading="free mode", text="share of documents written in free mode", write=percent
    ),
    "documents": Definition(heading="documents", text="how many were given", write=whole),
    "schema-valid": Definition(
        heading="schema-valid",
        text="share that the schema accepts, by an independent validator",
        write=percent,
    ),
    "right-mode": Definition(
        heading="right mode",
        text="share written in the grammar where the schema accepts them, else in free mode",
        write=percent,
    ),
    "verdicts": Definition(heading="verdicts", text="values judged", write=whole),
    "wrong-verdicts": Definition(
        heading="wrong", text="verdicts that differ from the independent one", write=whole
    ),
    "suite-groups": Definition(
        heading="groups",
        text="schemas of the suite, those that need a server left out",
        write=whole,
    ),
    "schemas-walked": Definition(
        heading="schemas", text="schemas of the suite that were walked", write=whole
    ),
    "schemas-compiled": Definition(
        heading="compiled", text="schemas that compile exactly", write=whole
    ),
    "compiled-exactly": Definition(
        heading="compiled exactly",
        text="share of schemas that compile, nothing approximated",
        write=percent,
    ),
    "compile-seconds": Definition(
        heading="compile s", text="seconds of compiling the schema, in a fresh process"
    ),
    "alphabet-size": Definition(heading="alphabet", text="symbols of the grammar", write=whole),
    "walks": Definition(heading="walks", text="masked random walks with a budget", write=whole),
    "walks-finished": Definition(
        heading="within budget", text="share of walks that end within their budget", write=percent
    ),
    "walks-valid": Definition(
        heading="walks valid",
        text="share of walks whose document an independent validator accepts",
        write=percent,
    ),
    "walks-different": Definition(
        heading="different", text="share of different documents among the walks", write=percent
    ),
    "tokens-per-walk": Definition(
        heading="tokens / walk", text="mean tokens of a walk", write=one_decimal
    ),
    "o200k-documents-per-second": Definition(
        heading="o200k documents/s",
        text="documents that tiktoken's o200k_base encodes a second, in turn in the same process",
        write=whole,
    ),
    "decode-speed-to-o200k-encode": Definition(
        heading="decode vs o200k encode",
        text="documents decoded a second over those that o200k_base encodes, in turn in one run",
        write=lambda value: f"{plain(value)}x",
    ),
    **{
        f"{work}{ending}-p{share}": Definition(
            heading=f"{work}{title} p{share}, us",
            text=f"microseconds that {share} % of the {word}{more} take at most",
        )
        for work, word in (("mask", "masks"), ("advance", "advances"))
        for ending, title, more in (
            ("", "", ""),
            ("-again", " again", " of a second pass over the same documents"),
            ("-cold", " cold", " that build something first"),
            ("-warm", " warm", " that build nothing"),
        )
        for share in (50, 99)
    },
    "valid-refused": Definition(
        heading="valid ones refused",
        text="share of valid documents that are refused",
        write=percent,
    ),
    "invalid-accepted": Definition(
        heading="invalid ones accepted",
        text="share of invalid documents that are accepted",
        write=percent,
    ),
    "making-seconds": Definition(
        heading="made in s", text="seconds of making the constraint, vocabulary included"
    ),
    "schema-changes": Definition(
        heading="changes", text="changes that the engine needs in the schema", write=whole
    ),
    "schema-looser": Definition(
        heading="of them looser", text="changes that let more values pass", write=whole
    ),
    "learn-seconds": Definition(
        heading="learned in s", text="seconds of learning, the longer of two runs"
    ),
    "learn-peak-memory": Definition(
        heading="peak MB", text="highest resident memory of the process that learns", write=whole
    ),
    "same-bytes": Definition(
        heading="same bytes", text="share of runs that gave the same artefact", write=percent
    ),
    "as-shipped": Definition(
        heading="as shipped",
        text="share of runs that gave the grammar, vocabulary and states that are shipped",
        write=percent,
    ),
    "open-seconds": Definition(heading="open s", text="seconds of opening the artefact"),
    "first-document-seconds": Definition(
        heading="first document s", text="seconds of encoding the first, small document"
    ),
    "import-seconds": Definition(heading="import s", text="seconds of importing"),
    "artefact-megabytes": Definition(heading="artefact MB", text="megabytes of its files"),
    "parameters": Definition(heading="parameters", text="all that is trained", write=whole),
    "bits-per-byte-to-plain": Definition(
        heading="against plain",
        text="the same less that of the model without the option, seed by seed",
        write=signed,
    ),
    "step-time-to-plain": Definition(
        heading="time of a step",
        text="forward and backward, over the time that plain takes in the same rounds",
        write=two_decimals,
    ),
    **TRAINED_DEFINITIONS,
}
"""By the figure's name."""


def definition_of(figure: str) -> Definition:
    """The definition of a figure; for one that is not known here, its name."""
    return DEFINITIONS.get(figure) or Definition(heading=figure, text=figure)
