"""What is saved of a tokenizer: its artefact, and its identity in transformers' own file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import frozen

from wfgen.api import Saveable, Tokenizer
from wfgen.artefacts import artefact_sha256
from wfgen.errors import ArtefactError, DamagedArtefactError, NotAnArtefactError
from wfgen.registry import load_tokenizer, same_tokenizer, tokenizer_identity

__all__ = ["IDENTITY", "Opened", "artefact_files", "open_saved", "open_source", "save_artefact"]

IDENTITY = "wfgen"
"""The key of the identity in transformers' file."""

_ARTEFACT, _CONFIG = "wfgen_tokenizer", "tokenizer_config.json"
_IDENTITY_KEYS = {"name", "distribution", "version", "sha256"}


@frozen(kw_only=True)
class Opened:
    """A tokenizer, and its `wfgen.registry.tokenizer_identity`."""

    tokenizer: Tokenizer
    identity: Mapping[str, str]


def open_source(source: str | Path) -> Opened:
    """A tokenizer by its registry name or its artefact's directory; raises as `load_tokenizer`."""
    tokenizer = load_tokenizer(source)
    return Opened(tokenizer=tokenizer, identity=tokenizer_identity(source, tokenizer))


def save_artefact(opened: Opened, folder: Path) -> None:
    """Write the artefact into `folder`, where the tokenizer has one; the same one may be there.

    Raises:
        ArtefactError: another tokenizer's is there, or it cannot be written.
    """
    if not isinstance(opened.tokenizer, Saveable):
        return
    directory = folder / _ARTEFACT
    if not directory.is_dir():
        opened.tokenizer.save(directory)
    elif artefact_sha256(directory) != opened.identity["sha256"]:
        raise ArtefactError(
            path=str(directory),
            cause="another tokenizer is saved here",
            hint="name another directory, or remove this one",
        )


def artefact_files(folder: Path) -> tuple[str, ...]:
    """The files of the artefact in `folder`, if there is one."""
    return tuple(str(file) for file in sorted((folder / _ARTEFACT).rglob("*")) if file.is_file())


def open_saved(folder: Path) -> Opened:
    """The tokenizer that `save_pretrained` wrote into a local directory.

    Raises:
        NotAnArtefactError: there is no such directory, or another tokenizer in it.
        DamagedArtefactError: a file differs from what was saved.
        ArtefactError: the tokenizer that is to be had is not the one that was saved.
        UnknownNameError: the plugin of the tokenizer is not installed.
    """
    wanted = _read_identity(folder / _CONFIG)
    found = open_source(folder / _ARTEFACT if wanted["sha256"] else wanted["name"])
    if not same_tokenizer(found.identity, wanted):
        raise ArtefactError(
            path=str(folder),
            cause=f"the tokenizer {wanted['name']!r} to be had here is not the one that was saved:"
            f" {_told(wanted)} then, {_told(found.identity)} now",
            hint=f"install {wanted['distribution']} {wanted['version']}, or save it anew",
        )
    return found


def _read_identity(file: Path) -> dict[str, str]:
    try:
        config: Any = json.loads(file.read_bytes())
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotAnArtefactError(
            path=str(file.parent),
            cause=f"there is no directory with a {file.name}",
            hint="name a directory that save_pretrained wrote; nothing is fetched",
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        raise DamagedArtefactError(path=str(file), cause=f"cannot be read ({error})") from error
    identity = config.get(IDENTITY) if isinstance(config, dict) else None
    if not isinstance(identity, dict) or set(identity) != _IDENTITY_KEYS:
        raise NotAnArtefactError(
            path=str(file),
            cause="it names no tokenizer of wfgen",
            hint="open it with the class that saved it",
        )
    return {key: str(value) for key, value in identity.items()}


def _told(identity: Mapping[str, str]) -> str:
    about = f"{identity['distribution']} {identity['version']}"
    return f"{about}, {identity['sha256'][:12]}" if identity["sha256"] else about
