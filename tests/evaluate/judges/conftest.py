"""Samples made of values."""

from __future__ import annotations

import pytest

from wfgen.api import Sample
from wfgen.canonical import to_canonical

STEP = {"uses": "actions/checkout@v4"}
WORKFLOW = {"on": "push", "jobs": {"a": {"runs-on": "ubuntu-latest", "steps": [STEP]}}}


@pytest.fixture
def workflow():
    return WORKFLOW


@pytest.fixture
def sample():
    def make(value, **fields):
        return Sample(text=to_canonical(value).decode(), **fields)

    return make
