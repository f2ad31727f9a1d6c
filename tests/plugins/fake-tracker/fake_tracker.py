"""A tracker that remembers what it was told."""

from __future__ import annotations

from wfgen.api import TrackerEntry, hookimpl

MADE = []


class Remembering:
    def __init__(self, run):
        self.run, self.logged, self.is_closed = run, [], False
        MADE.append(self)

    def log(self, step, figures):
        self.logged.append((step, dict(figures)))

    def close(self):
        self.is_closed = True


@hookimpl
def wfgen_trackers():
    return [TrackerEntry(name="remembering", summary="Remembers.", create=Remembering)]
