"""Suites: what is compared on what. Each is a function that returns one frozen record."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from suites.intrinsic import quick, real
from suites.record import Suite, corpus_spec
from suites.trained import TrainedSuite, cpu, gpu

__all__ = ["SUITES", "TRAINED", "Suite", "TrainedSuite", "corpus_spec"]

SUITES: Mapping[str, Callable[[str | None, str | None], Suite]] = {"quick": quick, "real": real}
"""Name to function of a corpus and a validation side, either as typed or None."""

TRAINED: Mapping[str, Callable[[str | None, str | None], TrainedSuite]] = {"cpu": cpu, "gpu": gpu}
"""The same for the suites in which models are trained."""
