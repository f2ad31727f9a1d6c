"""The type-constrained tokenizer of GitHub Actions workflows.

    ids = tct_github_workflow.encode('{"on":"push","jobs":{}}')
    text, consumed, total = tct_github_workflow.decode(ids)

Documents are JSON texts, as workflows are after YAML was read. The vocabulary was learned from
public workflows; `tokenizer().about` says which. Nothing is fetched, and no torch is needed.
"""

from __future__ import annotations

from tct_github_workflow.functions import (
    constraint,
    decode,
    decode_prefix,
    encode,
    extract_window,
    schema_report,
    tokenizer,
    vocab_size,
)

__all__ = [
    "constraint",
    "decode",
    "decode_prefix",
    "encode",
    "extract_window",
    "schema_report",
    "tokenizer",
    "vocab_size",
]
