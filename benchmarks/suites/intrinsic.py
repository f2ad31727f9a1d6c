"""The suites of the intrinsic comparison: no model is trained."""

from __future__ import annotations

import os

from suites.record import Suite, corpus_spec
from wfgen.corpus import CorpusSpec
from wfgen.errors import SettingError
from wfgen.evaluate.contenders import ContenderSpec

__all__ = ["quick", "real"]

# 1,000 composed workflows hold fewer than 2,900 merges worth having; 8,192 would not be filled.
_QUICK_VOCABULARY = 2048
_REAL_VOCABULARY = 8192
# As it is shipped; where its plugin is not installed it is a failed arm, as any other.
_WORKFLOWS = "tct-github-workflow"


def quick(corpus: str | None, valid: str | None) -> Suite:
    """A smoke on two cores in under two minutes.

    Without a corpus it measures the embedded samples, and BPE learns from composed workflows: that
    is not real data. Of a corpus, a fifth of the owners is held out.
    """
    return Suite(
        name="quick",
        corpus=CorpusSpec() if corpus is None else corpus_spec(corpus, valid, valid_share=0.2),
        contenders=_contenders(_QUICK_VOCABULARY),
    )


def real(corpus: str | None, valid: str | None) -> Suite:
    """The figures for the docs: a real corpus, from --corpus or the variable WFGEN_CORPUS."""
    path = corpus or os.environ.get("WFGEN_CORPUS")
    if not path:
        raise SettingError(
            name="corpus",
            cause="the suite `real` needs a corpus",
            hint="give --corpus PATH, or set WFGEN_CORPUS to a folder that holds"
            " workflows-train.jsonl.zst and workflows-valid.jsonl.zst",
        )
    return Suite(
        name="real",
        corpus=corpus_spec(path, valid, valid_share=0.1),
        contenders=_contenders(_REAL_VOCABULARY),
    )


def _contenders(vocab_size: int) -> tuple[ContenderSpec, ...]:
    return (
        ContenderSpec(arm="bytes", tokenizer="bytes"),
        ContenderSpec(arm=f"bpe-{vocab_size}", tokenizer="bpe", train=True, vocab_size=vocab_size),
        ContenderSpec(arm=_WORKFLOWS, tokenizer=_WORKFLOWS),
        ContenderSpec(arm="cl100k_base", tokenizer="cl100k_base"),
        ContenderSpec(arm="o200k_base", tokenizer="o200k_base"),
    )
