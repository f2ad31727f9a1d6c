"""Laws of the GPT, at random weights: a fresh one is uniform, and laws would hold in vain."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from wfgen.api import FlopsCounted, HiddenMatrices, Layered, Model, SelectableCache
from wfgen.errors import SettingError
from wfgen.models import GptSettings
from wfgen.models.cache import KvCache
from wfgen.models.gpt import Gpt
from wfgen.registry import load_model

PLAIN = GptSettings(width=16, depth=3, heads=4)
SHAPES = {
    "plain": PLAIN,
    "grouped": evolve(PLAIN, kv_heads=2),
    "one-kv-head": evolve(PLAIN, kv_heads=1),
    "residual-scalars": evolve(PLAIN, residual_scalars=True),
    "value-embeddings": evolve(PLAIN, value_embeddings=True, kv_heads=2),
    "logit-cap": evolve(PLAIN, logit_cap=2),
}
VOCAB_SIZE = 11
CONTEXT = 12


def random_gpt(settings: GptSettings, context: int = CONTEXT) -> Gpt:
    """Every parameter drawn, in double precision: laws hold to rounding."""
    torch.manual_seed(1)
    model = Gpt(settings, VOCAB_SIZE, context).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=0.5)
    return model


MODELS = {name: random_gpt(settings) for name, settings in SHAPES.items()}
models = st.sampled_from(sorted(MODELS)).map(MODELS.get)
seeds = st.integers(0, 1_000)


def random_ids(batch: int, num: int, seed: int = 2) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(VOCAB_SIZE, (batch, num), generator=generator)


@torch.no_grad()
def logits_of(model: Gpt, ids: torch.Tensor, **more) -> torch.Tensor:
    return model.logits(ids, **more)[0]


def assert_same(one: torch.Tensor, other: torch.Tensor) -> None:
    torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-5)


# Reading ----------------------------------------------------------------------------------------


@given(models, seeds, st.integers(1, 30), st.data())
def test_a_token_changes_no_earlier_logits_and_its_own(model, seed, num, data):
    at = data.draw(st.integers(0, num - 1))
    ids = random_ids(2, num, seed)
    changed = ids.clone()
    changed[:, at] = (changed[:, at] + 1) % VOCAB_SIZE
    before, after = logits_of(model, ids), logits_of(model, changed)
    assert_same(before[:, :at], after[:, :at])
    assert not torch.allclose(before[:, at], after[:, at])


@given(seeds, st.integers(1, 6))
def test_a_position_of_one_layer_reads_the_context_and_no_more(seed, context):
    model = random_gpt(evolve(PLAIN, depth=1), context)
    # Different tokens: of equal ones, one more or less is the same average.
    ids = torch.randperm(VOCAB_SIZE, generator=torch.Generator().manual_seed(seed))[None]
    whole = logits_of(model, ids)
    last = logits_of(model, ids[:, -context:])
    assert_same(whole[:, -1], last[:, -1])
    if context > 1:
        assert not torch.allclose(whole[:, -1], logits_of(model, ids[:, 1 - context :])[:, -1])


@given(models, st.lists(st.integers(1, 6), min_size=1, max_size=4), st.integers(0, 3), seeds)
def test_a_packed_row_is_its_documents_apart(model, lengths, padding, seed):
    ids = random_ids(1, sum(lengths) + padding, seed)
    segments = [i for i, length in enumerate(lengths) for _ in range(length)] + [-1] * padding
    rows = torch.tensor([segments, [0] * len(segments)], dtype=torch.int32)
    packed = logits_of(model, ids.expand(2, -1), segments_BT=rows)
    ends = [sum(lengths[:i]) for i in range(len(lengths) + 1)]
    for begin, end in pairwise(ends):
        assert_same(packed[:1, begin:end], logits_of(model, ids[:, begin:end]))
    assert_same(packed[1:], logits_of(model, ids))
    assert packed.isfinite().all()


@given(seeds)
def test_groups_are_full_attention_with_keys_and_values_repeated(seed):
    grouped, full = random_gpt(SHAPES["grouped"]), random_gpt(PLAIN)
    weights = grouped.state_dict()
    for name, weight in weights.items():
        if name.endswith(("key.weight", "value.weight")):
            by_head = weight.unflatten(0, (2, -1)).repeat_interleave(2, dim=0)
            weights[name] = by_head.flatten(0, 1)
    full.load_state_dict(weights)
    ids = random_ids(2, 9, seed)
    assert_same(logits_of(grouped, ids), logits_of(full, ids))


def test_as_many_kv_heads_as_heads_is_full_attention():
    ids = random_ids(2, 9)
    with_kv_heads = random_gpt(evolve(PLAIN, kv_heads=PLAIN.heads))
    assert torch.equal(logits_of(MODELS["plain"], ids), logits_of(with_kv_heads, ids))


@pytest.mark.parametrize("name", ["residual-scalars", "value-embeddings"])
def test_an_option_has_an_effect(name):
    """Without what it adds, the model is another one."""
    model = random_gpt(SHAPES[name])
    before = logits_of(model, random_ids(2, 9))
    with torch.no_grad():
        for parameter_name, parameter in model.named_parameters():
            if parameter_name.endswith("scalars"):
                parameter.copy_(torch.tensor([1.0, 0.0]))
            elif "value_embedding" in parameter_name:
                parameter.zero_()
    plain = random_gpt(evolve(model.settings, residual_scalars=False, value_embeddings=False))
    plain.load_state_dict(model.state_dict(), strict=False)
    assert_same(logits_of(model, random_ids(2, 9)), logits_of(plain, random_ids(2, 9)))
    assert not torch.allclose(before, logits_of(plain, random_ids(2, 9)))


def test_capped_logits_are_those_of_the_plain_model_bent():
    capped, plain = MODELS["logit-cap"], random_gpt(PLAIN)
    plain.load_state_dict(capped.state_dict())
    ids = random_ids(2, 9)
    straight = logits_of(plain, ids)
    assert straight.abs().max() > 2
    assert_same(logits_of(capped, ids), 2 * torch.tanh(straight / 2))


# The side input ---------------------------------------------------------------------------------


def test_states_change_logits_where_there_is_an_embedding_of_them():
    ids, states = random_ids(2, 9), random_ids(2, 9, seed=5) % 4
    model = random_gpt(evolve(PLAIN, num_states=4))
    with_states = logits_of(model, ids, states_BT=states)
    others = logits_of(model, ids, states_BT=(states + 1) % 4)
    assert not torch.allclose(with_states, others)


def test_states_are_ignored_where_there_is_none():
    ids = random_ids(2, 9)
    with_states = logits_of(MODELS["plain"], ids, states_BT=ids)
    assert torch.equal(with_states, logits_of(MODELS["plain"], ids))


def test_a_model_of_states_says_so_where_they_are_missing():
    with pytest.raises(SettingError, match="num_states=0"):
        logits_of(random_gpt(evolve(PLAIN, num_states=4)), random_ids(1, 3))


# The cache --------------------------------------------------------------------------------------


@torch.no_grad()
def in_chunks(model: Gpt, ids: torch.Tensor, sizes: list[int]) -> torch.Tensor:
    cache, parts = None, []
    for chunk in ids.split(sizes, dim=1):
        part, cache = model.logits(chunk, cache)
        parts.append(part)
    return torch.cat(parts, dim=1)


@given(models, st.lists(st.integers(1, 2 * CONTEXT), min_size=1, max_size=5), seeds)
def test_a_cache_gives_what_a_whole_pass_gives(model, sizes, seed):
    """Also past the context: chunks of up to twice the context, five of them."""
    ids = random_ids(2, sum(sizes), seed)
    assert_same(in_chunks(model, ids, sizes), logits_of(model, ids))


@given(models, st.integers(1, 6 * CONTEXT), seeds)
def test_step_by_step_too(model, num, seed):
    ids = random_ids(2, num, seed)
    assert_same(in_chunks(model, ids, [1] * num), logits_of(model, ids))


@given(
    models,
    st.integers(1, 20),
    st.integers(1, 20),
    st.lists(st.integers(0, 2), min_size=1, max_size=5),
    seeds,
)
def test_selected_rows_go_on_as_if_they_had_always_been_alone(model, before, after, rows, seed):
    ids = random_ids(3, before, seed)
    more = random_ids(len(rows), after, seed + 1)
    with torch.no_grad():
        _, cache = model.logits(ids)
        chosen = cache.select(rows)
        continued, _ = model.logits(more[:, :1], chosen)
        rest, _ = model.logits(more, cache.select(rows))
    whole = logits_of(model, torch.cat([ids[rows], more], dim=1))
    assert_same(continued[:, 0], whole[:, before])
    assert_same(rest, whole[:, before:])


def test_a_cache_holds_hardly_more_than_the_context():
    cache = KvCache(depth=1, context=64)
    for position in range(1_000):
        keys, values = cache.put(
            0, torch.full((1, 1, 1, 2), float(position)), torch.zeros(1, 1, 1, 2)
        )
        assert keys.shape == values.shape
        assert keys.untyped_storage().nbytes() <= 2 * 2 * 4 * (64 + 64 // 8)
        read = list(range(max(0, position - 63), position + 1))
        assert keys[0, 0, :, 0].tolist() == read
    assert cache.position == 1_000


def test_no_cache_is_kept_where_none_is_of_use():
    ids = random_ids(1, 4)
    model = MODELS["plain"]
    assert model.logits(ids)[1] is None, "gradients are recorded"
    with torch.no_grad():
        assert model.logits(ids, segments_BT=torch.zeros_like(ids))[1] is None, "a packed row"
        assert isinstance(model.logits(ids)[1], SelectableCache)


# Weights ----------------------------------------------------------------------------------------


def fresh(settings: GptSettings, vocab_size: int = VOCAB_SIZE, seed: int = 3) -> Gpt:
    torch.manual_seed(seed)
    return Gpt(settings, vocab_size, CONTEXT)


ALL_PARTS = evolve(
    PLAIN, residual_scalars=True, value_embeddings=True, logit_cap=15, num_states=3, state_bias=2
)


@pytest.mark.parametrize("settings", [PLAIN, ALL_PARTS], ids=["plain", "all-parts"])
def test_at_the_start_every_token_is_as_likely_as_any_other(settings):
    ids = random_ids(2, 9)
    assert not logits_of(fresh(settings), ids, states_BT=ids % 3).any()


def test_at_the_start_the_layers_add_nothing():
    """All optional parts begin as if they were not there."""
    ids, head = random_ids(2, 9), torch.randn(VOCAB_SIZE, PLAIN.width)
    shallow = fresh(evolve(PLAIN, depth=1))
    deep = fresh(evolve(ALL_PARTS, logit_cap=None))
    for model in (shallow, deep):
        model.head.weight.data.copy_(head)
    assert_same(logits_of(shallow, ids), logits_of(deep, ids, states_BT=ids % 3))


def test_the_core_is_drawn_alike_for_every_vocabulary():
    small, large = fresh(ALL_PARTS, 11), fresh(ALL_PARTS, 500)
    shared = [n for n, p in small.named_parameters() if p.shape == large.get_parameter(n).shape]
    assert {n.split(".")[-2] for n in shared} >= {"query", "key", "value", "out", "into"}
    for name in shared:
        assert torch.equal(small.get_parameter(name), large.get_parameter(name)), name
    assert len(shared) == len(list(small.parameters())) - 2 - 3, "two tables of values, three more"


def test_an_option_leaves_the_other_weights_as_they_are():
    plain, more = fresh(PLAIN), fresh(ALL_PARTS)
    for name, parameter in plain.named_parameters():
        assert torch.equal(parameter, more.get_parameter(name)), name


def test_weights_depend_on_the_seed_and_on_nothing_else():
    one, again, other = fresh(PLAIN), fresh(PLAIN), fresh(PLAIN, seed=4)
    second = Gpt(PLAIN, VOCAB_SIZE, CONTEXT)
    name = "blocks.1.attention.query.weight"
    assert torch.equal(one.get_parameter(name), again.get_parameter(name))
    assert not torch.equal(one.get_parameter(name), other.get_parameter(name))
    assert not torch.equal(second.get_parameter(name), other.get_parameter(name))


def test_making_a_model_draws_the_same_number_of_random_numbers_at_any_size():
    following = []
    for vocab_size in (11, 500):
        fresh(PLAIN, vocab_size)
        following.append(torch.rand(4))
    assert torch.equal(*following)


def test_layers_begin_alike_but_not_equal():
    model = fresh(PLAIN)
    weights = [block.attention.query.weight for block in model.layers()]
    assert not torch.equal(weights[0], weights[1])
    deviations = torch.stack([weight.std() for weight in weights])
    torch.testing.assert_close(deviations, torch.full((3,), PLAIN.width**-0.5), rtol=0.1, atol=0)


# Training ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SHAPES)
def test_every_parameter_has_a_gradient(name):
    model = random_gpt(evolve(SHAPES[name], num_states=2))
    ids = random_ids(2, 9)
    model.logits(ids, states_BT=ids % 2)[0].square().sum().backward()
    assert [n for n, p in model.named_parameters() if p.grad is None or not p.grad.any()] == []


def test_a_fresh_model_learns_a_row_by_heart():
    model = fresh(PLAIN)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.02)
    ids = random_ids(1, 10)
    for _ in range(60):
        logits, _ = model.logits(ids[:, :-1])
        loss = torch.nn.functional.cross_entropy(logits[0], ids[0, 1:])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss < 0.1


def test_bfloat16_gives_nearly_the_same_in_float32():
    """Under autocast, and with the weights in it, as where they are sharded."""
    model, ids = fresh(ALL_PARTS), random_ids(2, 9)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith(("out.weight", "head.weight")):
                parameter.normal_(std=0.2)
    exact = logits_of(model, ids, states_BT=ids % 3)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        autocast = logits_of(model, ids, states_BT=ids % 3)
    halved = logits_of(model.bfloat16(), ids, states_BT=ids % 3)
    for rough in (autocast, halved):
        assert rough.dtype == torch.float32
        assert (rough - exact).abs().max() < 0.05 * exact.abs().max()


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("num", [7, CONTEXT])
def test_operations_are_those_that_torch_counts(name, num):
    model = random_gpt(SHAPES[name]).float()
    ids = random_ids(3, num)
    # The mathematical kernel: fused ones compute scores a second time on the way back.
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        model.logits(ids)[0].sum().backward()
    assert counter.get_total_flops() == model.flops_per_token(num) * ids.numel()


def test_training_compiles_as_one_graph():
    model, ids = random_gpt(evolve(ALL_PARTS, num_states=0, state_bias=0)), random_ids(2, 9)
    compiled = torch.compile(model, backend="eager", fullgraph=True)
    segments = ids.clamp(max=1)
    assert_same(compiled(ids, segments_BT=segments)[0], model(ids, segments_BT=segments)[0])


def test_muon_gets_the_matrices_of_the_layers_and_nothing_else():
    model = fresh(ALL_PARTS)
    hidden = {id(parameter) for parameter in model.hidden_matrices()}
    names = {n.split(".")[-2] for n, p in model.named_parameters() if id(p) in hidden}
    assert names == {"query", "key", "value", "out", "into"}
    assert len(hidden) == 6 * PLAIN.depth


# The contract -----------------------------------------------------------------------------------


def test_it_comes_by_name_and_can_all_that_a_model_may():
    model = load_model("gpt", 11, 8, {"width": "16", "depth": "2", "heads": "4"})
    for protocol in (Model, HiddenMatrices, Layered, FlopsCounted):
        assert isinstance(model, protocol)
    assert (model.settings.depth, model.vocab_size, model.context) == (2, 11, 8)
