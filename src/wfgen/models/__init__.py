"""Models, and the presets that people name. What runs a model is in `gpt`, and needs torch."""

from __future__ import annotations

from wfgen.models.presets import PRESETS, Preset, find_preset
from wfgen.models.settings import GptSettings, Parameters, count_parameters

__all__ = ["PRESETS", "GptSettings", "Parameters", "Preset", "count_parameters", "find_preset"]
