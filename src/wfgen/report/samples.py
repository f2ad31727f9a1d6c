"""Samples to read: what each arm wrote, with what was judged of it, for the page.

Bounded: at most `NUM_SAMPLES` of an arm, at most `MAX_CHARACTERS` of a sample.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from attrs import field, frozen

from wfgen.report.definitions import definition_of

__all__ = ["MAX_CHARACTERS", "NUM_SAMPLES", "SampleShown", "samples_html"]

NUM_SAMPLES = 10
MAX_CHARACTERS = 20_000


@frozen(kw_only=True)
class SampleShown:
    """One sample.

    Attributes:
        text: as YAML; as it was written where it is no JSON.
        arm: who wrote it.
        seed: of the weights that wrote it.
        verdicts: by rung, in the order of the rungs: whether it passed, and why it did not.
    """

    text: str
    arm: str
    seed: int
    verdicts: Mapping[str, tuple[bool, str]] = field(factory=dict)


def samples_html(samples: Mapping[str, Sequence[SampleShown]], swatches: Mapping[str, str]) -> str:
    """All arms, closed until they are opened; texts are text, whatever stands in them.

    Args:
        samples: by arm, drawn at random by the caller; the first `NUM_SAMPLES` are shown.
        swatches: HTML that stands before an arm's name, by arm.
    """
    arms = "".join(
        f"<details><summary>{swatches.get(arm, '')}{escape(_readable(arm))}</summary>"
        f"{''.join(_sample(n, one) for n, one in enumerate(each[:NUM_SAMPLES], start=1))}</details>"
        for arm, each in samples.items()
    )
    return (
        f'<p class="quiet">Drawn at random, at most {NUM_SAMPLES} of an arm, none picked for what'
        f" it looks like; with what was judged of each.</p>{arms}"
    )


def _sample(number: int, sample: SampleShown) -> str:
    verdicts = "".join(_verdict(*item) for item in sample.verdicts.items())
    name = f"Sample {number}, seed {sample.seed}"
    return (
        f'<article class="sample"><h3>{name}</h3><ul class="verdicts">{verdicts}</ul>'
        f'<pre class="json" tabindex="0" aria-label="{escape(f"{name} of {sample.arm}")}">'
        f"{escape(_cut(_readable(sample.text)))}</pre></article>"
    )


def _verdict(rung: str, verdict: tuple[bool, str]) -> str:
    passed, reason = verdict
    name = definition_of(rung).heading
    sign, css = ("✓", "passed") if passed else ("✗", "failed")
    why = f": {reason}" if reason else ""
    return f'<li class="{css}">{sign} {escape(_readable(name + why))}</li>'


def _readable(text: str) -> str:
    """With what cannot be seen, or would turn the text around it, written as an escape."""
    return "".join(
        c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode() for c in text
    )


def _cut(text: str) -> str:
    rest = len(text) - MAX_CHARACTERS
    return text if rest <= 0 else f"{text[:MAX_CHARACTERS]}\n… and {rest:,} more characters"
