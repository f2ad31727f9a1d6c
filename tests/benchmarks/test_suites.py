"""Suites: frozen records, made from what was typed."""

from __future__ import annotations

import importlib
import json

import attrs
import pytest

from wfgen.errors import SettingError


@pytest.fixture
def suites():
    return importlib.import_module("suites")


def arms(suite):
    return [spec.arm for spec in suite.contenders]


def test_suites_are_frozen_and_name_themselves(suites):
    for name, make in suites.SUITES.items():
        suite = make("composed:3", None)
        assert suite.name == name
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            suite.seed = 1


def test_the_quick_suite_measures_the_samples_and_trains_on_composed_ones(suites):
    suite = suites.SUITES["quick"](None, None)
    assert (suite.corpus.path, suite.corpus.valid) == ("embedded", None)
    assert arms(suite) == [
        "bytes",
        "bpe-2048",
        "tct-github-workflow",
        "cl100k_base",
        "o200k_base",
    ]
    assert [s.vocab_size for s in suite.contenders if s.train] == [2048]


def test_the_real_suite_needs_a_corpus_and_says_how_to_give_one(suites, monkeypatch):
    monkeypatch.delenv("WFGEN_CORPUS", raising=False)
    with pytest.raises(SettingError, match="WFGEN_CORPUS"):
        suites.SUITES["real"](None, None)
    monkeypatch.setenv("WFGEN_CORPUS", "somewhere")
    suite = suites.SUITES["real"](None, None)
    assert suite.corpus.path == "somewhere"
    assert [s.vocab_size for s in suite.contenders if s.train] == [8192]


def test_a_folder_of_both_sides_gives_both(suites, tmp_path):
    for side in ("train", "valid"):
        (tmp_path / f"workflows-{side}.jsonl.zst").touch()
    spec = suites.corpus_spec(str(tmp_path), None, valid_share=0.2)
    assert (spec.path.name, spec.valid.name) == (
        "workflows-train.jsonl.zst",
        "workflows-valid.jsonl.zst",
    )
    assert suites.corpus_spec(str(tmp_path), "mine", valid_share=0.2).valid == "mine"
    assert suites.corpus_spec("elsewhere", None, valid_share=0.2).valid_share == 0.2


def test_contenders_are_added_beside_the_suites_own_or_instead(suites):
    quick = suites.SUITES["quick"](None, None)
    assert arms(quick.with_contenders(["a/mine", "bytes"])) == [*arms(quick), "mine"]
    only = quick.with_contenders(["bpe-2048", "mine"], only=True)
    assert arms(only) == ["bpe-2048", "mine", "o200k_base"]
    assert only.contenders[0].train
    assert quick.with_contenders([]) == quick


@pytest.mark.parametrize("names", [["mine", "mine"], ["x/mine", "y/mine"], ["some/bytes"]])
def test_two_contenders_of_one_name_are_refused(suites, names):
    with pytest.raises(SettingError, match="would be called"):
        suites.SUITES["quick"](None, None).with_contenders(names)


def test_the_configuration_is_json_without_paths_of_this_machine(suites, tmp_path):
    suite = suites.SUITES["quick"](None, None).with_contenders([str(tmp_path / "mine")])
    text = json.dumps(suite.configuration())
    assert str(tmp_path) not in text
    assert '"vocab_size": 2048' in text
