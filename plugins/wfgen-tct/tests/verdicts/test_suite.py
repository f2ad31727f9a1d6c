"""The public test suite of JSON Schema gives the verdicts; WFGEN_SUITE names its folder."""

import json
import os
from pathlib import Path

import pytest

from wfgen_tct import compile_schema
from wfgen_tct.errors import UnsatisfiableSchemaError
from wfgen_tct.schema.report import UnsupportedSchemaError

_DRAFT7 = "http://json-schema.org/draft-07/schema#"

# They name the metaschema, or a document on a server.
_REMOTE = {
    ("definitions", "validate definition against metaschema"),
    ("ref", "remote ref, containing refs itself"),
    ("cross-draft", "refs to future drafts are processed as future drafts"),
}

# What a string holds in another language is an annotation, as in draft 2019-09 and later.
_CONTENT = "content"


def _groups(files):
    return [(path.stem, group) for path in files for group in json.loads(path.read_text())]


@pytest.fixture(scope="module")
def folder():
    found = Path(os.environ.get("WFGEN_SUITE", "")) / "tests" / "draft7"
    if not found.is_dir():
        pytest.skip("WFGEN_SUITE names no folder with tests/draft7")
    return found


@pytest.fixture(scope="module")
def required(folder):
    return _groups(path for path in sorted(folder.glob("*.json")) if path.stem != "refRemote")


@pytest.fixture(scope="module")
def optional(folder):
    return _groups(path for path in sorted(folder.glob("optional/*.json")))


def _declared(schema):
    return schema if isinstance(schema, bool) else {"$schema": _DRAFT7, **schema}


def _check(groups, subject):
    """The tests with a wrong verdict, the groups that are refused, and how many compile."""
    wrong, refused, num_exact = [], set(), 0
    for file, group in groups:
        try:
            one = subject(_declared(group["schema"]))
        except UnsupportedSchemaError:
            refused.add((file, group["description"]))
            continue
        except UnsatisfiableSchemaError:
            assert not any(test["valid"] for test in group["tests"]), group
            num_exact += 1
            continue
        num_exact += 1
        for test in group["tests"]:
            assert one.returns(test["data"])
            if one.accepts(test["data"]) != test["valid"]:
                wrong.append((file, group["description"], test["description"]))
    return wrong, refused, num_exact


def test_every_required_verdict_is_that_of_the_suite(required, subject):
    wrong, refused, num_exact = _check(required, subject)
    assert wrong == []
    assert refused <= _REMOTE
    assert num_exact >= 0.95 * len(required)


def test_every_optional_verdict_but_of_contents_is_that_of_the_suite(optional, subject):
    wrong, refused, _ = _check(optional, subject)
    assert [each for each in wrong if each[0] != _CONTENT] == []
    assert refused <= _REMOTE


def test_what_no_document_meets_does_not_compile(required):
    with pytest.raises(UnsatisfiableSchemaError, match="no finite document is valid"):
        compile_schema(False)
