"""The published encodings: what tiktoken says of them, and no network."""

from __future__ import annotations

import gzip
import hashlib
import importlib.metadata
import socket
import subprocess
import sys

import attrs
import pytest
import tiktoken
import tiktoken_ext.openai_public as public

from wfgen import load_tokenizer
from wfgen.errors import CapabilityError, EncodeError, SettingError
from wfgen_tiktoken import PUBLISHED, RankFileError, convert, create, encodings, from_ranks
from wfgen_tiktoken.ranks import format_ranks

PACKAGED = [name for name, published in PUBLISHED.items() if published.is_packaged]
FROM_A_FILE = [name for name in PUBLISHED if name not in PACKAGED]
SAMPLE = 'é {"on":{"push":null}} 12345 I\'ve   \n\t 日本語 <|endoftext|> \U0001f600'


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise AssertionError("the network was used")

    for name in ("socket", "create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, refuse)
    monkeypatch.setattr(tiktoken.load, "read_file", refuse)
    monkeypatch.setattr(tiktoken, "get_encoding", refuse)


def what_tiktoken_says(name, monkeypatch):
    """The arguments of its Encoding, with nothing loaded; and the hash it would check."""
    seen = {}

    def load(url, expected_hash):
        seen.update(url=url, sha256=expected_hash)
        return {}

    monkeypatch.setattr(public, "load_tiktoken_bpe", load)
    monkeypatch.setattr(public, "data_gym_to_mergeable_bpe_ranks", lambda **_: {})
    return getattr(public, name)(), seen


def test_every_encoding_of_tiktoken_is_here():
    assert set(PUBLISHED) == set(public.ENCODING_CONSTRUCTORS)


@pytest.mark.parametrize("name", PUBLISHED)
def test_pattern_and_end_are_those_of_tiktoken(name, monkeypatch):
    arguments, _ = what_tiktoken_says(name, monkeypatch)
    assert PUBLISHED[name].pattern == arguments["pat_str"]
    assert PUBLISHED[name].eos == arguments["special_tokens"]["<|endoftext|>"]


@pytest.mark.parametrize("name", [name for name in PUBLISHED if name != "gpt2"])
def test_hash_and_file_are_those_of_tiktoken(name, monkeypatch):
    _, seen = what_tiktoken_says(name, monkeypatch)
    assert PUBLISHED[name].sha256 == seen["sha256"]
    assert seen["url"].endswith(f"/{PUBLISHED[name].ranks}.tiktoken")


@pytest.mark.parametrize("name", PUBLISHED)
def test_begin_is_the_start_of_text_or_an_id_that_is_free(name, monkeypatch):
    arguments, _ = what_tiktoken_says(name, monkeypatch)
    specials = arguments["special_tokens"]
    published = PUBLISHED[name]
    assert specials.get("<|startoftext|>", published.bos) == published.bos
    assert published.bos not in set(specials.values()) - {specials.get("<|startoftext|>")}
    assert published.vocab_size == 1 + max(*specials.values(), published.bos)


@pytest.mark.parametrize("name", PACKAGED)
def test_ids_are_those_of_tiktoken(name, packaged, monkeypatch):
    ours = packaged[name]
    arguments, _ = what_tiktoken_says(name, monkeypatch)
    theirs = tiktoken.Encoding(**{**arguments, "mergeable_ranks": dict(ours.ranks)})
    assert ours.encode(SAMPLE).tolist() == theirs.encode_ordinary(SAMPLE)
    assert theirs.n_vocab == ours.vocab_size


@pytest.mark.parametrize("name", PACKAGED)
def test_special_tokens_in_a_text_are_plain_text(name, packaged, monkeypatch):
    tokenizer = packaged[name]
    arguments, _ = what_tiktoken_says(name, monkeypatch)
    text = " ".join(list(arguments["special_tokens"])[:40])
    ids = tokenizer.encode(text)
    assert not set(ids.tolist()) & set(arguments["special_tokens"].values())
    assert tokenizer.decode(ids) == text.encode()


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("name", PACKAGED)
def test_no_network_is_needed_by_name(name):
    text = "caf\u00e9"
    tokenizer = load_tokenizer(name)
    assert tokenizer.decode(tokenizer.encode(text)) == text.encode()


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("name", FROM_A_FILE)
def test_a_name_that_would_need_the_network_says_so(name):
    with pytest.raises(CapabilityError, match="network, which wfgen never uses") as caught:
        load_tokenizer(name)
    ranks = PUBLISHED[name].ranks
    assert f"wfgen tokenizer convert {name} {ranks}.tiktoken --out DIR" in str(caught.value)


def test_the_entry_for_other_files_says_how():
    with pytest.raises(CapabilityError, match="from_ranks"):
        load_tokenizer("tiktoken")


@pytest.mark.parametrize("name", FROM_A_FILE)
def test_another_file_is_not_converted(name, small_file):
    with pytest.raises(RankFileError, match=PUBLISHED[name].sha256):
        convert(name, small_file)


def test_the_right_file_is_converted_and_opens_by_its_directory(
    small_file, tmp_path, monkeypatch, small
):
    # The published files are not at hand; a small one stands in for r50k_base's.
    sha256 = hashlib.sha256(small_file.read_bytes()).hexdigest()
    monkeypatch.setitem(PUBLISHED, "gpt2", attrs.evolve(PUBLISHED["gpt2"], sha256=sha256))
    made = convert("gpt2", small_file)
    made.save(tmp_path / "gpt2")
    opened = load_tokenizer(tmp_path / "gpt2")
    assert (opened.bos, opened.eos, opened.vocab_size) == (50_257, 50_256, 50_258)
    assert opened.encode("abc").tolist() == [301]
    assert made.ranks == small.ranks


def test_a_packaged_encoding_may_come_from_a_file_too(cl100k, tmp_path):
    path = tmp_path / "cl100k_base.tiktoken"
    path.write_bytes(format_ranks(cl100k.ranks))
    assert convert("cl100k_base", path).encode(SAMPLE).tolist() == cl100k.encode(SAMPLE).tolist()


def test_without_the_package_the_way_out_is_named(monkeypatch):
    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "distribution", missing)
    with pytest.raises(CapabilityError, match="install bpe-openai, or run wfgen tokenizer convert"):
        create("o200k_base")


