"""Documents that transformers writes under a constraint."""

from __future__ import annotations

import json

import jsonschema_rs
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import wfgen_llguidance
from wfgen import load_tokenizer
from wfgen.corpus.schema import read_schema
from wfgen.errors import ConstraintError, SettingError
from wfgen.masks import allowed_ids, empty_row
from wfgen_transformers import ConstraintLogitsProcessor, WfgenTokenizer

WORKFLOWS = jsonschema_rs.validator_for(read_schema("github-workflows"))
SMALL = {
    "type": "object",
    "properties": {
        "on": {"enum": ["push", "pull_request", None]},
        "steps": {"type": "array", "items": {"type": "boolean"}, "maxItems": 2},
    },
    "required": ["on", "steps"],
    "additionalProperties": False,
}


def write(model, processor, tokenizer, max_length, **settings):
    """Ids of some documents, shape [B, T]."""
    prompt = torch.tensor([processor.prompt_ids])
    return model.generate(
        prompt, logits_processor=[processor], max_length=max_length, tokenizer=tokenizer, **settings
    )


def held_to(tokenizer, schema, source="bytes"):
    return wfgen_llguidance.constrain(load_tokenizer(source), schema, any_order=False)


# Validity ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("max_length", [40, 120])
def test_every_workflow_is_whole_and_valid(make_model, tct, tct_constraint, max_length):
    processor = ConstraintLogitsProcessor(tct_constraint, tct, max_length=max_length)
    assert processor.has_budget
    sampling = {"do_sample": True, "num_return_sequences": 8}
    ids = write(make_model(tct), processor, tct, max_length, **sampling)
    assert ((ids == tct.eos_token_id).sum(dim=1) == 1).all()
    texts = tct.decode(ids, skip_special_tokens=True)
    assert [text for text in texts if not WORKFLOWS.is_valid(json.loads(text))] == []
    assert len(set(texts)) > 1


@pytest.mark.parametrize("name", ["bytes", "trained"])
def test_every_document_of_bytes_is_valid(make_model, sources, name):
    tokenizer = WfgenTokenizer(sources[name])
    constraint = held_to(tokenizer, SMALL, sources[name])
    processor = ConstraintLogitsProcessor(constraint, tokenizer, max_length=60)
    assert not processor.has_budget
    sampling = {"do_sample": True, "num_return_sequences": 16}
    ids = write(make_model(tokenizer), processor, tokenizer, 60, **sampling)
    texts = tokenizer.decode(ids, skip_special_tokens=True)
    valid = jsonschema_rs.validator_for(SMALL)
    assert [text for text in texts if not valid.is_valid(json.loads(text))] == []
    assert len(set(texts)) > 1


def test_beams_are_followed_where_they_part(make_model, tct, tct_constraint):
    processor = ConstraintLogitsProcessor(tct_constraint, tct, max_length=40)
    beams = {"num_beams": 4, "num_return_sequences": 4, "do_sample": False}
    texts = tct.decode(
        write(make_model(tct), processor, tct, 40, **beams), skip_special_tokens=True
    )
    assert [text for text in texts if not WORKFLOWS.is_valid(json.loads(text))] == []
    assert len(set(texts)) == 4


def test_beams_end_as_well(make_model, in_bytes):
    processor = ConstraintLogitsProcessor(held_to(in_bytes, SMALL), in_bytes)
    beams = {"num_beams": 4, "num_return_sequences": 4, "do_sample": False}
    texts = in_bytes.decode(
        write(make_model(in_bytes), processor, in_bytes, 60, **beams), skip_special_tokens=True
    )
    assert all(map(jsonschema_rs.validator_for(SMALL).is_valid, map(json.loads, texts)))


def test_drafts_change_nothing(make_model, in_bytes):
    schema = {"type": "array", "items": {"enum": ["abab", "ab"]}, "minItems": 3, "maxItems": 3}
    model, greedy = make_model(in_bytes), {"do_sample": False}
    written = [
        write(
            model,
            ConstraintLogitsProcessor(held_to(in_bytes, schema), in_bytes),
            in_bytes,
            60,
            **greedy,
            **drafts,
        )
        for drafts in ({}, {"prompt_lookup_num_tokens": 5})
    ]
    assert in_bytes.decode(written[0]) == in_bytes.decode(written[1])


def test_a_choice_of_what_is_forbidden_is_an_error(make_model, in_bytes):
    """Beam sampling draws more ids than are allowed."""
    processor = ConstraintLogitsProcessor(held_to(in_bytes, SMALL), in_bytes)
    beams = {"num_beams": 4, "do_sample": True}
    with pytest.raises(ConstraintError, match=r"at position 1 .* beam sampling"):
        write(make_model(in_bytes), processor, in_bytes, 60, **beams)


# Masks ------------------------------------------------------------------------------------------


def allowed(processor, rows, width):
    scores = processor(torch.tensor(rows), torch.zeros(len(rows), width))
    return [torch.isfinite(row).nonzero().flatten().tolist() for row in scores]


