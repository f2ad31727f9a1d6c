"""The GPTs that people name. Needs no torch."""

from __future__ import annotations

from attrs import frozen

from wfgen.errors import UnknownNameError, name_hint
from wfgen.models.settings import GptSettings

__all__ = ["PRESETS", "Preset", "find_preset"]


@frozen(kw_only=True)
class Preset:
    """A shape with a name.

    Attributes:
        name: lower case.
        settings: without the optional parts.
        context: T, positions that it is trained on.
        summary: one line for people.
    """

    name: str
    settings: GptSettings
    context: int
    summary: str


PRESETS = (
    Preset(
        name="tiny",
        settings=GptSettings(width=128, depth=4, heads=4),
        context=512,
        summary="for tests and a CPU",
    ),
    Preset(
        name="small",
        settings=GptSettings(width=384, depth=8, heads=6),
        context=1024,
        summary="for one small GPU; the shape of nanochat-tct's small model",
    ),
    Preset(
        name="medium",
        settings=GptSettings(width=768, depth=8, heads=12),
        context=1024,
        summary="for one GPU",
    ),
    Preset(
        name="large",
        settings=GptSettings(width=1024, depth=12, heads=16),
        context=1024,
        summary="for one large GPU or several",
    ),
)
"""From the smallest to the largest."""


def find_preset(name: str) -> Preset:
    """The preset of this name.

    Raises:
        UnknownNameError: there is none; it names those there are, and the nearest.
    """
    known = tuple(preset.name for preset in PRESETS)
    if name in known:
        return PRESETS[known.index(name)]
    raise UnknownNameError(
        kind="preset",
        name=name,
        known=known,
        cause=f"there is no preset {name!r}",
        hint=name_hint(name, known),
    )
