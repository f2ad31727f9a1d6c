"""Tables of trained models: what they learned, what they write, and what it costs."""

from __future__ import annotations

from collections.abc import Iterable

from wfgen.evaluate.judges.fields import FIELDS
from wfgen.report.rows import CEILING, Row, baseline_of
from wfgen.report.tables import SUMMARY, TABLES, Table
from wfgen.report.trained_definitions import EQUAL_FLOPS, PROMPTS, WARM

__all__ = ["ALL_TABLES", "RUNGS", "TRAINED_SUMMARY", "TRAINED_TABLES", "summary_of"]

RUNGS = ("completed", "parses", "schema-valid", "lint-clean")
"""What a document climbs, one after the other."""

_BESIDE = ("lint-clean-but-outdated", "distinct", "novel")
_BITS = ("bits-per-byte", f"bits-per-byte{EQUAL_FLOPS}")
_CONSTRAINED = ("constrained-bits-per-byte", "free-bits-per-byte", "refused-by-constraint")
_RATIOS = ("budget-ratio-documents", "budget-ratio-flops")
_TRAINING = (
    "train-documents",
    "train-flops",
    "train-seconds",
    "train-tokens-per-second",
    "train-documents-per-second",
)
_WRITING = (
    "cost",
    "steps-per-byte",
    "milliseconds",
    "milliseconds-per-byte",
    "length",
    "length-tokens",
    "shared-lines",
)
_CEILING = (
    f"The last line, {CEILING}, is no model: real documents judged the same way, the ceiling."
)

TRAINED_SUMMARY = Table(
    key="summary",
    title="Summary",
    columns=("parameters", *_BITS, "schema-valid", "lint-clean", *_RATIOS),
    intervals=(*_BITS, "schema-valid", "lint-clean", *_RATIOS),
    note="Means over the seeds, with 95 % intervals. Less is better in bits per byte and in ratios;"
    f" a ratio is to the baseline's budget. {_CEILING}",
    trained=True,
)
"""What to look at first; all of it stands in the other tables too."""


def _generation(key: str, title: str, suffix: str, note: str) -> Table:
    columns = tuple(figure + suffix for figure in (*RUNGS, *_BESIDE))
    return Table(
        key=key,
        title=title,
        columns=columns,
        intervals=columns,
        note=f"{note} {_CEILING}",
        only_led=True,
        trained=True,
        ceiling=suffix,
    )


def _faithful(key: str, title: str, figure: str, first: tuple[str, ...] = ()) -> Table:
    return Table(
        key=key,
        title=title,
        columns=(*first, *(f"{field}-{figure}" for field in FIELDS)),
        intervals=first,
        only_led=True,
        trained=True,
    )


TRAINED_TABLES: tuple[Table, ...] = (
    Table(
        key="learning",
        title="Learning",
        columns=("parameters", *_BITS, *_RATIOS, *_CONSTRAINED),
        intervals=(*_BITS, *_RATIOS, *_CONSTRAINED),
        note="The same documents, or the FLOPs that the baseline took for them: where an arm takes"
        " very long for the same documents it has the second budget alone. Constrained figures are"
        " of the arms that are held to a constraint, over the documents that it takes.",
        only_led=True,
        trained=True,
    ),
    Table(
        key="loss",
        title="Loss a token",
        columns=("loss", f"loss{EQUAL_FLOPS}", "perplexity", f"perplexity{EQUAL_FLOPS}"),
        note="Information only: tokens of different tokenizers cannot be compared.",
        only_led=True,
        trained=True,
    ),
    _generation(
        "generation",
        "Generation by rung",
        "",
        "Temperature 1.0, top-p 0.95, from nothing. The weights of equal documents write; those of"
        " equal FLOPs where an arm has no others.",
    ),
    _generation(
        "generation-at-0.7", "Generation at temperature 0.7", WARM, "Otherwise the same weights."
    ),
    _generation(
        "generation-from-prompts",
        "Generation from prompts",
        PROMPTS,
        "The beginnings of held-out documents, continued; the beginning counts as part of the"
        " sample.",
    ),
    _faithful(
        "faithful",
        "Faithful: Jensen-Shannon divergence by field",
        "js",
        ("faithful",),
    ),
    _faithful("faithful-variation", "Faithful: total variation by field", "tv"),
    _faithful("faithful-coverage", "Faithful: real values that occur at all", "coverage"),
    _faithful("faithful-modes", "Faithful: the most frequent value is the same", "mode-match"),
    Table(
        key="cost",
        title="Cost of training",
        columns=(*_TRAINING, *(figure + EQUAL_FLOPS for figure in _TRAINING)),
        note="Seconds are of one machine with other work on it; FLOPs are counted, not measured.",
        only_led=True,
        trained=True,
    ),
    Table(
        key="cost-of-writing",
        title="Cost of generating",
        columns=_WRITING,
        intervals=("milliseconds", "milliseconds-per-byte"),
        only_led=True,
        trained=True,
    ),
)
"""In the order in which they are shown; none of them in a suite that trains no models."""

ALL_TABLES: tuple[Table, ...] = (*TRAINED_TABLES, *TABLES)
"""Those of every suite."""


def summary_of(rows: Iterable[Row]) -> Table:
    """What to look at first in a suite, which trains models or does not."""
    return SUMMARY if baseline_of(rows) is None else TRAINED_SUMMARY
