"""The command line with the plugin installed: a tokenizer for a schema by name, and its tokens."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import wfgen
from wfgen.artefacts import read_manifest
from wfgen.corpus.schema import workflow_schema

WORKFLOW = """\
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: |
          make
          make test
"""
TRAIN = ("train", "tct", "--corpus", "samples", "--vocab-size", "1024", "--out", "x")


def run(folder, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "wfgen.cli", "tokenizer", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where `x` is a tokenizer of the workflow schema."""
    folder = tmp_path_factory.mktemp("cli")
    done = run(folder, *TRAIN, "--schema", "github-workflows")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("tct: 1,024 entries in x (sha256 ")
    (folder / "w.yml").write_text(WORKFLOW, "utf-8")
    return folder


def show(folder, name):
    done = run(folder, "show", name, "--tokenizer", "x/")
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_a_tokenizer_is_trained_for_a_schema_that_is_named(folder):
    assert read_manifest(folder / "x").name == "tct"
    tokenizer = wfgen.load_tokenizer(folder / "x")
    assert tokenizer.vocab_size == 1024
    assert tokenizer.grammar.schema_id == workflow_schema()["$id"]
    assert tokenizer.accepts('{"on":"push","jobs":{"a":{"uses":"./b.yml"}}}')
    assert not tokenizer.accepts('{"on":"push"}')


def test_a_schema_from_a_file_gives_a_tokenizer_of_that_schema(folder):
    (folder / "mine.json").write_text(json.dumps(workflow_schema()), "utf-8")
    out = (*TRAIN[:-1], "y", "--schema", "mine.json")
    assert run(folder, *out).returncode == 0
    for name in ("vocabulary.json", "grammar.json"):
        assert (folder / "x" / name).read_bytes() == (folder / "y" / name).read_bytes()


def test_without_a_schema_it_is_said_how_to_give_one(folder):
    done = run(folder, *TRAIN[:-1], "z")
    assert done.returncode == 1
    assert "--schema github-workflows" in done.stderr
    assert not (folder / "z").exists()


def test_a_valid_workflow_is_shown_with_what_is_elided(folder):
    lines = show(folder, "w.yml")
    assert lines[0] == "│‹{›│"
    assert any(line.lstrip().startswith('│"jobs":') or ',"jobs":' in line for line in lines)
    tokens = wfgen.load_tokenizer(folder / "x")
    document = wfgen.load_yaml(WORKFLOW)
    pieces = tokens.inspect(json.dumps(document))
    num_tokens = sum(piece.token is not None for piece in pieces)
    assert lines[-2].startswith(f"{num_tokens} tokens for ")
    assert lines[-2].endswith(", in grammar mode")
    assert lines[-1].startswith(f"{len(pieces) - num_tokens} symbols elided")
    legend = next(line for line in lines if line.startswith("tokens: "))
    assert {"key", "text", "end"} <= {part.split()[0] for part in legend[8:].split(", ")}


def test_an_invalid_workflow_is_shown_in_free_mode(folder):
    (folder / "free.yml").write_text("on: push\nbogus: 1\n", "utf-8")
    lines = show(folder, "free.yml")
    assert lines[0] == "Free mode: the grammar rejects this document."
    assert lines[1].startswith("│<mode>│")
    assert lines[-2].endswith(", in free mode")
