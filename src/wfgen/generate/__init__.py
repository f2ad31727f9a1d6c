"""From a trained model to documents: prompts, sampling, constraints. Needs the extra `train`."""

from __future__ import annotations

try:
    import torch
except ImportError as error:
    from wfgen.errors import MissingExtraError

    raise MissingExtraError(
        extra="train",
        cause=f"models are run by torch ({error})",
        hint="pip install 'wfgen[train]'",
    ) from error

from wfgen.generate.config import GenerateConfig
from wfgen.generate.documents import Generated
from wfgen.generate.prompt import Prompt, prompt_value
from wfgen.generate.prompt_file import read_prompt
from wfgen.generate.prompt_json import prompt_json
from wfgen.generate.prompt_yaml import prompt_yaml
from wfgen.generate.sampler import generate

__all__ = [
    "GenerateConfig",
    "Generated",
    "Prompt",
    "generate",
    "prompt_json",
    "prompt_value",
    "prompt_yaml",
    "read_prompt",
]

del torch
