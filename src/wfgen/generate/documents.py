"""What generation gives: a document, what it cost, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import field, frozen

from wfgen.api import ByteLevel, IdArray, Sample, Tokenizer
from wfgen.canonical import read_json
from wfgen.errors import DecodeError, DocumentError

__all__ = ["Generated", "finish"]

_LIMIT = "limit"


@frozen(kw_only=True)
class Generated:
    """One document.

    Attributes:
        index: the sample's number, from 0.
        sample: its text and its cost; `seconds` is its part of the steps that it was in.
        ids: its tokens, the prompt's among them, without begin and end; int32, shape [T].
        num_prompt: how many of them are certain of the prompt, and were not drawn.
        cause: '' for a whole document that is JSON; `limit` where the tokens were used up before it
            ended; else why its text is no JSON document.
    """

    index: int
    sample: Sample
    ids: IdArray = field(repr=False, eq=False)
    num_prompt: int = 0
    cause: str = ""

    @property
    def num_drawn(self) -> int:
        """Tokens that were drawn, the end not counted."""
        return len(self.ids) - self.num_prompt


def finish(  # noqa: PLR0913  what makes a document
    tokenizer: Tokenizer,
    tokens: Sequence[int],
    *,
    index: int,
    num_prompt: int,
    seconds: float,
    completed: bool,
) -> Generated:
    """The document of some ids; `completed` says that the end token followed them."""
    ids = np.array(tokens, dtype=np.int32)
    text, cause = _read(tokenizer, ids)
    sample = Sample(
        text=text,
        completed=completed,
        num_tokens=len(ids),
        seconds=seconds,
        name=str(index),
    )
    return Generated(
        index=index,
        sample=sample,
        ids=ids,
        num_prompt=num_prompt,
        cause=cause if completed else _LIMIT,
    )


def _read(tokenizer: Tokenizer, ids: IdArray) -> tuple[str, str]:
    """The text of some ids, as far as there is one, and why it is no JSON; '' where it is."""
    try:
        document = tokenizer.decode(ids)
        read_json(document)
    except DecodeError as error:
        return _as_it_is(tokenizer, ids), f"no JSON: {error}"
    except DocumentError as error:
        return document.decode("utf-8", "replace"), f"no JSON: {error}"
    return document.decode("utf-8"), ""


def _as_it_is(tokenizer: Tokenizer, ids: IdArray) -> str:
    if not isinstance(tokenizer, ByteLevel):
        return ""
    return b"".join(map(tokenizer.token_bytes, ids.tolist())).decode("utf-8", "replace")
