"""Every error that wfgen raises to a user.

One root, `WfgenError`; each error is a class with fields, so that a caller can act on the data and
a person can read the sentence. A message says where, what, and the way out, in that order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, ClassVar

from attrs import define, fields

__all__ = [
    "ArtefactError",
    "BudgetError",
    "CapabilityError",
    "ConstraintError",
    "DamagedArtefactError",
    "DecodeError",
    "DocumentError",
    "DocumentSyntaxError",
    "DuplicateKeyError",
    "EncodeError",
    "FileTooLargeError",
    "KeyNotScalarError",
    "LimitError",
    "LoneSurrogateError",
    "MissingExtraError",
    "NameConflictError",
    "NestingTooDeepError",
    "NonFiniteNumberError",
    "NotAnArtefactError",
    "NotUtf8Error",
    "NumberTooLongError",
    "PluginError",
    "RecursiveAliasError",
    "SettingError",
    "SeveralDocumentsError",
    "TooManyNodesError",
    "UnknownFormatError",
    "UnknownNameError",
    "UnknownTagError",
    "UnreadableFileError",
    "UnsupportedValueError",
    "WfgenError",
    "name_hint",
    "nearest",
    "one_line",
]


def nearest(name: str, known: Sequence[str]) -> str:
    """The member of `known` closest to `name` (difflib's ratio, at least 0.6), or ''."""
    matches = get_close_matches(name, known, n=1, cutoff=0.6)
    return matches[0] if matches else ""


def name_hint(name: str, known: Iterable[str], *, listed_by: str = "") -> str:
    """The hint for a name that is not among `known`: the nearest, if one is close, and all.

    Args:
        name: what was asked for.
        known: the names there are, in the order to list them.
        listed_by: what stands in front of the list; "there are" where it is not given.
    """
    names = tuple(known)
    close = nearest(name, names)
    begin = listed_by or ("there is" if len(names) == 1 else "there are")
    listed = f"{begin} {', '.join(names) or 'none'}"
    return f"did you mean {close!r}? {listed}" if close else listed


def one_line(text: str) -> str:
    """`text` with control characters as escapes: a name from data must not steer a terminal."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _rebuild(make: Callable[..., WfgenError], values: Mapping[str, Any]) -> WfgenError:
    return make(**values)


@define(kw_only=True, eq=False)
class WfgenError(Exception):
    """Root of all errors that a user of wfgen can meet.

    Attributes:
        cause: what is wrong, a clause without a full stop.
        hint: the way out, a clause without a full stop; '' where there is none.
    """

    cause: str
    hint: str = ""

    @property
    def where(self) -> str:
        """The place the error is about, or ''."""
        return ""

    def __str__(self) -> str:
        head = f"{self.where}: {self.cause}" if self.where else self.cause
        return one_line(f"{head}; {self.hint}" if self.hint else head)

    def __reduce__(self) -> tuple[Any, ...]:
        # Exceptions travel between worker processes; keyword-only fields need this.
        values = {a.name: getattr(self, a.name) for a in fields(type(self))}
        return _rebuild, (type(self), values)


# Documents --------------------------------------------------------------------------------------


@define(kw_only=True, eq=False)
class DocumentError(WfgenError):
    """A document cannot be read.

    Attributes:
        path: the file, or what else names the document; '' for a value in memory.
        line, column: where in the text, counted from 1; None where it is not known.
        pointer: JSON pointer (RFC 6901) of the place in the value; None where it is not known.
        reason: a stable short name of the cause, by which refusals are counted.
    """

    reason: ClassVar[str] = "unreadable"
    path: str = ""
    line: int | None = None
    column: int | None = None
    pointer: str | None = None

    @property
    def where(self) -> str:
        parts = [self.path] if self.path else []
        if self.line is not None:
            parts.append(f"line {self.line}, column {self.column}")
        if self.pointer is not None:
            parts.append(f"at {self.pointer or 'the root'}")
        return ", ".join(parts)


@define(kw_only=True, eq=False)
class UnreadableFileError(DocumentError):
    """The file is missing, is not a file of a known kind, or the system refuses to read it."""

    reason: ClassVar[str] = "unreadable-file"


@define(kw_only=True, eq=False)
class DocumentSyntaxError(DocumentError):
    """The text is not YAML, or not JSON."""

    reason: ClassVar[str] = "syntax"


@define(kw_only=True, eq=False)
class NotUtf8Error(DocumentError):
    """The bytes are not UTF-8."""

    reason: ClassVar[str] = "not-utf8"


@define(kw_only=True, eq=False)
class LoneSurrogateError(DocumentError):
    """A text holds half of a surrogate pair, which is no Unicode scalar value."""

    reason: ClassVar[str] = "lone-surrogate"


@define(kw_only=True, eq=False)
class DuplicateKeyError(DocumentError):
    """A mapping holds the same key twice."""

    reason: ClassVar[str] = "duplicate-key"


@define(kw_only=True, eq=False)
class KeyNotScalarError(DocumentError):
    """A mapping key is a list or a mapping."""

    reason: ClassVar[str] = "key-not-scalar"


@define(kw_only=True, eq=False)
class SeveralDocumentsError(DocumentError):
    """A YAML file holds more than one document."""

    reason: ClassVar[str] = "several-documents"


@define(kw_only=True, eq=False)
class UnknownTagError(DocumentError):
    """A YAML tag is outside the core schema, or does not fit its text."""

    reason: ClassVar[str] = "unknown-tag"


@define(kw_only=True, eq=False)
class RecursiveAliasError(DocumentError):
    """A YAML alias stands inside the node that it names, or names no node."""

    reason: ClassVar[str] = "bad-alias"


@define(kw_only=True, eq=False)
class NonFiniteNumberError(DocumentError):
    """A number is NaN, infinite, or too large for a 64-bit float."""

    reason: ClassVar[str] = "non-finite-number"


@define(kw_only=True, eq=False)
class UnsupportedValueError(DocumentError):
    """A Python value has no JSON form."""

    reason: ClassVar[str] = "unsupported-value"


@define(kw_only=True, eq=False)
class LimitError(DocumentError):
    """A document is over one of the reader's limits.

    Attributes:
        limit: the value of the limit that was passed.
    """

    reason: ClassVar[str] = "limit"
    limit: int


@define(kw_only=True, eq=False)
class FileTooLargeError(LimitError):
    """More bytes than `Limits.num_bytes`."""

    reason: ClassVar[str] = "file-too-large"


@define(kw_only=True, eq=False)
class NestingTooDeepError(LimitError):
    """Deeper than `Limits.depth`."""

    reason: ClassVar[str] = "nesting-too-deep"


@define(kw_only=True, eq=False)
class TooManyNodesError(LimitError):
    """More values than `Limits.num_nodes`, aliases counted as what they stand for."""

    reason: ClassVar[str] = "too-many-nodes"


@define(kw_only=True, eq=False)
class NumberTooLongError(LimitError):
    """A number of more characters than `Limits.num_digits`."""

    reason: ClassVar[str] = "number-too-long"


# Tokenizers and constraints ---------------------------------------------------------------------


@define(kw_only=True, eq=False)
class EncodeError(WfgenError):
    """A document cannot be encoded.

    Attributes:
        offset: byte offset in the document; None where it is not known.
        pointer: JSON pointer of the place; None where it is not known.
    """

    offset: int | None = None
    pointer: str | None = None

    @property
    def where(self) -> str:
        if self.pointer is not None:
            return f"at {self.pointer or 'the root'}"
        return "" if self.offset is None else f"byte {self.offset}"


@define(kw_only=True, eq=False)
class DecodeError(WfgenError):
    """Ids cannot be decoded.

    Attributes:
        index: position in the ids, counted from 0; None where the whole is at fault.
    """

    index: int | None = None

    @property
    def where(self) -> str:
        return "" if self.index is None else f"token index {self.index}"


@define(kw_only=True, eq=False)
class ConstraintError(WfgenError):
    """A token, a prefix or a mask row does not fit the state of a constraint.

    Attributes:
        token: the id that was refused; None where no id is at fault.
    """

    token: int | None = None

    @property
    def where(self) -> str:
        return "" if self.token is None else f"token {self.token}"


@define(kw_only=True, eq=False)
class BudgetError(ConstraintError):
    """A mask was asked for with fewer tokens left than the shortest way to the end takes.

    Attributes:
        budget: tokens left, as asked for.
        cost: tokens that the shortest way to the end takes.
    """

    budget: int
    cost: int


# Plugins ----------------------------------------------------------------------------------------


@define(kw_only=True, eq=False)
class UnknownNameError(WfgenError):
    """No plugin offers this name.

    Attributes:
        kind: tokenizer, windower, model, evaluator, constraint or tracker.
        name: what was asked for.
        known: the names there are, sorted.
    """

    kind: str
    name: str
    known: tuple[str, ...]


@define(kw_only=True, eq=False)
class NameConflictError(WfgenError):
    """Two distributions offer one name.

    Attributes:
        kind, name: what was asked for.
        distributions: who offers it, sorted.
    """

    kind: str
    name: str
    distributions: tuple[str, ...]


@define(kw_only=True, eq=False)
class PluginError(WfgenError):
    """A plugin that was asked for by name is broken.

    Attributes:
        plugin: the entry point's name.
        distribution: the distribution that installed it.
    """

    plugin: str
    distribution: str

    @property
    def where(self) -> str:
        return f"plugin {self.plugin!r} of {self.distribution}"


@define(kw_only=True, eq=False)
class CapabilityError(WfgenError):
    """A plugin's entry exists but cannot do what was asked.

    Attributes:
        name: the entry.
        capability: create, train, open, convert, save, constrain and so on.
    """

    name: str
    capability: str

    @property
    def where(self) -> str:
        return self.name


@define(kw_only=True, eq=False)
class SettingError(WfgenError):
    """A setting has an unknown name or a value out of range.

    Attributes:
        name: the setting.
    """

    name: str

    @property
    def where(self) -> str:
        return f"setting {self.name!r}"


@define(kw_only=True, eq=False)
class MissingExtraError(WfgenError):
    """A feature needs packages that one of wfgen's extras installs.

    Attributes:
        extra: the extra's name, as in `pip install 'wfgen[extra]'`.
    """

    extra: str


# Files on disk ----------------------------------------------------------------------------------


@define(kw_only=True, eq=False)
class ArtefactError(WfgenError):
    """A directory written by wfgen cannot be used.

    Attributes:
        path: the directory, or the file in it.
    """

    path: str

    @property
    def where(self) -> str:
        return self.path


@define(kw_only=True, eq=False)
class NotAnArtefactError(ArtefactError):
    """There is no artefact, or one of another kind."""


@define(kw_only=True, eq=False)
class DamagedArtefactError(ArtefactError):
    """A file is missing, has another size or another hash than the manifest says."""


@define(kw_only=True, eq=False)
class UnknownFormatError(ArtefactError):
    """The artefact was written in a format that this version cannot read.

    Attributes:
        found: the format version in the manifest.
        supported: the newest version that can be read here.
    """

    found: int
    supported: int
