"""Code that was written for the closed package runs unchanged, and a little more."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import tct_github_workflow
from wfgen.canonical import read_json
from wfgen.corpus import CorpusSpec, load_corpus
from wfgen.corpus.schema import is_schema_valid
from wfgen.errors import DecodeError, EncodeError
from wfgen.registry import load_tokenizer

WORKFLOW = (
    '{"name":"CI","on":{"push":{"branches":["main"]}},"jobs":{"build":{"runs-on":"ubuntu-latest",'
    '"steps":[{"uses":"actions/checkout@v4"},{"run":"make test\\n"}]}}}'
)
ARTEFACT = Path(tct_github_workflow.__file__).parent / "artefact"

_WITHOUT = """
import sys
for name in ("torch", "tokenizers", "jsonschema", "jsonschema_rs"):
    sys.modules[name] = None
import tct_github_workflow as tct
import numpy as np
text = sys.argv[1]
ids = tct.encode(text)
assert tct.decode(ids) == (text, len(ids), len(ids))
_, state = tct.constraint().start(text.encode()[:40])
row = np.zeros(-(-tct.vocab_size() // 32), dtype=np.int32)
state.fill_mask(row, state.cost_to_finish() + 3)
print(len(ids))
"""


def test_the_four_functions_of_the_closed_package():
    ids = tct_github_workflow.encode(WORKFLOW)
    assert type(ids) is list
    assert all(type(token) is int for token in ids)
    text, consumed, total = tct_github_workflow.decode(ids)
    assert (text, consumed, total) == (WORKFLOW, len(ids), len(ids))
    assert tct_github_workflow.vocab_size() == 8192
    assert tct_github_workflow.extract_window(ids, 2, 5) == [2, *ids[2:5]]


def test_surplus_ids_are_left_alone():
    ids = tct_github_workflow.encode(WORKFLOW)
    assert tct_github_workflow.decode([*ids, 7, 8]) == (WORKFLOW, len(ids), len(ids) + 2)


def test_cut_ids_are_for_decode_prefix():
    ids = tct_github_workflow.encode(WORKFLOW)
    with pytest.raises(DecodeError, match="decode_prefix"):
        tct_github_workflow.decode(ids[:-1])
    pieces = tct_github_workflow.decode_prefix(ids[:5])
    assert WORKFLOW.encode().startswith(b"".join(piece.text for piece in pieces))
    assert any(piece.token is None for piece in pieces)


def test_windows_out_of_range_are_refused():
    for start, end in ((-1, 2), (3, 2), (0, 99)):
        with pytest.raises(ValueError, match="does not lie within"):
            tct_github_workflow.extract_window([1, 2, 3], start, end)


def test_what_the_schema_rejects_is_written_in_free_mode():
    text = '{"on":"push","jobs":{},"colour":"blue"}'
    ids = tct_github_workflow.encode(text)
    assert ids[0] == 3
    assert tct_github_workflow.decode(ids)[0] == text
    with pytest.raises(EncodeError) as caught:
        tct_github_workflow.tokenizer().encode(text, strict=True)
    assert caught.value.pointer is not None


def test_the_report_covers_the_schema():
    report = tct_github_workflow.schema_report()
    assert report.unsupported == ()
    assert report.approximated == ()
    assert report.counts["exact"] > 500


def test_the_artefact_is_small_and_says_where_it_comes_from():
    assert sum(file.stat().st_size for file in ARTEFACT.iterdir()) < 2_000_000
    about = tct_github_workflow.tokenizer().about
    assert about["corpus"]["is_real"]
    assert about["corpus"]["fingerprint"]
    assert about["training"]["documents"] > 4000


def test_it_needs_no_torch_no_trainer_and_no_validator():
    out = subprocess.run(
        [sys.executable, "-c", _WITHOUT, WORKFLOW], capture_output=True, check=False
    )
    assert out.returncode == 0, out.stderr.decode()
    assert int(out.stdout) == len(tct_github_workflow.encode(WORKFLOW))


def test_it_is_registered():
    tokenizer = load_tokenizer("tct-github-workflow")
    assert tokenizer.encode(WORKFLOW).tolist() == tct_github_workflow.encode(WORKFLOW)


def _corpora():
    yield CorpusSpec()
    folder = os.environ.get("WFGEN_CORPUS")
    if folder:
        yield CorpusSpec(path=Path(folder) / "workflows-valid.jsonl.zst", valid_share=0.0)


@pytest.mark.parametrize("number", [0, 1])
def test_workflows_come_back_and_valid_ones_by_the_grammar(number):
    specs = list(_corpora())
    if number >= len(specs):
        pytest.skip("WFGEN_CORPUS is not set")
    corpus = load_corpus(specs[number])
    for document in (*corpus.train, *corpus.valid):
        ids = tct_github_workflow.encode(document.canonical)
        assert tct_github_workflow.decode(ids)[0] == document.canonical.decode()
        assert (ids[0] != 3) == is_schema_valid(read_json(document.canonical))
