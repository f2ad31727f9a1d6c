"""A tokenizer of wfgen through the doors of transformers."""

from __future__ import annotations

import json
import pickle
import shutil
import socket
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import DataCollatorForLanguageModeling

from wfgen import load_tokenizer, registry
from wfgen.errors import (
    ArtefactError,
    DamagedArtefactError,
    DecodeError,
    EncodeError,
    NotAnArtefactError,
    SettingError,
    UnknownNameError,
)
from wfgen_transformers import WfgenTokenizer

CONFIG = "tokenizer_config.json"


@pytest.fixture
def sealed(monkeypatch):
    """Neither the network nor pickle is there."""

    def refuse(*_, **__):
        raise AssertionError("the network, or pickle, was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    for name in ("dump", "dumps", "load", "loads", "Pickler", "Unpickler"):
        monkeypatch.setattr(pickle, name, refuse)


def edit(folder, **identity):
    file = folder / CONFIG
    config = json.loads(file.read_text("utf-8"))
    config["wfgen"] |= identity
    file.write_text(json.dumps(config), "utf-8")


# Text and ids -----------------------------------------------------------------------------------


def test_ids_are_the_tokenizers_own_between_begin_and_end(source, documents):
    own, tokenizer = load_tokenizer(source), WfgenTokenizer(source)
    for document in documents:
        ids = own.encode(document).tolist()
        assert tokenizer.encode(document) == [own.bos, *ids, own.eos]
        assert tokenizer.encode(document, add_special_tokens=False) == ids
        assert tokenizer.decode(ids) == own.decode(np.array(ids, dtype=np.int32)).decode()


def test_a_batch_is_padded_with_an_id_of_its_own_and_read_back(source, documents):
    tokenizer = WfgenTokenizer(source)
    for side in ("left", "right"):
        batch = tokenizer(documents[:5], padding=True, return_tensors="pt", padding_side=side)
        is_pad = batch["input_ids"] == tokenizer.pad_token_id
        assert is_pad.any()
        assert (is_pad == (batch["attention_mask"] == 0)).all()
        assert tokenizer.decode(batch["input_ids"], skip_special_tokens=True) == documents[:5]
    assert tokenizer.pad_token_id == tokenizer.vocab_size == len(tokenizer) - 1


def test_every_id_has_one_name(source):
    tokenizer = WfgenTokenizer(source)
    names = tokenizer.convert_ids_to_tokens(list(range(len(tokenizer))))
    assert tokenizer.convert_tokens_to_ids(names) == list(range(len(tokenizer)))
    assert tokenizer.get_vocab() == dict(zip(names, range(len(tokenizer)), strict=True))
    own = load_tokenizer(source)
    assert (names[own.bos], names[own.eos], names[-1]) == ("<bos>", "<eos>", "<pad>")


@given(text=st.text(st.sampled_from("<bospade>17 é")))
def test_text_that_looks_like_a_special_token_is_plain(in_bytes, text):
    assert in_bytes.encode(text, add_special_tokens=False) == list(text.encode())
    assert in_bytes.convert_tokens_to_string(in_bytes.tokenize(text)) == text


def test_special_tokens_around_a_document_are_shown_or_skipped(in_bytes):
    ids = [258, 258, 256, *b"[]", 257, 258]
    assert in_bytes.decode(ids) == "<pad><pad><bos>[]<eos><pad>"
    assert in_bytes.decode(ids, skip_special_tokens=True) == "[]"
    assert in_bytes.decode([256]) == in_bytes.decode(256) == "<bos>"
    assert in_bytes.decode([], skip_special_tokens=True) == ""


def test_what_is_no_document_is_an_error_with_its_place(in_bytes, tct, documents):
    with pytest.raises(DecodeError, match=r"token index 3") as caught:
        in_bytes.decode([258, 256, 65, 257, 66, 257])
    assert caught.value.index == 3
    with pytest.raises(DecodeError):
        tct.decode(tct.encode(documents[0])[:-5])
    with pytest.raises(DecodeError, match="outside a vocabulary"):
        in_bytes.convert_ids_to_tokens(259)
    with pytest.raises(EncodeError):
        tct.encode("no JSON")


def test_a_loss_that_leaves_padding_out_does_not_leave_the_end_out(source, documents):
    tokenizer = WfgenTokenizer(source)
    collate = DataCollatorForLanguageModeling(tokenizer, mlm=False)
    labels = collate([{"input_ids": tokenizer.encode(text)} for text in documents[:5]])["labels"]
    assert ((labels == tokenizer.eos_token_id).sum(dim=1) == 1).all()
    assert (labels == -100).any()


def test_padding_with_the_end_needs_no_id_more(in_bytes):
    tokenizer = WfgenTokenizer("bytes", pad_token="<eos>")
    assert (len(tokenizer), tokenizer.pad_token_id) == (258, 257)
    padded = tokenizer(["[1]", "[]"], padding=True)["input_ids"]
    assert padded[1] == [256, *b"[]", 257, 257]
    assert tokenizer.decode(padded, skip_special_tokens=True) == ["[1]", "[]"]


@pytest.mark.parametrize("name", ["bos_token", "eos_token"])
def test_begin_and_end_are_the_tokenizers_own(name):
    with pytest.raises(SettingError, match=name):
        WfgenTokenizer("bytes", **{name: "<s>"})


# Files ------------------------------------------------------------------------------------------


def test_what_was_saved_is_opened_the_same(source, documents, tmp_path, sealed):
    tokenizer = WfgenTokenizer(source, model_max_length=77, padding_side="left")
    for _ in range(2):  # a trainer saves over what it saved before
        files = tokenizer.save_pretrained(tmp_path / "saved")
    assert tmp_path / "saved/wfgen_tokenizer/manifest.json" in map(Path, files)
    opened = WfgenTokenizer.from_pretrained(tmp_path / "saved")
    assert opened.get_vocab() == tokenizer.get_vocab()
    assert opened.special_tokens_map == tokenizer.special_tokens_map
    assert (opened.model_max_length, opened.padding_side) == (77, "left")
    assert opened(documents[:5], padding=True) == tokenizer(documents[:5], padding=True)
    below = WfgenTokenizer.from_pretrained(tmp_path, subfolder="saved", pad_token="<eos>")
    assert below.pad_token_id == below.eos_token_id


def test_another_tokenizer_is_not_saved_over_the_first(tmp_path, in_bytes, tct):
    in_bytes.save_pretrained(tmp_path)
    before = {file: file.read_bytes() for file in tmp_path.rglob("*.json")}
    with pytest.raises(ArtefactError, match="another tokenizer is saved here"):
        tct.save_pretrained(tmp_path)
    assert {file: file.read_bytes() for file in tmp_path.rglob("*.json")} == before


def test_a_changed_artefact_is_refused(tmp_path, sources, in_bytes):
    WfgenTokenizer(sources["trained"]).save_pretrained(tmp_path / "bpe")
    artefact = tmp_path / "bpe/wfgen_tokenizer"
    (file,) = (f for f in artefact.iterdir() if f.name != "manifest.json")
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    with pytest.raises(DamagedArtefactError):
        WfgenTokenizer.from_pretrained(tmp_path / "bpe")
    in_bytes.save_pretrained(tmp_path / "bytes")
    shutil.rmtree(artefact)
    with pytest.raises(NotAnArtefactError):
        WfgenTokenizer.from_pretrained(tmp_path / "bpe")
    shutil.copytree(tmp_path / "bytes/wfgen_tokenizer", artefact)
    with pytest.raises(ArtefactError, match="is not the one that was saved"):
        WfgenTokenizer.from_pretrained(tmp_path / "bpe")


@pytest.fixture
def unsaveable(tmp_path, monkeypatch):
    """An installed tokenizer that cannot be saved; gives a way to install another version."""

    def install(version):
        root = tmp_path / f"site-{version}"
        info = root / f"fake_codepoints-{version}.dist-info"
        info.mkdir(parents=True)
        about = f"Metadata-Version: 2.1\nName: fake-codepoints\nVersion: {version}\n"
        (info / "METADATA").write_text(about, "utf-8")
        (info / "entry_points.txt").write_text("[wfgen]\nfake = fake_codepoints\n", "utf-8")
        (root / "fake_codepoints.py").write_text(UNSAVEABLE, "utf-8")
        with monkeypatch.context() as patch:
            patch.syspath_prepend(str(root))
            registry.installed.cache_clear()
            registry.installed()

    yield install
    registry.installed.cache_clear()


UNSAVEABLE = """
import numpy as np
from wfgen.api import TokenizerEntry, hookimpl


class Codepoints:
    vocab_size, bos, eos = 0x110002, 0x110000, 0x110001

    def encode(self, document):
        return np.array([ord(c) for c in document], dtype=np.int32)

    def decode(self, ids):
        return "".join(map(chr, ids)).encode()


@hookimpl
def wfgen_tokenizers():
    return [
        TokenizerEntry(name="codepoints", summary="Fake.", fidelity="bytes", create=Codepoints)
    ]
"""


def test_one_that_has_no_artefact_is_told_by_its_version(tmp_path, unsaveable):
    unsaveable("1.0")
    WfgenTokenizer("codepoints").save_pretrained(tmp_path / "saved")
    assert not (tmp_path / "saved/wfgen_tokenizer").exists()
    assert WfgenTokenizer.from_pretrained(tmp_path / "saved").encode("é") == [
        0x110000,
        0xE9,
        0x110001,
    ]
    unsaveable("1.1")
    with pytest.raises(ArtefactError, match=r"1\.0 then.* 1\.1 now; install fake-codepoints 1\.0"):
        WfgenTokenizer.from_pretrained(tmp_path / "saved")
    registry.installed.cache_clear()
    with pytest.raises(UnknownNameError, match="codepoints"):
        WfgenTokenizer.from_pretrained(tmp_path / "saved")


@pytest.mark.parametrize("name", ["gpt2", "openai-community/gpt2", "nowhere"])
def test_nothing_is_fetched(name, tmp_path, monkeypatch, sealed):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotAnArtefactError, match="nothing is fetched"):
        WfgenTokenizer.from_pretrained(name)


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"wfgen": {"name": "bytes"}}', "[" * 100_000])
def test_a_file_that_is_no_tokenizers_is_refused(tmp_path, text):
    (tmp_path / CONFIG).write_text(text, "utf-8")
    with pytest.raises((NotAnArtefactError, DamagedArtefactError), match=CONFIG):
        WfgenTokenizer.from_pretrained(tmp_path)


def test_the_name_of_a_saved_tokenizer_leads_nowhere_else(tmp_path, in_bytes):
    """A changed identity chooses no other artefact, and no path."""
    in_bytes.save_pretrained(tmp_path / "saved")
    edit(tmp_path / "saved", sha256="0" * 64)
    with pytest.raises(ArtefactError, match="is not the one that was saved"):
        WfgenTokenizer.from_pretrained(tmp_path / "saved")
