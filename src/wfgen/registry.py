"""Finds plugins, names their conflicts and failures, and looks things up by name.

A plugin is an entry point of the group `wfgen`. One that cannot be imported, or whose hooks are
misspelt or fail, is kept with its error: `wfgen plugins` lists it, asking for it by name raises.
"""

from __future__ import annotations

import functools
import importlib.metadata
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import pluggy
from attrs import frozen

from wfgen import artefacts
from wfgen.api import entries, hookspecs
from wfgen.api.evaluator import Evaluator
from wfgen.api.model import Model
from wfgen.api.records import TrackedRun, TrainingRequest
from wfgen.api.tokenizer import Constraint, Saveable, Tokenizer
from wfgen.api.tracker import Tracker
from wfgen.api.windower import Windower
from wfgen.errors import (
    CapabilityError,
    NameConflictError,
    NotAnArtefactError,
    PluginError,
    UnknownNameError,
    WfgenError,
    name_hint,
    nearest,
)
from wfgen.settings import make_settings

__all__ = [
    "TOKENIZER_KIND",
    "Offer",
    "PluginReport",
    "Registry",
    "convert_tokenizer",
    "installed",
    "load_constraint",
    "load_evaluator",
    "load_model",
    "load_tokenizer",
    "load_tracker",
    "load_windower",
    "same_tokenizer",
    "tokenizer_entry",
    "tokenizer_identity",
    "train_tokenizer",
    "ways_to_have",
]

TOKENIZER_KIND = "tokenizer"
"""The kind of artefact that `Saveable.save` writes."""

_HOOKS: Mapping[str, tuple[str, type[entries.Entry]]] = {
    "tokenizer": ("wfgen_tokenizers", entries.TokenizerEntry),
    "windower": ("wfgen_windowers", entries.WindowerEntry),
    "model": ("wfgen_models", entries.ModelEntry),
    "evaluator": ("wfgen_evaluators", entries.EvaluatorEntry),
    "constraint": ("wfgen_constraints", entries.ConstraintEntry),
    "tracker": ("wfgen_trackers", entries.TrackerEntry),
}
"""Kind of thing to its hook and the record the hook returns."""

E = TypeVar("E", bound=entries.Entry)
P = TypeVar("P")


@frozen(kw_only=True)
class Offer:
    """One entry of one kind, and who offers it."""

    kind: str
    entry: entries.Entry
    plugin: str
    distribution: str


@frozen(kw_only=True)
class PluginReport:
    """One entry point.

    Attributes:
        plugin: the entry point's name.
        distribution, version: who installed it.
        error: why it is broken; '' where it works.
        offers: what it offers.
    """

    plugin: str
    distribution: str
    version: str
    error: str = ""
    offers: tuple[Offer, ...] = ()


