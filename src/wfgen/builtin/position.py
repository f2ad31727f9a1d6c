"""The windower `position`: the format that nanochat-tct published.

A row is `[start // position_stride, *ids]`: one position id and `context - 1` ids of one document
from `start` on. Rows start at every `stride`-th id as long as a whole row fits; begin and end are
left out. So a document of fewer ids than that gives no row, what is behind the last row is never
read, and ids in the middle stand in many rows. The published script drops short documents with and
without its `--no-skip-short`; `short="keep"` is what that option meant to do.

Legend: K = `context`, ids of a row with its position; T = K - 1 positions of a model;
N documents of a split; L ids of a document without begin and end.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
from attrs import field, frozen
from attrs.validators import optional
from numpy.typing import NDArray

from wfgen.api.records import Window
from wfgen.api.windower import TokenSource
from wfgen.builtin.checks import MAX_CONTEXT, one_of, whole_number
from wfgen.builtin.view import WindowView
from wfgen.errors import SettingError
from wfgen.store import TokenStore

__all__ = [
    "Plan",
    "Position",
    "PositionSettings",
    "count_windows",
    "highest_position",
    "plan_position",
    "row_chunks",
]


@frozen(kw_only=True)
class PositionSettings:
    """Settings of the windower `position`.

    Attributes:
        context: K, the length of a row, its position id included.
        stride: ids from the start of one row to the next.
        position_stride: what a start is divided by to give its position id; None for `stride`.
        short: what happens to a document of fewer than `context - 1` ids: `skip` leaves it out,
            as the published script does; `keep` makes one row of it, padded with `eos`. A document
            without any id is left out either way.
    """

    context: int = field(default=1024, validator=whole_number(2, MAX_CONTEXT))
    stride: int = field(default=32, validator=whole_number(1, 1 << 30))
    position_stride: int | None = field(default=None, validator=optional(whole_number(1, 1 << 30)))
    short: Literal["skip", "keep"] = field(default="skip", validator=one_of("skip", "keep"))

    @property
    def content(self) -> int:
        """Ids of a row without its position."""
        return self.context - 1

    @property
    def divisor(self) -> int:
        """`position_stride`, or `stride` where it is not given."""
        return self.position_stride or self.stride


@frozen
class Position:
    """The windower `position`."""

    settings: PositionSettings

    @property
    def context(self) -> int:
        """T: the position id and all ids but the last are read."""
        return self.settings.content

    def windows(self, store: TokenSource, split: str) -> WindowView:
        """The split's rows as windows, document by document.

        Every id of a row is a target, its position id and its padding are not. `Window.start` is
        the place of the token that the position id stands for: `begin` where it is 0.

        Raises:
            SettingError: there is no such split, or a position id is outside the vocabulary.
        """
        plan = plan_position(self.settings, store, split)
        return WindowView(plan=plan, size=int(plan.before[-1]), cut=_cut)


@frozen(kw_only=True, eq=False)
class Plan:
    """Where the rows lie: arithmetic over counts, nothing a row.

    Attributes:
        store: where the ids are.
        offsets: of the split's documents; shape [N + 1].
        before: rows before each document, and all; shape [N + 1].
    """

    store: TokenSource
    offsets: NDArray[np.int64]
    before: NDArray[np.int64]
    settings: PositionSettings


def count_windows(lengths: NDArray[np.int64], settings: PositionSettings) -> NDArray[np.int64]:
    """Rows of documents of `lengths` ids without begin and end; shape [N]."""
    whole = (lengths - settings.content) // settings.stride + 1
    short = (lengths > 0) if settings.short == "keep" else np.zeros(len(lengths), dtype=bool)
    return np.where(lengths >= settings.content, whole, short).astype(np.int64)


def highest_position(lengths: NDArray[np.int64], settings: PositionSettings) -> int:
    """The highest position id over documents of `lengths` ids; 0 where there is no row."""
    last = int(count_windows(lengths, settings).max(initial=1)) - 1
    return last * settings.stride // settings.divisor


def plan_position(settings: PositionSettings, store: TokenSource, split: str) -> Plan:
    """Count the split's rows and check their position ids; no id is read.

    Raises:
        SettingError: there is no such split, or a position id is outside the vocabulary.
    """
    offsets = store.offsets(split)
    lengths = np.diff(offsets) - 2
    highest = highest_position(lengths, settings)
    if highest >= store.vocab_size:
        longest = int(lengths.argmax())
        start = (int(count_windows(lengths, settings).max()) - 1) * settings.stride
        raise SettingError(
            name="position_stride",
            cause=f"{_name(store, split, longest)} has {lengths[longest]:,} ids and needs the"
            f" position id {highest:,}, outside a vocabulary of {store.vocab_size:,}",
            hint=f"{start // store.vocab_size + 1:,} and more would fit",
        )
    before = np.concatenate([[0], np.cumsum(count_windows(lengths, settings))])
    return Plan(store=store, offsets=offsets, before=before.astype(np.int64), settings=settings)


def row_chunks(plan: Plan, max_rows: int) -> Iterator[NDArray[np.int64]]:
    """All rows in the published layout, in order; int64, shape [rows of the chunk, K].

    A chunk has at most `max_rows` rows and never spans two documents.
    """
    for document, num in enumerate(np.diff(plan.before).tolist()):
        for first in range(0, num, max_rows):
            yield _rows(plan, document, first, min(num, first + max_rows))


def _rows(plan: Plan, document: int, first: int, last: int) -> NDArray[np.int64]:
    settings = plan.settings
    ids = plan.store.tokens[plan.offsets[document] + 1 : plan.offsets[document + 1] - 1]
    rows = np.full((last - first, settings.context), plan.store.eos, dtype=np.int64)
    rows[:, 0] = np.arange(first, last) * settings.stride // settings.divisor
    if len(ids) < settings.content:
        rows[:, 1 : 1 + len(ids)] = ids
    else:
        cuts = np.lib.stride_tricks.sliding_window_view(ids, settings.content)
        rows[:, 1:] = cuts[:: settings.stride][first:last]
    return rows


def _cut(plan: Plan, index: int) -> Window:
    settings = plan.settings
    document = int(np.searchsorted(plan.before, index, side="right")) - 1
    start = (index - int(plan.before[document])) * settings.stride
    begin = int(plan.offsets[document]) + 1 + start
    end = min(begin + settings.content, int(plan.offsets[document + 1]) - 1)
    stop = 1 + end - begin
    tokens = np.full(settings.context, plan.store.eos, dtype=np.int32)
    tokens[0] = start // settings.divisor
    tokens[1:stop] = plan.store.tokens[begin:end]
    is_used = np.arange(settings.context) < stop
    return Window(
        tokens=tokens,
        loss_mask=is_used[1:],
        segments=np.where(is_used, 0, -1).astype(np.int32),
        document=document,
        start=start,
    )


def _name(store: TokenSource, split: str, document: int) -> str:
    if isinstance(store, TokenStore):
        return store.document_name(split, document)
    return f"document {document} of {split}"
