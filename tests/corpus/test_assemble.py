from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from wfgen.canonical import Limits
from wfgen.corpus import Corpus, CorpusSpec, dump_yaml, load_corpus
from wfgen.errors import DuplicateKeyError, SettingError, UnreadableFileError


def row(number: int, owner: str = "", **extra: Any) -> dict[str, Any]:
    steps = [{"run": f"step {number} {n}"} for n in range(40)]
    text = dump_yaml({"on": "push", "jobs": {"a": {"steps": steps}}})
    provenance = {"repo": f"{owner}/tool", "path": f"{number}.yml"} if owner else {}
    return {"yaml": text, **provenance, **extra}


def near(number: int, owner: str = "") -> dict[str, Any]:
    """A near duplicate of `row(number)`: one step of forty differs."""
    changed = row(number, owner)
    return {**changed, "yaml": changed["yaml"].replace(f"step {number} 7\n", "step x\n")}


def reordered(number: int) -> dict[str, Any]:
    return {"yaml": row(number)["yaml"].replace("on: push\n", "") + "on: push\n"}


def lines(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(r if isinstance(r, str) else json.dumps(r) + "\n" for r in rows))
    return path


def load(path: Path | str, **settings: Any) -> Corpus:
    return load_corpus(CorpusSpec(path=path, **settings))


def names(documents: Any) -> list[str]:
    return [d.name for d in documents]


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    rows = [row(n, f"Owner{n % 20}") for n in range(100)]
    return lines(tmp_path / "all.jsonl", [*rows, near(3), reordered(4), "broken\n"])


def test_duplicates_and_refusals_are_counted_and_the_first_stays(mixed: Path) -> None:
    corpus = load(mixed)
    assert len(corpus.train) + len(corpus.valid) == 100
    assert corpus.duplicates == {"exact": 1, "near": 1, "of_validation": 0}
    assert [r.reason for r in corpus.refusals] == ["syntax"]
    assert {"Owner3/tool/3.yml", "Owner4/tool/4.yml"} <= set(names(corpus.train + corpus.valid))


def test_no_owner_is_on_both_sides(mixed: Path) -> None:
    corpus = load(mixed, valid_share=0.3)
    train, valid = ({d.owner for d in side} for side in (corpus.train, corpus.valid))
    assert train and valid
    assert not train & valid


def test_loading_is_deterministic_and_the_fingerprint_says_so(mixed: Path) -> None:
    assert load(mixed) == load(mixed)


@pytest.mark.parametrize(
    "other",
    [
        {"seed": 1},
        {"valid_share": 0.2},
        {"near_threshold": 0.8},
        {"near_threshold": None},
        {"limits": Limits(depth=63)},
    ],
)
def test_another_rule_has_another_fingerprint(mixed: Path, other: dict[str, Any]) -> None:
    assert load(mixed, **other).fingerprint != load(mixed).fingerprint


def test_another_document_or_order_has_another_fingerprint(tmp_path: Path) -> None:
    a = load(lines(tmp_path / "a.jsonl", [row(1), row(2)]))
    b = load(lines(tmp_path / "b.jsonl", [row(2), row(1)]))
    c = load(lines(tmp_path / "c.jsonl", [row(1), row(3)]))
    assert len({a.fingerprint, b.fingerprint, c.fingerprint}) == 3


def test_the_fingerprint_does_not_depend_on_names_and_refusals(tmp_path: Path) -> None:
    a = load(lines(tmp_path / "a.jsonl", [row(1), row(2)]))
    b = load(lines(tmp_path / "b.jsonl", ["broken\n", row(1, license="MIT"), row(2)]))
    assert a.fingerprint == b.fingerprint


def test_near_duplicates_stay_where_they_are_not_asked_for(mixed: Path) -> None:
    corpus = load(mixed, near_threshold=None)
    assert corpus.duplicates == {"exact": 1, "near": 0, "of_validation": 0}