@frozen(kw_only=True)
class Registry:
    """All plugins at one moment, in the order of distribution and entry point."""

    plugins: tuple[PluginReport, ...]

    def names(self, kind: str) -> tuple[str, ...]:
        """The names of one kind, sorted."""
        return tuple(sorted({o.entry.name for o in self.offers(kind)}))

    def lookup(self, kind: str, name: str) -> Offer:
        """What is offered under `name`.

        Raises:
            UnknownNameError: nobody offers it.
            NameConflictError: two distributions offer it.
            PluginError: it is the name of a plugin, or of a distribution, that is broken.
        """
        offers = [o for o in self.offers(kind) if o.entry.name == name]
        if len(offers) == 1:
            return offers[0]
        if not offers:
            raise self._missing(kind, name)
        distributions = tuple(sorted({o.distribution for o in offers}))
        if len(distributions) == 1:
            raise _at_fault(offers[0], f"it offers the {kind} {name!r} more than once")
        raise NameConflictError(
            kind=kind,
            name=name,
            distributions=distributions,
            cause=f"the {kind} {name!r} is offered by {' and by '.join(distributions)}",
            hint="uninstall one of them",
        )

    def conflicts(self) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
        """Kind, name and distributions of every name that is offered more than once."""
        sources: dict[tuple[str, str], list[str]] = {}
        for plugin in self.plugins:
            for offer in plugin.offers:
                sources.setdefault((offer.kind, offer.entry.name), []).append(offer.distribution)
        return tuple((*key, tuple(sorted(d))) for key, d in sorted(sources.items()) if len(d) > 1)

    def offers(self, kind: str) -> list[Offer]:
        """Everything of one kind, in the order of the plugins."""
        return [o for p in self.plugins for o in p.offers if o.kind == kind]

    def _missing(self, kind: str, name: str) -> PluginError | UnknownNameError:
        broken = [p for p in self.plugins if p.error]
        for plugin in broken:
            if name in (plugin.plugin, plugin.distribution):
                return PluginError(
                    plugin=plugin.plugin,
                    distribution=plugin.distribution,
                    cause=plugin.error,
                    hint=f"repair or uninstall {plugin.distribution}",
                )
        known = self.names(kind)
        hints = [name_hint(name, known) if known else f"no {kind} is installed"]
        if broken:
            hints.append(f"broken plugins: {', '.join(p.plugin for p in broken)}")
        return UnknownNameError(
            kind=kind,
            name=name,
            known=known,
            cause=f"there is no {kind} named {name!r}",
            hint="; ".join(hints),
        )


@functools.cache
def installed() -> Registry:
    """The plugins that are installed; found once a process."""
    points = importlib.metadata.entry_points(group=hookspecs.PROJECT)
    ordered = sorted(points, key=lambda p: (_distribution(p)[0], p.name))
    return Registry(plugins=tuple(_inspect(point) for point in ordered))


def _distribution(point: importlib.metadata.EntryPoint) -> tuple[str, str]:
    dist = point.dist
    return (dist.name, dist.version) if dist else ("an unknown distribution", "")


