"""`wfgen complete`: continue a workflow file with a trained model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from wfgen.cli.generate import SAMPLING, Format, Sampling, write_samples

__all__ = ["complete_command"]


def complete_command(
    file: Path,
    /,
    *,
    checkpoint: Path,
    num_samples: Annotated[int, Parameter(name=["--num-samples", "-n"])] = 1,
    form: Annotated[Format | None, Parameter(name="--format")] = None,
    out: Path | None = None,
    sampling: Sampling = SAMPLING,
) -> None:
    """Continue a workflow that was begun; the file itself is left as it is.

    Parameters
    ----------
    file
        The beginning of a YAML file, cut at a line, or of a JSON file, cut anywhere; a whole JSON
        object or array is continued inside.
    checkpoint
        A run that `wfgen train` wrote, or one of its checkpoints.
    num_samples
        How many ways to continue it.
    form
        yaml or json; that of the file where it is not given.
    out
        The folder to write, one file a way; without it they are printed.
    sampling
        How documents are drawn.
    """
    own: Format = "json" if file.suffix.lower() == ".json" else "yaml"
    write_samples(
        checkpoint=checkpoint,
        num_samples=num_samples,
        prompt=file,
        form=form or own,
        out=out,
        sampling=sampling,
    )
