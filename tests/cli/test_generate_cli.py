"""`wfgen generate` and `wfgen complete`: a run in, documents and what is said of them out."""

from __future__ import annotations

import json
import re
from pathlib import Path

import cyclopts
import pytest

pytest.importorskip("torch")

from wfgen.canonical import to_canonical
from wfgen.cli.complete import complete_command
from wfgen.cli.generate import generate_command
from wfgen.corpus import load_yaml
from wfgen.corpus.schema import is_schema_valid
from wfgen.errors import ArtefactError, DocumentSyntaxError, SettingError, UnreadableFileError

generate = cyclopts.App(default_command=generate_command)
complete = cyclopts.App(default_command=complete_command)


def run(app: cyclopts.App, *arguments: object) -> None:
    app([str(a) for a in arguments], result_action="return_value")


def test_documents_are_files_of_their_own_or_are_printed(workflow_run, tmp_path, capsys):
    out = tmp_path / "out"
    two = ("--checkpoint", workflow_run, "-n", 2, "--max-tokens", 20)
    run(generate, *two, "--out", out, "--batch-size", 1)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("2 documents: 2 ended, 2 are JSON; ")
    names = ["sample-000000.yml", "sample-000001.yml"]
    assert sorted(p.name for p in out.iterdir()) == names
    values = [load_yaml((out / name).read_text("utf-8")) for name in names]
    assert all(map(is_schema_valid, values))
    run(generate, *two, "--format", "json")
    lines = capsys.readouterr().out.splitlines()
    assert sorted(lines) == sorted(to_canonical(value).decode() for value in values)


def test_a_workflow_file_is_continued_and_it_is_said_what_of_it_is_kept(
    workflow_run, tmp_path, capsys
):
    begun = "name: CI\non: push\njobs:\n  build:\n    timeout-minutes: 10\n"
    (tmp_path / "ci.yml").write_text(begun + "    'runs", "utf-8")
    run(complete, tmp_path / "ci.yml", "--checkpoint", workflow_run)
    printed = capsys.readouterr()
    written = load_yaml(printed.out)
    assert list(written)[:2] == ["name", "on"]
    assert written["jobs"]["build"]["timeout-minutes"] == 10
    assert is_schema_valid(written)
    said = f'of the prompt {tmp_path / "ci.yml"}, all is kept but "\'runs"\n'
    assert printed.err.startswith(said)
    assert (tmp_path / "ci.yml").read_text("utf-8") == begun + "    'runs"


def test_a_value_is_continued_inside_in_the_form_of_its_file(workflow_run, tmp_path, capsys):
    (tmp_path / "ci.json").write_text('{"name": "CI", "on": "push"}', "utf-8")
    run(complete, tmp_path / "ci.json", "--checkpoint", workflow_run)
    printed = capsys.readouterr()
    assert printed.out.startswith('{"name":"CI","on":"push","')
    assert is_schema_valid(json.loads(printed.out))
    assert "the outermost object stays open" in printed.err


def test_what_does_not_end_or_parse_is_written_and_counted(bytes_run, tmp_path, capsys):
    out = tmp_path / "out"
    run(generate, "--checkpoint", bytes_run, "-n", 5, "--max-tokens", 4, "--out", out)
    assert len(list(out.iterdir())) == 5
    head, *causes = capsys.readouterr().err.splitlines()
    number = int(re.match(r"5 documents: (\d) ended, 0 are JSON", head)[1])
    assert number == 5 or f"{5 - number} x limit" in causes


def test_several_documents_in_yaml_are_told_apart(bytes_run, capsys):
    run(generate, "--checkpoint", bytes_run, "-n", 3, "--max-tokens", 4)
    printed = capsys.readouterr().out
    assert printed.startswith("---\n") and printed.count("---\n") >= 3


def test_another_seed_gives_other_documents(bytes_run, capsys):
    texts = set()
    for seed in (1, 1, 2):
        run(generate, "--checkpoint", bytes_run, "--max-tokens", 20, "--seed", seed)
        texts.add(capsys.readouterr().out)
    assert len(texts) == 2


@pytest.mark.parametrize(
    ("arguments", "mistake"),
    [
        (("--top-p", 2), (SettingError, "'top_p'")),
        (("--device", "abacus"), (SettingError, "'abacus' cannot be used")),
        (("--prompt", "none.yml"), (UnreadableFileError, "none.yml")),
        (("--prompt", "bad.json"), (DocumentSyntaxError, "bad.json, line 1, column 2")),
        (("--prompt", "w.txt"), (UnreadableFileError, "it is no YAML or JSON by name")),
        (("--out", "."), (ArtefactError, "it exists already")),
    ],
)
def test_a_mistake_is_an_error_before_a_document(
    bytes_run, tmp_path, monkeypatch, arguments, mistake
):
    error, said = mistake
    monkeypatch.chdir(tmp_path)
    Path("bad.json").write_text("[,", "utf-8")
    Path("w.txt").write_text("a: b", "utf-8")
    with pytest.raises(error, match=re.escape(said)):
        run(generate, "--checkpoint", bytes_run, *arguments)


def test_the_command_is_there_and_quick_to_ask(wfgen):
    for command in ("generate", "complete"):
        done = wfgen(command, "--help")
        assert done.returncode == 0
        assert "--checkpoint" in done.stdout
