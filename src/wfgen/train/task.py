"""From a config to what is trained on, with everything checked before the first step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
from attrs import evolve, field, frozen

from wfgen.api import Tokenizer, TokenSource, Windower
from wfgen.artefacts import artefact_sha256
from wfgen.errors import ArtefactError, CapabilityError, SettingError
from wfgen.models.presets import find_preset
from wfgen.registry import (
    installed,
    load_tokenizer,
    load_windower,
    same_tokenizer,
    tokenizer_identity,
)
from wfgen.runs.checkpoints import ModelSpec
from wfgen.settings import make_settings
from wfgen.store import MemoryTokens, TokenStore
from wfgen.train.config import TrainConfig
from wfgen.train.order import Order, count_windows, documents_order, windows_order

__all__ = ["Task", "make_task"]

TRAIN, VALID = "train", "valid"
_DEFAULT_CONTEXT = 1024
_DEFAULT_EPOCHS, _OVERFIT_STEPS = 10, 1_000
_LONGEST_WARMUP, _WARMUP_SHARE = 200, 20
_LOOKED_AT = 64


@frozen(kw_only=True, eq=False)
class Task:
    """What is trained, on what, in which order.

    Attributes:
        config: with everything decided that does not hang on the device.
        store: where the ids are.
        tokenizer: the one that made them.
        identity: what tells the tokenizer from any other.
        data_sha256: of the store.
        order: of the windows.
        windows_per_epoch: of the first epoch.
        windows_per_step: over all devices.
        spec: of the model.
        counts_ends: whether windows have the ends of documents as targets, so that documents can
            be counted by them.
    """

    config: TrainConfig
    store: TokenStore = field(repr=False)
    tokenizer: Tokenizer = field(repr=False)
    identity: Mapping[str, str]
    data_sha256: str
    order: Order = field(repr=False)
    windows_per_epoch: int
    windows_per_step: int
    spec: ModelSpec
    counts_ends: bool

    @property
    def context(self) -> int:
        """Positions of a window."""
        return self.spec.context

    @property
    def steps(self) -> int:
        """Of the whole run."""
        assert self.config.steps is not None
        return self.config.steps

    def documents_per_window(self) -> float:
        """On average."""
        split = self.store.splits[TRAIN]
        return (self.config.overfit or len(split)) / self.windows_per_epoch


def make_task(config: TrainConfig) -> Task:
    """Check a config against its data, and decide what it leaves open.

    Raises:
        SettingError: a setting does not fit the data; the data has too few windows or no held-out
            documents.
        ArtefactError: the data is damaged, or another tokenizer made it.
        UnknownNameError: no plugin offers the model, the windower, the tokenizer or a tracker.
    """
    store = TokenStore.open(config.data)
    store.verify()
    config = _with_model_settings(config, _num_states(config, store))
    tokenizer, identity = _open_tokenizer(config, store)
    config, windower = _with_windower(config)
    for tracker in config.trackers:
        installed().lookup("tracker", tracker)
    _check_splits(config, store)
    order = _make_order(config, store, windower)
    windows_per_epoch = count_windows(order)
    windows_per_step = _windows_per_step(config, windower.context, windows_per_epoch)
    return Task(
        config=_with_steps(config, windows_per_epoch / windows_per_step),
        store=store,
        tokenizer=tokenizer,
        identity=identity,
        data_sha256=artefact_sha256(config.data),
        order=order,
        windows_per_epoch=windows_per_epoch,
        windows_per_step=windows_per_step,
        spec=ModelSpec(
            name=config.model,
            settings=config.model_settings,
            vocab_size=store.vocab_size,
            context=windower.context,
            states=store.manifest.body["states"] if config.states else None,
        ),
        counts_ends=_counts_ends(_source(config, store), windower),
    )


def _num_states(config: TrainConfig, store: TokenStore) -> int:
    """Of what the model is given; 0 where it is given none."""
    if config.states and not store.num_states:
        raise SettingError(
            name="states",
            cause=f"{store.directory} holds no states",
            hint="prepare the data with wfgen prepare --states grammar, or --states lexer",
        )
    return store.num_states if config.states else 0


def _with_model_settings(config: TrainConfig, num_states: int) -> TrainConfig:
    """The model's settings in full, by preset and by name; and the context."""
    settings, context = dict(config.model_settings), config.context
    if config.preset is not None:
        preset = find_preset(config.preset)
        settings = attrs.asdict(preset.settings) | settings
        context = context or preset.context
    entry: Any = installed().lookup("model", config.model).entry
    if num_states and "num_states" in {a.name for a in attrs.fields(entry.settings)}:
        settings["num_states"] = num_states
    made = make_settings(entry.settings, settings)
    return evolve(config, model_settings=attrs.asdict(made), context=context or _DEFAULT_CONTEXT)


