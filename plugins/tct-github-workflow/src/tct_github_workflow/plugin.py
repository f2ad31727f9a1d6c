"""The plugin `tct-github-workflow`, as the entry-point group `wfgen` names it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wfgen.api import TokenizerEntry, hookimpl

if TYPE_CHECKING:
    from wfgen_tct import TctTokenizer

__all__ = ["wfgen_tokenizers"]

NAME = "tct-github-workflow"


def _create() -> TctTokenizer:
    from tct_github_workflow import functions  # noqa: PLC0415  a list of plugins opens none

    return functions.tokenizer()


def _open(directory: Path) -> TctTokenizer:
    from tct_github_workflow import functions  # noqa: PLC0415

    return functions.open_artefact(directory)


@hookimpl
def wfgen_tokenizers() -> list[TokenizerEntry]:
    """The tokenizer `tct-github-workflow`."""
    return [
        TokenizerEntry(
            name=NAME,
            summary="Type-constrained tokenization of GitHub Actions workflows, trained.",
            fidelity="json-value",
            create=_create,
            open=_open,
            why_not="to learn another vocabulary, train `tct` with a schema",
        )
    ]
