"""The benchmarks are scripts; their folder is where they import from."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from wfgen.corpus import CorpusSpec, load_corpus
from wfgen.evaluate.contenders import ContenderSpec

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
SPEC = CorpusSpec(path="composed:80", valid_share=0.2)


@pytest.fixture(autouse=True)
def _as_a_script(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    yield
    for name in [n for n in sys.modules if n.split(".")[0] in ("suites", "trained")]:
        sys.modules.pop(name)


# A small suite of trained models ----------------------------------------------------------------


@pytest.fixture(scope="session")
def corpus():
    return load_corpus(SPEC)


@pytest.fixture
def modules(monkeypatch):
    found = {
        name: importlib.import_module(name)
        for name in ("suites.trained", "trained", "trained.budgets", "trained.running")
    }
    monkeypatch.setattr(found["trained.budgets"], "GROUP_DOCUMENTS", 16)
    monkeypatch.setattr(importlib.import_module("wfgen.train.order"), "GROUP_DOCUMENTS", 16)
    return found


@pytest.fixture
def suite(modules):
    made = modules["suites.trained"]
    mask = made.Guide(suffix="+mask", constrain=True)
    tct = ContenderSpec(arm="tct-github-workflow", tokenizer="tct-github-workflow")
    return made.TrainedSuite(
        name="cpu",
        corpus=SPEC,
        arms=(
            made.TrainedArm(spec=ContenderSpec(arm="bytes", tokenizer="bytes")),
            made.TrainedArm(spec=tct, guides=(made.Guide(), mask)),
        ),
        baseline="bytes",
        preset="tiny",
        seeds=(0,),
        documents=32,
        training={
            "batch_tokens": 512,
            "context": 64,
            "model_settings": {"width": 16, "depth": 1, "heads": 1},
        },
        points=2,
        curve_documents=3,
        writing=made.Writing(samples=2, temperatures=(1.0,), max_bytes=200, prompts=1),
    )


@pytest.fixture
def run(modules, corpus, tmp_path):
    def go(suite, *, minutes=None, told=None, corpus=corpus):
        return modules["trained"].run_suite(
            suite,
            corpus,
            work=tmp_path / "work",
            results=tmp_path / "rows.jsonl",
            workers=1,
            minutes=minutes,
            report=(told if told is not None else []).append,
        )

    return go
