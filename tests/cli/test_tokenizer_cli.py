from __future__ import annotations

import pytest

GOOD = ("fake-good",)


def test_tokenizers_are_listed_with_the_ways_to_have_them(wfgen):
    lines = wfgen("tokenizer", "list", fakes=GOOD).stdout.splitlines()
    ways = {words[0]: words[1] for words in map(str.split, lines) if len(words) > 1}
    assert (ways["bytes"], ways["needs-training"]) == ("name", "train")


def test_training_writes_an_artefact_that_opens(wfgen, tmp_path):
    train = ("tokenizer", "train", "needs-training", "--corpus", "samples", "--out", "bits")
    out = wfgen(*train, fakes=GOOD)
    assert out.returncode == 0, out.stderr
    assert "8 entries in bits" in out.stdout
    assert (tmp_path / "bits" / "manifest.json").is_file()


@pytest.mark.parametrize("schema", ["github-workflows", "vendor.renovate", "mine.json"])
def test_a_schema_is_named_or_read_from_a_file(wfgen, tmp_path, schema):
    (tmp_path / "mine.json").write_text('{"type":"array"}', "utf-8")
    train = ("tokenizer", "train", "needs-training", "--corpus", "samples", "--out", "bits")
    out = wfgen(*train, "--schema", schema, fakes=GOOD)
    assert (out.returncode, out.stderr) == (0, "")


def test_a_directory_that_exists_is_refused_before_training(wfgen, tmp_path):
    (tmp_path / "bits").mkdir()
    train = ("tokenizer", "train", "needs-training", "--corpus", "nowhere", "--out", "bits")
    out = wfgen(*train, fakes=GOOD)
    assert out.returncode == 1
    assert out.stderr == "wfgen: bits: it exists already; remove it or name another directory\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("train", "bytes", "--corpus", "samples"), "bytes: there is no way to train it"),
        (("train", "byts", "--corpus", "samples"), "did you mean 'bytes'?"),
        (("convert", "bytes", "ranks.tiktoken"), "bytes: there is no way to convert it"),
        (("train", "needs-training", "--corpus", "nowhere"), "nowhere"),
        (("train", "needs-training", "--corpus", "samples", "--schema", "no.json"), "no.json"),
        (("train", "needs-training", "--corpus", "samples", "--schema", "./no"), "./no"),
        (
            ("train", "needs-training", "--corpus", "nowhere", "--schema", "github-workflow"),
            "did you mean 'github-workflows'? check-jsonschema ships azure-pipelines",
        ),
        (("train", "needs-training", "--corpus", "samples", "--set", "x"), "name=value"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_code_1(wfgen, tmp_path, arguments, message):
    out = wfgen("tokenizer", *arguments, "--out", "out", fakes=GOOD)
    assert out.returncode == 1
    assert message in out.stderr
    assert out.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()
