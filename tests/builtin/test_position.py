from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from wfgen.api import Windower
from wfgen.builtin.position import Position, PositionSettings, plan_position, row_chunks
from wfgen.errors import SettingError
from wfgen.store import StoreWriter, TokenStore

BOS, EOS = 60_000, 60_001


@frozen
class Numbered:
    """Documents of the given numbers of ids; ids count up within each, from 100."""

    lengths: list[int]
    vocab_size: int = 60_002
    bos: int = BOS
    eos: int = EOS

    @property
    def tokens(self) -> NDArray[Any]:
        framed = [[BOS, *self.ids(n), EOS] for n in self.lengths]
        return np.array([t for document in framed for t in document], dtype=np.uint16)

    def ids(self, length: int) -> list[int]:
        return list(range(100, 100 + length))

    def offsets(self, split: str) -> NDArray[np.int64]:
        assert split == "train"
        return np.cumsum([0, *(n + 2 for n in self.lengths)], dtype=np.int64)


@st.composite
def cases(draw: st.DrawFn) -> tuple[PositionSettings, Numbered]:
    context = draw(st.integers(2, 12))
    settings = PositionSettings(
        context=context,
        stride=draw(st.integers(1, 20)),
        position_stride=draw(st.none() | st.integers(1, 20)),
        short=draw(st.sampled_from(["skip", "keep"])),
    )
    return settings, Numbered(draw(st.lists(st.integers(0, 5 * context), max_size=8)))


