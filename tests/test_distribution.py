"""Wheels of the core and of its plugins, installed into an empty environment and used there.

Those of the Makefile's APART are left out: they bring torch, which the base install must not.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
APART = re.findall(r"^APART := (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.M)[0].split()
PLUGINS = sorted(p.parent for p in ROOT.glob("plugins/*/pyproject.toml"))
PROJECTS = [ROOT, *(p for p in PLUGINS if p.relative_to(ROOT).as_posix() not in APART)]

USE_ALL = """
import importlib.util, json, wfgen
from wfgen.api import TrainingRequest
from wfgen.corpus.schema import workflow_schema
from wfgen.registry import installed, load_constraint, tokenizer_entry
assert importlib.util.find_spec("torch") is None, "the base install pulls torch"
assert not any(p.error for p in installed().plugins), installed().plugins
corpus = wfgen.load_corpus(wfgen.CorpusSpec(path="samples"))
documents = [d.canonical for d in (*corpus.train, *corpus.valid)]
used = []
for name in installed().names("tokenizer"):
    entry = tokenizer_entry(name)
    if entry.create is not None:
        tokenizer = entry.create()
    elif entry.train is not None:
        request = TrainingRequest(
            documents=lambda: documents, vocab_size=512, schema=workflow_schema()
        )
        tokenizer = entry.train(request)
    else:
        continue
    assert tokenizer.decode(tokenizer.encode(documents[0])) == documents[0]
    used.append(name)
for name in installed().names("constraint"):
    load_constraint(name, wfgen.load_tokenizer("bytes"), {"type": "integer"}).start(b"1")
    used.append(name)
print(json.dumps(used))
"""


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    out = tmp_path_factory.mktemp("dist")
    for project in PROJECTS:
        build = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(out)]
        subprocess.run([*build, str(project)], check=True, capture_output=True)
    return sorted(out.glob("*.whl"))


@pytest.fixture(scope="module")
def python(wheels, tmp_path_factory):
    """The interpreter of an environment that holds the wheels and what they declare."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, with_pip=True)
    python = home / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    pip = [python, "-m", "pip", "install", "--quiet", "-c", ROOT / "constraints.txt"]
    subprocess.run([*pip, *wheels], check=True)
    return python


def test_every_project_makes_a_wheel(wheels):
    assert len(wheels) == len(PROJECTS) > 1


def test_what_stands_apart_is_a_plugin():
    assert set(APART) <= {p.relative_to(ROOT).as_posix() for p in PLUGINS}


def test_the_wheels_work_from_an_empty_folder(python, tmp_path):
    out = subprocess.run(
        [python, "-I", "-c", USE_ALL], cwd=tmp_path, capture_output=True, text=True
    )
    assert out.returncode == 0, out.stderr
    assert {"bytes", "bpe", "o200k_base", "cl100k_base", "llguidance"} <= set(
        json.loads(out.stdout)
    )


def test_the_command_line_works_from_there(python, tmp_path):
    command = python.parent / "wfgen"
    out = subprocess.run(
        [command, "plugins", "--json"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    found = {p["distribution"] for p in json.loads(out.stdout)["plugins"]}
    assert found == {"wfgen", *(p.name for p in PROJECTS[1:])}
