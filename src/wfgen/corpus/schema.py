"""The JSON Schema of GitHub workflows, judging and explaining; and the others that come with it.

The schema is SchemaStore's github-workflow.json as check-jsonschema carries it, among others.
jsonschema-rs judges (0.08 ms a workflow), jsonschema's best match explains (20 ms), so that only
what is invalid costs an explanation.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from attrs import frozen

from wfgen.canonical import JsonValue, read_json
from wfgen.errors import UnknownNameError, UnreadableFileError, name_hint

if TYPE_CHECKING:
    from jsonschema import Draft7Validator
    from jsonschema.exceptions import ValidationError
    from jsonschema_rs import Validator

__all__ = [
    "SchemaReason",
    "explain_invalid",
    "is_schema_valid",
    "read_schema",
    "shipped_schema",
    "shipped_schema_names",
    "workflow_schema",
    "workflow_schema_sha256",
]

_DISTRIBUTION = "check-jsonschema"
_FOLDER = "check_jsonschema/builtin_schemas"
_GROUPS = ("vendor", "custom")
_WORKFLOWS = "github-workflows"
_MAX_MESSAGE_CHARS = 120
# Both libraries recurse into a value: jsonschema raises RecursionError at 300 levels, and
# jsonschema-rs 0.60 ends the process at 100,000. The reader's own limit is 64 by default.
_MAX_DEPTH = 128


@frozen(kw_only=True)
class SchemaReason:
    """Why a workflow is invalid.

    Attributes:
        pointer: JSON pointer of the place.
        message: what is wrong there, one line.
        group: pointer and message without what the workflow's author chose, for counting.
    """

    pointer: str
    message: str
    group: str


# Schemas ----------------------------------------------------------------------------------------


@cache
def _shipped_files() -> Mapping[str, Path]:
    """The schemas of check-jsonschema by name, in the order of the names."""
    # Read as files: importing check_jsonschema takes 0.4 s and brings requests and click.
    try:
        folder = Path(str(importlib.metadata.distribution(_DISTRIBUTION).locate_file(_FOLDER)))
        files = [f for group in _GROUPS for f in (folder / group).iterdir() if f.suffix == ".json"]
    except (importlib.metadata.PackageNotFoundError, OSError) as error:
        raise _unreadable(_FOLDER, error) from error
    return {file.stem: file for file in sorted(files, key=lambda f: f.stem)}


@cache
def _schema_bytes(name: str) -> bytes:
    file = _shipped_files().get(name)
    try:
        if file is None:
            raise FileNotFoundError(f"there is no {name}.json")
        return file.read_bytes()
    except OSError as error:
        raise _unreadable(f"{_FOLDER}/{name}.json", error) from error


def _unreadable(path: str, error: Exception) -> UnreadableFileError:
    return UnreadableFileError(
        path=path,
        cause=f"the schemas of {_DISTRIBUTION} cannot be read ({error})",
        hint=f"install {_DISTRIBUTION} anew",
    )


def shipped_schema_names() -> tuple[str, ...]:
    """The names of the schemas that check-jsonschema ships, sorted: azure-pipelines and so on.

    Raises:
        UnreadableFileError: check-jsonschema is not installed.
    """
    return tuple(_shipped_files())


def shipped_schema(name: str) -> dict[str, Any]:
    """One of the schemas that check-jsonschema ships, a fresh copy.

    Args:
        name: of `shipped_schema_names`, alone or as check-jsonschema spells it: `renovate` and
            `vendor.renovate` are one.

    Raises:
        UnknownNameError: there is no such schema; it names those there are, and the nearest.
        UnreadableFileError: check-jsonschema is not installed, or the file is gone.
    """
    found = _bare_name(name)
    if found is None:
        known = shipped_schema_names()
        raise UnknownNameError(
            kind="schema",
            name=name,
            known=known,
            cause=f"there is no schema named {name!r}, and no file",
            hint=name_hint(name.rpartition(".")[2], known, listed_by=f"{_DISTRIBUTION} ships"),
        )
    return json.loads(_schema_bytes(found))  # type: ignore[no-any-return]


def _bare_name(name: str) -> str | None:
    group, _, bare = name.rpartition(".")
    file = _shipped_files().get(bare)
    return bare if file is not None and group in ("", file.parent.name) else None


def read_schema(name_or_file: str) -> dict[str, Any] | bool:
    """A schema by the name under which check-jsonschema ships it, or from a JSON file.

    A name goes before a file of the same spelling; write `./name` for the file.

    Raises:
        UnknownNameError: it is neither, and does not look like a file.
        DocumentError: the file cannot be read, or holds no JSON object or truth value.
    """
    file = Path(name_or_file)
    looks_like_one = len(file.parts) != 1 or file.suffix == ".json" or name_or_file.startswith(".")
    if _bare_name(name_or_file) or not (looks_like_one or file.exists()):
        return shipped_schema(name_or_file)
    try:
        schema = read_json(file.read_bytes(), path=name_or_file)
    except OSError as error:
        raise UnreadableFileError(path=name_or_file, cause=f"cannot be read ({error})") from error
    if isinstance(schema, dict | bool):
        return schema
    cause = "a JSON Schema is an object, true or false, and this is none of them"
    raise UnreadableFileError(path=name_or_file, cause=cause)


def workflow_schema() -> dict[str, Any]:
    """The schema of GitHub workflows, a fresh copy (draft 7).

    Raises:
        UnreadableFileError: check-jsonschema is not installed, or holds no such schema.
    """
    return json.loads(_schema_bytes(_WORKFLOWS))  # type: ignore[no-any-return]


def workflow_schema_sha256() -> str:
    """The sha256 of the workflow schema's file, in hex."""
    return hashlib.sha256(_schema_bytes(_WORKFLOWS)).hexdigest()


