"""What a suite is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from attrs import asdict, evolve, field, frozen

from wfgen.corpus import CorpusSpec
from wfgen.errors import SettingError
from wfgen.evaluate.contenders import ContenderSpec
from wfgen.evaluate.intrinsic import REFERENCE
from wfgen.evaluate.speed import SpeedPlan

__all__ = ["Suite", "arm_name", "corpus_spec", "refuse_namesakes"]

_TRAIN, _VALID = "workflows-train.jsonl.zst", "workflows-valid.jsonl.zst"


@frozen(kw_only=True)
class Suite:
    """One comparison.

    Attributes:
        name: of the suite; rows carry it.
        corpus: what to read; contenders learn from its training side, and the figures are over
            its validation side.
        contenders: the arms.
        seed: of every interval.
        speed: how speeds are measured.
    """

    name: str
    corpus: CorpusSpec
    contenders: tuple[ContenderSpec, ...]
    seed: int = 0
    speed: SpeedPlan = field(factory=SpeedPlan)

    def with_contenders(self, names: Sequence[str], *, only: bool = False) -> Suite:
        """The suite with more contenders: registry names, artefact directories, arms of its own.

        Args:
            names: what to add.
            only: leave out the suite's own, but for those named. The tokenizer that ratios are to
                stays in any case.

        Raises:
            SettingError: two of them would have one name.
        """
        own = {spec.arm: spec for spec in self.contenders}
        named = [own.get(n) or ContenderSpec(arm=arm_name(n), tokenizer=n) for n in names]
        more = [spec for spec in named if spec not in self.contenders]
        specs = named if only else [*self.contenders, *more]
        if REFERENCE not in {spec.tokenizer for spec in specs}:
            specs = [*specs, ContenderSpec(arm=REFERENCE, tokenizer=REFERENCE)]
        refuse_namesakes([spec.arm for spec in specs])
        return evolve(self, contenders=tuple(specs))

    def configuration(self) -> dict[str, Any]:
        """JSON values for the rows' provenance; paths by their last name."""
        arms = [
            {**asdict(spec), "tokenizer": arm_name(spec.tokenizer), "settings": dict(spec.settings)}
            for spec in self.contenders
        ]
        speed = {
            "repetitions": self.speed.repetitions,
            "num_documents": self.speed.num_documents,
            "chunk_documents": self.speed.chunk_documents,
            "clock": self.speed.clock.__name__,
        }
        return {"contenders": arms, "speed": speed}


def arm_name(tokenizer: str) -> str:
    """What a tokenizer is called in a comparison: its name, or its directory's."""
    return Path(tokenizer).name or Path(tokenizer).resolve().name


def refuse_namesakes(arms: Sequence[str]) -> None:
    """Raise SettingError where two arms have one name."""
    for arm, count in Counter(arms).items():
        if count > 1:
            raise SettingError(
                name="contender",
                cause=f"{count} contenders would be called {arm!r}",
                hint="name each once, and give directories different last names",
            )


def corpus_spec(path: str, valid: str | None, *, valid_share: float) -> CorpusSpec:
    """A corpus as typed; a folder of `workflows-{train,valid}.jsonl.zst` gives both sides."""
    train_file, valid_file = Path(path) / _TRAIN, Path(path) / _VALID
    if valid is None and train_file.is_file() and valid_file.is_file():
        return CorpusSpec(path=train_file, valid=valid_file)
    return CorpusSpec(path=path, valid=valid, valid_share=valid_share)
