"""A run as training writes it, of a tiny foreign model over bytes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wfgen.registry import load_model, load_tokenizer, tokenizer_identity
from wfgen.store import StoreWriter, TokenStore

DOCUMENTS = {
    "train": ['{"on":"push"}', '{"on":["push"],"jobs":{}}', '{"name":"größer"}'],
    "valid": ["{}", '{"name":"' + "x" * 60 + '"}', '{"on":"pull_request"}', "[]"],
}


@pytest.fixture
def store(tmp_path: Path) -> TokenStore:
    tokenizer = load_tokenizer("bytes")
    size, bos, eos = tokenizer.vocab_size, tokenizer.bos, tokenizer.eos
    with StoreWriter(tmp_path / "store", vocab_size=size, bos=bos, eos=eos) as writer:
        for split, documents in DOCUMENTS.items():
            for text in documents:
                writer.add(split, tokenizer.encode(text), {"bytes": len(text.encode())})
        writer.finish({"tokenizer": tokenizer_identity("bytes", tokenizer)})
    return TokenStore.open(tmp_path / "store")


@pytest.fixture
def write_run(tmp_path: Path, install: Callable[..., Any]) -> Callable[..., Path]:
    """Write a run with checkpoints at `steps`, whose weights are drawn by the step."""
    torch = pytest.importorskip("torch")
    from wfgen.runs.checkpoints import (  # noqa: PLC0415  needs torch
        OPTIMIZER,
        RANDOM,
        WEIGHTS,
        Best,
        ModelSpec,
        write_checkpoint,
    )
    from wfgen.runs.weights import named_parameters  # noqa: PLC0415

    install("fake-recurrent")

    def write(steps: list[int], *, best: int | None = None, name: str = "run") -> Path:
        run = tmp_path / name
        tokenizer = load_tokenizer("bytes")
        tokenizer.save(run / "tokenizer")
        (run / "config.json").write_text(json.dumps({"seed": 3}))
        spec = ModelSpec(
            name="recurrent", settings={"width": 4}, vocab_size=tokenizer.vocab_size, context=8
        )
        for step in steps:
            torch.manual_seed(step)
            model = load_model(spec.name, spec.vocab_size, spec.context, spec.settings)
            weights = {name: p.detach() for name, p in named_parameters(model).items()}
            write_checkpoint(
                run,
                step=step,
                model=spec,
                tokenizer=tokenizer_identity("bytes", tokenizer),
                best=None if best is None else Best(step=best, bits_per_byte=1.5),
                is_finished=False,
                state={},
                tensors={WEIGHTS: weights, OPTIMIZER: {}, RANDOM: {}},
            )
        return run

    return write
