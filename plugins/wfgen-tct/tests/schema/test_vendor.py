"""The schemas that check-jsonschema ships are read."""

import json
from pathlib import Path

import check_jsonschema
import pytest

from wfgen_tct.schema.reading import read_schema
from wfgen_tct.schema.report import UnsupportedSchemaError

_FOLDER = Path(check_jsonschema.__file__).parent / "builtin_schemas" / "vendor"
_FILES = sorted(_FOLDER.glob("*.json"))
_REMOTE = {"drone-ci"}  # names schemas of Kubernetes, which are on the web


@pytest.mark.parametrize("path", _FILES, ids=lambda path: path.stem)
def test_it_is_read(path):
    text = path.read_bytes()
    if path.stem in _REMOTE:
        with pytest.raises(UnsupportedSchemaError, match=r"\$ref \(remote: "):
            read_schema(text)
        return
    definitions, report = read_schema(text)
    assert definitions.schemas[0].pointer == ""
    assert not report.unsupported
    assert report.counts["exact"] > 0


@pytest.mark.parametrize("path", _FILES, ids=lambda path: path.stem)
def test_text_and_value_are_read_alike(path):
    text = path.read_bytes()
    from_text, report = read_schema(text, allow_approximate=True)
    from_value, other = read_schema(json.loads(text), allow_approximate=True)
    assert from_text == from_value
    assert report.rows == other.rows


def test_remote_references_can_be_left_out():
    text = (_FOLDER / "drone-ci.json").read_bytes()
    _, report = read_schema(text, allow_approximate=True)
    assert {row.keyword for row in report.approximated} == {"$ref"}
