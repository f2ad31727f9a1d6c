"""Runs a suite of trained models: data, training, scores, documents written and judged, job by job.

A job is small enough to be done again; its rows are added at its end, all or none. What was done
before is not done again, so that a run that died goes on where it was.
"""

from __future__ import annotations

from trained.jobs import Job, jobs_of
from trained.reading import samples_to_read
from trained.running import run_suite

__all__ = ["Job", "jobs_of", "run_suite", "samples_to_read"]
