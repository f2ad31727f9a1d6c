"""What training is asked for: one frozen record, from Python, from TOML or from `name=value`."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import attrs
from attrs import field, frozen
from attrs.validators import optional

from wfgen.builtin.checks import MAX_CONTEXT, boolean, one_of, whole_number
from wfgen.errors import SettingError
from wfgen.settings import make_settings

__all__ = ["TrainConfig", "differing_fields", "make_config", "read_toml"]

_MANY = 1 << 40
_NESTED = {"model": "model_settings", "windower": "windower_settings"}
"""What stands before a dot to the field that holds the settings."""

_MAY_DIFFER = "may differ"
_FREE = {_MAY_DIFFER: True}
"""Marks fields that may change when a run goes on: they do not decide what is learnt."""


def _number(low: float, high: float = math.inf) -> Callable[[Any, Any, Any], None]:
    def validate(_: Any, attribute: Any, value: Any) -> None:
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not is_number or not low <= value <= high:
            upper = "" if high == math.inf else f" to {high:g}"
            wanted = f"give a number from {low:g}{upper or ' up'}"
            raise SettingError(name=attribute.name, cause=f"{value!r} does not fit", hint=wanted)

    return validate


_count = whole_number(1, _MANY)
_count_or_none: Any = optional(_count)
_number_or_none: Any = optional(_number(0))


@frozen(kw_only=True)
class TrainConfig:
    """One training run.

    Attributes:
        data: a directory that `wfgen prepare` wrote.
        out: the run directory. One that was begun with the same configuration is gone on with.
        tokenizer: the one that made the data: a registry name or an artefact's directory; None for
            the registry name that the data gives.
        preset: a shape of the model `gpt` (`wfgen models`); None for the model's own defaults.
        model: registry name.
        model_settings: of the model's entry; they go before the preset's.
        states: give the model the states that the data holds (`wfgen prepare --states`); one that
            has a setting `num_states` gets their number.
        windower: registry name.
        windower_settings: of the windower's entry, its context left out.
        context: what the windower cuts for; None for the preset's, else 1,024.
        order: `windows` draws the epoch's windows in any order. `documents` draws the documents,
            the same for every tokenizer of a corpus, and cuts windows of 256 at a time: for fair
            comparisons.
        overfit: train on this many documents alone until the loss is under 0.1, as a smoke test.
        steps: optimizer steps; None where `epochs` are given.
        epochs: passes through the data; where neither is given, 10.
        batch_tokens: positions of a step, over all devices; in windows, rounded down.
        micro_batch: windows that go through the model at once on a device, which changes memory and
            speed and nothing else; None for as many as keep the logits small.
        halve_on_out_of_memory: halve `micro_batch` and go on; on one device.
        optimizer: `muon` for the matrices between hidden vectors, where the model says which they
            are, and AdamW for the rest; or `adamw` for all.
        learning_rate: of AdamW.
        muon_learning_rate: of Muon.
        warmup: steps in which learning rates rise; None for a twentieth, at most 200.
        schedule: how they fall after that: `cosine`, `linear`, or `constant` for not.
        floor: where they end, as a share.
        weight_decay: of the matrices; vectors, embeddings and the head have none where the model
            says which its hidden matrices are.
        beta1, beta2: of AdamW.
        clip: the norm that gradients are clipped to; None for not.
        precision: of matrix products; `auto` is bfloat16 on a GPU that has it, else float32.
        compile: whether torch compiles the model; `auto` on a GPU only, as it costs more than it
            saves on a CPU.
        recompute: keep no activations inside of layers, and compute them again: less memory for
            about a third more time. For models that are `Layered`.
        parallel: over several devices `ddp` copies the model, `fsdp` shards it; `auto` shards one
            that would take more than half of a device's memory.
        device: `cpu`, `cuda` and so on; `auto` is a GPU where there is one.
        seed: of weights and order.
        eval_every: steps from one validation to the next; None for none at all, the last included.
        eval_documents: held-out documents scored each time; None for all. The last time it is all.
        patience: stop after this many validations without a better one; None for never.
        save_every: steps from one checkpoint to the next; None for the last alone. The best is
            kept besides.
        keep: checkpoints that are kept, the best not counted.
        log_every: steps after which the figures of each are fetched and written.
        trackers: registry names of trackers that get the figures too.
        plot: draw the curves into the run directory, now and then and at the end.
    """

    data: Path = field(metadata=_FREE, converter=Path)
    out: Path = field(metadata=_FREE, converter=Path)
    tokenizer: str | None = None
    preset: str | None = None
    model: str = "gpt"
    model_settings: dict[str, Any] = field(factory=dict)
    states: bool = field(default=False, validator=boolean)
    windower: str = "documents"
    windower_settings: dict[str, Any] = field(factory=dict)
    context: int | None = field(default=None, validator=optional(whole_number(1, MAX_CONTEXT)))
    order: Literal["windows", "documents"] = field(
        default="windows", validator=one_of("windows", "documents")
    )
    overfit: int | None = field(default=None, validator=_count_or_none)
    steps: int | None = field(default=None, validator=_count_or_none)
    epochs: float | None = field(default=None, validator=_number_or_none)
    batch_tokens: int = field(default=16_384, validator=_count)
    micro_batch: int | None = field(metadata=_FREE, default=None, validator=_count_or_none)
    halve_on_out_of_memory: bool = field(metadata=_FREE, default=False, validator=boolean)
    optimizer: Literal["muon", "adamw"] = field(default="muon", validator=one_of("muon", "adamw"))
    learning_rate: float = field(default=0.01, validator=_number(0))
    muon_learning_rate: float = field(default=0.02, validator=_number(0))
    warmup: int | None = field(default=None, validator=optional(whole_number(0, _MANY)))
    schedule: Literal["cosine", "linear", "constant"] = field(
        default="cosine", validator=one_of("cosine", "linear", "constant")
    )
    floor: float = field(default=0.1, validator=_number(0, 1))
    weight_decay: float = field(default=0.1, validator=_number(0))
    beta1: float = field(default=0.9, validator=_number(0, 1))
    beta2: float = field(default=0.95, validator=_number(0, 1))
    clip: float | None = field(default=1.0, validator=_number_or_none)
    precision: Literal["auto", "float32", "bfloat16"] = field(
        default="auto", validator=one_of("auto", "float32", "bfloat16")
    )
    compile: Literal["auto"] | bool = field(metadata=_FREE, default="auto")
    recompute: bool = field(metadata=_FREE, default=False, validator=boolean)
    parallel: Literal["auto", "ddp", "fsdp"] = field(
        metadata=_FREE, default="auto", validator=one_of("auto", "ddp", "fsdp")
    )
    device: str = field(metadata=_FREE, default="auto")
    seed: int = field(default=0, validator=whole_number(0, (1 << 63) - 1))
    eval_every: int | None = field(default=250, validator=_count_or_none)
    eval_documents: int | None = field(default=None, validator=_count_or_none)
    patience: int | None = field(default=None, validator=_count_or_none)
    save_every: int | None = field(metadata=_FREE, default=250, validator=_count_or_none)
    keep: int = field(metadata=_FREE, default=2, validator=_count)
    log_every: int = field(metadata=_FREE, default=10, validator=_count)
    trackers: tuple[str, ...] = field(metadata=_FREE, default=())
    plot: bool = field(metadata=_FREE, default=True, validator=boolean)

    def __attrs_post_init__(self) -> None:
        if self.steps is not None and self.epochs is not None:
            raise SettingError(name="epochs", cause="steps are given too", hint="give one of them")
        if self.preset is not None and self.model != "gpt":
            raise SettingError(
                name="preset",
                cause=f"{self.preset!r} is a preset of gpt, and the model is {self.model}",
                hint="leave the preset out and give model.NAME=VALUE",
            )

    def as_json(self) -> dict[str, Any]:
        """JSON values by field name."""
        values = attrs.asdict(self)
        texts = {name: str(values[name]) for name in ("data", "out")}
        return values | texts | {"trackers": list(self.trackers)}


def make_config(*layers: Mapping[str, Any]) -> TrainConfig:
    """A config from values by name, later layers before earlier ones.

    A name with a dot is a setting of the model or the windower: `model.width`. Values may be texts.

    Raises:
        SettingError: a name is unknown (the nearest is given), missing, or a value does not fit.
    """
    values: dict[str, Any] = {}
    for layer in layers:
        for name, value in layer.items():
            outer, dot, inner = name.partition(".")
            if dot and outer in _NESTED:
                values.setdefault(_NESTED[outer], {})[inner] = value
            elif name in _NESTED.values():
                values.setdefault(name, {}).update(_table(name, value))
            else:
                values[name] = value
    for name in ("data", "out"):
        if name not in values:
            raise SettingError(name=name, cause="it is missing", hint=f"give {name}=DIRECTORY")
    return make_settings(TrainConfig, values)


def read_toml(file: Path) -> dict[str, Any]:
    """The values of a TOML file, tables `[model_settings]` and `[windower_settings]` among them.

    Raises:
        SettingError: it cannot be read, or is no TOML.
    """
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingError(
            name="config", cause=f"{file} cannot be read ({error})", hint="name a TOML file"
        ) from error


def differing_fields(one: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the fields that differ and must not, in two resolved configs as JSON."""
    fixed = [f.name for f in attrs.fields(TrainConfig) if not f.metadata.get(_MAY_DIFFER)]
    names = [n for n in fixed if n not in _NESTED.values() and one.get(n) != other.get(n)]
    for outer, name in _NESTED.items():
        ours, theirs = one.get(name) or {}, other.get(name) or {}
        differing = [n for n in {**ours, **theirs} if ours.get(n) != theirs.get(n)]
        names += [f"{outer}.{n}" for n in differing]
    return tuple(names)


def _table(name: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise SettingError(name=name, cause=f"{value!r} is no table of settings")
    return value
