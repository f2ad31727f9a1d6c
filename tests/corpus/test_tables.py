"""Rows of Parquet files and of saved datasets."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfgen import CorpusSpec
from wfgen.canonical import Limits
from wfgen.corpus import Document, Refusal, read_documents
from wfgen.corpus.inputs import open_source
from wfgen.corpus.readers import raw_records
from wfgen.errors import MissingExtraError, UnreadableFileError
from wfgen.evaluate.samples import read_samples
from wfgen.prepare import local, prepare
from wfgen.store import TokenStore

pa = pytest.importorskip("pyarrow", reason="pyarrow, the extra parquet, is not installed")
pq = pytest.importorskip("pyarrow.parquet", reason="pyarrow is built without Parquet")

WORKFLOW = "on: push\njobs: {}\n"
Write = Callable[[Path, Any], Path]


def to_parquet(path: Path, table: Any) -> Path:
    file = path.with_suffix(".parquet")
    pq.write_table(table, file)
    return file


def to_arrow(path: Path, table: Any) -> Path:
    file = path.with_suffix(".arrow")
    with pa.OSFile(str(file), "wb") as out, pa.ipc.new_stream(out, table.schema) as stream:
        stream.write_table(table, max_chunksize=2)
    return file


def to_dataset(path: Path, table: Any) -> Path:
    """What `datasets.Dataset.save_to_disk` writes, in two files."""
    path.mkdir(parents=True)
    names = ["data-00000-of-00002", "data-00001-of-00002"]
    first = (table.num_rows + 1) // 2
    to_arrow(path / names[0], table.slice(0, first))
    to_arrow(path / names[1], table.slice(first))
    write_state(path, [f"{name}.arrow" for name in names])
    (path / "dataset_info.json").write_text('{"features": {}}', "utf-8")
    return path


def write_state(path: Path, names: list[str]) -> None:
    state = {"_data_files": [{"filename": name} for name in names], "_split": None}
    (path / "state.json").write_text(json.dumps(state), "utf-8")


WAYS = (to_parquet, to_arrow, to_dataset)
in_every_way = pytest.mark.parametrize("write", WAYS, ids=lambda way: way.__name__)


def documents(path: Path, **settings: Any) -> list[Document]:
    return [d for d in read_documents(path, **settings) if isinstance(d, Document)]


def refusals(path: Path, **settings: Any) -> list[Refusal]:
    return [d for d in read_documents(path, **settings) if isinstance(d, Refusal)]


# What is read -----------------------------------------------------------------------------------

FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "yaml": st.sampled_from([WORKFLOW, "a: 1\na: 2\n", "é: [1", "- \u2028\n", ""]),
        "json": st.sampled_from(['{"a":12345678901234567890123}', "[", "null"]),
        "path": st.sampled_from(["a.yml", "b/c.json"]),
        "repo": st.just("o/t"),
        "commit": st.just("c0"),
        "licence": st.just("MIT"),
    },
).filter(lambda fields: bool(fields.keys() & {"yaml", "json"}))


def told(path: Path) -> list[tuple[str | None, ...]]:
    """What is read, and where it came from as far as that was given."""
    found = []
    for each in read_documents(path):
        about = each.provenance
        what = each.canonical.decode() if isinstance(each, Document) else each.reason
        given_path = None if ":" in about.path else about.path
        found.append((what, given_path, about.repo, about.commit, about.license))
    return found


@given(values=st.lists(FIELDS, min_size=1))
def test_rows_are_read_as_lines_of_the_same_fields(
    tmp_path_factory: pytest.TempPathFactory, values: list[dict[str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("rows")
    names = sorted({name for fields in values for name in fields})
    table = pa.table({name: [fields.get(name) for fields in values] for name in names})
    lines = folder / "all.jsonl"
    lines.write_text("".join(json.dumps(fields) + "\n" for fields in values), "utf-8")
    for number, write in enumerate(WAYS):
        assert told(write(folder / str(number), table)) == told(lines)


@in_every_way
@pytest.mark.parametrize("column", ["text", "content"])
def test_a_column_of_texts_is_yaml_unless_its_path_says_json(
    tmp_path: Path, write: Write, column: str
) -> None:
    texts = ["a: 1\n", '{"a":2}', "{a: 3}"]
    paths = ["a.yml", "B.JSON", "c.json"]
    path = write(tmp_path / "all", pa.table({column: texts, "path": paths, "stars": [1, 2, 3]}))
    assert [(d.name, d.canonical) for d in documents(path)] == [
        ("a.yml", b'{"a":1}'),
        ("B.JSON", b'{"a":2}'),
    ]
    assert [(r.provenance.path, r.reason) for r in refusals(path)] == [("c.json", "syntax")]


def test_the_path_is_optional_and_rows_are_numbered_in_each_file(tmp_path: Path) -> None:
    table = pa.table({"text": [WORKFLOW, "a: 1", "a: 2"]})
    names = [d.name for d in documents(to_parquet(tmp_path / "all", table))]
    assert names == ["all.parquet:1", "all.parquet:2", "all.parquet:3"]
    first, second = "data-00000-of-00002.arrow", "data-00001-of-00002.arrow"
    names = [d.name for d in documents(to_dataset(tmp_path / "saved", table))]
    assert names == [f"{first}:1", f"{first}:2", f"{second}:1"]


@pytest.mark.parametrize(
    "kind",
    [
        *(pa.string(), pa.large_string(), pa.string_view(), pa.binary(), pa.large_binary()),
        pa.dictionary(pa.int32(), pa.string()),
    ],
    ids=str,
)
@in_every_way
def test_every_type_of_text_is_read(tmp_path: Path, write: Write, kind: Any) -> None:
    texts = pa.array(["é: 1", None, "é: 1"]).cast(pa.string())
    column = texts.dictionary_encode() if pa.types.is_dictionary(kind) else texts.cast(kind)
    table = pa.table({"text": column, "repo": pa.nulls(3)})
    path = write(tmp_path / "all", table)
    assert [d.source for d in documents(path)] == ["é: 1", "é: 1"]
    (refusal,) = refusals(path)
    assert (refusal.reason, refusal.message.split(":")[2][:30]) == (
        "syntax",
        " there is no text in this row;",
    )


# What is refused --------------------------------------------------------------------------------


@in_every_way
def test_a_row_that_is_no_document_is_refused_and_the_rest_is_read(
    tmp_path: Path, write: Write
) -> None:
    texts = [WORKFLOW.encode(), b"a: \xff", None, b"x" * 101, b"a: 1\na: 2", b"a: 1"]
    path = write(tmp_path / "all", pa.table({"text": pa.array(texts, pa.binary())}))
    limits = Limits(num_bytes=100)
    assert len(documents(path, limits=limits)) == 2
    refused = refusals(path, limits=limits)
    reasons = ["not-utf8", "syntax", "file-too-large", "duplicate-key"]
    assert [refusal.reason for refusal in refused] == reasons
    assert "--limit-bytes" in refused[2].message
    for refusal in refused:
        assert refusal.message.startswith(refusal.provenance.path)
        assert refusal.provenance.path.split(":")[0].endswith((".parquet", ".arrow"))


@in_every_way
def test_columns_that_cannot_be_read_are_an_error_that_names_them(
    tmp_path: Path, write: Write
) -> None:
    for number, (columns, message) in enumerate(
        [
            ({"body": ["a"], "n": [1]}, r"none .* texts: body, n; name .* yaml or json or text or"),
            ({"yaml": [1]}, r"'yaml' holds no text, but int64; cast it"),
            ({"text": ["a"], "license": [["MIT"]]}, r"'license' holds no text, but list<"),
        ]
    ):
        path = write(tmp_path / str(number), pa.table(columns))
        with pytest.raises(UnreadableFileError, match=message):
            list(read_documents(path))
    twice = pa.table([pa.array(["a"]), pa.array(["b"])], names=["text", "text"])
    with pytest.raises(UnreadableFileError, match="'text' holds no text, but string and string"):
        list(read_documents(write(tmp_path / "twice", twice)))


@in_every_way
def test_a_table_without_rows_is_an_error(tmp_path: Path, write: Write) -> None:
    path = write(tmp_path / "all", pa.table({"text": pa.array([], pa.string())}))
    with pytest.raises(UnreadableFileError, match="there is no document in it"):
        list(read_documents(path))


TABLE = pa.table({"text": ["a: 1", "b: 2", "c: 3"], "path": ["a", "b", "c"]})


@given(data=st.data())
@pytest.mark.parametrize("write", [to_parquet, to_arrow])
def test_a_file_that_ends_early_is_an_error_not_a_shorter_corpus(
    tmp_path_factory: pytest.TempPathFactory, write: Write, data: st.DataObject
) -> None:
    file = write(tmp_path_factory.mktemp("cut") / "all", TABLE)
    whole = file.read_bytes()
    file.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    with pytest.raises(UnreadableFileError, match=r"all\.(parquet|arrow): .*anew"):
        list(read_documents(file))


def test_an_arrow_file_that_ends_between_two_batches_is_an_error(tmp_path: Path) -> None:
    whole = to_arrow(tmp_path / "all", TABLE).read_bytes()
    shorter = to_arrow(tmp_path / "shorter", TABLE.slice(0, 2))
    assert len(documents(shorter)) == 2
    without_end = shorter.read_bytes()[:-8]
    assert whole.startswith(without_end)
    shorter.write_bytes(without_end)
    with pytest.raises(UnreadableFileError, match="no whole Arrow stream"):
        list(read_documents(shorter))


def test_offsets_that_go_back_are_an_error(tmp_path: Path) -> None:
    offsets = np.array([0, 2, 1, 3], dtype=np.int32)
    buffers = [None, pa.py_buffer(offsets.tobytes()), pa.py_buffer(b"abc")]
    path = to_arrow(
        tmp_path / "all", pa.table({"text": pa.Array.from_buffers(pa.string(), 3, buffers)})
    )
    with pytest.raises(UnreadableFileError, match="cannot be read"):
        list(read_documents(path))


def test_without_pyarrow_an_error_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = to_dataset(tmp_path / "saved", TABLE)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'wfgen\[parquet\]'"):
        read_documents(path)


# Saved datasets ---------------------------------------------------------------------------------


def test_of_a_dataset_with_splits_one_is_to_be_named(tmp_path: Path) -> None:
    for split in ("train", "test"):
        to_dataset(tmp_path / split, TABLE)
    (tmp_path / "dataset_dict.json").write_text('{"splits": ["train", "test"]}', "utf-8")
    with pytest.raises(UnreadableFileError, match="several splits; name one of test, train in it"):
        read_documents(tmp_path)
    assert len(documents(tmp_path / "train")) == 3


def test_files_are_read_in_the_order_of_the_dataset(tmp_path: Path) -> None:
    path = to_dataset(tmp_path / "saved", TABLE)
    write_state(path, ["data-00001-of-00002.arrow", "data-00000-of-00002.arrow"])
    assert [d.name for d in documents(path)] == ["c", "a", "b"]


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ("{", "does not say which files"),
        ("{}", "does not say which files"),
        ('{"_data_files": [{"filename": "../all.arrow"}]}', "leads elsewhere"),
        ('{"_data_files": [{"filename": "/etc/passwd"}]}', "leads elsewhere"),
        ('{"_data_files": [{"filename": "gone.arrow"}]}', "no such Arrow file"),
        ('{"_data_files": [{"filename": "dataset_info.json"}]}', "no such Arrow file"),
        ('{"_data_files": []}', "the dataset has no row"),
    ],
)
def test_a_dataset_that_names_no_files_of_its_own_is_an_error(
    tmp_path: Path, state: str, message: str
) -> None:
    to_arrow(tmp_path / "all", TABLE)
    path = to_dataset(tmp_path / "saved", TABLE)
    (path / "state.json").write_text(state, "utf-8")
    with pytest.raises(UnreadableFileError, match=message):
        read_documents(path)


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need a privilege on Windows")
def test_a_link_that_leads_out_of_a_dataset_is_an_error(tmp_path: Path) -> None:
    path = to_dataset(tmp_path / "saved", TABLE)
    (path / "out.arrow").symlink_to(to_arrow(tmp_path / "all", TABLE))
    write_state(path, ["out.arrow"])
    with pytest.raises(UnreadableFileError, match="leads out"):
        read_documents(path)


def test_a_folder_of_parquet_files_says_to_name_one(tmp_path: Path) -> None:
    to_parquet(tmp_path / "all", TABLE)
    with pytest.raises(UnreadableFileError, match=r"name one of all\.parquet in it"):
        read_documents(tmp_path)


# The whole way ----------------------------------------------------------------------------------


@in_every_way
def test_a_store_is_that_of_the_same_lines(tmp_path: Path, write: Write) -> None:
    fields = [
        {"yaml": f"on: push\nname: n{number}\n", "path": f"{number}.yml", "repo": f"o{number}/t"}
        for number in range(20)
    ]
    lines = tmp_path / "all.jsonl"
    lines.write_text("".join(json.dumps(each) + "\n" for each in fields), "utf-8")
    path = write(tmp_path / "table", pa.Table.from_pylist(fields))
    stores: list[TokenStore] = [
        prepare(CorpusSpec(path=corpus), "bytes", tmp_path / name, engine=local(2))
        for corpus, name in ((lines, "of-lines"), (path, "of-rows"))
    ]
    assert stores[0].tokens.tolist() == stores[1].tokens.tolist()
    assert [s.name for s in read_samples(path)] == [s.name for s in read_samples(lines)]


@in_every_way
def test_progress_ends_with_the_last_row(tmp_path: Path, write: Write) -> None:
    path = write(tmp_path / "all", pa.table({"text": ["a: 1"] * 7}))
    source = open_source(path, limits=Limits(), seed=0)
    steps = [record.num_read for record in source.records()]
    assert steps == sorted(steps)
    assert 0.9 * source.num_units < steps[-1] <= source.num_units


def test_memory_holds_a_few_pages_of_a_long_file(tmp_path: Path) -> None:
    num_parts, num_rows, num_bytes = 60, 100, 8_000
    parts = [
        pa.array([f"{part} {row} " + "x" * num_bytes for row in range(num_rows)])
        for part in range(num_parts)
    ]
    path = to_parquet(tmp_path / "all", pa.table({"text": pa.chunked_array(parts)}))
    del parts
    before = pa.total_allocated_bytes()
    held = [pa.total_allocated_bytes() - before for _ in raw_records(path)]
    assert 0 < max(held) < num_parts * num_rows * num_bytes / 8
