"""Vocabularies: what merges reach over, codes, and that learning is reproducible."""

from __future__ import annotations

import pytest

import wfgen_tct
from wfgen.errors import SettingError
from wfgen_tct.tokens.codes import code_of, part_codes, size_of
from wfgen_tct.tokens.reach import cutter
from wfgen_tct.tokens.vocabulary import Vocabulary

SCHEMA = {"type": "object", "properties": {"run": {"type": "string"}, "x": {"type": "integer"}}}
DOCUMENTS = [b'{"run":"make test\\nmake lint\\n","x":1}', b'{"x":1,"run":"make all\\n"}'] * 4


def learned(**settings):
    grammar = wfgen_tct.compile_schema(SCHEMA)
    size = wfgen_tct.least_vocab_size(grammar) + 60
    return wfgen_tct.learn(grammar, DOCUMENTS, size, **settings)


def merges(tokenizer):
    first = tokenizer.vocab_size - len(tokenizer.vocabulary.merges)
    return tokenizer.vocabulary.expansions[first:]


def test_lines_are_not_merged_over():
    for symbols in merges(learned(reach="line")):
        assert 10 not in symbols[:-1]
    assert any(10 in symbols[:-1] for symbols in merges(learned(reach="segment")))


def test_words_are_not_merged_over():
    for symbols in merges(learned(reach="word")):
        text = bytes(s for s in symbols if s < 256)
        assert b" " not in text[1:]


def test_structure_stays_apart_from_text():
    for symbols in merges(learned(apart=True)):
        assert len({symbol < 256 for symbol in symbols}) == 1


@pytest.mark.parametrize("reach", ["segment", "line", "word"])
@pytest.mark.parametrize("apart", [False, True])
def test_pieces_make_up_the_segment(reach, apart):
    segment = code_of(300) + "make test\n  añb 😀 12345\n".encode() + code_of(256) + b"x"
    cut = cutter(reach, apart=apart)
    assert b"".join(cut(segment)) == segment


def test_unknown_reach_names_the_nearest():
    with pytest.raises(SettingError, match="line"):
        learned(reach="lines")


def test_learning_is_reproducible(tmp_path):
    learned().save(tmp_path / "one")
    learned().save(tmp_path / "two")
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()


def test_codes_are_prefix_free_and_no_utf8():
    codes = [code_of(symbol) for symbol in [*range(0, 1200), *range(8000, 8100)]]
    assert len(set(codes)) == len(codes)
    for code in codes[256:]:
        assert size_of(code[0]) == len(code)
        with pytest.raises(UnicodeDecodeError):
            code.decode()
    assert part_codes(1000) == []
    assert all(len(part) in (2, 3) for part in part_codes(2000))


def test_a_large_alphabet_encodes():
    names = [f"key {number}" for number in range(2500)]
    schema = {"type": "object", "properties": {name: {"type": "integer"} for name in names}}
    grammar = wfgen_tct.compile_schema(schema)
    tokenizer = wfgen_tct.learn(grammar, [b'{"key 2400":7}'] * 3, grammar.num_symbols + 10)
    for document in (b'{"key 2400":7}', b'{"key 1":7,"key 2499":12}', b'{"other":null}'):
        assert tokenizer.decode(tokenizer.encode(document)) == document
    assert len(tokenizer.encode(b'{"key 2400":7}')) == 2


def test_a_piece_is_read_back_as_symbols():
    vocabulary = Vocabulary(num_symbols=2000, merges=((4, 5), (2001, 6)))
    coded = b"".join(map(code_of, (0, 1, 1998, 1997, 2, 300)))
    assert vocabulary.symbols_of(coded) == (0, 1, 1998, 1997, 2, 300)
    assert vocabulary.encode_piece(coded) == [2004, 2002, 2005, 304]
