"""Which documents are learned from, and in what portions."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator

from attrs import define

from wfgen.errors import EncodeError

__all__ = ["Tally", "portions", "sample"]


@define
class Tally:
    """What a corpus holds, and what of it was used; bytes of UTF-8."""

    documents: int = 0
    num_bytes: int = 0
    used_documents: int = 0
    used_bytes: int = 0


def sample(
    documents: Callable[[], Iterable[bytes]], max_num_bytes: int, tally: Tally
) -> Iterator[str]:
    """All documents in order, or a share of them of at most `max_num_bytes`.

    Which documents are in the share depends on their hash, so neither on their order nor on chance.

    Raises:
        EncodeError: a document is not UTF-8.
    """
    for document in documents():
        tally.documents += 1
        tally.num_bytes += len(document)
    for number, document in enumerate(documents()):
        fits = tally.used_bytes + len(document) <= max_num_bytes
        if fits and _place(document) * tally.num_bytes <= max_num_bytes:
            tally.used_documents += 1
            tally.used_bytes += len(document)
            yield _as_text(document, number)


def portions(text: str, most: int) -> Iterator[str]:
    """The text in portions of at most `most` characters.

    A cut comes before a space after a character that is no whitespace, where GPT-4's pattern splits
    too; where a portion has no such place, at its end, which may cut a word in two.
    """
    start = 0
    while len(text) - start > most:
        stop = _last_gap(text, start, start + most)
        yield text[start:stop]
        start = stop
    yield text[start:]


def _place(document: bytes) -> float:
    """A number from 0 to 1, the same for equal documents and otherwise evenly spread."""
    digest = hashlib.sha256(document).digest()
    return int.from_bytes(digest[:8], "big") / (1 << 64)


def _last_gap(text: str, start: int, stop: int) -> int:
    gap = text.rfind(" ", start + 1, stop)
    while gap > 0 and text[gap - 1].isspace():
        gap = text.rfind(" ", start + 1, gap)
    return gap if gap > 0 else stop


def _as_text(document: bytes, number: int) -> str:
    try:
        return document.decode("utf-8")
    except UnicodeDecodeError as error:
        cause = f"document {number} of the corpus is not UTF-8 ({error.reason})"
        raise EncodeError(offset=error.start, cause=cause) from None
