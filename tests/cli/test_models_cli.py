"""`wfgen models`: the presets and their sizes."""

from __future__ import annotations

import json

import pytest


def test_a_preset_is_one_whole_line_with_its_split(wfgen):
    out = wfgen("models")
    assert (out.returncode, out.stderr) == (0, "")
    lines = [line.split() for line in out.stdout.splitlines()]
    small = next(words for words in lines if words[:1] == ["small"])
    counts = ["3,145,728", "3,145,728", "14,155,776", "20,447,232"]
    assert small[1:9] == ["384", "8", "6", "1,024", *counts]
    assert [words[0] for words in lines if words[:1] in (["tiny"], ["medium"], ["large"])]


def test_the_vocabulary_changes_embedding_and_head_alone(wfgen):
    small = json.loads(wfgen("models", "--json").stdout)["presets"]["small"]["parameters"]
    large = json.loads(wfgen("models", "--vocab-size", 200_019, "--json").stdout)["presets"][
        "small"
    ]
    assert large["parameters"]["core"] == small["core"]
    assert large["parameters"]["head"] == 200_019 * 384
    assert large["parameters"]["total"] == 2 * 200_019 * 384 + small["core"]
    assert large["settings"]["width"] == 384


@pytest.mark.parametrize("size", [0, -5])
def test_a_vocabulary_of_nothing_is_refused(wfgen, size):
    out = wfgen("models", "--vocab-size", size)
    assert out.returncode == 1
    assert "vocab_size" in out.stderr
