"""A plugin that works: a tokenizer, and one of everything else."""

from __future__ import annotations

from attrs import field, frozen
from attrs.validators import ge

from wfgen.api import (
    ConstraintEntry,
    EvaluatorEntry,
    ModelEntry,
    Score,
    TokenizerEntry,
    WindowerEntry,
    hookimpl,
)
from wfgen.testing import BitListTokenizer, CyclicModel, open_bit_list


@frozen(kw_only=True)
class NoWindows:
    context: int = field(default=8, validator=ge(2))
    cross: bool = False

    def windows(self, store, split):
        return []


class Counter:
    def evaluate(self, samples):
        return Score(name="counted", value=len(samples), unit="samples", count=len(samples))


@hookimpl
def wfgen_tokenizers():
    return [
        TokenizerEntry(
            name="bit-list",
            summary="Arrays of bits.",
            fidelity="bytes",
            create=BitListTokenizer,
            open=open_bit_list,
        ),
        TokenizerEntry(
            name="needs-training",
            summary="Cannot be had by name.",
            fidelity="bytes",
            train=lambda request: BitListTokenizer(),
        ),
    ]


@hookimpl
def wfgen_windowers():
    return [
        WindowerEntry(name="none", summary="No window.", settings=NoWindows, create=lambda s: s)
    ]


@hookimpl
def wfgen_models():
    return [
        ModelEntry(
            name="cyclic",
            summary="Certain.",
            create=lambda settings, vocab_size, context: CyclicModel(vocab_size),
        )
    ]


@hookimpl
def wfgen_evaluators():
    return [EvaluatorEntry(name="counted", summary="Counts.", create=lambda settings: Counter())]


@hookimpl
def wfgen_constraints():
    return [
        ConstraintEntry(
            name="own",
            summary="The tokenizer's own.",
            create=lambda tokenizer, schema: tokenizer.constrain(),
        )
    ]
