"""Counts are exact, settings that do not fit are refused by name, presets are found."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfgen.errors import SettingError, UnknownNameError
from wfgen.models import PRESETS, GptSettings, count_parameters, find_preset
from wfgen.models.gpt import Gpt
from wfgen.settings import make_settings


@st.composite
def settings(draw):
    kv_heads = draw(st.integers(1, 3))
    heads = kv_heads * draw(st.integers(1, 3))
    return GptSettings(
        width=heads * 2 * draw(st.integers(1, 4)),
        depth=draw(st.integers(1, 5)),
        heads=heads,
        kv_heads=draw(st.sampled_from([None, kv_heads])),
        residual_scalars=draw(st.booleans()),
        value_embeddings=draw(st.booleans()),
        num_states=(num_states := draw(st.integers(0, 3))),
        state_bias=draw(st.integers(0, 3)) if num_states else 0,
    )


@given(settings(), st.integers(1, 50))
def test_the_count_is_what_the_model_has(shape, vocab_size):
    model = Gpt(shape, vocab_size, context=8)
    counted = count_parameters(shape, vocab_size)
    tables = [m.weight for n, m in model.named_modules() if n.endswith("embedding")]
    assert counted.embedding == sum(t.numel() for t in tables)
    heads = [model.head, *([] if model.bias is None else [model.bias.out])]
    assert counted.head == sum(head.weight.numel() for head in heads)
    assert counted.total == sum(p.numel() for p in model.parameters())


@given(settings(), st.integers(1, 50), st.integers(1, 50))
def test_the_core_is_the_same_for_every_vocabulary(shape, one, other):
    assert count_parameters(shape, one).core == count_parameters(shape, other).core


def test_the_published_small_model_has_its_published_size():
    small = find_preset("small")
    assert count_parameters(small.settings, 8_192).total == 20_447_232
    assert small.context == 1_024


def test_presets_are_the_shapes_that_the_docs_name():
    shapes = {p.name: (p.settings.width, p.settings.depth, p.settings.heads) for p in PRESETS}
    assert shapes == {
        "tiny": (128, 4, 4),
        "small": (384, 8, 6),
        "medium": (768, 8, 12),
        "large": (1024, 12, 16),
    }
    assert all(find_preset(name).name == name for name in shapes)


def test_an_unknown_preset_is_refused_with_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean 'medium'") as caught:
        find_preset("meduim")
    assert caught.value.known == ("tiny", "small", "medium", "large")


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"width": 100, "heads": 6}, "heads"),
        ({"width": 6, "heads": 6}, "heads"),  # one channel a head cannot be turned
        ({"width": 48, "heads": 6, "kv_heads": 4}, "kv_heads"),
        ({"depth": 0}, "depth"),
        ({"num_states": -1}, "num_states"),
        ({"state_bias": 2}, "state_bias"),
        ({"logit_cap": 0}, "logit_cap"),
        ({"value_embeddings": "perhaps"}, "value_embeddings"),
        ({"widht": 64}, "widht"),
    ],
)
def test_a_setting_that_does_not_fit_is_named(values, name):
    with pytest.raises(SettingError) as caught:
        make_settings(GptSettings, values)
    assert caught.value.name == name


def test_settings_and_presets_need_no_torch():
    code = "import sys, wfgen.models, wfgen.models.plugin; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