def published(ids: list[int], settings: PositionSettings) -> list[list[int]]:
    """The rows of one document as the published format defines them, and kept short ones."""
    content, divisor = settings.context - 1, settings.position_stride or settings.stride
    starts = [s for s in range(0, len(ids), settings.stride) if s + content <= len(ids)]
    rows = [[start // divisor, *ids[start : start + content]] for start in starts]
    if 0 < len(ids) < content and settings.short == "keep":
        rows.append([0, *ids, *[EOS] * (content - len(ids))])
    return rows


@given(cases())
def test_windows_are_the_published_rows(case: tuple[PositionSettings, Numbered]) -> None:
    settings, source = case
    windows = Position(settings).windows(source, "train")
    wanted = [row for n in source.lengths for row in published(source.ids(n), settings)]
    assert [window.tokens.tolist() for window in windows] == wanted


@given(cases(), st.integers(1, 5))
def test_rows_in_chunks_are_the_published_rows(
    case: tuple[PositionSettings, Numbered], max_rows: int
) -> None:
    settings, source = case
    chunks = list(row_chunks(plan_position(settings, source, "train"), max_rows))
    assert all(1 <= len(chunk) <= max_rows and chunk.dtype == np.int64 for chunk in chunks)
    wanted = [row for n in source.lengths for row in published(source.ids(n), settings)]
    assert [row for chunk in chunks for row in chunk.tolist()] == wanted


@given(cases())
def test_ids_are_targets_and_position_and_padding_are_not(
    case: tuple[PositionSettings, Numbered],
) -> None:
    settings, source = case
    for window in Position(settings).windows(source, "train"):
        assert window.tokens.shape == window.segments.shape == (settings.context,)
        assert window.loss_mask.shape == (settings.context - 1,)
        assert window.tokens.dtype == window.segments.dtype == np.int32
        assert window.loss_mask.tolist() == (window.tokens[1:] != EOS).tolist()
        assert window.segments[0] == 0
        assert window.segments[1:].tolist() == [0 if used else -1 for used in window.loss_mask]


@given(cases())
def test_document_and_start_say_where_the_ids_stand(
    case: tuple[PositionSettings, Numbered],
) -> None:
    settings, source = case
    for window in Position(settings).windows(source, "train"):
        begin = source.offsets("train")[window.document] + window.start
        assert window.tokens[1] == source.tokens[begin + 1]
        assert window.tokens[0] == window.start // (settings.position_stride or settings.stride)


def test_context_counts_the_position_id_and_the_model_reads_one_less() -> None:
    windower = Position(PositionSettings(context=1024))
    assert isinstance(windower, Windower)
    assert windower.context == 1023
    assert len(windower.windows(Numbered([2_000]), "train")[0].loss_mask) == 1023


def test_short_documents_are_skipped_as_published_or_kept_padded() -> None:
    source = Numbered([3, 4, 5, 0])
    sizes = {
        short: len(Position(PositionSettings(context=5, short=short)).windows(source, "train"))
        for short in ("skip", "keep")
    }
    assert sizes == {"skip": 2, "keep": 3}


def small_vocabulary(directory: Path, length: int) -> TokenStore:
    with StoreWriter(directory, vocab_size=50, bos=48, eos=49) as writer:
        writer.add("train", np.zeros(10, dtype=np.int32), {"path": "small.yml"})
        writer.add("train", np.zeros(length, dtype=np.int32), {"path": "big.yml"})
        writer.finish({})
    return TokenStore.open(directory)


def test_a_position_id_outside_the_vocabulary_names_document_and_a_stride_that_fits(
    tmp_path: Path,
) -> None:
    store = small_vocabulary(tmp_path / "store", 1_000)
    with pytest.raises(SettingError) as caught:
        Position(PositionSettings(context=5, stride=2)).windows(store, "train")
    assert "big.yml has 1,000 ids and needs the position id 498" in str(caught.value)
    assert "20 and more would fit" in caught.value.hint
    fits = PositionSettings(context=5, stride=2, position_stride=20)
    assert Position(fits).windows(store, "train")[-1].tokens[0] == 49
    with pytest.raises(SettingError):
        Position(PositionSettings(context=5, stride=2, position_stride=19)).windows(store, "train")


def test_the_last_id_of_the_vocabulary_fits_and_the_next_does_not(tmp_path: Path) -> None:
    settings = PositionSettings(context=5, stride=2)
    fits = small_vocabulary(tmp_path / "fits", 4 + 49 * 2)
    assert Position(settings).windows(fits, "train")[-1].tokens[0] == 49
    with pytest.raises(SettingError, match="needs the position id 50,"):
        Position(settings).windows(small_vocabulary(tmp_path / "not", 4 + 50 * 2), "train")


def test_a_source_without_names_numbers_the_document() -> None:
    with pytest.raises(SettingError, match="document 1 of train has 9,000 ids"):
        Position(PositionSettings(context=5, stride=1)).windows(
            Numbered([9, 9_000], vocab_size=500), "train"
        )


def test_the_view_holds_nothing_a_window() -> None:
    source = Endless(np.concatenate([[0], np.cumsum(np.full(100, 400_000))]))
    view = Position(PositionSettings(stride=32)).windows(source, "train")
    assert len(view) > 1_000_000
    assert view.plan.before.nbytes + view.plan.offsets.nbytes < 2_000
    assert view[-1].document == 99


@frozen
class Endless:
    """More tokens than need memory: one value, repeated by a stride of 0."""

    bounds: NDArray[np.int64]
    vocab_size: int = 1 << 20
    bos: int = BOS
    eos: int = EOS

    @property
    def tokens(self) -> NDArray[Any]:
        return np.broadcast_to(np.uint16(5), (int(self.bounds[-1]),))

    def offsets(self, split: str) -> NDArray[np.int64]:
        return self.bounds


def test_a_pickled_view_cuts_the_same_windows(tmp_path: Path) -> None:
    store = small_vocabulary(tmp_path / "store", 40)
    view = Position(PositionSettings(context=5, stride=3)).windows(store, "train")
    again = pickle.loads(pickle.dumps(view))
    assert [w.tokens.tolist() for w in again] == [w.tokens.tolist() for w in view]


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"context": 1}, "context"),
        ({"stride": 0}, "stride"),
        ({"stride": "32"}, "stride"),
        ({"position_stride": 0}, "position_stride"),
        ({"short": "drop"}, "short"),
    ],
)
def test_a_setting_out_of_range_is_named(values: dict[str, Any], name: str) -> None:
    with pytest.raises(SettingError) as caught:
        PositionSettings(**values)
    assert caught.value.name == name
