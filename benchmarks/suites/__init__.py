"""Suites: what is compared on what. Each is a function that returns one frozen record."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from suites.intrinsic import quick, real
from suites.record import Suite, corpus_spec

__all__ = ["SUITES", "Suite", "corpus_spec"]

SUITES: Mapping[str, Callable[[str | None, str | None], Suite]] = {"quick": quick, "real": real}
"""Name to function of a corpus and a validation side, either as typed or None."""
