"""Workflows judged by the linters that people use: actionlint, and zizmor for security."""

from __future__ import annotations

from wfgen_actionlint.evaluators import LintClean
from wfgen_actionlint.linters import ACTIONLINT, ZIZMOR, Finding, Linter, LinterError

__all__ = ["ACTIONLINT", "ZIZMOR", "Finding", "LintClean", "Linter", "LinterError"]
