"""The suites in which every tokenizer trains models of one shape, which then write documents."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from attrs import asdict, evolve, field, frozen

from suites.record import arm_name, corpus_spec, refuse_namesakes
from wfgen.corpus import CorpusSpec
from wfgen.errors import SettingError
from wfgen.evaluate.contenders import ContenderSpec

__all__ = ["DOCUMENTS", "FLOPS", "Guide", "TrainedArm", "TrainedSuite", "Writing", "cpu", "gpu"]

DOCUMENTS, FLOPS = "documents", "flops"
"""The budgets: the same documents; the FLOPs that the baseline takes for those documents."""

_WORKFLOWS = "tct-github-workflow"


@frozen(kw_only=True)
class Guide:
    """How an arm's weights write.

    Attributes:
        suffix: behind the arm's name; '' for the arm without any constraint.
        constrain: whether documents are held to the schema.
        engine: registry name of the constraint; None for the tokenizer's own.
    """

    suffix: str = ""
    constrain: bool = False
    engine: str | None = None


PLAIN = Guide()
_OWN_MASK = Guide(suffix="+mask", constrain=True)


def _engine(name: str) -> Guide:
    return Guide(suffix=f"+{name}", constrain=True, engine=name)


@frozen(kw_only=True)
class TrainedArm:
    """A tokenizer, the budgets its models get, and the ways in which they write.

    Attributes:
        spec: the tokenizer.
        budgets: a run each; the first one's weights are those that write.
        guides: how they write.
        points: of its curves; None for the suite's.
    """

    spec: ContenderSpec
    budgets: tuple[str, ...] = (DOCUMENTS, FLOPS)
    guides: tuple[Guide, ...] = (PLAIN,)
    points: int | None = None

    @property
    def name(self) -> str:
        """The arm's name in the comparison."""
        return self.spec.arm


@frozen(kw_only=True)
class Writing:
    """What the models are asked to write.

    Attributes:
        samples: documents of each arm, seed and temperature.
        temperatures: the first is the one whose figures have plain names.
        top_p: nucleus sampling.
        max_bytes: a document may take as many tokens as the arm takes for so many bytes of the
            held-out documents.
        prompts: held-out documents that are begun and to be continued.
        prompt_shares: how much of each is given.
    """

    samples: int
    temperatures: tuple[float, ...] = (1.0, 0.7)
    top_p: float = 0.95
    max_bytes: int = 4096
    prompts: int = 8
    prompt_shares: tuple[float, ...] = (0.25, 0.5, 0.75)


@frozen(kw_only=True)
class TrainedSuite:
    """One comparison of trained models.

    Attributes:
        name: of the suite; rows carry it.
        corpus: contenders learn from its training side, and the figures are over its validation
            side.
        arms: what is compared.
        baseline: the arm whose FLOPs are the second budget, and that ratios are to.
        preset: a shape of the model `gpt`.
        seeds: one run each.
        documents: the first budget.
        training: settings of `wfgen.train.TrainConfig` besides.
        points: of a curve.
        curve_documents: held-out documents that a point is over; the last figure is over all.
        writing: what is generated.
    """

    name: str
    corpus: CorpusSpec
    arms: tuple[TrainedArm, ...]
    baseline: str
    preset: str
    seeds: tuple[int, ...]
    documents: int
    training: dict[str, Any] = field(factory=dict)
    points: int = 8
    curve_documents: int = 48
    writing: Writing

    def with_contenders(self, names: Sequence[str], *, only: bool = False) -> TrainedSuite:
        """The suite with more arms: registry names, artefact directories, arms of its own.

        Args:
            names: what to add.
            only: leave out the suite's own, but for those named and the baseline.

        Raises:
            SettingError: two of them would have one name.
        """
        own = {arm.name: arm for arm in self.arms}
        named = [own.get(name) or _added(name) for name in names]
        more = [arm for arm in named if arm not in self.arms]
        kept = [a for a in self.arms if not only or a.name == self.baseline or a in named]
        refuse_namesakes([arm.name for arm in (*kept, *more)])
        return evolve(self, arms=(*kept, *more))

    def configuration(self) -> dict[str, Any]:
        """JSON values for the rows' provenance, without the corpus, which they have besides."""
        values = asdict(self)
        values.pop("corpus")
        for arm in values["arms"]:
            arm["spec"]["settings"] = dict(arm["spec"]["settings"])
        return values


