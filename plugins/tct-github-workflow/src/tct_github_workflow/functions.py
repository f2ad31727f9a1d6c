"""The functions of the module, as users of its name know them, and a few more."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import wfgen_tct

if TYPE_CHECKING:
    from wfgen.api import Constraint, Piece
    from wfgen_tct import Report, TctTokenizer

NAME = "tct-github-workflow"
"""The registry entry."""


@cache
def tokenizer() -> TctTokenizer:
    """The tokenizer; opened at the first call, 0.02 s, and then kept."""
    artefact = resources.files(__package__) / "artefact"
    with resources.as_file(artefact) as directory:
        return open_artefact(directory)


def open_artefact(directory: Path) -> TctTokenizer:
    """A tokenizer of this name from a directory that its `save` wrote.

    Raises:
        ArtefactError: it is damaged, or another's.
    """
    return wfgen_tct.open(directory, name=NAME)


def encode(json_text: str | bytes) -> list[int]:
    """The ids of a workflow, without begin and end.

    A workflow that the schema rejects is written in free mode: its first id is 3.

    Raises:
        EncodeError: the text is no JSON, or is larger or deeper than `wfgen.canonical` allows.
    """
    return tokenizer().encode(json_text).tolist()  # type: ignore[no-any-return]


def decode(ids: Sequence[int]) -> tuple[str, int, int]:
    """The workflow at the beginning of some ids.

    Returns:
        the JSON text; how many ids it took; how many there are. Ids behind the end of the
        workflow are left alone.

    Raises:
        DecodeError: an id may not stand where it does, or the workflow does not end. For one that
            was cut there is `decode_prefix`.
    """
    document, consumed = tokenizer().decode_first(ids)
    return document.decode(), consumed, len(ids)


def decode_prefix(ids: Sequence[int]) -> tuple[Piece, ...]:
    """What stands there so far, of ids that may be cut anywhere.

    Returns:
        pieces whose texts, put together, are the beginning of a JSON text. One without a token was
        inferred: nothing else could stand there. Ids behind the end of a workflow are left alone.

    Raises:
        DecodeError: an id may not stand where it does.
    """
    return tokenizer().decode_prefix(ids)


def vocab_size() -> int:
    """8192: every id is below it."""
    return tokenizer().vocab_size


def extract_window(ids: Sequence[int], start: int, end: int) -> list[int]:
    """A window for training: where it begins, and the ids from `start` to before `end`.

    Raises:
        ValueError: not 0 <= start <= end <= len(ids).
    """
    if not 0 <= start <= end <= len(ids):
        raise ValueError(f"a window from {start} to {end} does not lie within {len(ids)} ids")
    return [start, *ids[start:end]]


def constraint() -> Constraint:
    """What allows just the ids of valid workflows, step by step."""
    return tokenizer().constrain()


def schema_report() -> Report:
    """What became of each keyword of the workflow schema."""
    return tokenizer().grammar.report
