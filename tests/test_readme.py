"""The README: its examples run, its commands exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from wfgen.cli import app
from wfgen.testing import TokenizerLaws

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
COMMANDS = re.findall(r"^\$ wfgen ([a-z]+)", README, flags=re.MULTILINE)


class TestTheTokenizerOfTheReadme(TokenizerLaws):
    def make(self):
        namespace = {"__name__": "readme"}
        exec(compile(EXAMPLES[0], "README.md", "exec"), namespace)
        (entry,) = namespace["wfgen_tokenizers"]()
        return entry.create()


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_the_examples_run(example):
    if "import wfgen_tct" in example:
        pytest.importorskip("wfgen_tct", reason="the plugin wfgen-tct is not installed")
    exec(compile(example, "README.md", "exec"), {"__name__": "readme"})


@pytest.mark.parametrize("command", sorted(set(COMMANDS)))
def test_the_commands_exist(command):
    assert command in app


def test_the_two_commands_come_first():
    first = README.index("```console")
    assert README.index("$ make demo") - first < 20
    assert "$ make test" in README
