"""Embedded sample workflows: original, and under the project's licence (Apache-2.0).

They let every command and test run without a corpus. Each is valid under the GitHub workflow
schema and clean under actionlint; `tests/corpus/test_samples.py` holds them to that.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from wfgen.errors import UnknownNameError, nearest

__all__ = ["read_sample", "sample_names"]


@cache
def sample_names() -> tuple[str, ...]:
    """File names of the samples, `.yml` included, sorted."""
    return tuple(sorted(f.name for f in files(__name__).iterdir() if f.name.endswith(".yml")))


def read_sample(name: str) -> str:
    """The YAML text of one sample.

    Args:
        name: one of `sample_names()`.

    Raises:
        UnknownNameError: there is no sample of this name.
    """
    known = sample_names()
    if name not in known:
        near = nearest(name, known)
        raise UnknownNameError(
            cause=f"there is no sample {name!r}",
            hint=f"did you mean {near!r}?" if near else "sample_names() lists them",
            kind="sample",
            name=name,
            known=known,
        )
    return (files(__name__) / name).read_text(encoding="utf-8")
