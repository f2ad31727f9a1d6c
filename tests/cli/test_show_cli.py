"""`wfgen tokenizer show`: a file in, its tokens out."""

from __future__ import annotations

import pytest

from wfgen import registry
from wfgen.cli import tokenizer as command
from wfgen.errors import PluginError, UnknownNameError

GOOD = ("fake-good",)
WORKFLOW = "on: push\njobs:\n  a: {uses: ./b.yml}\n"


def show(wfgen, *arguments):
    done = wfgen("tokenizer", "show", *arguments, fakes=GOOD)
    return done.stdout.splitlines(), done.stderr, done.returncode


@pytest.mark.parametrize("name", ["w.yml", "w.json"])
def test_a_workflow_is_shown_in_tokens_from_yaml_and_from_json(wfgen, tmp_path, name):
    text = WORKFLOW if name == "w.yml" else '{"on": "push", "jobs": {"a": {"uses": "./b.yml"}}}'
    (tmp_path / name).write_text(text, "utf-8")
    lines, stderr, code = show(wfgen, name, "--tokenizer", "bytes")
    assert (stderr, code) == ("", 0)
    assert lines[:2] == ["│{│", '  │"│o│n│"│:│"│p│u│s│h│"│']
    assert lines[-1] == "45 tokens for 45 bytes of canonical JSON, 1.00 bytes a token"


def test_an_artefact_is_shown_too(wfgen, tmp_path):
    (tmp_path / "bits.yml").write_text("[0, 0, 1]", "utf-8")
    train = ("tokenizer", "train", "needs-training", "--corpus", "samples", "--out", "bits")
    assert wfgen(*train, fakes=GOOD).returncode == 0
    lines, stderr, code = show(wfgen, "bits.yml", "--tokenizer", "bits/")
    assert (lines[0], stderr, code) == ("│[│0│,0│,│1│]│", "", 0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("no.yml",), "no.yml"),
        (("two.jsonl",), "two.jsonl: it holds more than one document"),
        (("bad.yml",), "bad.yml, line 2"),
        (("w.yml", "--tokenizer", "byts"), "did you mean 'bytes'?"),
        (("w.yml", "--tokenizer", "needs-training"), "there is no way to create it"),
        (("w.yml", "--tokenizer", "bit-list"), "no array of bits has"),
    ],
)
def test_what_cannot_be_shown_is_one_line_and_exit_code_1(wfgen, tmp_path, arguments, message):
    (tmp_path / "w.yml").write_text(WORKFLOW, "utf-8")
    (tmp_path / "bad.yml").write_text("a: [", "utf-8")
    (tmp_path / "two.jsonl").write_text('{"json": 1}\n{"json": 2}\n', "utf-8")
    lines, stderr, code = show(wfgen, *arguments)
    assert (lines, code) == ([], 1)
    assert message in stderr
    assert stderr.count("\n") == 1


def only(*reports):
    return lambda: registry.Registry(plugins=reports)


def test_without_the_workflow_tokenizer_it_is_said_how_to_go_on(monkeypatch, tmp_path):
    (tmp_path / "w.yml").write_text(WORKFLOW, "utf-8")
    real = registry.installed()
    builtin = [report for report in real.plugins if report.distribution == "wfgen"]
    monkeypatch.setattr(command, "installed", only(*builtin))
    said = "is not installed; install tct-github-workflow, or name one with --tokenizer: bytes"
    with pytest.raises(UnknownNameError, match=said):
        command.show(tmp_path / "w.yml")


def test_a_broken_workflow_tokenizer_is_not_called_missing(monkeypatch, tmp_path):
    (tmp_path / "w.yml").write_text(WORKFLOW, "utf-8")
    name = "tct-github-workflow"
    broken = registry.PluginReport(plugin=name, distribution=name, version="1", error="odd")
    for module in (command, registry):
        monkeypatch.setattr(module, "installed", only(broken))
    with pytest.raises(PluginError, match="odd"):
        command.show(tmp_path / "w.yml")
