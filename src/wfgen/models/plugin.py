"""The plugin `models`, as the entry-point group `wfgen` names it. Imports torch when it is used."""

from __future__ import annotations

from wfgen.api.entries import ModelEntry
from wfgen.api.hookspecs import hookimpl
from wfgen.api.model import Model
from wfgen.errors import MissingExtraError
from wfgen.models.settings import GptSettings

__all__ = ["wfgen_models"]


@hookimpl
def wfgen_models() -> list[ModelEntry]:
    """The model `gpt`."""
    return [
        ModelEntry(
            name="gpt",
            summary="A decoder-only transformer; `wfgen models` lists its presets.",
            settings=GptSettings,
            create=_create_gpt,
        )
    ]


def _create_gpt(settings: GptSettings, vocab_size: int, context: int) -> Model:
    try:
        from wfgen.models.gpt import Gpt  # noqa: PLC0415  torch is slow to import, and an extra
    except ImportError as error:
        raise MissingExtraError(
            extra="train",
            cause=f"the model gpt needs torch ({error})",
            hint="pip install 'wfgen[train]'",
        ) from error
    return Gpt(settings, vocab_size, context)