def _inspect(point: importlib.metadata.EntryPoint) -> PluginReport:
    """Load one entry point by itself, so that a broken plugin takes no other down."""
    name, version = _distribution(point)
    try:
        offers = _offers_of(point.load(), point.name, name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit too, and the panics of Rust extensions
        return PluginReport(
            plugin=point.name, distribution=name, version=version, error=_said(error)
        )
    return PluginReport(plugin=point.name, distribution=name, version=version, offers=offers)


def _offers_of(plugin: Any, plugin_name: str, distribution: str) -> tuple[Offer, ...]:
    host = pluggy.PluginManager(hookspecs.PROJECT)
    host.add_hookspecs(hookspecs)
    host.register(plugin)
    _check_hook_names(host, plugin)
    return tuple(
        Offer(kind=kind, entry=entry, plugin=plugin_name, distribution=distribution)
        for kind, (hook, record) in _HOOKS.items()
        for returned in getattr(host.hook, hook)()
        for entry in _checked(returned, hook, record)
    )


def _check_hook_names(host: pluggy.PluginManager, plugin: Any) -> None:
    hooks = tuple(hook for hook, _ in _HOOKS.values())
    for caller in host.get_hookcallers(plugin) or ():
        if caller.name not in hooks:
            close = nearest(caller.name, hooks)
            meant = f"; did you mean {close}?" if close else ""
            raise ValueError(f"there is no hook {caller.name}{meant}")
    if not host.get_hookcallers(plugin):
        raise ValueError(f"it implements no hook; the hooks are {', '.join(hooks)}")


def _checked(returned: Any, hook: str, record: type[E]) -> Sequence[E]:
    if not isinstance(returned, (list, tuple)):
        raise TypeError(f"{hook} must return a list of {record.__name__}, not {returned!r}")
    for entry in returned:
        if not isinstance(entry, record):
            raise TypeError(f"{hook} must return {record.__name__} records, not {entry!r}")
    return returned


def _made(offer: Offer, what: str, make: Callable[[], object], protocol: type[P]) -> P:
    """What a plugin's function gives; anything but that, or an error of ours, is its fault."""
    try:
        made = make()
    except (WfgenError, KeyboardInterrupt):
        raise
    except BaseException as error:  # SystemExit too, and the panics of Rust extensions
        raise _at_fault(offer, f"{what} {offer.entry.name!r} raised {_said(error)}") from error
    if not isinstance(made, protocol):
        kind = f"{type(made).__name__}, which is no {protocol.__name__}"
        raise _at_fault(offer, f"{what} {offer.entry.name!r} gave {kind}")
    return made


def _at_fault(offer: Offer, cause: str) -> PluginError:
    return PluginError(
        plugin=offer.plugin,
        distribution=offer.distribution,
        cause=cause,
        hint=f"repair {offer.distribution}; wfgen.testing has the laws to test it by",
    )


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


# Tokenizers -------------------------------------------------------------------------------------


def tokenizer_entry(name: str) -> entries.TokenizerEntry:
    """The entry of a tokenizer; raises as `Registry.lookup` does."""
    return _find("tokenizer", name, entries.TokenizerEntry)[1]


def load_tokenizer(name_or_directory: str | Path) -> Tokenizer:
    """A tokenizer by its registry name, or opened from an artefact's directory.

    A name goes before a directory of the same spelling; write `./name` for the directory.

    Raises:
        UnknownNameError, NameConflictError: as `Registry.lookup` does.
        PluginError: the plugin is broken, raises, or gives no tokenizer.
        CapabilityError: the entry needs training or a file first.
        ArtefactError: the directory holds no tokenizer, or a damaged one.
    """
    directory = _artefact_directory(name_or_directory)
    if directory is None:
        offer, entry = _find("tokenizer", str(name_or_directory), entries.TokenizerEntry)
        create = entry.create or _refuse(entry, "create")
        return _made(offer, "creating", create, Tokenizer)
    manifest = artefacts.read_manifest(directory)
    if manifest.kind != TOKENIZER_KIND:
        raise NotAnArtefactError(
            path=str(directory), cause=f"it is a {manifest.kind}, not a {TOKENIZER_KIND}"
        )
    offer, entry = _find("tokenizer", manifest.name, entries.TokenizerEntry)
    open_ = entry.open or _refuse(entry, "open")
    return _made(offer, "opening", lambda: open_(directory), Tokenizer)


def train_tokenizer(name: str, request: TrainingRequest) -> Tokenizer:
    """A tokenizer trained on a corpus; raises as `load_tokenizer` does."""
    offer, entry = _find("tokenizer", name, entries.TokenizerEntry)
    train = entry.train or _refuse(entry, "train")
    return _made(offer, "training", lambda: train(request), Tokenizer)


def convert_tokenizer(name: str, file: Path) -> Tokenizer:
    """A tokenizer made from a foreign file; raises as `load_tokenizer` does."""
    offer, entry = _find("tokenizer", name, entries.TokenizerEntry)
    convert = entry.convert or _refuse(entry, "convert")
    return _made(offer, "converting", lambda: convert(file), Tokenizer)


def ways_to_have(entry: entries.TokenizerEntry) -> tuple[str, ...]:
    """How a tokenizer comes to be: name, train and convert, as far as the entry can."""
    ways = {"name": entry.create, "train": entry.train, "convert": entry.convert}
    return tuple(way for way, does in ways.items() if does)


def _find(kind: str, name: str, record: type[E]) -> tuple[Offer, E]:
    offer = installed().lookup(kind, name)
    assert isinstance(offer.entry, record)
    return offer, offer.entry


def _refuse(entry: entries.TokenizerEntry, capability: str) -> NoReturn:
    ways = [f"wfgen tokenizer {way} {entry.name}" for way in ways_to_have(entry) if way != "name"]
    by_name = [f"its name, {entry.name}, alone"] if entry.create else []
    raise CapabilityError(
        name=entry.name,
        capability=capability,
        cause=f"there is no way to {capability} it",
        hint=entry.why_not or f"use {' or '.join(by_name + ways)}",
    )


def tokenizer_identity(name_or_directory: str | Path, tokenizer: Tokenizer) -> dict[str, str]:
    """What tells this tokenizer from any other: `name`, `distribution`, `version`, `sha256`.

    `sha256` is the artefact's; for a tokenizer created by name, that of what it would save. One
    that cannot be saved has '' there and is told by its distribution's version.
    """
    directory = _artefact_directory(name_or_directory)
    name = artefacts.read_manifest(directory).name if directory else str(name_or_directory)
    offer = installed().lookup("tokenizer", name)
    version = next(p.version for p in installed().plugins if offer in p.offers)
    sha256 = artefacts.artefact_sha256(directory) if directory else _saved_sha256(tokenizer)
    return {
        "name": name,
        "distribution": offer.distribution,
        "version": version,
        "sha256": sha256,
    }


def same_tokenizer(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether two identities are of one tokenizer: by hash, else by name and version."""
    if one["sha256"] and other["sha256"]:
        return one["sha256"] == other["sha256"]
    return all(one[key] == other[key] for key in ("name", "distribution", "version"))


def _saved_sha256(tokenizer: Tokenizer) -> str:
    if not isinstance(tokenizer, Saveable):
        return ""
    with artefacts.scratch_directory() as scratch:
        tokenizer.save(scratch / "tokenizer")
        return artefacts.artefact_sha256(scratch / "tokenizer")


def _artefact_directory(name_or_directory: str | Path) -> Path | None:
    if isinstance(name_or_directory, Path):
        return name_or_directory
    if name_or_directory in installed().names("tokenizer"):
        return None
    path = Path(name_or_directory)
    looks_like_one = len(path.parts) != 1 or name_or_directory.startswith(".")
    return path if looks_like_one or path.is_dir() else None


# The other kinds --------------------------------------------------------------------------------


def load_windower(name: str, settings: Mapping[str, Any] | None = None) -> Windower:
    """A windower by name; raises as `Registry.lookup` and `make_settings` do."""
    offer, entry = _find("windower", name, entries.WindowerEntry)
    chosen: Any = make_settings(entry.settings, settings or {})
    return _made(offer, "creating", lambda: entry.create(chosen), Windower)


def load_model(
    name: str, vocab_size: int, context: int, settings: Mapping[str, Any] | None = None
) -> Model:
    """A model by name, with fresh weights; raises as `Registry.lookup` and `make_settings` do."""
    offer, entry = _find("model", name, entries.ModelEntry)
    chosen: Any = make_settings(entry.settings, settings or {})
    return _made(offer, "creating", lambda: entry.create(chosen, vocab_size, context), Model)


def evaluator_entry(name: str) -> entries.EvaluatorEntry:
    """The entry of an evaluator; raises as `Registry.lookup` does."""
    return _find("evaluator", name, entries.EvaluatorEntry)[1]


def load_evaluator(name: str, settings: Mapping[str, Any] | None = None) -> Evaluator:
    """An evaluator by name; raises as `Registry.lookup` and `make_settings` do."""
    offer, entry = _find("evaluator", name, entries.EvaluatorEntry)
    chosen: Any = make_settings(entry.settings, settings or {})
    return _made(offer, "creating", lambda: entry.create(chosen), Evaluator)


def load_constraint(name: str, tokenizer: Tokenizer, schema: Mapping[str, Any]) -> Constraint:
    """The constraint engine `name` over `tokenizer`; raises as `Registry.lookup` does.

    Raises:
        CapabilityError: the engine cannot constrain this tokenizer to this schema.
    """
    offer, entry = _find("constraint", name, entries.ConstraintEntry)
    return _made(offer, "creating", lambda: entry.create(tokenizer, schema), Constraint)


def load_tracker(name: str, run: TrackedRun) -> Tracker:
    """The tracker `name`, which begins to follow a run; raises as `Registry.lookup` does."""
    offer, entry = _find("tracker", name, entries.TrackerEntry)
    return _made(offer, "creating", lambda: entry.create(run), Tracker)
