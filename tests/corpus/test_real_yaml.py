"""The laws of YAML on real workflows, every twentieth of them."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard

from wfgen.canonical import read_json, same_value, to_canonical
from wfgen.corpus.yaml_reader import load_yaml
from wfgen.corpus.yaml_writer import dump_yaml
from wfgen.errors import DocumentError


def sampled_texts(file: Path) -> Iterator[str]:
    with file.open("rb") as raw:
        stream = zstandard.ZstdDecompressor().stream_reader(raw)
        for number, line in enumerate(io.TextIOWrapper(stream, encoding="utf-8")):
            if number % 20 == 0:
                yield json.loads(line)["yaml"]


@pytest.mark.parametrize("side", ["train", "valid"])
def test_real_workflows_are_read_and_come_back_the_same(real_corpus: Path, side: str) -> None:
    counts: Counter[str] = Counter()
    for text in sampled_texts(real_corpus / f"workflows-{side}.jsonl.zst"):
        try:
            value = load_yaml(text)
        except DocumentError as error:
            counts[error.reason] += 1
            continue
        counts["read"] += 1
        assert same_value(load_yaml(dump_yaml(value)), value)
        assert same_value(read_json(to_canonical(value)), value)
    assert counts["read"] >= 0.98 * counts.total() > 0, counts
