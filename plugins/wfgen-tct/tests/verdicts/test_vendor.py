"""The schemas that check-jsonschema ships: which compile, and what random walks write."""

import json
import random
from pathlib import Path

import check_jsonschema
import pytest

from wfgen_tct import compile_schema
from wfgen_tct.schema.report import UnsupportedSchemaError

_FOLDER = Path(check_jsonschema.__file__).parent / "builtin_schemas" / "vendor"
_FILES = sorted(_FOLDER.glob("*.json"))

# By what they are refused for.
_REFUSED = {
    "drone-ci": r"\$ref \(remote: ",  # schemas of Kubernetes, on the web
    "citation-file-format": "unique items are arrays or objects",
    "github-issue-forms": "unique items are arrays or objects",
    "travis": "unique items are arrays or objects",
}

# What may follow a key depends on which of 240 tasks its value fits, all subsets of them.
_TOO_MANY_CASES = {"azure-pipelines"}

_LARGE = {"azure-pipelines", "snapcraft"}


def _schema(path):
    return json.loads(path.read_text())


@pytest.mark.parametrize("path", _FILES, ids=lambda path: path.stem)
def test_it_compiles_or_is_refused(path):
    if path.stem in _REFUSED:
        with pytest.raises(UnsupportedSchemaError, match=_REFUSED[path.stem]):
            compile_schema(_schema(path))
    else:
        assert not compile_schema(_schema(path)).report.unsupported


def test_most_of_them_compile():
    assert sum(path.stem not in _REFUSED for path in _FILES) >= 20


@pytest.mark.parametrize("path", _FILES, ids=lambda path: path.stem)
def test_random_walks_write_what_is_valid(path, subject, is_deep):
    if path.stem in _REFUSED | dict.fromkeys(_TOO_MANY_CASES):
        pytest.skip("it does not compile, or not to places that are all small enough")
    if path.stem in _LARGE and not is_deep:
        pytest.skip("each place takes long")
    one, rng = subject(_schema(path)), random.Random(1)
    written = {one.check_walk(rng) for _ in range(50 if is_deep else 4)} - {None}
    assert written
