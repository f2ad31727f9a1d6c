"""The report on a schema's keywords."""

import pytest

from wfgen_tct import formulas as f
from wfgen_tct.schema.dialects import DIALECTS
from wfgen_tct.schema.reading import read_schema
from wfgen_tct.schema.report import STATUSES, with_status

_4, _6, _7, _2019, _2020 = DIALECTS


def _rows(schema, **options):
    _, report = read_schema(schema, **options)
    return {row.pointer: row for row in report.rows}


def test_every_keyword_has_a_row_in_the_order_of_the_document():
    schema = {
        "title": "t",
        "properties": {"a": {"type": "string", "format": "date"}, "b": {"not": {"const": 1}}},
        "x-extra": {"type": "null"},
        "required": ["a"],
    }
    _, report = read_schema(schema)
    assert [(row.pointer, row.status) for row in report.rows] == [
        ("/title", "annotation"),
        ("/properties", "exact"),
        ("/properties/a/type", "exact"),
        ("/properties/a/format", "annotation"),
        ("/properties/b/not", "exact"),
        ("/properties/b/not/const", "exact"),
        ("/x-extra", "annotation"),
        ("/required", "exact"),
    ]
    assert all(row.reachable for row in report.rows)
    assert report.counts == {"exact": 5, "annotation": 3, "approximated": 0, "unsupported": 0}
    assert report.summary == "8 keywords of 2020-12: 5 exact, 3 annotation"


def test_what_only_a_reference_makes_a_schema_comes_last():
    schema = {"x": {"y": {"type": "null"}}, "allOf": [{"$ref": "#/x/y"}]}
    assert list(_rows(schema)) == ["/x", "/allOf", "/allOf/0/$ref", "/x/y/type"]


@pytest.mark.parametrize(
    ("dialect", "schema", "pointer", "note"),
    [
        (_7, {"$ref": "#/definitions/a", "type": "null"}, "/type", "ignores what stands beside"),
        (_7, {"then": {}}, "/then", "no effect without if"),
        (_7, {"if": {}}, "/if", "no effect without then or else"),
        (_2019, {"minContains": 1}, "/minContains", "no effect without contains"),
        (_2019, {"additionalItems": {}}, "/additionalItems", "without an array in items"),
        (_4, {"exclusiveMaximum": True}, "/exclusiveMaximum", "no effect without maximum"),
        (_4, {"const": 1}, "/const", "no keyword of draft 4, but one since draft 6"),
        (_7, {"$defs": {}}, "/$defs", "no keyword of draft 7, but one since 2019-09"),
        (_2020, {"additionalItems": {}}, "/additionalItems", "no longer in 2020-12"),
        (_2020, {"format": "date"}, "/format", "formats are not checked"),
        (_2020, {"not": {"$schema": _7.uri}}, "/not/$schema", "without an identifier"),
    ],
)
def test_what_has_no_effect_says_why(dialect, schema, pointer, note):
    declared = {"$schema": dialect.uri, "definitions": {"a": {}}, **schema}
    row = _rows(declared)[pointer]
    assert row.status == "annotation"
    assert note in row.note


@pytest.mark.parametrize(
    ("definition", "note"),
    [
        ({"$ref": "http://b.example/"}, "remote: "),
        ({"$ref": "#/nowhere"}, "names nothing"),
        ({"type": 12}, "type is 12"),
        ({"enum": ["\ud800"]}, "half of a surrogate pair"),
        ({"properties": {"a": 1}}, "1 is no schema here"),
    ],
)
def test_what_is_not_reachable_never_refuses(definition, note):
    rows = _rows({"$defs": {"unused": definition}, "type": "null"})
    keyword = next(iter(definition))
    row = rows[f"/$defs/unused/{keyword}"]
    assert row.status == "unsupported"
    assert note in row.note
    assert not row.reachable
    assert rows["/type"].reachable


def test_what_is_not_reachable_is_not_approximated():
    schema = {"$defs": {"unused": {"$ref": "http://b.example/"}}}
    _, report = read_schema(schema, allow_approximate=True)
    assert not report.approximated
    assert report.summary.endswith("1 of all unreachable")


def test_assertions_lead_back_to_their_keywords():
    schema = {
        "properties": {"a": {"enum": ["x", [1]]}},
        "additionalProperties": False,
        "dependentRequired": {"a": ["b"]},
    }
    definitions, report = read_schema(schema)
    assert set(report.sources) == {
        (index, leaf)
        for index, each in enumerate(definitions.schemas)
        for leaf in f.leaves(each.formula)
        if not isinstance(leaf, f.Constant | f.Same)
    }
    by_type = {type(leaf): pointer for (_, leaf), pointer in report.sources.items()}
    assert by_type[f.Property] == "/properties"
    assert by_type[f.AdditionalProperties] == "/additionalProperties"
    assert by_type[f.HasProperty] == "/dependentRequired"
    assert by_type[f.Listed] == by_type[f.ItemAt] == "/properties/a/enum"
    assert set(report.sources.values()) <= {row.pointer for row in report.rows}


def test_a_later_stage_can_change_a_verdict():
    _, report = read_schema({"pattern": "a"})
    changed = with_status(report, "/pattern", "unsupported", "too hard")
    assert [row.note for row in changed.unsupported] == ["too hard"]
    with pytest.raises(KeyError):
        with_status(report, "/nowhere", "exact", "")


def test_the_text_steers_no_terminal():
    _, report = read_schema({"\x1b[31m": 1, "properties": {"\n": {"title": ""}}})
    text = report.as_text(STATUSES)
    assert "\x1b" not in text
    assert len(text.splitlines()) == 2 + len(report.rows)
