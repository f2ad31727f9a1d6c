"""The command line: `wfgen`, one file per subcommand, loaded when it is used."""

from __future__ import annotations

import io
import os
import sys
from typing import NoReturn

import cyclopts

import wfgen
from wfgen.errors import WfgenError, one_line

__all__ = ["app", "main"]

app = cyclopts.App(
    name="wfgen",
    help="Train small language models that write structured documents, and compare tokenizers.",
    version=wfgen.__version__,
)
app.command(
    "wfgen.cli.complete:complete_command", name="complete", help="Continue a workflow file."
)
app.command("wfgen.cli.corpus:app", name="corpus", help="Read, judge, list and make corpora.")
app.command(
    "wfgen.cli.generate:generate_command", name="generate", help="Generate with a trained model."
)
app.command("wfgen.cli.models:models", name="models", help="List the presets and their sizes.")
app.command("wfgen.cli.evaluate:evaluate", name="evaluate", help="Judge workflows.")
app.command("wfgen.cli.plugins:plugins", name="plugins", help="List the plugins installed here.")
app.command(
    "wfgen.cli.prepare:prepare_command", name="prepare", help="Encode a corpus for training."
)
app.command("wfgen.cli.report:app", name="report", help="Tables and a page from benchmark rows.")
app.command("wfgen.cli.tokenizer:app", name="tokenizer", help="Train, list and show tokenizers.")
app.command("wfgen.cli.train:train_command", name="train", help="Train a model on prepared data.")
app.command("wfgen.cli.windows:app", name="windows", help="Analyse and export training windows.")


def main() -> None:
    """Run the command line; an error is one line on stderr and exit code 1."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A name that the terminal's encoding lacks is shown escaped, and is no crash.
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
        sys.stdout.flush()
    except WfgenError as error:
        _fail(str(error))
    except BrokenPipeError:
        # The reader of a pipe has seen enough (`wfgen ... | head`); Python would complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        _fail(f"the system refuses: {error}")


def _fail(message: str) -> NoReturn:
    print(f"wfgen: {one_line(message)}", file=sys.stderr)
    sys.exit(1)
