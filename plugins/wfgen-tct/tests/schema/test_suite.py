"""The public test suite of JSON Schema gives the verdicts; WFGEN_SUITE names its folder."""

import json
import os
from pathlib import Path

import pytest

from wfgen_tct.schema.reading import read_schema
from wfgen_tct.schema.report import UnsupportedSchemaError

_DRAFT7 = "http://json-schema.org/draft-07/schema#"

# Both name the metaschema, which is another document.
_REMOTE = {
    ("definitions", "validate definition against metaschema"),
    ("ref", "remote ref, containing refs itself"),
}


@pytest.fixture(scope="module")
def groups():
    """Every required group of draft 7, but for those that need a server."""
    folder = Path(os.environ.get("WFGEN_SUITE", "")) / "tests" / "draft7"
    if not folder.is_dir():
        pytest.skip("WFGEN_SUITE names no folder with tests/draft7")
    files = [path for path in sorted(folder.glob("*.json")) if path.stem != "refRemote"]
    return [(path.stem, group) for path in files for group in json.loads(path.read_text())]


def _declared(schema):
    return schema if isinstance(schema, bool) else {"$schema": _DRAFT7, **schema}


def test_every_verdict_is_that_of_the_suite(groups, accepts):
    wrong, refused = [], set()
    for file, group in groups:
        try:
            definitions, _ = read_schema(_declared(group["schema"]))
        except UnsupportedSchemaError:
            refused.add((file, group["description"]))
            continue
        wrong += [
            (file, group["description"], test["description"])
            for test in group["tests"]
            if accepts(definitions, test["data"]) != test["valid"]
        ]
    assert wrong == []
    assert refused == _REMOTE


def test_what_is_refused_says_that_nothing_is_fetched(groups):
    for file, group in groups:
        if (file, group["description"]) in _REMOTE:
            with pytest.raises(UnsupportedSchemaError, match=r"remote: .* nothing is fetched"):
                read_schema(_declared(group["schema"]))