def _with_steps(config: TrainConfig, steps_per_epoch: float) -> TrainConfig:
    """Steps in place of epochs, and the warm-up."""
    steps, epochs = config.steps, config.epochs
    if steps is None and epochs is None and config.overfit is not None:
        steps = _OVERFIT_STEPS
    if steps is None:
        steps = max(1, round((_DEFAULT_EPOCHS if epochs is None else epochs) * steps_per_epoch))
    warmup = config.warmup
    if warmup is None:
        warmup = min(_LONGEST_WARMUP, steps // _WARMUP_SHARE)
    return evolve(config, steps=steps, epochs=None, warmup=warmup)


def _with_windower(config: TrainConfig) -> tuple[TrainConfig, Windower]:
    """The windower, and its settings in full."""
    entry: Any = installed().lookup("windower", config.windower).entry
    settings = dict(config.windower_settings)
    if "context" in settings:
        raise SettingError(
            name="windower.context", cause="it is the model's too", hint="give context=NUMBER"
        )
    if "context" in {a.name for a in attrs.fields(entry.settings)}:
        settings["context"] = config.context
    made = attrs.asdict(make_settings(entry.settings, settings))
    windower = load_windower(config.windower, made)
    made.pop("context", None)
    return evolve(config, windower_settings=made), windower


# The data ---------------------------------------------------------------------------------------


def _open_tokenizer(config: TrainConfig, store: TokenStore) -> tuple[Tokenizer, Mapping[str, str]]:
    made_by = store.manifest.body.get("tokenizer")
    if not isinstance(made_by, Mapping):
        raise ArtefactError(
            path=str(store.directory),
            cause="it does not say which tokenizer made it",
            hint="prepare the data with wfgen prepare",
        )
    source = config.tokenizer or str(made_by["name"])
    try:
        tokenizer = load_tokenizer(source)
    except CapabilityError as error:
        raise SettingError(
            name="tokenizer",
            cause=f"the data was made by a trained {source}, which is not to be had by name",
            hint="give tokenizer=DIRECTORY, the artefact that made the data",
        ) from error
    identity = tokenizer_identity(source, tokenizer)
    ours = (tokenizer.vocab_size, tokenizer.bos, tokenizer.eos)
    if not same_tokenizer(identity, made_by) or ours != (store.vocab_size, store.bos, store.eos):
        raise ArtefactError(
            path=str(store.directory),
            cause=f"it was made by another tokenizer than {source}: {_told(made_by)} there,"
            f" {_told(identity)} here",
            hint="give tokenizer=NAME or tokenizer=DIRECTORY, or prepare the data anew",
        )
    return tokenizer, identity


def _told(identity: Mapping[str, str]) -> str:
    return f"{identity['name']} {identity['version']} {identity['sha256'][:12]}".strip()


def _check_splits(config: TrainConfig, store: TokenStore) -> None:
    num_documents = len(store.offsets(TRAIN)) - 1
    if config.overfit is not None and config.overfit > num_documents:
        raise SettingError(
            name="overfit",
            cause=f"there are {num_documents:,} documents to train on",
            hint=f"give at most {num_documents:,}",
        )
    if config.eval_every and not config.overfit and VALID not in store.splits:
        raise SettingError(
            name="eval_every",
            cause=f"{store.directory} has no held-out documents",
            hint="prepare data with a valid share, or give eval_every=none",
        )


def _source(config: TrainConfig, store: TokenStore) -> TokenSource:
    if config.overfit is None:
        return store
    return MemoryTokens.gathered(store, TRAIN, np.arange(config.overfit))


def _make_order(config: TrainConfig, store: TokenStore, windower: Windower) -> Order:
    source = _source(config, store)
    if config.order == "documents":
        return documents_order(source, windower, TRAIN, config.seed)
    return windows_order(windower.windows(source, TRAIN), config.seed)


def _windows_per_step(config: TrainConfig, context: int, windows_per_epoch: int) -> int:
    wanted = config.batch_tokens // context
    if not wanted:
        raise SettingError(
            name="batch_tokens",
            cause=f"{config.batch_tokens:,} positions hold no window of {context:,}",
            hint=f"give at least {context:,}, or a smaller context",
        )
    if not windows_per_epoch:
        raise SettingError(
            name="data",
            cause=f"the windower {config.windower} makes no window of the documents",
            hint="give a smaller context, or more documents",
        )
    if config.overfit is not None:
        return min(wanted, windows_per_epoch)
    if wanted > windows_per_epoch:
        raise SettingError(
            name="batch_tokens",
            cause=f"a step takes {wanted:,} windows, and the data has {windows_per_epoch:,}",
            hint=f"give at most {windows_per_epoch * context:,}, or more documents",
        )
    return wanted


def _counts_ends(source: TokenSource, windower: Windower) -> bool:
    windows = windower.windows(source, TRAIN)
    looked_at = (windows[i] for i in range(min(_LOOKED_AT, len(windows))))
    return any((w.tokens[1:][w.loss_mask] == source.eos).any() for w in looked_at)
