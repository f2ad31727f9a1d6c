"""The ids of the embedded samples, as they were once written down: encoding is stable for ever.

Ids that are stored mean something as long as one format version and one vocabulary always give the
same ones. Where the vocabulary is learned anew, or the format version is raised, they change on
purpose; and a sample may change too. Then write them down anew, and look at the difference:

    WFGEN_RENEW_GOLDENS=1 python -m pytest plugins/tct-github-workflow/tests/test_goldens.py

That refuses as long as version and document are the old ones: then it is the engine that is wrong.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

import tct_github_workflow
from wfgen.canonical import to_canonical
from wfgen.corpus import load_yaml
from wfgen.corpus.samples import read_sample, sample_names

GOLDENS = Path(__file__).with_name("goldens.jsonl")
ARTEFACT = Path(tct_github_workflow.__file__).parent / "artefact"
RENEW = os.environ.get("WFGEN_RENEW_GOLDENS") == "1"

# What the schema rejects, and what no sample has.
OTHERS = {
    "scalar": "no object",
    "numbers": [0, -0.0, 1.0, 1e30, -(2**70), 5e-324],
    "unknown key": {"on": "push", "jobs": {}, "colour": {"": None, "é\n": [True, False, {}]}},
    "late rejection": {"jobs": {"a": {"runs-on": "x", "steps": [{"run": "ls", "uses": "a@b"}]}}},
    "valid": {"on": {"push": None}, "jobs": {"a-1": {"name": "😀", "runs-on": ["x", "y\u0000"]}}},
}


def documents() -> dict[str, bytes]:
    samples = {name: to_canonical(load_yaml(read_sample(name))) for name in sample_names()}
    return samples | {name: to_canonical(value) for name, value in OTHERS.items()}


def version() -> dict[str, object]:
    """What the ids depend on."""
    manifest = json.loads((ARTEFACT / "manifest.json").read_bytes())
    files = {
        name: manifest["files"][name]["sha256"] for name in ("grammar.json", "vocabulary.json")
    }
    return {"format_version": manifest["format_version"], **files}


def read() -> tuple[dict[str, object], dict[str, list[int]]]:
    first, *lines = GOLDENS.read_text(encoding="utf-8").splitlines()
    return json.loads(first), dict(map(json.loads, lines))


def renew() -> None:
    ids = {name: tct_github_workflow.encode(each) for name, each in documents().items()}
    if GOLDENS.exists():
        old, before = read()
        changed = [name for name in before if name in ids and ids[name] != before[name]]
        if old == version():
            same = [name for name in changed if decoded(before[name]) == documents()[name]]
            assert not same, f"{same}: the engine must write what it wrote for this version"
    lines = [json.dumps(version()), *(json.dumps(each) for each in ids.items())]
    GOLDENS.write_text("\n".join(lines) + "\n", encoding="utf-8")


def decoded(ids: list[int]) -> bytes:
    text, consumed, total = tct_github_workflow.decode(ids)
    assert consumed == total
    return text.encode()


@pytest.fixture(scope="module")
def goldens() -> dict[str, list[int]]:
    if RENEW:
        renew()
    old, found = read()
    assert old == version(), "another vocabulary or format: renew the goldens, as the top says"
    return found


def test_every_sample_is_among_them(goldens):
    assert list(goldens) == list(documents())


def test_the_ids_are_those_that_were_written_down(goldens):
    for name, document in documents().items():
        assert decoded(goldens[name]) == document, f"{name} is another document now"
        assert tct_github_workflow.encode(document) == goldens[name], name


def test_free_mode_is_among_them(goldens):
    free = {name for name, ids in goldens.items() if ids[0] == 3}
    assert free == {"scalar", "numbers", "unknown key", "late rejection"}
