"""Composes workflows from parts: any number of them, each from a seed.

For training and tests where no real corpus is at hand. The parts lie in `parts/`, written as YAML
in the small template language of `template`; `assemble` joins them. Every workflow is valid under
the GitHub workflow schema and clean under actionlint.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

from wfgen.canonical import JsonValue
from wfgen.corpus.composer.assemble import Parts, assemble
from wfgen.corpus.composer.generators import GENERATORS
from wfgen.corpus.composer.template import Context
from wfgen.corpus.yaml_reader import load_yaml
from wfgen.errors import SettingError

__all__ = ["compose", "compose_many"]

_KINDS = ("blueprints", "fragments", "slots", "versions")


def compose(seed: int) -> dict[str, JsonValue]:
    """A workflow as a JSON value; the same for the same seed in every process and Python version.

    Raises:
        SettingError: the seed is below 0.
    """
    if seed < 0:
        raise SettingError(name="seed", cause=f"{seed} is below 0", hint="give 0 or more")
    parts = _parts()
    context = Context(
        rng=Random(seed),
        fragments=parts.fragments,
        slots=parts.slots,
        generators=GENERATORS,
    )
    return assemble(parts, context)


def compose_many(count: int, seed: int) -> Iterator[dict[str, JsonValue]]:
    """`count` workflows; a higher count gives the same ones first, then more.

    Raises:
        SettingError: `count` is below 0.
    """
    if count < 0:
        raise SettingError(name="count", cause=f"{count} is below 0", hint="give 0 or more")
    return (compose(_seed_of(seed, index)) for index in range(count))


def _seed_of(seed: int, index: int) -> int:
    # Neighbours of a seed are seeds too: without the hash, two corpora would overlap.
    digest = hashlib.sha256(f"{seed}/{index}".encode()).digest()
    return int.from_bytes(digest[:8], "big")


@cache
def _parts() -> Parts:
    kinds: dict[str, dict[str, Any]] = {kind: {} for kind in _KINDS}
    folder = files(__name__) / "parts"
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if not file.name.endswith(".yml"):
            continue
        value: Any = load_yaml(file.read_text(encoding="utf-8"), path=file.name)
        for kind, entries in value.items():
            assert not kinds[kind].keys() & entries.keys(), file.name
            kinds[kind] |= entries
    return Parts(**kinds)
