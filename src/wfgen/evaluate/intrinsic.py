"""What a tokenizer does to documents, without any model.

Every figure but coverage is over the same documents for every arm: those that all arms encode. A
document that one arm refuses is taken from all of them, named, and counted. An arm that encodes no
document at all takes no part, and its result says so.

Legend: V entries of the vocabulary.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from wfgen.api import Score
from wfgen.canonical import DEFAULT_LIMITS, Limits
from wfgen.corpus import Document
from wfgen.evaluate.contenders import Contender, FailedArm, attempt, error_text
from wfgen.evaluate.encoding import Encoded, Returned, Shared, decode_shared, encode_all, share
from wfgen.evaluate.figures import ARM, ArmResult, Failure, Figure
from wfgen.evaluate.intervals import mean_interval
from wfgen.evaluate.modes import coverage_by_mode, mode_figures
from wfgen.evaluate.scores import ratio_score, share_score
from wfgen.evaluate.speed import SpeedPlan, speed_figures

__all__ = ["QUANTILES", "REFERENCE", "measure_intrinsic", "quantile_figure", "renyi_efficiency"]

REFERENCE = "o200k_base"
"""The registry name of the tokenizer that ratios are to."""

QUANTILES = (0, 1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 99, 100)
"""Percentiles of the lengths; enough of them to draw the distribution from rows alone."""

_ALPHA = 2.5


@frozen(kw_only=True)
class _Reference:
    """What ratios are to.

    Attributes:
        arm: None where there is none, and then `why_none` says why.
        num_tokens: of the canonical forms; shape [documents].
        num_source_tokens: of the texts as they were read, YAML for most; None where one of them
            cannot be encoded, and then `why_no_source` says why.
    """

    arm: Shared | None = None
    why_none: str = ""
    num_tokens: NDArray[np.int64] | None = field(default=None, repr=False)
    num_source_tokens: NDArray[np.int64] | None = field(default=None, repr=False)
    why_no_source: str = ""

    def bases(self) -> dict[str, tuple[NDArray[np.int64] | None, str]]:
        """By the ratio's name: what it is to, or None and why."""
        return {
            "tokens-to-o200k": (self.num_tokens, self.why_none),
            "tokens-to-o200k-yaml": (self.num_source_tokens, self.why_none or self.why_no_source),
        }


def quantile_figure(percentile: int) -> str:
    """The name of a percentile's figure: `tokens-per-document-p90`, or `-min` and `-max`."""
    name = {0: "min", 100: "max"}.get(percentile, f"p{percentile}")
    return f"tokens-per-document-{name}"


def measure_intrinsic(  # noqa: PLR0913  each is one decision of a suite
    contenders: Iterable[Contender | FailedArm],
    documents: Sequence[Document],
    *,
    seed: int = 0,
    speed: SpeedPlan | None = None,
    limits: Limits = DEFAULT_LIMITS,
    report: Callable[[str], None] = lambda _: None,
) -> list[ArmResult]:
    """Every intrinsic figure of every contender, in their order.

    Args:
        contenders: the arms; ratios are to the one whose tokenizer is called `REFERENCE`.
        documents: the same for all.
        seed: of the bootstrap.
        speed: how speeds are measured.
        limits: of the reader that compares a decoded document by its value.
        report: told what is done, a line each.
    """
    arms = []
    for contender in contenders:
        report(f"encoding with {contender.arm}")
        arms.append(encode_all(contender, documents))
    shared = share([arm for arm in arms if isinstance(arm, Encoded)], documents)
    if not shared or not shared[0].documents:
        return [_incomparable(arm) for arm in arms]
    reference = _find_reference(shared, arms)
    report("decoding")
    returned = [decode_shared(arm, limits) for arm in shared]
    report("measuring speed, in turn")
    plan = speed or SpeedPlan()
    speeds = speed_figures(shared, reference.arm, reference.why_none, plan, seed)
    compared = {
        arm.contender.arm: (arm, back, fast)
        for arm, back, fast in zip(shared, returned, speeds, strict=True)
    }
    return [_result(arm, compared, reference, seed) for arm in arms]


# Results ----------------------------------------------------------------------------------------


def _incomparable(arm: Encoded | FailedArm) -> ArmResult:
    """The result of an arm where there is no document to compare on."""
    if isinstance(arm, FailedArm):
        failure = Failure(figure=ARM, unit="", error=arm.error)
        return ArmResult(arm=arm.arm, identity=arm.identity, figures=(failure,))
    error = "there is no document that every arm encodes"
    return ArmResult(
        arm=arm.contender.arm,
        identity=arm.contender.identity,
        figures=(
            *_coverage(arm),
            *coverage_by_mode(arm),
            Failure(figure=ARM, unit="", error=error),
        ),
        refused=arm.refused,
    )


