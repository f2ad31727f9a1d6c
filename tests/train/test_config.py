from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")

from wfgen.errors import SettingError
from wfgen.train.config import differing_fields, make_config, read_toml

NEEDED = {"data": "d", "out": "o"}


def test_texts_are_read_by_the_type_of_their_field():
    config = make_config(
        NEEDED,
        {
            "steps": "100",
            "learning_rate": "1e-3",
            "clip": "none",
            "compile": "false",
            "eval_every": "none",
            "trackers": "a,b",
            "model.width": "96",
            "windower.overlap": "64",
        },
    )
    assert (config.data, config.steps, config.learning_rate) == (Path("d"), 100, 1e-3)
    assert (config.clip, config.compile, config.eval_every) == (None, False, None)
    assert config.trackers == ("a", "b")
    assert config.model_settings == {"width": "96"}  # read by the model's own settings
    assert config.windower_settings == {"overlap": "64"}


def test_later_layers_go_before_earlier_ones(tmp_path):
    file = tmp_path / "run.toml"
    file.write_text('data = "a"\nout = "b"\nsteps = 5\nseed = 1\n[model_settings]\nwidth = 8\n')
    config = make_config(read_toml(file), {"steps": "6", "model.depth": "2"})
    assert (config.steps, config.seed) == (6, 1)
    assert config.model_settings == {"width": 8, "depth": "2"}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"stesp": "1"}, "'stesp'.*did you mean 'steps'"),
        ({"learning_rate": "fast"}, "'learning_rate'.*'fast' is not"),
        ({"steps": "0"}, "'steps'.*whole number from 1"),
        ({"floor": "2"}, "'floor'.*from 0 to 1"),
        ({"weight_decay": "-1"}, "'weight_decay'.*from 0 up"),
        ({"schedule": "sine"}, "'schedule'.*one of cosine, linear, constant"),
        ({"steps": "1", "epochs": "1"}, "'epochs'.*steps are given too"),
        ({"model": "mamba", "preset": "tiny"}, "'preset'.*the model is mamba"),
        ({"model_settings": "wide"}, "'model_settings'.*no table"),
    ],
)
def test_what_does_not_fit_is_named(values, message):
    with pytest.raises(SettingError, match=message):
        make_config(NEEDED, values)


def test_what_is_missing_is_named():
    with pytest.raises(SettingError, match=r"'out'.*it is missing"):
        make_config({"data": "d"})


@pytest.mark.parametrize("content", ["steps = ", None])
def test_a_file_that_is_no_toml_is_named(tmp_path, content):
    file = tmp_path / "run.toml"
    if content is not None:
        file.write_text(content)
    with pytest.raises(SettingError, match=r"run\.toml cannot be read"):
        read_toml(file)


def test_only_what_decides_the_result_must_stay():
    one = make_config(NEEDED, {"steps": 5, "model.width": 8, "save_every": 1}).as_json()
    other = make_config(NEEDED, {"steps": 6, "model.width": 9, "save_every": 2, "out": "p"})
    assert differing_fields(one, other.as_json()) == ("steps", "model.width")
    assert differing_fields(one, one) == ()
