"""`wfgen models`: the presets, and how large each is."""

from __future__ import annotations

import json
from typing import Any

import attrs

from wfgen.cli.console import print_line, print_table
from wfgen.cli.flags import AsJson
from wfgen.errors import SettingError
from wfgen.models import PRESETS, Preset, count_parameters

__all__ = ["models"]

_HEADINGS = (
    "preset",
    "width",
    "layers",
    "heads",
    "context",
    "embedding",
    "head",
    "core",
    "parameters",
    "what it is for",
)


def models(*, vocab_size: int = 8_192, as_json: AsJson = False) -> None:
    """List the presets of the model gpt and their exact numbers of parameters.

    Embedding and head grow with the vocabulary; the core is the same for every tokenizer.

    Parameters
    ----------
    vocab_size
        Entries of the tokenizer's vocabulary.
    as_json
        Print one JSON object instead of a table.
    """
    if vocab_size < 1:
        raise SettingError(
            name="vocab_size", cause=f"{vocab_size} does not fit", hint="give a number from 1 up"
        )
    if as_json:
        found = {p.name: _as_json(p, vocab_size) for p in PRESETS}
        print(json.dumps({"vocab_size": vocab_size, "presets": found}, indent=2))
        return
    print_table(_HEADINGS, [_row(preset, vocab_size) for preset in PRESETS])
    print_line(f"parameters at a vocabulary of {vocab_size:,}")


def _as_json(preset: Preset, vocab_size: int) -> dict[str, Any]:
    counted = count_parameters(preset.settings, vocab_size)
    return {
        "summary": preset.summary,
        "context": preset.context,
        "settings": attrs.asdict(preset.settings),
        "parameters": {**attrs.asdict(counted), "total": counted.total},
    }


def _row(preset: Preset, vocab_size: int) -> tuple[object, ...]:
    counted = count_parameters(preset.settings, vocab_size)
    shape = preset.settings
    return (
        preset.name,
        shape.width,
        shape.depth,
        shape.heads,
        preset.context,
        counted.embedding,
        counted.head,
        counted.core,
        counted.total,
        preset.summary,
    )
