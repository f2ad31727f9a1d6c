"""The constraint that a run's tokenizer has, or that an engine makes over it."""

from __future__ import annotations

from typing import Any

from wfgen.api import Constrainable, Constraint, Tokenizer
from wfgen.corpus.schema import read_schema
from wfgen.errors import CapabilityError
from wfgen.registry import installed, load_constraint

__all__ = ["open_constraint"]


def open_constraint(
    tokenizer: Tokenizer, engine: str | None = None, schema: str = "github-workflows"
) -> Constraint:
    """The tokenizer's own constraint, or an engine's.

    Args:
        tokenizer: whose ids are constrained.
        engine: registry name; None for the tokenizer's own, which knows its schema.
        schema: what an engine keeps to: the name of a schema that check-jsonschema ships, or a JSON
            file.

    Raises:
        CapabilityError: the tokenizer cannot be held to that.
        UnknownNameError: there is no such engine, or no such schema.
    """
    if engine is not None:
        return load_constraint(engine, tokenizer, _as_object(read_schema(schema)))
    if isinstance(tokenizer, Constrainable):
        return tokenizer.constrain()
    engines = ", ".join(installed().names("constraint"))
    raise CapabilityError(
        name=type(tokenizer).__name__,
        capability="constrain",
        cause="the tokenizer has no constraint of its own",
        hint=f"name an engine: {engines}" if engines else "install an engine: wfgen-llguidance",
    )


def _as_object(schema: Any) -> dict[str, Any]:
    return schema if isinstance(schema, dict) else {"allOf": [schema]}
