from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest

FAKES = ("fake-good", "fake-rival", "fake-broken", "fake-misspelt")


def test_plugins_are_listed_with_what_is_broken_and_what_conflicts(wfgen):
    out = wfgen("plugins", fakes=FAKES)
    assert out.returncode == 0, out.stderr
    assert ["tokenizer", "bytes"] in [line.split()[:2] for line in out.stdout.splitlines()]
    assert "[start // position_stride, context - 1 ids]" in out.stdout, "no markup, no wrapping"
    assert "broken: broken of fake-broken: ModuleNotFoundError" in out.stdout
    assert "broken: misspelt of fake-misspelt" in out.stdout
    assert "conflict: tokenizer bit-list is offered by fake-good and by fake-rival" in out.stdout


def test_json_is_one_object_with_the_same(wfgen):
    out = wfgen("plugins", "--json", fakes=FAKES)
    found = json.loads(out.stdout)
    by_name = {p["plugin"]: p for p in found["plugins"]}
    assert by_name["builtin"]["error"] is None
    assert "a_package_that_is_not_installed" in by_name["broken"]["error"]
    assert by_name["good"]["offers"][0]["name"] == "bit-list"
    assert found["conflicts"] == [
        {"kind": "tokenizer", "name": "bit-list", "distributions": ["fake-good", "fake-rival"]}
    ]


def test_help_needs_no_plugin_to_work(wfgen):
    out = wfgen("--help", fakes=FAKES)
    assert out.returncode == 0
    for command in ("corpus", "models", "plugins", "prepare", "report", "tokenizer", "windows"):
        assert command in out.stdout


def test_an_unknown_command_is_an_error(wfgen):
    out = wfgen("plugin")
    assert out.returncode != 0
    assert "plugins" in out.stdout + out.stderr


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path):
    code = f"{sys.executable} -m wfgen.cli plugins | head -1; exit ${{PIPESTATUS[0]}}"
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("no bash on the path")
    out = subprocess.run([bash, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert (out.returncode, out.stderr) == (0, "")


def test_a_name_that_the_stream_cannot_encode_is_escaped(tmp_path):
    out = subprocess.run(
        [sys.executable, "-m", "wfgen.cli", "windows", "analyse", "--data", "日"],
        env={**os.environ, "PYTHONIOENCODING": "cp1252"},
        capture_output=True,
        cwd=tmp_path,
    )
    assert out.returncode == 1
    assert rb"\u65e5: there is no such directory" in out.stderr
