from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from wfgen.api import TokenSource, Window, Windower
from wfgen.builtin.documents import Documents
from wfgen.errors import SettingError
from wfgen.settings import make_settings
from wfgen.store import StoreWriter, TokenStore

EOS = 1_000_000


@frozen
class Numbered:
    """Documents of the given numbers of ids. Every token, begin and end too, is its own place."""

    lengths: Sequence[int]
    vocab_size: int = EOS + 1
    states: None = None
    bos: int = EOS - 1
    eos: int = EOS

    @property
    def tokens(self) -> NDArray[Any]:
        return np.arange(self.offsets("train")[-1], dtype=np.uint32)

    def offsets(self, split: str) -> NDArray[np.int64]:
        assert split == "train"
        return np.cumsum([0, *(n + 2 for n in self.lengths)], dtype=np.int64)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Documents, Numbered]:
    context = draw(st.integers(1, 12))
    settings = Documents(
        context=context,
        overlap=draw(st.none() | st.integers(1, context)),
        cross_documents=draw(st.booleans()),
        packing=draw(st.sampled_from(["best-fit", "in-order"])),
    )
    return settings, Numbered(draw(st.lists(st.integers(0, 3 * context + 2), max_size=12)))


def pieces_one_by_one(source: Numbered, context: int, overlap: int) -> list[list[int]]:
    """The pieces of all documents, as lists of places, cut in the plainest way."""
    pieces, begin = [], 0
    for length in source.lengths:
        end = begin + length + 2
        pieces.append(list(range(begin, min(end, begin + context + 1))))
        while pieces[-1][-1] != end - 1:
            first = pieces[-1][-1] + 1 - overlap
            pieces.append(list(range(first, min(end, first + context + 1))))
        begin = end
    return pieces


def pieces_of(window: Window, source: Numbered) -> list[list[int]]:
    """The window without padding, cut at begins and where a place does not follow the last."""
    begins = set(source.offsets("train").tolist())
    found: list[list[int]] = []
    for place in window.tokens[window.segments >= 0].tolist():
        if found and place == found[-1][-1] + 1 and place not in begins:
            found[-1].append(place)
        else:
            found.append([place])
    return found


def targets_of(window: Window) -> list[int]:
    targets: list[int] = window.tokens[1:][window.loss_mask].tolist()
    return targets


def all_targets(source: Numbered) -> list[int]:
    begins = set(source.offsets("train").tolist())
    return [place for place in source.tokens.tolist() if place not in begins]


def every_edge() -> list[Any]:
    return [
        pytest.param(context, overlap, id=f"context {context}, overlap {overlap}")
        for context in range(1, 7)
        for overlap in range(1, context + 1)
    ]


# The law of an epoch ----------------------------------------------------------------------------


@pytest.mark.parametrize(("context", "overlap"), every_edge())
def test_every_token_is_a_target_once_at_every_length_around_every_edge(
    context: int, overlap: int
) -> None:
    settings = Documents(context=context, overlap=overlap)
    for length in range(3 * context + 3):
        source = Numbered([length])
        windows = settings.windows(source, "train")
        targets = [t for window in windows for t in targets_of(window)]
        assert sorted(targets) == all_targets(source), f"{length} ids"


@given(cases())
def test_every_token_but_a_begin_is_a_target_once_an_epoch(
    case: tuple[Documents, Numbered],
) -> None:
    settings, source = case
    targets = [t for window in settings.windows(source, "train") for t in targets_of(window)]
    assert sorted(targets) == all_targets(source)


@given(cases())
def test_a_target_stands_behind_what_comes_before_it_in_its_document(
    case: tuple[Documents, Numbered],
) -> None:
    settings, source = case
    for window in settings.windows(source, "train"):
        read = window.tokens[:-1][window.loss_mask]
        assert (read + 1).tolist() == targets_of(window)


