"""The jobs of a suite: each gives rows, needs what earlier ones left in the folder, and no more."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from suites.trained import DOCUMENTS, FLOPS, Guide, TrainedArm, TrainedSuite

__all__ = ["HELD_OUT", "Job", "Judge", "Learn", "Write", "budgets_of", "jobs_of", "suffix_of"]

HELD_OUT = "held-out documents"
"""The arm that is not generated: what a rung can come to at best."""


@frozen(kw_only=True)
class Learn:
    """Train an arm's model and score it.

    Attributes:
        budgets: what the run stands for; the baseline's stands for both.
    """

    arm: TrainedArm
    seed: int
    budgets: tuple[str, ...]

    @property
    def name(self) -> str:
        """Of the job, in rows."""
        return f"learn {self.arm.name} {self.budgets[0]} {self.seed}"

    @property
    def row_arm(self) -> str:
        """The arm of its rows."""
        return self.arm.name


@frozen(kw_only=True)
class Write:
    """Let an arm's trained weights write documents, and judge them."""

    arm: TrainedArm
    seed: int
    guide: Guide

    @property
    def name(self) -> str:
        """Of the job, in rows."""
        return f"write {self.row_arm} {self.seed}"

    @property
    def row_arm(self) -> str:
        """The arm of its rows."""
        return self.arm.name + self.guide.suffix


@frozen(kw_only=True)
class Judge:
    """Judge the held-out documents as if they were generated."""

    seed: int = 0
    name: str = "judge held-out documents"
    row_arm: str = HELD_OUT


Job = Learn | Write | Judge


def budgets_of(suite: TrainedSuite, arm: TrainedArm) -> Iterator[tuple[str, ...]]:
    """What the arm's runs stand for, a run each."""
    if arm.name == suite.baseline:
        yield arm.budgets
    else:
        yield from ((budget,) for budget in arm.budgets)


def jobs_of(suite: TrainedSuite) -> Iterator[tuple[Job, ...]]:
    """Stages, one after the other: what is learned with a seed, then what those weights write.

    Seed by seed, so that a comparison that is not at its end yet is one of fewer seeds.
    """
    yield (Judge(),)
    for seed in suite.seeds:
        yield tuple(
            Learn(arm=arm, seed=seed, budgets=budgets)
            for arm in suite.arms
            for budgets in budgets_of(suite, arm)
        )
        yield tuple(
            Write(arm=arm, seed=seed, guide=guide) for arm in suite.arms for guide in arm.guides
        )


def suffix_of(budget: str) -> str:
    """What the names of a budget's figures end in."""
    return {DOCUMENTS: "", FLOPS: "-equal-flops"}[budget]
