"""Small data, and runs of a tiny foreign model on it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wfgen.registry import load_tokenizer, tokenizer_identity
from wfgen.store import StoreWriter, TokenStore


def write_store(directory: Path, *, train: int = 40, valid: int = 6, seed: int = 0) -> TokenStore:
    """Documents of 20 to 80 bytes, some longer than the tests' context."""
    rng = np.random.default_rng(seed)
    tokenizer = load_tokenizer("bytes")
    size, bos, eos = tokenizer.vocab_size, tokenizer.bos, tokenizer.eos
    with StoreWriter(directory, vocab_size=size, bos=bos, eos=eos) as writer:
        for split, count in (("train", train), ("valid", valid)):
            for number in range(count):
                steps = ",".join(f'"{w}"' for w in rng.choice(["a", "b", "c"], rng.integers(1, 15)))
                text = f'{{"on":"push","n":{number},"steps":[{steps}]}}'
                record = {"name": f"{split}-{number}.yml", "bytes": len(text)}
                writer.add(split, tokenizer.encode(text), record)
        writer.finish({"tokenizer": tokenizer_identity("bytes", tokenizer)})
    return TokenStore.open(directory)


@pytest.fixture
def write_data(tmp_path: Path) -> Callable[..., TokenStore]:
    def write(name: str = "data", **counts: int) -> TokenStore:
        return write_store(tmp_path / name, **counts)

    return write


@pytest.fixture
def data(write_data: Callable[..., TokenStore]) -> TokenStore:
    return write_data()


@pytest.fixture
def configure(tmp_path: Path, install: Callable[..., Any]) -> Callable[..., Any]:
    """A config of a run that takes a fraction of a second."""
    pytest.importorskip("torch")
    from wfgen.train import TrainConfig  # noqa: PLC0415  needs torch

    install("fake-recurrent")

    def make(**settings: Any) -> TrainConfig:
        small = {
            "data": tmp_path / "data",
            "out": tmp_path / "run",
            "model": "recurrent",
            "context": 24,
            "steps": 12,
            "batch_tokens": 24 * 4,
            "eval_every": 6,
            "save_every": 4,
            "log_every": 3,
            "plot": False,
        }
        return TrainConfig(**{**small, **settings})

    return make
