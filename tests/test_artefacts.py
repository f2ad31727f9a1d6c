from __future__ import annotations

import json

import pytest

from wfgen import artefacts
from wfgen.errors import (
    ArtefactError,
    DamagedArtefactError,
    NotAnArtefactError,
    UnknownFormatError,
)


def write(path, format_version=1, **body):
    with artefacts.write_artefact(
        path, kind="cake", name="plain", format_version=format_version, body=body
    ) as aside:
        (aside / "inside").mkdir()
        (aside / "inside" / "crumbs.bin").write_bytes(b"crumbs")


def test_what_was_written_opens_with_its_body(tmp_path):
    write(tmp_path / "a", sugar=3)
    manifest = artefacts.open_artefact(tmp_path / "a", kind="cake", format_version=1)
    assert (manifest.name, manifest.body) == ("plain", {"sugar": 3})
    assert list(manifest.files) == ["inside/crumbs.bin"]


def test_the_same_content_gives_the_same_bytes(tmp_path):
    write(tmp_path / "a", sugar=3)
    write(tmp_path / "b", sugar=3)
    write(tmp_path / "c", sugar=4)
    hashes = [artefacts.artefact_sha256(tmp_path / name) for name in "abc"]
    assert hashes[0] == hashes[1] != hashes[2]


def test_an_error_while_writing_leaves_nothing(tmp_path):
    with pytest.raises(RuntimeError), artefacts.new_directory(tmp_path / "a") as aside:
        (aside / "half").write_text("half")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_exists_is_never_replaced(tmp_path):
    write(tmp_path / "a", sugar=3)
    with pytest.raises(ArtefactError, match="exists already"):
        write(tmp_path / "a", sugar=4)
    assert artefacts.read_manifest(tmp_path / "a").body == {"sugar": 3}
    assert len(list(tmp_path.iterdir())) == 1


def test_a_changed_byte_a_changed_size_and_a_missing_file_are_named(tmp_path):
    write(tmp_path / "a")
    file = tmp_path / "a" / "inside" / "crumbs.bin"
    for content, cause in [(b"crumbz", "sha256"), (b"crumb", "5 bytes"), (None, "missing")]:
        file.unlink()
        if content is not None:
            file.write_bytes(content)
        with pytest.raises(DamagedArtefactError, match=cause) as caught:
            artefacts.open_artefact(tmp_path / "a", kind="cake", format_version=1)
        assert caught.value.path == str(file)


def test_sizes_alone_can_be_checked(tmp_path):
    write(tmp_path / "a")
    (tmp_path / "a" / "inside" / "crumbs.bin").write_bytes(b"crumbz")
    artefacts.open_artefact(tmp_path / "a", kind="cake", format_version=1, check_hashes=False)


def test_a_newer_format_says_what_can_be_read(tmp_path):
    write(tmp_path / "a", format_version=7)
    with pytest.raises(UnknownFormatError, match="reads 1 to 2") as caught:
        artefacts.open_artefact(tmp_path / "a", kind="cake", format_version=2)
    assert (caught.value.found, caught.value.supported) == (7, 2)


def test_another_kind_is_refused(tmp_path):
    write(tmp_path / "a")
    with pytest.raises(NotAnArtefactError, match="a cake, not a tokenizer"):
        artefacts.open_artefact(tmp_path / "a", kind="tokenizer", format_version=1)


@pytest.mark.parametrize(
    "manifest",
    [
        "{",
        "[]",
        "{}",
        "[" * 100_000,
        '{"kind":"cake","name":"x","format_version":1,"files":{},"body":{"a":NaN},"sha256":""}',
        '{"kind":"cake","name":"x","format_version":1,"files":{},"body":{},"sha256":""}',
        '{"kind":"cake","name":"x","format_version":1,"body":{},'
        '"files":{"../../x":{"size":1,"sha256":""}}}',
        '{"kind":"cake","name":"x","format_version":"one","body":{},"files":{}}',
    ],
)
def test_a_manifest_that_makes_no_sense_is_damage(tmp_path, manifest):
    (tmp_path / "manifest.json").write_text(manifest)
    with pytest.raises(DamagedArtefactError):
        artefacts.read_manifest(tmp_path)


def test_the_manifest_holds_no_path_and_no_time(tmp_path):
    write(tmp_path / "a")
    text = (tmp_path / "a" / "manifest.json").read_text()
    assert str(tmp_path) not in text
    assert set(json.loads(text)) == {"kind", "name", "format_version", "files", "body", "sha256"}


def test_any_flipped_byte_of_the_manifest_is_damage(tmp_path):
    write(tmp_path / "a", sugar=3)
    file = tmp_path / "a" / "manifest.json"
    whole = file.read_bytes()
    for at in range(len(whole) - 1):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises((DamagedArtefactError, NotAnArtefactError, UnknownFormatError)):
            artefacts.open_artefact(tmp_path / "a", kind="cake", format_version=1)