def _result(
    arm: Encoded | FailedArm,
    compared: dict[str, tuple[Shared, Returned, list[Figure]]],
    reference: _Reference,
    seed: int,
) -> ArmResult:
    if isinstance(arm, FailedArm):
        return _incomparable(arm)
    shared, returned, speeds = compared[arm.contender.arm]
    figures = [
        *_coverage(arm),
        *coverage_by_mode(arm),
        *_lengths(shared, seed),
        *_ratios(shared, reference, seed),
        *mode_figures(shared, reference.bases(), seed),
        *_fidelity(returned, len(shared.documents)),
        *_vocabulary(shared),
        *speeds,
    ]
    return ArmResult(
        arm=arm.contender.arm,
        identity=arm.contender.identity,
        figures=tuple(figures),
        refused=arm.refused,
        not_returned=returned.faults,
    )


def _find_reference(shared: Sequence[Shared], arms: Sequence[Encoded | FailedArm]) -> _Reference:
    found = [arm for arm in shared if arm.contender.identity.get("name") == REFERENCE]
    if not found:
        failed = [a for a in arms if isinstance(a, FailedArm)]
        errors = [arm.error for arm in failed if arm.identity.get("name") == REFERENCE]
        why = errors[0] if errors else "it is not among the contenders"
        return _Reference(why_none=f"no ratio to {REFERENCE}: {why}")
    arm = found[0]
    lengths, error = attempt(_source_lengths, arm)
    return _Reference(
        arm=arm,
        num_tokens=arm.num_tokens(),
        num_source_tokens=lengths,
        why_no_source="" if error is None else error_text(error),
    )


def _source_lengths(arm: Shared) -> NDArray[np.int64]:
    encode = arm.contender.tokenizer.encode
    return np.array([len(encode(document.source)) for document in arm.documents], dtype=np.int64)


# Figures ----------------------------------------------------------------------------------------


def _coverage(arm: Encoded) -> Iterator[Figure]:
    count, num_refused = len(arm.ids), len(arm.refused)
    yield share_score("coverage", count - num_refused, count)
    yield Score(
        name="refused",
        value=num_refused,
        unit="documents",
        count=count,
        higher_is_better=False,
        causes=Counter(refusal.reason for refusal in arm.refused),
    )


def _lengths(arm: Shared, seed: int) -> Iterator[Figure]:
    lengths, count = arm.num_tokens(), len(arm.documents)
    yield Score(
        name="tokens-per-document",
        value=float(lengths.mean()),
        unit="tokens",
        count=count,
        interval=mean_interval(lengths, seed=seed),
        higher_is_better=False,
    )
    # As for the corpus: a percentile is a length that occurs, the lower of two neighbours.
    values = np.percentile(lengths, QUANTILES, method="lower")
    for percentile, value in zip(QUANTILES, values.tolist(), strict=True):
        yield Score(
            name=quantile_figure(percentile),
            value=value,
            unit="tokens",
            count=count,
            higher_is_better=False,
        )
    yield ratio_score("bytes-per-token", "bytes", arm.num_bytes(), lengths, seed, is_good=True)


def _ratios(arm: Shared, reference: _Reference, seed: int) -> Iterator[Figure]:
    """Tokens over the reference's, on the same canonical forms and on the texts as read."""
    lengths = arm.num_tokens()
    for name, (base, why_not) in reference.bases().items():
        if base is None:
            yield Failure(figure=name, unit="ratio", error=why_not)
        else:
            yield ratio_score(name, "ratio", lengths, base, seed, is_good=False)


def _fidelity(returned: Returned, count: int) -> Iterator[Figure]:
    yield share_score("round-trip", returned.num_values, count)
    causes = Counter(fault.reason for fault in returned.faults)
    yield share_score("round-trip-bytes", returned.num_bytes, count, causes)


def _vocabulary(arm: Shared) -> Iterator[Figure]:
    size, count = arm.contender.tokenizer.vocab_size, len(arm.documents)
    uses = np.bincount(np.concatenate(arm.ids), minlength=size)
    yield Score(name="vocabulary-size", value=size, unit="entries", count=1)
    yield Score(
        name="vocabulary-use",
        value=int(np.count_nonzero(uses)) / size,
        unit="share",
        count=count,
    )
    if uses.any() and size > 1:
        efficiency = renyi_efficiency(uses)
        yield Score(name="renyi-efficiency", value=efficiency, unit="share", count=count)
    else:
        error = "there is no token, or only one entry to choose from"
        yield Failure(figure="renyi-efficiency", unit="share", error=error)


def renyi_efficiency(uses: NDArray[Any], alpha: float = _ALPHA) -> float:
    """Renyi entropy of the ids in use over the logarithm of V; 0 to 1.

    Of Zouhar et al., 2023, "Tokenization and the Noiseless Channel" (ACL 2023, long paper 284),
    who found it to go with translation quality best at alpha 2.5. It does not rank here.

    Args:
        uses: how often each id occurs; shape [V], V at least 2, not all zero.
        alpha: the order, not 1.
    """
    shares = uses[uses > 0] / uses.sum()
    entropy = math.log(float((shares**alpha).sum())) / (1 - alpha)
    return entropy / math.log(len(uses))