def test_a_ready_validation_side_is_taken_whole_and_leaves_the_training_side(
    tmp_path: Path,
) -> None:
    valid = lines(tmp_path / "valid.jsonl", [row(1), row(1), near(1), row(2), "broken\n"])
    train = lines(tmp_path / "train.jsonl", [reordered(1), near(2), row(3), row(3), near(3)])
    corpus = load(train, valid=valid)
    assert names(corpus.valid) == [f"valid.jsonl:{n}" for n in (1, 2, 3, 4)]
    assert names(corpus.train) == ["train.jsonl:3"]
    assert corpus.duplicates == {"exact": 1, "near": 1, "of_validation": 2}
    assert len(corpus.refusals) == 1


def test_strict_stops_at_the_first_refusal(tmp_path: Path) -> None:
    path = lines(tmp_path / "all.jsonl", [row(1), {"yaml": "a: 1\na: 2\n"}])
    with pytest.raises(DuplicateKeyError):
        load(path, strict=True)


def test_a_corpus_of_refusals_is_an_error_with_the_first_of_them(tmp_path: Path) -> None:
    path = lines(tmp_path / "all.jsonl", ["broken\n", "[]\n"])
    with pytest.raises(UnreadableFileError, match=r"none of its 2 documents.*all\.jsonl:1"):
        load(path)


def test_a_split_that_leaves_nothing_to_train_on_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="leaves none to train on"):
        load(lines(tmp_path / "all.jsonl", [row(1, "one")]), valid_share=1.0)


def test_a_missing_validation_side_is_an_error(mixed: Path) -> None:
    with pytest.raises(UnreadableFileError, match="there is no such file"):
        load(mixed, valid=mixed.with_name("nowhere"))


@pytest.mark.parametrize("settings", [{"valid_share": 1.5}, {"near_threshold": 0.0}])
def test_a_setting_out_of_range_is_an_error(settings: dict[str, Any]) -> None:
    with pytest.raises(SettingError):
        CorpusSpec(**settings)


def test_the_description_is_json_and_names_no_folder(mixed: Path) -> None:
    described = load(mixed).describe()
    text = json.dumps(described)
    assert str(mixed.parent) not in text
    assert (described["source"], described["is_real"]) == ("all.jsonl", True)
    assert sum(described["documents"].values()) == 100
    assert described["refused"] == {"syntax": 1}


# What comes with wfgen --------------------------------------------------------------------------


def test_samples_are_a_corpus_that_says_it_is_not_real() -> None:
    corpus = load("samples")
    assert not corpus.is_real
    assert not corpus.refusals
    assert "not real data" in corpus.describe()["note"]


def test_composed_documents_differ_by_seed_and_read_back_as_they_were() -> None:
    a, b = load("composed:20"), load("composed:20", seed=1)
    assert not a.is_real
    assert len(a.train) + len(a.valid) == 20
    assert {d.canonical for d in a.train}.isdisjoint(d.canonical for d in b.train)


def test_a_real_corpus_validated_on_samples_is_not_called_real(mixed: Path) -> None:
    assert not load(mixed, valid="samples").is_real


def test_a_number_is_needed_to_compose() -> None:
    with pytest.raises(SettingError, match="composed:1000"):
        load("composed:many")


def test_a_folder_named_like_the_samples_is_read_by_its_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "samples").mkdir()
    (tmp_path / "samples" / "ci.yml").write_text("on: push\n")
    monkeypatch.chdir(tmp_path)
    for path in (Path("samples"), "./samples"):
        corpus = load(path)
        assert corpus.is_real
        assert names(corpus.train + corpus.valid) == ["ci.yml"]


def test_without_a_path_samples_validate_what_composed_ones_train() -> None:
    corpus = load_corpus(CorpusSpec())
    assert all(name.startswith("samples/") for name in names(corpus.valid))
    assert all(name.startswith("composed/") for name in names(corpus.train))
    assert corpus.describe()["valid_source"] == "samples"
    assert not corpus.is_real


def test_the_real_corpus_keeps_its_validation_side_whole(real_corpus: Path) -> None:
    corpus = load(
        real_corpus / "workflows-train.jsonl.zst", valid=real_corpus / "workflows-valid.jsonl.zst"
    )
    assert (len(corpus.valid), corpus.is_real) == (378, True)
    assert len(corpus.train) + len(corpus.refusals) + sum(corpus.duplicates.values()) == 4776
    assert {d.owner for d in corpus.train}.isdisjoint(d.owner for d in corpus.valid)
