from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfgen.artefacts import scratch_directory
from wfgen.builtin.documents import Documents
from wfgen.builtin.position import Position, PositionSettings
from wfgen.errors import SettingError
from wfgen.evaluate.windows import analyse_windows
from wfgen.store import StoreWriter, TokenStore

EOS = 30_001


def write(directory: Path, lengths: list[int], vocab_size: int = EOS + 1) -> TokenStore:
    """Documents of the given numbers of ids; every id is another one, so that it can be counted."""
    with StoreWriter(
        directory, vocab_size=vocab_size, bos=vocab_size - 2, eos=vocab_size - 1
    ) as writer:
        first = 0
        for number, length in enumerate(lengths):
            ids = np.arange(first, first + length, dtype=np.int32) % (vocab_size - 2)
            writer.add("train", ids, {"path": f"{number}.yml"})
            first += length
        writer.finish({})
    return TokenStore.open(directory)


lists_of_lengths = st.lists(st.integers(0, 60), min_size=1, max_size=10)


@given(lists_of_lengths, st.integers(1, 20), st.data())
def test_documents_are_analysed_as_their_windows_are(
    lengths: list[int], context: int, data: Any
) -> None:
    overlap = data.draw(st.none() | st.integers(1, context))
    with scratch_directory() as scratch:
        store = write(scratch / "store", lengths)
        (found,) = analyse_windows(store, contexts=[context], settings={"overlap": overlap})
        windows = list(Documents(context=context, overlap=overlap).windows(store, "train"))
        del store
    assert found.windows == len(windows)
    assert found.num_targets == found.tokens_used == sum(int(w.loss_mask.sum()) for w in windows)
    assert found.tokens_dropped == 0
    padding = sum(int((w.segments == -1).sum()) for w in windows)
    assert found.padding_share == pytest.approx(padding / (len(windows) * (context + 1)))
    assert found.whole_share == np.mean([n + 2 <= context + 1 for n in lengths])
    assert (found.highest_position, found.position_fits) == (None, None)


@given(
    lists_of_lengths,
    st.builds(
        PositionSettings,
        context=st.integers(2, 20),
        stride=st.integers(1, 30),
        position_stride=st.none() | st.integers(1, 30),
        short=st.sampled_from(["skip", "keep"]),
    ),
)
def test_positions_are_analysed_as_their_windows_are(
    lengths: list[int], settings: PositionSettings
) -> None:
    values = {
        "stride": settings.stride,
        "position_stride": settings.position_stride,
        "short": settings.short,
    }
    with scratch_directory() as scratch:
        store = write(scratch / "store", lengths)
        (found,) = analyse_windows(
            store, windower="position", contexts=[settings.context], settings=values
        )
        windows = list(Position(settings).windows(store, "train"))
        del store
    used = {t for w in windows for t in w.tokens[1:][w.loss_mask].tolist()}
    assert found.windows == len(windows)
    assert found.num_targets == sum(int(w.loss_mask.sum()) for w in windows)
    assert found.tokens_used == len(used)
    assert found.tokens_dropped == sum(lengths) + len(lengths) - len(used)
    assert found.highest_position == max((int(w.tokens[0]) for w in windows), default=0)
    assert found.position_fits
    padding = sum(int((w.segments == -1).sum()) for w in windows)
    assert found.padding_share * len(windows) * settings.context == pytest.approx(padding)
    assert found.whole_share == np.mean([n <= settings.content for n in lengths])


def test_a_position_that_does_not_fit_is_said_and_not_raised(tmp_path: Path) -> None:
    store = write(tmp_path / "store", [500], vocab_size=50)
    found = analyse_windows(store, windower="position", contexts=[11, 101], settings={"stride": 10})
    assert [(r.highest_position, r.position_fits) for r in found] == [(49, True), (40, True)]
    found = analyse_windows(store, windower="position", contexts=[10], settings={"stride": 9})
    assert [(r.highest_position, r.position_fits) for r in found] == [(54, False)]


def test_the_longest_document_is_named_with_the_average(tmp_path: Path) -> None:
    store = write(tmp_path / "store", [1, 7, 4])
    lengths = analyse_windows(store, contexts=[8])[0].lengths
    assert (lengths.split, lengths.documents, lengths.mean_tokens) == ("train", 3, 4.0)
    assert (lengths.longest_document, lengths.longest_tokens) == ("1.yml", 7)


def test_there_is_a_record_a_context_in_their_order(tmp_path: Path) -> None:
    store = write(tmp_path / "store", [1_000])
    assert [r.context for r in analyse_windows(store)] == [512, 1024, 2048, 4096]
    assert [r.context for r in analyse_windows(store, contexts=[9, 3])] == [9, 3]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"windower": "document"}, "did you mean 'documents'"),
        ({"split": "trian"}, "did you mean 'train'"),
        ({"contexts": []}, "at least one"),
        ({"contexts": [0]}, "'context'"),
        ({"settings": {"overlop": 1}}, "did you mean 'overlap'"),
    ],
)
def test_what_does_not_fit_is_named(
    tmp_path: Path, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(SettingError, match=message):
        analyse_windows(write(tmp_path / "store", [5]), **arguments)
