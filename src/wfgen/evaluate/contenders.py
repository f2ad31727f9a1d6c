"""Contenders of a comparison: tokenizers by name, from a directory, or trained on the spot.

One that cannot be had is kept with its error, so that it never vanishes from a comparison.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from attrs import define, field, frozen

from wfgen.api import Tokenizer, TrainingRequest
from wfgen.corpus import Corpus
from wfgen.errors import CapabilityError, WfgenError
from wfgen.registry import load_tokenizer, tokenizer_entry, tokenizer_identity

__all__ = [
    "Contender",
    "ContenderSpec",
    "ContractError",
    "FailedArm",
    "attempt",
    "check_tokenizer",
    "error_text",
    "prepare_contenders",
]

T = TypeVar("T")


@frozen(kw_only=True)
class ContenderSpec:
    """A contender as a suite names it.

    Attributes:
        arm: its name in the comparison.
        tokenizer: a registry name, or the directory of an artefact.
        train: learn it on the training side of the corpus first; then `tokenizer` is a name.
        vocab_size: to learn, special tokens included; None for the entry's default.
        settings: the entry's own, for training.
    """

    arm: str
    tokenizer: str
    train: bool = False
    vocab_size: int | None = None
    settings: Mapping[str, Any] = field(factory=dict)


@frozen(kw_only=True)
class Contender:
    """A contender that is ready.

    Attributes:
        arm: its name in the comparison.
        tokenizer: it.
        identity: what tells it from any other, as `wfgen.registry.tokenizer_identity` gives it.
    """

    arm: str
    tokenizer: Tokenizer = field(repr=False)
    identity: Mapping[str, Any] = field(factory=dict)


@frozen(kw_only=True)
class FailedArm:
    """A contender that could not be had, and why."""

    arm: str
    error: str
    identity: Mapping[str, Any] = field(factory=dict)


@define(kw_only=True, eq=False)
class ContractError(WfgenError):
    """A tokenizer is not what `wfgen.api.Tokenizer` promises; no figure of it would mean much."""

    @property
    def where(self) -> str:
        """What every such message begins with."""
        return "breaks its contract"


def check_tokenizer(tokenizer: Any) -> None:
    """Refuse what cannot be a tokenizer, before anything is asked of it.

    Raises:
        ContractError: a part is missing, or the size of the vocabulary is no number of entries.
    """
    parts = ("vocab_size", "bos", "eos", "encode", "decode")
    missing = [part for part in parts if not hasattr(tokenizer, part)]
    if missing:
        kind = type(tokenizer).__name__
        raise ContractError(cause=f"a {kind} without {', '.join(missing)} is no tokenizer")
    size = tokenizer.vocab_size
    if type(size) is not int or size < 1:
        raise ContractError(cause=f"vocab_size is {size!r}, no number of entries")


def prepare_contenders(
    specs: Iterable[ContenderSpec], corpus: Corpus, *, report: Callable[[str], None] | None = None
) -> Iterator[Contender | FailedArm]:
    """Load or train each contender, in order; an error becomes a `FailedArm`.

    Args:
        specs: what to prepare.
        corpus: its training side is what is trained on.
        report: told what is done, a line each.
    """
    for spec in specs:
        if report:
            report(f"{'training' if spec.train else 'loading'} {spec.arm}")
        made, error = attempt(_prepare, spec, corpus)
        if error is None:
            assert made is not None
            yield made
        else:
            name = Path(spec.tokenizer).name  # a row is no place for one machine's paths
            yield FailedArm(arm=spec.arm, error=error_text(error), identity={"name": name})


def attempt(
    function: Callable[..., T], *arguments: Any
) -> tuple[T, None] | tuple[None, BaseException]:
    """The result, or the error, whatever a plugin raises."""
    try:
        return function(*arguments), None
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # a panic in Rust is pyo3's PanicException, no Exception
        return None, error


def error_text(error: BaseException) -> str:
    """What a row says of an error; of a foreign one its class too."""
    return str(error) if isinstance(error, WfgenError) else f"{type(error).__name__}: {error}"


def _prepare(spec: ContenderSpec, corpus: Corpus) -> Contender:
    tokenizer = _train(spec, corpus) if spec.train else load_tokenizer(spec.tokenizer)
    check_tokenizer(tokenizer)
    known = tokenizer_identity(spec.tokenizer, tokenizer)
    fidelity = tokenizer_entry(known["name"]).fidelity
    identity = {**known, "trained": spec.train, "fidelity": fidelity}
    return Contender(arm=spec.arm, tokenizer=tokenizer, identity=identity)


def _train(spec: ContenderSpec, corpus: Corpus) -> Tokenizer:
    entry = tokenizer_entry(spec.tokenizer)
    if entry.train is None:
        raise CapabilityError(
            name=entry.name, capability="train", cause="it cannot be trained", hint=entry.why_not
        )
    request = TrainingRequest(
        documents=lambda: (document.canonical for document in corpus.train),
        vocab_size=spec.vocab_size,
        provenance=corpus.describe(),
        settings=spec.settings,
    )
    return entry.train(request)
