"""Definitions of the figures of trained models and of what they write."""

from __future__ import annotations

from attrs import evolve

from wfgen.evaluate.judges.fields import FIELDS
from wfgen.report.defining import (
    Definition,
    four_decimals,
    one_decimal,
    percent,
    plain,
    three_decimals,
    two_decimals,
    whole,
)

__all__ = ["EQUAL_FLOPS", "PROMPTS", "TRAINED_DEFINITIONS", "WARM", "field_heading"]

EQUAL_FLOPS = "-equal-flops"
"""What a figure's name ends in where every arm had the FLOPs that the baseline took."""

WARM, PROMPTS = "-t0.7", "-prompts"
"""The same for documents written at temperature 0.7, and for those that go on from prompts."""

_COST = (
    "what the held-out documents cost the model, begin left out and end included, over the bytes"
    " of their canonical forms; less is better"
)

_LEARNING: dict[str, Definition] = {
    "bits-per-byte": Definition(heading="bits / byte", text=_COST, write=four_decimals),
    "loss": Definition(
        heading="loss",
        text="nats a token of the held-out documents; information only, as tokens differ in what"
        " they hold",
        write=three_decimals,
    ),
    "perplexity": Definition(
        heading="perplexity",
        text="e to the power of the loss; information only, never compared across tokenizers",
        write=two_decimals,
    ),
    "train-tokens-per-second": Definition(
        heading="train tokens/s",
        text="tokens trained on a second; arms whose tokens hold more need fewer of them",
        write=whole,
    ),
    "train-documents-per-second": Definition(
        heading="train documents/s",
        text="documents trained on a second; a larger vocabulary has a larger head, which is slow"
        " on a CPU and hardly felt on a GPU",
    ),
    "train-flops": Definition(
        heading="train FLOPs",
        text="floating point operations of the training, forward and backward, head included",
        write=lambda value: f"{value:.3g}",
    ),
    "train-seconds": Definition(
        heading="train s",
        text="wall-clock seconds of the training; other work on the machine is in it",
    ),
    "train-documents": Definition(
        heading="train documents", text="documents trained on", write=whole
    ),
}

_CONSTRAINED: dict[str, Definition] = {
    "constrained-bits-per-byte": Definition(
        heading="constrained bits / byte",
        text="the same with the model's distribution renormalised over what the constraint allows,"
        " over the held-out documents that it takes: compare it with the column beside it, and with"
        " other arms only where they refuse as little. What the constraint knows of the schema the"
        " model need not have learned",
        write=four_decimals,
    ),
    "free-bits-per-byte": Definition(
        heading="free bits / byte of the same",
        text="bits per byte without the constraint, over the documents that it takes",
        write=four_decimals,
    ),
    "refused-by-constraint": Definition(
        heading="refused by constraint",
        text="share of the held-out documents that the constraint refuses in their own order of"
        " keys; real as they are, it would never let a model write them",
        write=percent,
    ),
}

_RATIOS: dict[str, Definition] = {
    f"budget-ratio-{budget}": Definition(
        heading=f"{words} ratio",
        text=f"the arm's {words} over the baseline's at the same bits per byte; under 1 the arm"
        " needs less. The one that ends lower is looked up where its curve, over some of the"
        " held-out documents, reaches the other's last figure. Its learning rate has not come down"
        " there, as the other's has, which favours the slower one",
        write=three_decimals,
    )
    for budget, words in (("documents", "documents"), ("flops", "FLOPs"))
}

_CURVES: dict[str, Definition] = {
    "bits-per-byte-curve": Definition(
        heading="bits / byte, on the way",
        text="bits per byte of a checkpoint, over some of the held-out documents, the same for"
        " every arm",
        write=four_decimals,
    ),
}

