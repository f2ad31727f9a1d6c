"""What a corpus is made of: documents, where they came from, and what was refused."""

from __future__ import annotations

from attrs import frozen

__all__ = ["Document", "Provenance", "Refusal"]


@frozen(kw_only=True)
class Provenance:
    """Where a document came from.

    Attributes:
        path: of the file, relative to the folder, the archive or the repository it was read from.
        repo: owner/name; None where it is not known.
        license: SPDX identifier; None where it is not known.
        commit: the commit it was read at; None where it is not known.
    """

    path: str
    repo: str | None = None
    license: str | None = None
    commit: str | None = None

    @property
    def name(self) -> str:
        """`repo/path`, or the path where no repository is known."""
        return f"{self.repo}/{self.path}" if self.repo else self.path

    @property
    def owner(self) -> str | None:
        """Who owns the repository, in lower case: GitHub tells owners apart by letters alone."""
        return self.repo.split("/")[0].lower() if self.repo else None


@frozen(kw_only=True)
class Document:
    """One document that could be read.

    Attributes:
        canonical: its canonical bytes (see `wfgen.canonical`).
        source: its text as it stood in the file, without a byte order mark.
        provenance: where it came from.
    """

    canonical: bytes
    source: str
    provenance: Provenance

    @property
    def name(self) -> str:
        """The provenance's name."""
        return self.provenance.name

    @property
    def owner(self) -> str | None:
        """The provenance's owner."""
        return self.provenance.owner


@frozen(kw_only=True)
class Refusal:
    """One document that could not be read, or that a tokenizer could not encode.

    Attributes:
        provenance: where it came from.
        reason: the error's short name, by which refusals are counted.
        message: the error's text.
    """

    provenance: Provenance
    reason: str
    message: str
