"""Run the Python examples of the docs and of the README; the README is one page of them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from sybil import Sybil
from sybil.parsers.myst import PythonCodeBlockParser, SkipParser

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture(scope="module")
def in_a_folder_of_its_own(tmp_path_factory):
    """Examples write files; each page runs in an empty folder. The benchmarks are scripts."""
    before = os.getcwd()  # noqa: PTH109
    os.chdir(tmp_path_factory.mktemp("docs"))
    sys.path.append(str(BENCHMARKS))
    yield
    sys.path.remove(str(BENCHMARKS))
    os.chdir(before)


collect_ignore = ["example-plugin"]  # its tests run where it is installed

pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser(), SkipParser()],
    pattern="*.md",
    fixtures=["in_a_folder_of_its_own"],
    excludes=["_build/*", "example-plugin/*"],
).pytest()
