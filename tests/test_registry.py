from __future__ import annotations

import re
from pathlib import Path

import pytest

from wfgen import artefacts, registry
from wfgen.errors import (
    CapabilityError,
    NameConflictError,
    NotAnArtefactError,
    PluginError,
    SettingError,
    UnknownNameError,
)
from wfgen.testing import BitListTokenizer

FAKES = Path(__file__).parent / "plugins"


def report(found: registry.Registry, plugin: str) -> registry.PluginReport:
    return next(p for p in found.plugins if p.plugin == plugin)


def test_an_installed_plugin_is_found_with_its_source(install):
    good = report(install("fake-good"), "good")
    assert (good.distribution, good.version, good.error) == ("fake-good", "1.2", "")
    assert {(o.kind, o.entry.name) for o in good.offers} == {
        ("tokenizer", "bit-list"),
        ("tokenizer", "needs-training"),
        ("windower", "none"),
        ("model", "cyclic"),
        ("evaluator", "counted"),
        ("constraint", "own"),
    }


def test_built_ins_come_in_through_the_same_group():
    assert report(registry.installed(), "builtin").distribution == "wfgen"


def test_every_kind_is_loaded_by_name(install):
    install("fake-good")
    tokenizer = registry.load_tokenizer("bit-list")
    assert tokenizer.encode(b"[0,1]").tolist() == [0, 3, 2, 4, 1]
    assert registry.load_windower("none", {"context": "16"}).context == 16
    assert registry.load_model("cyclic", vocab_size=3, context=4).vocab_size == 3
    assert registry.load_evaluator("counted").evaluate([1, 2]).value == 2
    assert registry.load_constraint("own", tokenizer, {}).start()[1].cost_to_finish() == 2


def test_a_tokenizer_is_opened_from_its_directory(install, tmp_path, monkeypatch):
    install("fake-good")
    BitListTokenizer().save(tmp_path / "bits")
    assert registry.load_tokenizer(tmp_path / "bits") == BitListTokenizer()
    assert registry.load_tokenizer(str(tmp_path / "bits")) == BitListTokenizer()
    monkeypatch.chdir(tmp_path)
    assert registry.load_tokenizer("bits") == BitListTokenizer()


def test_a_directory_that_holds_no_tokenizer_is_named(install, tmp_path):
    with pytest.raises(NotAnArtefactError, match="nowhere"):
        registry.load_tokenizer(tmp_path / "nowhere")
    cake = {"kind": "cake", "name": "plain", "format_version": 1, "body": {}}
    with artefacts.write_artefact(tmp_path / "cake", **cake):
        pass
    with pytest.raises(NotAnArtefactError, match="it is a cake"):
        registry.load_tokenizer(tmp_path / "cake")


def test_an_unknown_name_answers_with_what_exists_and_the_nearest(install):
    install("fake-good")
    with pytest.raises(UnknownNameError) as caught:
        registry.load_tokenizer("bitlist")
    assert "did you mean 'bit-list'" in str(caught.value)
    assert {"bit-list", "bytes"} <= set(caught.value.known)


def test_a_name_that_two_distributions_offer_names_both(install):
    found = install("fake-good", "fake-rival")
    with pytest.raises(NameConflictError, match="fake-good and by fake-rival"):
        registry.load_tokenizer("bit-list")
    assert ("tokenizer", "bit-list", ("fake-good", "fake-rival")) in found.conflicts()


@pytest.mark.parametrize(
    ("distribution", "plugin", "error"),
    [
        ("fake-broken", "broken", "a_package_that_is_not_installed"),
        ("fake-misspelt", "misspelt", "no hook wfgen_tokenisers; did you mean wfgen_tokenizers"),
        ("fake-hookless", "hookless", "implements no hook"),
        ("fake-wrong", "wrong", "TokenizerEntry records"),
    ],
)
def test_a_broken_plugin_is_reported_and_raises_by_name(install, distribution, plugin, error):
    found = install("fake-good", distribution)
    assert error in report(found, plugin).error
    for name in (plugin, distribution):
        with pytest.raises(PluginError, match=error.split(";")[0]):
            registry.load_tokenizer(name)
    assert registry.load_tokenizer("bit-list"), "a broken plugin takes no other down"
    with pytest.raises(UnknownNameError, match=f"broken plugins: {plugin}"):
        registry.load_tokenizer("something-else-entirely")


def test_what_needs_training_says_so(install):
    install("fake-good")
    with pytest.raises(CapabilityError, match="wfgen tokenizer train needs-training"):
        registry.load_tokenizer("needs-training")


def test_an_unknown_setting_answers_with_the_nearest(install):
    install("fake-good")
    with pytest.raises(SettingError, match="did you mean 'context'"):
        registry.load_windower("none", {"contex": 8})
    with pytest.raises(SettingError, match="context"):
        registry.load_windower("none", {"context": 1})


def test_the_identity_of_a_tokenizer_is_what_it_would_save(install, tmp_path):
    install("fake-good")
    by_name = registry.tokenizer_identity("bit-list", BitListTokenizer())
    BitListTokenizer().save(tmp_path / "bits")
    assert registry.tokenizer_identity(tmp_path / "bits", BitListTokenizer()) == by_name
    assert by_name["distribution"] == "fake-good"
    assert len(by_name["sha256"]) == 64


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("exits", "raised SystemExit: 3"),
        ("raises", "raised KeyError: 'x'"),
        ("gives-none", "gave NoneType, which is no Tokenizer"),
    ],
)
def test_a_plugins_function_that_fails_is_named_as_its_fault(install, name, message):
    install("fake-faulty")
    with pytest.raises(PluginError, match=re.escape(message)) as caught:
        registry.load_tokenizer(name)
    assert caught.value.distribution == "fake-faulty"


def test_a_plugin_that_exits_on_import_is_reported(install):
    assert "SystemExit" in report(install("fake-exits"), "exits").error
