from __future__ import annotations

import pytest

from wfgen.builtin.byte_tokenizer import BytesTokenizer
from wfgen.builtin.documents import Documents
from wfgen.builtin.position import Position, PositionSettings
from wfgen.registry import load_tokenizer, load_windower


def test_the_bytes_come_by_name() -> None:
    assert load_tokenizer("bytes") == BytesTokenizer()


@pytest.mark.parametrize(
    ("name", "settings", "windower"),
    [
        ("documents", {}, Documents()),
        ("documents", {"context": "64", "overlap": 8}, Documents(context=64, overlap=8)),
        ("position", {}, Position(PositionSettings())),
        ("position", {"stride": "512"}, Position(PositionSettings(stride=512))),
    ],
)
def test_the_windowers_come_by_name(
    name: str, settings: dict[str, object], windower: object
) -> None:
    assert load_windower(name, settings) == windower
