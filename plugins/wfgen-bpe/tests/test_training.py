"""What is learned: size, order, the same everywhere, and what is refused."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import pytest
import rustbpe
from hypothesis import given
from hypothesis import strategies as st

from wfgen import load_tokenizer
from wfgen.api import TrainingRequest
from wfgen.artefacts import read_manifest
from wfgen.errors import CapabilityError, EncodeError, SettingError
from wfgen_bpe import DEFAULT_VOCAB_SIZE, train
from wfgen_tiktoken.patterns import CL100K

# Words of all lengths and many ties between the counts of pairs.
WORDS = [hashlib.sha256(b"%d" % n).hexdigest()[: 2 + n % 9] for n in range(3000)]
CORPUS = [(" ".join(WORDS[n : n + 60])).encode() for n in range(0, 3000, 30)]
TRAIN_AND_HASH = """
import sys, pathlib
from wfgen.api import TrainingRequest
from wfgen.artefacts import artefact_sha256
from wfgen_bpe import train
documents = pathlib.Path(sys.argv[1], "corpus").read_bytes().split(b"\\n")
out = pathlib.Path(sys.argv[1], sys.argv[2])
train(TrainingRequest(documents=lambda: documents, vocab_size=1500)).save(out)
print(artefact_sha256(out))
"""


def trained(documents=CORPUS, **request):
    return train(TrainingRequest(documents=lambda: documents, **request))


@pytest.mark.parametrize("size", [258, 259, 300, 1000])
def test_the_size_counts_bytes_merges_begin_and_end(size):
    tokenizer = trained(vocab_size=size)
    assert tokenizer.vocab_size == size
    assert (tokenizer.bos, tokenizer.eos) == (size - 2, size - 1)
    assert sorted(tokenizer.ranks.values()) == list(range(size - 2))
    assert [tokenizer.ranks[bytes([value])] for value in range(256)] == list(range(256))
    assert tokenizer.about["missing_entries"] == 0


@pytest.mark.parametrize("size", [1, 257])
def test_a_size_below_the_least_names_the_least(size):
    with pytest.raises(SettingError, match="258 is the least"):
        trained(vocab_size=size)


def test_a_size_beyond_all_use_is_refused():
    with pytest.raises(SettingError, match="out of range"):
        trained(vocab_size=1 << 30)


def test_a_corpus_too_small_gives_fewer_entries_and_says_so(tmp_path):
    tokenizer = trained([b"abab ab"])
    tokenizer.save(tmp_path / "bpe")
    about = read_manifest(tmp_path / "bpe").body["about"]
    assert tokenizer.vocab_size < 270
    assert about["requested_vocab_size"] == DEFAULT_VOCAB_SIZE
    assert about["missing_entries"] == DEFAULT_VOCAB_SIZE - tokenizer.vocab_size


def test_the_commonest_pair_is_merged_first():
    assert trained([b"xyxy xyz xy"], vocab_size=259).ranks[b"xy"] == 256


def test_more_merges_never_change_the_earlier_ones():
    small, large = trained(vocab_size=400).ranks, trained(vocab_size=900).ranks
    assert {token: rank for token, rank in large.items() if rank < 398} == dict(small)


@given(text=st.text(alphabet="0123456789abcdef \n", max_size=80))
def test_ids_are_those_of_the_trainer_itself(text):
    assert TRAINED.encode(text).tolist() == TRAINER.encode(text)


TRAINED = trained(vocab_size=1500)
TRAINER = rustbpe.Tokenizer()
TRAINER.train_from_iterator([d.decode() for d in CORPUS], 1498, pattern=CL100K)


@pytest.mark.parametrize("threads", ["1", "3"])
def test_another_process_learns_the_same_bytes(tmp_path, threads):
    (tmp_path / "corpus").write_bytes(b"\n".join(CORPUS))
    seen = set()
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "RAYON_NUM_THREADS": threads}
        command = [sys.executable, "-c", TRAIN_AND_HASH, str(tmp_path), f"out{hash_seed}"]
        out = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert out.returncode == 0, out.stderr
        seen.add(out.stdout)
    TRAINED.save(tmp_path / "here")
    seen.add(hashlib.sha256((tmp_path / "here" / "manifest.json").read_bytes()).hexdigest() + "\n")
    assert len(seen) == 1


def test_it_is_opened_by_its_directory(tmp_path):
    TRAINED.save(tmp_path / "bpe")
    opened = load_tokenizer(tmp_path / "bpe")
    assert opened.ranks == TRAINED.ranks
    assert opened.about == TRAINED.about


def test_it_is_not_had_by_name_alone():
    with pytest.raises(CapabilityError, match="wfgen tokenizer train bpe"):
        load_tokenizer("bpe")


def test_what_it_learned_from_is_written_down():
    corpus = {"fingerprint": "abc"}
    about = trained(vocab_size=300, provenance=corpus).about
    assert about["corpus"] == corpus
    assert about["training"]["used_documents"] == about["training"]["documents"] == len(CORPUS)
    assert about["trainer"].startswith("rustbpe ")


@pytest.mark.parametrize("value", [2000, "2000"])
def test_the_limit_on_bytes_is_kept_and_written_down(value):
    training = trained(vocab_size=300, settings={"max_num_bytes": value}).about["training"]
    assert 0 < training["used_bytes"] <= 2000 < training["num_bytes"]


@pytest.mark.parametrize("value", [0, -1, "x", "", 1.5, None, 1 << 31])
def test_a_limit_out_of_range_is_refused(value):
    with pytest.raises(SettingError, match="no whole number from 1"):
        trained(settings={"max_num_bytes": value})


def test_an_unknown_setting_names_the_one_there_is():
    with pytest.raises(SettingError, match="did you mean 'max_num_bytes'"):
        trained(settings={"max_bytes": 1})
    with pytest.raises(SettingError, match="there is max_num_bytes"):
        trained(settings={"pattern": "x"})


@pytest.mark.parametrize("documents", [[], [b""], [b"longer than the limit"]])
def test_a_corpus_with_nothing_to_learn_from_is_refused(documents):
    with pytest.raises(SettingError, match="can be learned from"):
        trained(documents, settings={"max_num_bytes": 10})


def test_a_document_that_is_not_utf8_is_refused():
    with pytest.raises(EncodeError, match="document 1 of the corpus"):
        trained([b"a", b"\xff"])


@pytest.mark.parametrize("text", [" " * 1_000_000 + "x", "a" * 1_000_000, "\\u0000" * 100_000])
def test_pathological_documents_can_be_learned_from(text):
    tokenizer = trained([*CORPUS, text.encode()], vocab_size=400)
    assert tokenizer.vocab_size == 400
    assert tokenizer.decode(tokenizer.encode(text)) == text.encode()


def test_special_tokens_in_a_text_are_plain_text():
    text = "<|endoftext|> <|bos|>"
    ids = TRAINED.encode(text).tolist()
    assert not {TRAINED.bos, TRAINED.eos} & set(ids)
    assert TRAINED.decode(ids) == text.encode()


def test_listing_the_plugin_imports_no_engine():
    program = (
        "import sys, wfgen_bpe.plugin as plugin; plugin.wfgen_tokenizers();"
        "print(sorted({'tiktoken', 'bpe_openai', 'rustbpe'} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert out.stdout.strip() == "[]", out.stderr
