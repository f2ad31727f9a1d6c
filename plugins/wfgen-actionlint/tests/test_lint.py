"""Both linters on workflows of which the faults are known; and linters that are not there."""

from __future__ import annotations

import pytest
from attrs import evolve

from wfgen.api import Sample
from wfgen.canonical import to_canonical
from wfgen.errors import SettingError
from wfgen.registry import load_evaluator
from wfgen_actionlint import ACTIONLINT, ZIZMOR, LintClean, LinterError


def _workflow(*steps, **fields):
    job = {"runs-on": "ubuntu-latest", "permissions": {}, "steps": list(steps)}
    return {"on": "push", "permissions": {}, "jobs": {"a": job}, **fields}


def _sample(value):
    return Sample(text=to_canonical(value).decode())


def _is_there(linter):
    try:
        return bool(linter.program())
    except LinterError:
        return False


needs_zizmor = pytest.mark.skipif(
    not _is_there(ZIZMOR), reason="zizmor is an extra: pip install 'wfgen-actionlint[zizmor]'"
)

CLEAN = _workflow({"run": "make"})
UNTRUSTED = _workflow({"run": "echo ${{ github.event.issue.title }}"})
OLD = _workflow({"uses": "actions/checkout@v2"})
UNKNOWN_KEY = {**CLEAN, "jbos": {}}


def test_actionlint_counts_samples_by_rule():
    samples = [_sample(v) for v in (CLEAN, UNTRUSTED, OLD, UNKNOWN_KEY)] + [Sample(text="{")]
    score = load_evaluator("lint-clean").evaluate(samples)
    assert (score.value, score.count) == (0.2, 5)
    assert score.causes == {
        "expression": 1,
        "action": 1,
        "syntax-check": 1,
        "it is no JSON": 1,
    }


def test_actions_that_are_old_now_are_told_apart():
    score = load_evaluator("lint-clean").evaluate([_sample(OLD), _sample(UNTRUSTED)])
    (part,) = score.parts
    assert (score.value, part.name, part.value) == (0, "lint-clean-but-outdated", 0.5)


def test_a_finding_says_the_rule_and_the_line():
    (finding,) = ACTIONLINT.lint("on: push\njobs: {}\nx: 1\n", seconds=10)[:1]
    assert finding.rule == "syntax-check"
    assert finding.line in (2, 3)


@needs_zizmor
def test_zizmor_finds_what_is_unsafe():
    score = load_evaluator("zizmor-clean").evaluate([_sample(CLEAN), _sample(UNTRUSTED)])
    assert (score.value, score.causes) == (0.5, {"template-injection": 1})


@needs_zizmor
def test_what_zizmor_cannot_read_is_not_clean():
    score = load_evaluator("zizmor-clean").evaluate([_sample(["no", "workflow"])])
    assert score.causes == {"the linter failed": 1}


@pytest.mark.parametrize("linter", [ACTIONLINT, ZIZMOR])
def test_a_linter_that_is_not_there_is_an_error(linter):
    absent = LintClean(linter=evolve(linter, name="no-such-linter"), name="x")
    with pytest.raises(LinterError, match="pip install"):
        absent.evaluate([_sample(CLEAN)])


def test_a_linter_that_takes_too_long_is_stopped():
    judge = LintClean(linter=ACTIONLINT, name="x", seconds=1e-6)
    score = judge.evaluate([_sample(CLEAN)])
    assert score.causes == {"the linter failed": 1}
    (finding,) = judge.findings(_sample(CLEAN))
    assert "more than 1e-06 s" in finding.message


def test_no_sample_is_no_score():
    with pytest.raises(SettingError, match="no sample"):
        load_evaluator("lint-clean").evaluate([])