def _added(tokenizer: str) -> TrainedArm:
    return TrainedArm(spec=ContenderSpec(arm=arm_name(tokenizer), tokenizer=tokenizer))


def _corpus(name: str, corpus: str | None, valid: str | None) -> CorpusSpec:
    path = corpus or os.environ.get("WFGEN_CORPUS")
    if not path:
        raise SettingError(
            name="corpus",
            cause=f"the suite `{name}` needs a corpus",
            hint="give --corpus PATH, or set WFGEN_CORPUS to a folder that holds"
            " workflows-train.jsonl.zst and workflows-valid.jsonl.zst",
        )
    return corpus_spec(path, valid, valid_share=0.1)


def _arms(*bpe_sizes: int, guided: int) -> tuple[TrainedArm, ...]:
    """Bytes, BPE of each size, o200k in two forms, TCT; `guided` is the BPE with engines."""
    engines = (_engine("llguidance"), _engine("xgrammar"))
    learned = [
        TrainedArm(
            spec=ContenderSpec(arm=f"bpe-{size}", tokenizer="bpe", train=True, vocab_size=size),
            guides=(PLAIN, *engines) if size == guided else (PLAIN,),
        )
        for size in bpe_sizes
    ]
    restricted = "o200k_base-restricted"
    return (
        *learned,
        TrainedArm(
            spec=ContenderSpec(arm=_WORKFLOWS, tokenizer=_WORKFLOWS), guides=(PLAIN, _OWN_MASK)
        ),
        TrainedArm(spec=ContenderSpec(arm="bytes", tokenizer="bytes")),
        TrainedArm(spec=ContenderSpec(arm=restricted, tokenizer=restricted, train=True)),
        # Its embedding and head have 200,000 rows each: the same documents would take hours, and
        # after the same FLOPs it has seen a few dozen and writes nothing. Scoring all held-out ones
        # takes longer than the training, so there is no curve.
        TrainedArm(
            spec=ContenderSpec(arm="o200k_base", tokenizer="o200k_base"),
            budgets=(FLOPS,),
            guides=(),
            points=1,
        ),
    )


def cpu(corpus: str | None, valid: str | None) -> TrainedSuite:
    """A real corpus and the preset `tiny` on two cores, in under two hours."""
    return TrainedSuite(
        name="cpu",
        corpus=_corpus("cpu", corpus, valid),
        arms=_arms(8192, guided=8192),
        baseline="bpe-8192",
        preset="tiny",
        seeds=(0, 1, 2),
        # Two groups of the trainer's order. The arm `bytes` takes 6 minutes for them on one core.
        documents=512,
        training={"batch_tokens": 2048, "log_every": 10},
        writing=Writing(samples=100),
    )


def gpu(corpus: str | None, valid: str | None) -> TrainedSuite:
    """A real corpus and the preset `small` on a GPU; each job in under ten minutes."""
    return TrainedSuite(
        name="gpu",
        corpus=_corpus("gpu", corpus, valid),
        arms=_arms(4096, 8192, 16_384, guided=8192),
        baseline="bpe-8192",
        preset="small",
        seeds=(0, 1, 2),
        documents=23_552,  # five times the documents of the corpus that figures are quoted for
        training={"batch_tokens": 32_768, "log_every": 10},
        curve_documents=128,
        writing=Writing(samples=1000, max_bytes=8192, prompts=32),
    )
