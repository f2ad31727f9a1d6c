from __future__ import annotations

import itertools

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from wfgen.errors import SettingError
from wfgen.train.batches import Batches, collate
from wfgen.train.order import Cursor
from wfgen.train.task import make_task


def take(task, start, num, **who):
    with Batches(task, start, **who) as batches:
        return list(itertools.islice(batches, num))


@pytest.fixture
def task(data, configure):
    return make_task(configure())


def test_a_position_predicts_the_token_behind_it(task):
    for batch in take(task, Cursor(), 5):
        ids, targets = batch.ids_RT, batch.targets_RT
        assert ids.shape == targets.shape == (4, 24)
        inner = targets[:, :-1]
        assert (inner[inner >= 0] == ids[:, 1:][inner >= 0]).all()
        assert batch.num_targets == int((targets >= 0).sum())


def test_documents_are_counted_by_their_ends(task):
    batches = take(task, Cursor(), 3)
    ends = [int((b.targets_RT == task.store.eos).sum()) for b in batches]
    assert [b.num_documents for b in batches] == ends


def test_windows_without_ends_count_their_share_of_the_documents(data, configure):
    settings = {"stride": 4, "short": "keep"}
    task = make_task(configure(windower="position", windower_settings=settings, context=12))
    assert not task.counts_ends
    per_epoch = task.documents_per_window() * task.windows_per_epoch
    assert per_epoch == pytest.approx(40)


@pytest.mark.parametrize("ranks", [2, 4])
def test_processes_share_a_step(task, ranks):
    (whole,) = take(task, Cursor(), 1)
    parts = [take(task, Cursor(), 1, rank=r, ranks=ranks)[0] for r in range(ranks)]
    for rank, part in enumerate(parts):
        assert torch.equal(part.ids_RT, whole.ids_RT[rank::ranks])
        assert (part.num_targets, part.after) == (whole.num_targets, whole.after)


def test_batches_go_on_from_where_one_ended(task):
    whole = take(task, Cursor(), 30)
    rest = take(task, whole[11].after, 18)
    for one, other in zip(whole[12:], rest, strict=True):
        assert torch.equal(one.ids_RT, other.ids_RT)
        assert torch.equal(one.targets_RT, other.targets_RT)


def test_rows_of_one_document_need_no_segments(task):
    windows = task.order(0)
    (chunk,) = windows
    alone = [w for w in chunk.windows if w.segments.max() == 0]
    packed = [w for w in chunk.windows if w.segments.max() > 0]
    assert alone and packed
    assert collate(alone)[2] is None
    segments = collate([*alone, *packed])[2]
    wanted = np.stack([w.segments[:-1] for w in (*alone, *packed)])
    assert segments.tolist() == wanted.tolist()


def test_an_id_outside_the_vocabulary_is_named(task):
    from attrs import evolve  # noqa: PLC0415

    small = evolve(task, spec=evolve(task.spec, vocab_size=100))
    with pytest.raises(SettingError, match="is outside a vocabulary of 100"):
        take(small, Cursor(), 1)