# Judging ----------------------------------------------------------------------------------------


@cache
def _judge() -> Validator:
    import jsonschema_rs  # noqa: PLC0415  0.1 s, and only judging needs it

    return jsonschema_rs.validator_for(workflow_schema(), validate_formats=False)


@cache
def _explainer() -> Draft7Validator:
    from jsonschema import Draft7Validator  # noqa: PLC0415  0.2 s, and only explaining needs it

    return Draft7Validator(workflow_schema())


def is_schema_valid(value: JsonValue) -> bool:
    """Whether a value is a valid workflow; formats are not checked.

    What is nested deeper than 128 is not judged, and counts as invalid.
    """
    return not _is_too_deep(value) and _judge().is_valid(value)


def explain_invalid(value: JsonValue) -> SchemaReason | None:
    """The likeliest reason why a value is no valid workflow, or None where it is one."""
    if _is_too_deep(value):
        message = f"is nested deeper than {_MAX_DEPTH} and not judged"
        return SchemaReason(pointer="", message=message, group=f"/: {message}")
    error = _best(_explainer().iter_errors(value))
    if error is None:
        return None
    pointer = "".join(f"/{_escape(step)}" for step in error.absolute_path)
    general = "".join(f"/{_escape(step)}" for step in _general_path(error)) or "/"
    return SchemaReason(
        pointer=pointer, message=_message(error), group=f"{general}: {_general_message(error)}"
    )


def _is_too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(_MAX_DEPTH + 1):
        parents = [x for x in level if type(x) is dict or type(x) is list]
        level = [child for x in parents for child in (x.values() if type(x) is dict else x)]
        if not level:
            return False
    return True


# The best match ---------------------------------------------------------------------------------


def _best(errors: Iterable[ValidationError]) -> ValidationError | None:
    """jsonschema's best match, and on into the alternative that was probably meant.

    best_match stops at a oneOf whose alternatives fail at the same depth; a job is one, normal or
    reusable, and "fits none" says little. Meant is the alternative that fails least at the top.
    """
    from jsonschema.exceptions import best_match  # noqa: PLC0415  as above

    best: ValidationError | None = best_match(iter(errors))
    while best is not None and best.context:
        meant = _meant(best.context)
        if not meant:
            break
        best = best_match(iter(meant))
    return best


def _meant(context: Iterable[ValidationError]) -> list[ValidationError]:
    alternatives: dict[Any, list[ValidationError]] = defaultdict(list)
    for error in context:
        alternatives[error.relative_schema_path[0]].append(error)
    ranked = sorted(alternatives.values(), key=_failures)
    is_clear = len(ranked) == 1 or _failures(ranked[0]) < _failures(ranked[1])
    return ranked[0] if is_clear else []


def _failures(errors: list[ValidationError]) -> tuple[int, int]:
    at_the_top = sum(not error.relative_path for error in errors)
    return at_the_top, -max(len(error.relative_path) for error in errors)


# Words ------------------------------------------------------------------------------------------

_PLAIN_WORDS = {
    "oneOf": "fits none of the alternatives",
    "anyOf": "fits none of the alternatives",
    "enum": "is not one of the listed values",
    "pattern": "does not match the pattern",
    "additionalProperties": "has a key that is not allowed",
}
_SCHEMA_WORDS = ("required", "dependencies", "minItems", "minProperties")


def _message(error: ValidationError) -> str:
    general = _general_message(error)
    if error.validator == "additionalProperties":
        extra = error.message.partition("(")[2].partition(")")[0]
        return _one_line(f"{general}: {extra}" if extra else general)
    if error.validator in _SCHEMA_WORDS or isinstance(error.instance, (dict, list)):
        return general
    return _one_line(f"{_shown(error.instance)} {general}")


def _general_message(error: ValidationError) -> str:
    """What is wrong, in words that hold no value of the document."""
    keyword, wanted = error.validator, error.validator_value
    if keyword == "type":
        names = wanted if isinstance(wanted, list) else [wanted]
        return f"is not of type {' or '.join(map(str, names))}"
    if keyword == "required":
        return f"lacks {error.message.removesuffix(' is a required property')}"
    return _PLAIN_WORDS.get(str(keyword), f"fails {keyword}")


def _shown(instance: Any) -> str:
    try:
        return orjson.dumps(instance).decode()
    except orjson.JSONEncodeError:
        return str(instance)


def _one_line(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _MAX_MESSAGE_CHARS else flat[: _MAX_MESSAGE_CHARS - 3] + "..."


def _general_path(error: ValidationError) -> list[Any]:
    """The path with `*` for every index and for every key that the schema does not name."""
    path = list(error.absolute_path)
    steps = list(_instance_steps(list(error.absolute_schema_path)))
    if len(steps) != len(path):
        return ["*" if isinstance(step, int) else step for step in path]
    return steps


def _instance_steps(schema_path: list[Any]) -> Iterator[Any]:
    """What a path through the schema says of the path through the value."""
    rest = iter(schema_path[:-1])
    for step in rest:
        if step == "properties":
            yield next(rest, "*")
        elif step == "patternProperties":
            next(rest, None)
            yield "*"
        elif step in ("additionalProperties", "items"):
            yield "*"


def _escape(step: Any) -> str:
    return str(step).replace("~", "~0").replace("/", "~1")