_RUNGS: dict[str, Definition] = {
    "completed": Definition(
        heading="completed",
        text="share of samples that closed by themselves within the token limit; the limit of an"
        " arm is what it takes for the same number of bytes, on average",
        write=percent,
    ),
    "parses": Definition(heading="parses", text="share of samples that are JSON", write=percent),
    "lint-clean": Definition(
        heading="lint-clean",
        text="share of samples in which actionlint finds nothing, shellcheck and pyflakes off; no"
        " constraint here knows what it looks for, and many real documents are not clean either",
        write=percent,
    ),
    "lint-clean-but-outdated": Definition(
        heading="lint-clean but outdated",
        text="the same, retired actions forgiven: they were current when documents were written",
        write=percent,
    ),
    "distinct": Definition(
        heading="distinct",
        text="share of samples that repeat no other of the same seed",
        write=percent,
    ),
    "novel": Definition(
        heading="novel",
        text="share of samples that no training document is equal to, or nearly; what is no JSON"
        " counts as novel",
        write=percent,
    ),
    "shared-lines": Definition(
        heading="shared lines",
        text="longest run of lines that stands in a training document too, mean over the samples"
        " that parse",
        write=one_decimal,
    ),
    "length": Definition(
        heading="bytes / sample", text="mean canonical bytes of a sample", write=whole
    ),
    "length-tokens": Definition(
        heading="tokens / sample", text="mean tokens of a sample", write=one_decimal
    ),
    "cost": Definition(
        heading="steps / sample",
        text="mean model steps of a sample; what a grammar forces takes none",
        write=one_decimal,
    ),
    "steps-per-byte": Definition(
        heading="steps / byte", text="model steps over canonical bytes", write=three_decimals
    ),
    "milliseconds": Definition(
        heading="ms / sample",
        text="milliseconds of a sample, masks included; samples that end early are cheap, so read"
        " it with the milliseconds a byte",
    ),
    "milliseconds-per-byte": Definition(
        heading="ms / byte", text="milliseconds over canonical bytes", write=plain
    ),
}

_FAITHFUL = (
    "mean Jensen-Shannon divergence, in bits, between the field values of samples and of held-out"
    " documents; less is better. Few samples are farther from anything than many are, and samples"
    " that are no JSON say nothing: an arm of few that parse is judged by these alone"
)


def field_heading(field: str) -> str:
    """How a field of `wfgen.evaluate.judges.fields` is headed."""
    return field.replace("-", " ")


def _of_field(field: str) -> dict[str, Definition]:
    words = field_heading(field)
    return {
        f"{field}-js": Definition(
            heading=f"{words}, JS",
            text=f"Jensen-Shannon divergence of {words}, in bits: 0 for equal, 1 for disjoint ones",
            write=three_decimals,
        ),
        f"{field}-tv": Definition(
            heading=f"{words}, TV",
            text=f"total variation of {words}: 0 for equal, 1 for disjoint ones",
            write=three_decimals,
        ),
        f"{field}-coverage": Definition(
            heading=f"{words} covered",
            text=f"share of the real {words}, by how often they occur, that samples have at all",
            write=percent,
        ),
        f"{field}-mode-match": Definition(
            heading=f"{words}, same mode",
            text=f"share of seeds in which the most frequent of the {words} is the real one",
            write=percent,
        ),
    }


_GENERATION: dict[str, Definition] = {
    **_RUNGS,
    "faithful": Definition(heading="faithful", text=_FAITHFUL, write=three_decimals),
    **{name: made for field in FIELDS for name, made in _of_field(field).items()},
}


def _apart(definition: Definition, words: str, text: str) -> Definition:
    return evolve(
        definition,
        heading=f"{definition.heading}, {words}",
        text=f"{definition.text}; {text}",
    )


TRAINED_DEFINITIONS: dict[str, Definition] = {
    **_LEARNING,
    **{
        name + EQUAL_FLOPS: _apart(
            made, "equal FLOPs", "every arm trained for the FLOPs that the baseline took"
        )
        for name, made in _LEARNING.items()
    },
    **_CONSTRAINED,
    **_RATIOS,
    **_CURVES,
    **_GENERATION,
    **{
        name + suffix: _apart(made, words, text)
        for name, made in _GENERATION.items()
        for suffix, words, text in (
            (WARM, "at 0.7", "of samples at temperature 0.7"),
            (PROMPTS, "from prompts", "of samples that go on from the beginning of real documents"),
        )
    },
    "schema-valid" + WARM: Definition(
        heading="schema-valid, at 0.7",
        text="share of samples at temperature 0.7 that the schema accepts",
        write=percent,
    ),
    "schema-valid" + PROMPTS: Definition(
        heading="schema-valid, from prompts",
        text="share of samples from prompts that the schema accepts",
        write=percent,
    ),
}
"""By the figure's name."""