@given(cases())
def test_the_pieces_are_those_cut_one_by_one(case: tuple[Documents, Numbered]) -> None:
    settings, source = case
    overlap = settings.overlap or max(1, settings.context // 4)
    found = [p for window in settings.windows(source, "train") for p in pieces_of(window, source)]
    assert sorted(found) == pieces_one_by_one(source, settings.context, overlap)


@given(cases())
def test_a_target_sees_at_least_the_overlap_of_its_document(
    case: tuple[Documents, Numbered],
) -> None:
    settings, source = case
    overlap = settings.overlap or max(1, settings.context // 4)
    begins = set(source.offsets("train").tolist())
    for window in settings.windows(source, "train"):
        targets = set(targets_of(window))
        for piece in pieces_of(window, source):
            only_read = 1 if piece[0] in begins else overlap
            assert targets.isdisjoint(piece[:only_read])
            assert targets.issuperset(piece[only_read:])


@given(cases())
def test_a_document_that_fits_is_never_cut(case: tuple[Documents, Numbered]) -> None:
    settings, source = case
    found = [p for window in settings.windows(source, "train") for p in pieces_of(window, source)]
    for begin, length in zip(source.offsets("train").tolist(), source.lengths, strict=False):
        if length + 2 <= settings.context + 1:
            assert list(range(begin, begin + length + 2)) in found


# The record -------------------------------------------------------------------------------------


@given(cases())
def test_shapes_and_dtypes(case: tuple[Documents, Numbered]) -> None:
    settings, source = case
    for window in settings.windows(source, "train"):
        assert window.tokens.shape == window.segments.shape == (settings.context + 1,)
        assert window.loss_mask.shape == (settings.context,)
        assert window.tokens.dtype == window.segments.dtype == np.int32
        assert window.loss_mask.dtype == np.bool_


@given(cases())
def test_padding_is_behind_ends_without_loss(case: tuple[Documents, Numbered]) -> None:
    settings, source = case
    for window in settings.windows(source, "train"):
        used = int((window.segments >= 0).sum())
        assert (window.segments[:used] >= 0).all()
        assert (window.tokens[used:] == EOS).all()
        assert not window.loss_mask[used - 1 :].any()


@given(cases())
def test_segments_tell_documents_apart_unless_attention_may_cross(
    case: tuple[Documents, Numbered],
) -> None:
    settings, source = case
    for window in settings.windows(source, "train"):
        pieces = pieces_of(window, source)
        numbers = [n for n, piece in enumerate(pieces) for _ in piece]
        wanted = [0] * len(numbers) if settings.cross_documents else numbers
        assert window.segments[: len(numbers)].tolist() == wanted


@given(cases())
def test_document_and_start_say_where_the_first_token_stands(
    case: tuple[Documents, Numbered],
) -> None:
    settings, source = case
    for window in settings.windows(source, "train"):
        place = source.offsets("train")[window.document] + window.start
        assert window.tokens[0] == place
        assert window.start < source.lengths[window.document] + 2


@given(cases())
def test_windows_follow_the_order_of_their_first_documents(
    case: tuple[Documents, Numbered],
) -> None:
    settings, source = case
    windows = settings.windows(source, "train")
    firsts = [int(window.tokens[0]) for window in windows]
    assert firsts == sorted(firsts)
    for window in windows:
        pieces = pieces_of(window, source)
        assert pieces == sorted(pieces)


def test_packing_in_order_keeps_every_token_in_its_order() -> None:
    source = Numbered(np.random.default_rng(0).integers(0, 40, 200).tolist())
    windows = Documents(context=16, overlap=1, packing="in-order").windows(source, "train")
    assert [t for window in windows for t in targets_of(window)] == all_targets(source)


def test_best_fit_wastes_less_than_packing_in_order() -> None:
    source = Numbered(np.random.default_rng(0).integers(0, 100, 2_000).tolist())
    sizes = {
        packing: len(Documents(context=128, packing=packing).windows(source, "train"))
        for packing in ("best-fit", "in-order")
    }
    least = -(-int(source.offsets("train")[-1]) // 129)
    assert least <= sizes["best-fit"] <= 1.01 * least < sizes["in-order"]


# The view ---------------------------------------------------------------------------------------


def test_it_is_a_windower_over_a_token_source() -> None:
    assert isinstance(Documents(), Windower)
    assert isinstance(Numbered([1]), TokenSource)
    assert Documents(context=77).context == 77


def test_the_view_is_a_sequence() -> None:
    view = Documents(context=4).windows(Numbered([3] * 10), "train")
    assert len(view) == 10
    assert view[-1].document == 9
    assert [w.document for w in view[2:5]] == [2, 3, 4]
    assert len(list(view)) == 10
    for index in (10, -11):
        with pytest.raises(IndexError):
            view[index]


def test_a_split_of_no_document_has_no_window() -> None:
    assert len(Documents().windows(Numbered([]), "train")) == 0


@frozen
class Endless:
    """More tokens than fit into memory: one value, repeated by a stride of 0."""

    lengths: NDArray[np.int64]
    vocab_size: int = 8192
    states: None = None
    bos: int = 8190
    eos: int = 8191

    @property
    def tokens(self) -> NDArray[Any]:
        return np.broadcast_to(np.uint16(5), (int(self.lengths.sum()),))

    def offsets(self, split: str) -> NDArray[np.int64]:
        return np.concatenate([[0], np.cumsum(self.lengths)])


@pytest.mark.parametrize(
    "lengths",
    [
        pytest.param(np.random.default_rng(0).integers(2, 1_300, 1_600_000), id="packed"),
        pytest.param(np.random.default_rng(0).integers(50_000, 60_000, 15_000), id="cut"),
    ],
)
def test_the_view_over_a_million_windows_takes_megabytes(lengths: NDArray[np.int64]) -> None:
    source = Endless(lengths)
    view = Documents(context=1024).windows(source, "train")
    assert len(view) >= 1_000_000
    plan = view.plan
    num_bytes = plan.begins.nbytes + plan.firsts.nbytes + plan.offsets.nbytes
    assert num_bytes < 64_000_000 < source.tokens.nbytes // 20
    assert view[len(view) // 2].tokens[0] == 5


def test_places_past_32_bits_are_told_apart() -> None:
    source = Endless(np.array([1 << 31, 1 << 31, 1 << 31]))
    view = Documents(context=1 << 20).windows(source, "train")
    assert [view[0].document, view[len(view) // 2].document, view[-1].document] == [0, 1, 2]
    assert [view[0].start, view[-1].start < 1 << 31] == [0, True]
    assert sum(int(w.loss_mask.sum()) for w in view[-3:]) > 2 * (1 << 19)


def test_a_window_is_a_copy_of_its_own_tokens_and_no_more(tmp_path: Path) -> None:
    with StoreWriter(tmp_path / "store", vocab_size=258, bos=256, eos=257) as writer:
        writer.add("train", np.full(100_000, 7, dtype=np.int32), {})
        writer.finish({})
    view = Documents(context=16).windows(TokenStore.open(tmp_path / "store"), "train")
    window = view[5]
    owner = window.tokens if window.tokens.base is None else window.tokens.base
    assert owner.nbytes == 17 * 4
    window.tokens[:] = 0
    assert view[5].tokens.tolist() == [7] * 17


def test_a_pickled_view_cuts_the_same_windows(tmp_path: Path) -> None:
    with StoreWriter(tmp_path / "store", vocab_size=258, bos=256, eos=257) as writer:
        for length in range(50):
            writer.add("train", np.arange(length, dtype=np.int32), {})
        writer.finish({})
    view = Documents(context=16).windows(TokenStore.open(tmp_path / "store"), "train")
    again = pickle.loads(pickle.dumps(view))
    assert [w.tokens.tolist() for w in again] == [w.tokens.tolist() for w in view]


def test_a_split_is_cut_by_itself(tmp_path: Path) -> None:
    with StoreWriter(tmp_path / "store", vocab_size=258, bos=256, eos=257) as writer:
        for number in range(100):
            writer.add(f"split {number % 2}", np.full(3, number, dtype=np.int32), {})
        writer.finish({})
    store = TokenStore.open(tmp_path / "store")
    for split in (0, 1):
        windows = Documents(context=32).windows(store, f"split {split}")
        ids = Counter(t for w in windows for t in targets_of(w) if t < 256)
        assert ids == dict.fromkeys(range(split, 100, 2), 3)


# Settings ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"context": 0}, "context"),
        ({"context": 1 << 21}, "context"),
        ({"context": True}, "context"),
        ({"context": 8.0}, "context"),
        ({"overlap": 0}, "overlap"),
        ({"context": 8, "overlap": 9}, "overlap"),
        ({"cross_documents": 1}, "cross_documents"),
        ({"packing": "tight"}, "packing"),
    ],
)
def test_a_setting_out_of_range_is_named(values: dict[str, Any], name: str) -> None:
    with pytest.raises(SettingError) as caught:
        Documents(**values)
    assert caught.value.name == name


def test_settings_are_read_from_text() -> None:
    read = make_settings(
        Documents,
        {"context": "8", "overlap": "none", "cross_documents": "yes", "packing": "in-order"},
    )
    assert read == Documents(context=8, cross_documents=True, packing="in-order")
