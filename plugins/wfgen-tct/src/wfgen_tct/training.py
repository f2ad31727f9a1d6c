"""Training as the registry asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wfgen.api import TrainingRequest
from wfgen.errors import SettingError, name_hint
from wfgen_tct.compiling import compile_schema
from wfgen_tct.tokens.learning import DEFAULT_REACH, learn
from wfgen_tct.tokens.tokenizer import TctTokenizer

__all__ = ["DEFAULT_VOCAB_SIZE", "train"]

DEFAULT_VOCAB_SIZE = 8192

_SETTINGS = ("reach", "apart", "allow_approximate")


def train(request: TrainingRequest) -> TctTokenizer:
    """Compile the schema of a request and learn a vocabulary from its documents.

    Settings: `reach` (segment, line, word), `apart` and `allow_approximate` (true, false).

    Raises:
        SettingError: there is no schema, a setting is unknown or out of range, or the vocabulary
            is smaller than the alphabet.
        SchemaError: the schema does not compile.
    """
    if request.schema is None:
        raise SettingError(
            name="schema",
            cause="there is none, and a TCT tokenizer belongs to one",
            hint="name a file, or a schema that check-jsonschema ships: --schema github-workflows",
        )
    settings = _checked(request.settings)
    grammar = compile_schema(
        dict(request.schema), allow_approximate=_truth(settings, "allow_approximate")
    )
    return learn(
        grammar,
        request.documents(),
        DEFAULT_VOCAB_SIZE if request.vocab_size is None else request.vocab_size,
        reach=settings.get("reach", DEFAULT_REACH),
        apart=_truth(settings, "apart"),
        about={"corpus": dict(request.provenance)},
    )


def _checked(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    for name in settings:
        if name not in _SETTINGS:
            hint = name_hint(name, _SETTINGS)
            raise SettingError(name=name, cause="it is unknown", hint=hint)
    return settings


def _truth(settings: Mapping[str, Any], name: str) -> bool:
    """A truth value; from a command line it comes as text."""
    value = settings.get(name, False)
    found = {True: True, False: False, "true": True, "false": False}.get(value)
    if found is None:
        raise SettingError(name=name, cause=f"{value!r} is no truth value", hint="true or false")
    return found
