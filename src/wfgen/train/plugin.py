"""The plugin `train`, as the entry-point group `wfgen` names it: trackers of training runs."""

from __future__ import annotations

from wfgen.api.entries import TrackerEntry
from wfgen.api.hookspecs import hookimpl
from wfgen.train.trackers import follow_by_tensorboard, follow_by_trackio, follow_by_wandb

__all__ = ["wfgen_trackers"]


@hookimpl
def wfgen_trackers() -> list[TrackerEntry]:
    """The trackers `tensorboard`, `trackio` and `wandb`."""
    return [
        TrackerEntry(
            name="tensorboard",
            summary="Event files in the run directory.",
            create=follow_by_tensorboard,
        ),
        TrackerEntry(
            name="trackio",
            summary="A local run of Trackio.",
            create=follow_by_trackio,
        ),
        TrackerEntry(
            name="wandb",
            summary="An offline run of Weights & Biases.",
            create=follow_by_wandb,
        ),
    ]
