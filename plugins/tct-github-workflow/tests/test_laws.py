"""The laws of a tokenizer, from wfgen's test kit, over workflows."""

from __future__ import annotations

from hypothesis import given

import tct_github_workflow
from wfgen.canonical import to_canonical
from wfgen.corpus.schema import is_schema_valid
from wfgen.registry import load_tokenizer
from wfgen.testing import TokenizerLaws
from wfgen.testing.strategies import canonical_documents, workflow_values


class TestWorkflows(TokenizerLaws):
    fidelity = "json-value"
    capabilities = frozenset({"constrain", "free-mode", "inspect", "save", "states"})
    entry_name = "tct-github-workflow"
    documents = workflow_values().filter(is_schema_valid).map(to_canonical)
    example = b'{"name":"CI","on":["push"],"jobs":{"a":{"runs-on":"x","steps":[{"run":"a\\n"}]}}}'

    def make(self):
        return load_tokenizer("tct-github-workflow")


@given(document=canonical_documents())
def test_every_document_comes_back(document):
    ids = tct_github_workflow.encode(document)
    assert tct_github_workflow.decode(ids) == (document.decode(), len(ids), len(ids))
