"""The whole way: a folder of YAML, tokens, a trained model, YAML that it wrote, and verdicts."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("torch", reason="training is an extra: pip install 'wfgen[train]'")
pytest.importorskip("tct_github_workflow", reason="tct-github-workflow is not installed")

from wfgen.cli import app
from wfgen.corpus import CorpusSpec, dump_yaml, load_corpus, load_yaml
from wfgen.corpus.schema import is_schema_valid

SETTINGS = {
    "steps": 20,
    "context": 128,
    "batch_tokens": 1024,
    "eval_every": 10,
    "save_every": 10,
    "model.width": 32,
    "model.depth": 2,
    "model.heads": 2,
}


def run(*arguments):
    app([str(each) for each in arguments], result_action="return_value")


def test_from_a_folder_of_yaml_to_generated_yaml_that_validates(tmp_path, capsys):
    workflows, data, out = (tmp_path / name for name in ("workflows", "data", "run"))
    workflows.mkdir()
    for number, document in enumerate(load_corpus(CorpusSpec(path="samples")).train):
        text = dump_yaml(json.loads(document.canonical))
        (workflows / f"{number}.yml").write_text(text, encoding="utf-8")
    valid = ("--valid", "composed:8", "--workers", 1)
    run(
        "prepare",
        "--corpus",
        workflows,
        "--tokenizer",
        "tct-github-workflow",
        "--out",
        data,
        *valid,
    )
    assignments = [each for pair in SETTINGS.items() for each in ("--set", "{}={}".format(*pair))]
    run("train", "--data", data, "--preset", "tiny", "--out", out, *assignments)
    run("generate", "--checkpoint", out, "-n", 3, "--format", "yaml", "--out", tmp_path / "new")
    files = sorted((tmp_path / "new").glob("*.yml"))
    assert len(files) == 3
    assert all(is_schema_valid(load_yaml(file.read_bytes(), path=str(file))) for file in files)
    capsys.readouterr()
    names = ("parses", "schema-valid")
    run("evaluate", "--samples", tmp_path / "new", "--evaluator", *names, "--json")
    scores = json.loads(capsys.readouterr().out)["scores"]
    assert [(score["name"], score["value"], score["count"]) for score in scores] == [
        ("parses", 1.0, 3),
        ("schema-valid", 1.0, 3),
    ]
