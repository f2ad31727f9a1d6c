"""Generated files: replaced whole or left as they were."""

from __future__ import annotations

import pytest

from wfgen.artefacts import replace_file
from wfgen.errors import ArtefactError


def test_a_file_is_made_with_its_folder_and_replaced(tmp_path):
    path = tmp_path / "deep" / "page.html"
    for text in ("one\n", "zwei, é\n"):
        replace_file(path, text)
        assert path.read_bytes() == text.encode()
    assert [p.name for p in path.parent.iterdir()] == ["page.html"]


def test_where_it_cannot_be_written_nothing_is_left(tmp_path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(ArtefactError, match="cannot write here"):
        replace_file(tmp_path / "taken", "text")
    assert [p.name for p in tmp_path.iterdir()] == ["taken"]
    (tmp_path / "file").touch()
    with pytest.raises(ArtefactError, match="cannot write here"):
        replace_file(tmp_path / "file" / "page.html", "text")
