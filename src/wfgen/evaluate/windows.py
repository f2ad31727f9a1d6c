"""What a context length costs: how much of a split fits, is used, repeated, padded and dropped.

Everything is arithmetic over the lengths of the documents; no id is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from wfgen.builtin.documents import Documents, plan_documents
from wfgen.builtin.position import PositionSettings, count_windows, highest_position
from wfgen.errors import SettingError, name_hint
from wfgen.settings import make_settings
from wfgen.store import TokenStore

__all__ = ["DEFAULT_CONTEXTS", "WINDOWERS", "SplitLengths", "WindowAnalysis", "analyse_windows"]

DEFAULT_CONTEXTS = (512, 1024, 2048, 4096)


@frozen(kw_only=True)
class SplitLengths:
    """The documents of a split; tokens are counted without begin and end.

    Attributes:
        split: which.
        documents: how many there are.
        mean_tokens: their average length.
        longest_tokens: the length of the longest.
        longest_document: its name; the first of them.
    """

    split: str
    documents: int
    mean_tokens: float
    longest_tokens: int
    longest_document: str


@frozen(kw_only=True)
class WindowAnalysis:
    """One windower at one context length.

    Attributes:
        windower: documents or position.
        context: as the windower's setting; for `position` the position id is counted in.
        whole_share: documents that fit one window whole, over all.
        windows: how many there are.
        tokens_used: tokens that are a target of at least one window.
        tokens_dropped: tokens that are a target of none. A token that could be one is every token
            but a document's begin; its end is one too, and `position` drops every end.
        num_targets: targets of all windows together, a token counted each time.
        padding_share: padding over all places of all windows.
        highest_position: the highest position id; None for a windower that writes none.
        position_fits: whether that is inside the vocabulary.
        lengths: of the documents.
    """

    windower: str
    context: int
    whole_share: float
    windows: int
    tokens_used: int
    tokens_dropped: int
    num_targets: int
    padding_share: float
    highest_position: int | None = None
    position_fits: bool | None = None
    lengths: SplitLengths


def analyse_windows(
    store: TokenStore,
    *,
    windower: str = "documents",
    split: str = "train",
    contexts: Sequence[int] = DEFAULT_CONTEXTS,
    settings: Mapping[str, Any] | None = None,
) -> tuple[WindowAnalysis, ...]:
    """One record a context length.

    Args:
        store: where the documents are.
        windower: documents or position.
        split: which documents.
        contexts: what to try.
        settings: of the windower, without `context`.

    Raises:
        SettingError: the windower or the split is none of those there are, a setting does not
            fit, or no context is given.
    """
    if windower not in WINDOWERS:
        raise _unknown(windower)
    if not contexts:
        raise SettingError(name="contexts", cause="there is none", hint="give at least one")
    settings_class, analyse = WINDOWERS[windower]
    lengths = _split_lengths(store, split)
    return tuple(
        analyse(
            store, make_settings(settings_class, {**(settings or {}), "context": context}), lengths
        )
        for context in contexts
    )


def _split_lengths(store: TokenStore, split: str) -> SplitLengths:
    tokens = np.diff(store.offsets(split)) - 2
    longest = int(tokens.argmax())
    return SplitLengths(
        split=split,
        documents=len(tokens),
        mean_tokens=float(tokens.mean()),
        longest_tokens=int(tokens[longest]),
        longest_document=store.document_name(split, longest),
    )


def _analyse_documents(
    store: TokenStore, settings: Documents, lengths: SplitLengths
) -> WindowAnalysis:
    plan = plan_documents(settings, store, lengths.split)
    sizes = np.diff(plan.offsets)
    windows = len(plan.firsts) - 1
    num_targets = _num_targets(plan.begins, plan.offsets, plan.num_tokens, plan.overlap)
    return WindowAnalysis(
        windower="documents",
        context=settings.context,
        whole_share=float((sizes <= settings.context + 1).mean()),
        windows=windows,
        tokens_used=num_targets,
        tokens_dropped=int((sizes - 1).sum()) - num_targets,
        num_targets=num_targets,
        padding_share=1 - plan.num_tokens / (windows * (settings.context + 1)),
        lengths=lengths,
    )


def _num_targets(
    begins: NDArray[Any], offsets: NDArray[np.int64], num_tokens: int, overlap: int
) -> int:
    """Tokens of all pieces less what each only reads: the begin, or the overlap."""
    first_pieces = len(offsets) - 1
    return num_tokens - first_pieces - (len(begins) - first_pieces) * overlap


def _analyse_position(
    store: TokenStore, settings: PositionSettings, lengths: SplitLengths
) -> WindowAnalysis:
    tokens = np.diff(store.offsets(lengths.split)) - 2
    counts = count_windows(tokens, settings)
    windows = int(counts.sum())
    in_each = np.minimum(tokens, settings.content)
    used = np.where(counts > 0, in_each, 0) + np.maximum(counts - 1, 0) * min(
        settings.stride, settings.content
    )
    num_targets = int((counts * in_each).sum())
    highest = highest_position(tokens, settings)
    return WindowAnalysis(
        windower="position",
        context=settings.context,
        whole_share=float((tokens <= settings.content).mean()),
        windows=windows,
        tokens_used=int(used.sum()),
        tokens_dropped=int((tokens + 1 - used).sum()),
        num_targets=num_targets,
        padding_share=1 - (num_targets + windows) / (windows * settings.context) if windows else 0,
        highest_position=highest,
        position_fits=highest < store.vocab_size,
        lengths=lengths,
    )


WINDOWERS: Mapping[str, tuple[type[Any], Callable[[TokenStore, Any, Any], WindowAnalysis]]] = {
    "documents": (Documents, _analyse_documents),
    "position": (PositionSettings, _analyse_position),
}
"""The windowers that can be analysed: their settings, and how."""


def _unknown(windower: str) -> SettingError:
    cause, hint = f"{windower!r} cannot be analysed", name_hint(windower, WINDOWERS)
    return SettingError(name="windower", cause=cause, hint=hint)
