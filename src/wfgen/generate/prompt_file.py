"""A prompt from a file: YAML or JSON, cut or whole."""

from __future__ import annotations

from pathlib import Path

from wfgen.canonical import DEFAULT_LIMITS, JsonValue, Limits, read_json
from wfgen.errors import DocumentError, UnreadableFileError
from wfgen.generate.prompt import Prompt, prompt_value
from wfgen.generate.prompt_json import prompt_json
from wfgen.generate.prompt_yaml import prompt_yaml

__all__ = ["read_prompt"]

_READERS = {".json": prompt_json, ".yml": prompt_yaml, ".yaml": prompt_yaml}


def read_prompt(path: Path, *, limits: Limits = DEFAULT_LIMITS) -> Prompt:
    """The prompt in a file; a whole JSON object or array is continued inside.

    Args:
        path: .json is JSON cut anywhere; .yml and .yaml are YAML cut at a line.
        limits: how large it may be.

    Raises:
        UnreadableFileError: it is missing, or has another suffix.
        DocumentError: no document begins so; one subclass per cause, with line and column.
    """
    read = _READERS.get(path.suffix.lower())
    if read is None:
        hint = f"name a file that ends in {', '.join(_READERS)}"
        raise UnreadableFileError(path=str(path), cause="it is no YAML or JSON by name", hint=hint)
    try:
        text = path.read_bytes()
    except OSError as error:
        raise UnreadableFileError(
            path=str(path), cause=f"cannot be read ({error.strerror})"
        ) from error
    prompt = read(text, path=str(path), limits=limits)
    value = _whole(prompt, limits)
    return prompt if value is None else prompt_value(value)


def _whole(prompt: Prompt, limits: Limits) -> dict[str, JsonValue] | list[JsonValue] | None:
    """The object or array that a prompt is, where it is all of it."""
    try:
        value = read_json(prompt.text, limits=limits)
    except DocumentError:
        return None
    return value if isinstance(value, (dict, list)) else None
