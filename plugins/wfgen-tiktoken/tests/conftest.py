"""The profile of wfgen's own tests, and tokenizers that are slow to make."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

from wfgen_tiktoken import create, from_ranks
from wfgen_tiktoken.ranks import format_ranks

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
settings.register_profile("quick", max_examples=40, deadline=None, suppress_health_check=_SLOW)
settings.register_profile("deep", max_examples=20_000, deadline=None, suppress_health_check=_SLOW)
settings.load_profile(os.environ.get("WFGEN_PROFILE", "quick"))

BYTES = {bytes([value]): value for value in range(256)}


@pytest.fixture(scope="session")
def o200k():
    return create("o200k_base")


@pytest.fixture(scope="session")
def cl100k():
    return create("cl100k_base")


@pytest.fixture(scope="session")
def packaged(o200k, cl100k):
    """Name to tokenizer, for the encodings that need no file."""
    made = {"o200k_base": o200k, "cl100k_base": cl100k}
    return made | {"o200k_harmony": create("o200k_harmony")}


@pytest.fixture(scope="session")
def small_file(tmp_path_factory):
    """A rank file with a gap: the bytes, and two merges at 300 and 301."""
    path = tmp_path_factory.mktemp("ranks") / "small.tiktoken"
    path.write_bytes(format_ranks({**BYTES, b"ab": 300, b"abc": 301}))
    return path


@pytest.fixture(scope="session")
def small(small_file):
    return from_ranks(small_file, pattern=r"[\s\S]", name="small")