def test_a_changed_packaged_file_is_refused(monkeypatch, tmp_path, cl100k):
    path = tmp_path / "cl100k_base.tiktoken.gz"
    path.write_bytes(gzip.compress(format_ranks(cl100k.ranks).replace(b"YQ== ", b"YQ==  ")))
    monkeypatch.setattr(encodings, "_packaged_file", lambda *_: path)
    with pytest.raises(RankFileError, match="sha256"):
        create("cl100k_base")


def test_a_packaged_file_that_is_no_gzip_is_refused(monkeypatch, tmp_path):
    path = tmp_path / "cl100k_base.tiktoken.gz"
    path.write_bytes(b"not gzip")
    monkeypatch.setattr(encodings, "_packaged_file", lambda *_: path)
    with pytest.raises(CapabilityError, match="cannot be read"):
        create("cl100k_base")


def test_any_rank_file_opens_again_by_its_directory(small_file, tmp_path):
    made = from_ranks(small_file, pattern=r"\w+|\W", name="mine")
    made.save(tmp_path / "mine")
    opened = load_tokenizer(tmp_path / "mine")
    assert (opened.encoding, opened.pattern) == ("mine", r"\w+|\W")
    assert (opened.bos, opened.eos, opened.vocab_size) == (302, 303, 304)
    assert opened.encode("abcab").tolist() == [301, 300]


@pytest.mark.parametrize("pattern", ["(", r"\p{Nonsense}", r"(\w{1000}){1000}"])
def test_a_pattern_that_does_not_compile_is_an_error(small_file, pattern):
    with pytest.raises(SettingError, match="fancy-regex"):
        from_ranks(small_file, pattern=pattern, name="mine")


def test_a_pattern_that_leaves_out_text_is_an_error_with_the_place(small_file):
    tokenizer = from_ranks(small_file, pattern=r"[a-z]+", name="mine")
    assert tokenizer.decode(tokenizer.encode("abc")) == b"abc"
    with pytest.raises(EncodeError, match="leaves out part") as caught:
        tokenizer.encode("éabc"[1:] + " abc")
    assert caught.value.offset == 3


def test_listing_the_plugin_imports_no_engine():
    program = (
        "import sys, wfgen_tiktoken.plugin as plugin; plugin.wfgen_tokenizers();"
        "print(sorted({'tiktoken', 'bpe_openai', 'requests'} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert out.stdout.strip() == "[]", out.stderr