@given(data=st.data())
def test_masks_are_the_states_whatever_the_order_of_the_rows(tct, tct_constraint, data):
    max_length, width = 40, len(tct)
    processor = ConstraintLogitsProcessor(tct_constraint, tct, max_length=max_length)
    states = [tct_constraint.start()[1] for _ in range(3)]
    rows, row = [[tct.bos_token_id]] * 3, empty_row(tct.vocab_size)
    for length in range(1, data.draw(st.integers(2, max_length - 1))):
        found = allowed(processor, rows, width)
        for number, state in enumerate(states):
            if state.is_finished():
                assert found[number] == [tct.pad_token_id]
                token = tct.pad_token_id
            else:
                state.fill_mask(row, max_length - length - 1)
                assert found[number] == allowed_ids(row, tct.vocab_size).tolist()
                token = data.draw(st.sampled_from(found[number]))
                state.advance(token)
            rows = [*rows[:number], [*rows[number], token], *rows[number + 1 :]]
        kept = data.draw(st.lists(st.integers(0, len(rows) - 1), min_size=1, max_size=4))
        rows, states = [rows[at] for at in kept], [states[at].fork() for at in kept]


def test_padding_in_front_and_prompts_of_different_lengths(tct, tct_constraint, documents):
    prompts = [tct.encode(text, add_special_tokens=False)[:3] for text in documents[:2]]
    rows = [
        [*[tct.pad_token_id] * 4, tct.bos_token_id, *prompts[0]],
        [*[tct.pad_token_id] * 6, tct.bos_token_id, *prompts[1][:1]],
    ]
    found = allowed(ConstraintLogitsProcessor(tct_constraint, tct), rows, len(tct))
    for ids, prompt in zip(found, (prompts[0], prompts[1][:1]), strict=True):
        state, row = tct_constraint.start()[1], empty_row(tct.vocab_size)
        for token in prompt:
            state.advance(token)
        state.fill_mask(row)
        assert ids == allowed_ids(row, tct.vocab_size).tolist()


def test_behind_the_end_there_is_only_padding(in_bytes):
    row = [[256, *b"null", 257]]
    constraint = held_to(in_bytes, {"const": None})
    processor = ConstraintLogitsProcessor(constraint, in_bytes)
    assert allowed(processor, [[256, *b"null"]], 300) == [[257]]
    assert allowed(processor, row, 300) == [[258]]
    assert allowed(processor, [[*row[0], 258]], 300) == [[258]]
    assert allowed(processor, row, 258) == [[257]]  # a model without an id for padding
    ended = WfgenTokenizer("bytes", pad_token="<eos>")
    assert allowed(ConstraintLogitsProcessor(constraint, ended), [row[0]], 258) == [[257]]
    ended.pad_token = None
    assert allowed(ConstraintLogitsProcessor(constraint, ended), [row[0]], 258) == [[257]]


@pytest.mark.parametrize("length", [1, 4, 7, 9, 13, 21])
def test_a_prefix_may_be_cut_anywhere(make_model, tct, tct_constraint, sources, length):
    merges = WfgenTokenizer(sources["trained"])
    small = held_to(merges, SMALL, sources["trained"])
    valid = jsonschema_rs.validator_for(SMALL)
    for tokenizer, constraint, validator, whole in (
        (tct, tct_constraint, WORKFLOWS, b'{"on":"push","jobs":{"build":'),
        (merges, small, valid, b'{"on":"pull_request","steps":['),
    ):
        prefix = whole[:length]
        processor = ConstraintLogitsProcessor(constraint, tokenizer, prefix=prefix, max_length=60)
        sampling = {"do_sample": True, "num_return_sequences": 3}
        ids = write(make_model(tokenizer), processor, tokenizer, 60, **sampling)
        for text in tokenizer.decode(ids, skip_special_tokens=True):
            assert text.encode().startswith(prefix)
            assert validator.is_valid(json.loads(text))


def test_a_prompt_without_the_ids_of_the_prefix_is_an_error(tct, tct_constraint):
    processor = ConstraintLogitsProcessor(tct_constraint, tct, prefix=b'{"on":"push","jobs":{')
    assert len(processor.prompt_ids) > 1
    with pytest.raises(ConstraintError, match="does not begin with the ids of the prefix"):
        allowed(processor, [[tct.bos_token_id]], len(tct))
    with pytest.raises(ConstraintError, match="no document of the schema begins"):
        ConstraintLogitsProcessor(tct_constraint, tct, prefix=b"[")


# Limits -----------------------------------------------------------------------------------------


def test_the_shortest_document_fits_and_one_position_less_is_an_error(tct, tct_constraint):
    cost = tct_constraint.start()[1].cost_to_finish()
    least = 1 + cost + 1
    processor = ConstraintLogitsProcessor(tct_constraint, tct, max_length=least)
    row = [tct.bos_token_id]
    while row[-1] != tct.eos_token_id:
        row.append(allowed(processor, [row], len(tct))[0][0])
    assert len(row) == least
    assert WORKFLOWS.is_valid(json.loads(tct.decode(row, skip_special_tokens=True)))
    processor = ConstraintLogitsProcessor(tct_constraint, tct, max_length=least - 1)
    with pytest.raises(SettingError, match=f"max_length.*give {least} or more"):
        allowed(processor, [row[:1]], len(tct))


def test_a_model_of_fewer_ids_is_an_error(tct, tct_constraint):
    processor = ConstraintLogitsProcessor(tct_constraint, tct)
    with pytest.raises(SettingError, match=r"8,191 ids, the tokenizer 8,192.*len\(tokenizer\)"):
        allowed(processor, [[tct.bos_token_id]], 8191)


def test_a_token_that_is_not_allowed_is_named_with_its_place(in_bytes):
    processor = ConstraintLogitsProcessor(held_to(in_bytes, SMALL), in_bytes)
    with pytest.raises(ConstraintError, match="token 120: at position 2") as caught:
        allowed(processor, [[256, *b"{x"]], 259)
    assert caught.value.token == ord("x")
