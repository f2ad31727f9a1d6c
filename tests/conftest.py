"""Profiles of hypothesis, fake plugins, and the real corpus where one is named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from wfgen import registry

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
settings.register_profile("quick", max_examples=40, deadline=None, suppress_health_check=_SLOW)
settings.register_profile("deep", max_examples=20_000, deadline=None, suppress_health_check=_SLOW)
settings.load_profile(os.environ.get("WFGEN_PROFILE", "quick"))

FAKES = Path(__file__).parent / "plugins"


@pytest.fixture
def install(monkeypatch):
    """Put fake distributions on the path, as an installer would."""

    def put(*names: str) -> registry.Registry:
        for name in names:
            monkeypatch.syspath_prepend(str(FAKES / name))
        registry.installed.cache_clear()
        return registry.installed()

    yield put
    monkeypatch.undo()
    registry.installed.cache_clear()


@pytest.fixture(scope="session")
def real_corpus() -> Path:
    """The folder that WFGEN_CORPUS names."""
    folder = os.environ.get("WFGEN_CORPUS", "")
    if not (Path(folder) / "workflows-valid.jsonl.zst").is_file():
        pytest.skip("WFGEN_CORPUS names no folder with workflows-valid.jsonl.zst")
    return Path(folder)
