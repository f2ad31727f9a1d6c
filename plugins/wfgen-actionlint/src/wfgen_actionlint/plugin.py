"""The plugin `actionlint`, as the entry-point group `wfgen` names it."""

from __future__ import annotations

from attrs import frozen

from wfgen.api import EvaluatorEntry, hookimpl
from wfgen_actionlint.evaluators import LintClean
from wfgen_actionlint.linters import ACTIONLINT, ZIZMOR, Linter

__all__ = ["LintSettings", "wfgen_evaluators"]


@frozen(kw_only=True)
class LintSettings:
    """Settings of both.

    Attributes:
        seconds: after which the linter is stopped at one sample.
        workers: linters at work at once; None for one for each core.
    """

    seconds: float = 10.0
    workers: int | None = None


@hookimpl
def wfgen_evaluators() -> list[EvaluatorEntry]:
    """`lint-clean` and `zizmor-clean`."""
    return [
        _entry("lint-clean", "Share in which actionlint finds nothing.", ACTIONLINT),
        _entry("zizmor-clean", "Share in which zizmor finds nothing.", ZIZMOR),
    ]


def _entry(name: str, summary: str, linter: Linter) -> EvaluatorEntry:
    def create(settings: LintSettings) -> LintClean:
        return LintClean(
            linter=linter, name=name, seconds=settings.seconds, workers=settings.workers
        )

    return EvaluatorEntry(name=name, summary=summary, create=create, settings=LintSettings)
