"""The laws of a tokenizer as plain checks; each raises AssertionError where its law is broken.

`wfgen.testing.TokenizerLaws` runs them all over hypothesis' documents. A check takes the tokenizer
and one example, so that a failing one can be called again by hand.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from wfgen.api import (
    ByteLevel,
    Constrainable,
    Fidelity,
    FreeMode,
    GrammarState,
    Inspectable,
    Saveable,
    Stateful,
    Tokenizer,
)
from wfgen.canonical import read_json, same_value
from wfgen.errors import ArtefactError, ConstraintError, DecodeError
from wfgen.testing.constraint_laws import (
    check_budget_walk,
    check_end,
    check_forks,
    check_mask_agrees,
    check_masked_walk,
    check_masks_in_threads,
    check_prefix,
    check_refused_text,
    check_refused_tokens,
    check_rows,
    check_states,
    check_step_by_step,
)

__all__ = [
    "CAPABILITIES",
    "check_begin_and_end",
    "check_budget_walk",
    "check_capabilities",
    "check_damage",
    "check_deterministic",
    "check_end",
    "check_foreign_ids",
    "check_forks",
    "check_free_mode",
    "check_ids",
    "check_inspection",
    "check_mask_agrees",
    "check_masked_walk",
    "check_masks_in_threads",
    "check_prefix",
    "check_refused_text",
    "check_refused_tokens",
    "check_round_trip",
    "check_rows",
    "check_saved",
    "check_states",
    "check_step_by_step",
    "check_threads",
    "check_token_bytes",
]

CAPABILITIES: dict[str, type] = {
    "constrain": Constrainable,
    "free-mode": FreeMode,
    "inspect": Inspectable,
    "save": Saveable,
    "states": Stateful,
    "token-bytes": ByteLevel,
}
"""Name of a capability to the protocol that an instance then satisfies."""


def check_capabilities(tokenizer: Tokenizer, expected: Iterable[str]) -> None:
    """It is a Tokenizer with two specials in range, and can do just what it says it can."""
    assert isinstance(tokenizer, Tokenizer)
    assert tokenizer.bos != tokenizer.eos
    assert {tokenizer.bos, tokenizer.eos} <= set(range(tokenizer.vocab_size))
    found = {name for name, protocol in CAPABILITIES.items() if isinstance(tokenizer, protocol)}
    assert found == set(expected), f"it can {sorted(found)}, declared are {sorted(expected)}"


def check_ids(tokenizer: Tokenizer, document: bytes) -> None:
    """Ids are int32, one-dimensional, in range, and hold neither begin nor end."""
    ids = tokenizer.encode(document)
    assert ids.dtype == np.int32, f"ids are {ids.dtype}"
    assert ids.ndim == 1, f"ids have shape {ids.shape}"
    if len(ids):
        assert ids.min() >= 0, f"id {ids.min()} is negative"
        assert ids.max() < tokenizer.vocab_size, f"id {ids.max()} is outside the vocabulary"
    assert not np.isin(ids, [tokenizer.bos, tokenizer.eos]).any(), "encode gave begin or end"


def check_round_trip(tokenizer: Tokenizer, document: bytes, fidelity: Fidelity) -> None:
    """`decode(encode(x))` is x: every byte of it, or its value with keys in order."""
    back = tokenizer.decode(tokenizer.encode(document))
    assert isinstance(back, bytes), f"decode gave {type(back).__name__}"
    if fidelity == "bytes":
        assert back == document
    else:
        assert same_value(read_json(back), read_json(document))


def check_begin_and_end(tokenizer: Tokenizer, document: bytes) -> None:
    """`decode` accepts begin in front and end behind, and changes nothing for them."""
    ids = tokenizer.encode(document)
    bare = tokenizer.decode(ids)
    begin, tokens, end = [tokenizer.bos], ids.tolist(), [tokenizer.eos]
    for framed in (begin + tokens, tokens + end, begin + tokens + end):
        assert tokenizer.decode(np.array(framed, dtype=np.int32)) == bare


def check_deterministic(
    tokenizer: Tokenizer, make: Callable[[], Tokenizer], document: bytes
) -> None:
    """Text and bytes, a second call and a second instance all give the same ids."""
    ids = tokenizer.encode(document).tolist()
    assert tokenizer.encode(document).tolist() == ids
    assert tokenizer.encode(document.decode("utf-8")).tolist() == ids
    assert make().encode(document).tolist() == ids


def check_threads(tokenizer: Tokenizer, documents: Sequence[bytes], threads: int = 4) -> None:
    """Threads that share one tokenizer get what one alone gets."""

    def encode_all() -> list[list[int]]:
        return [tokenizer.encode(d).tolist() for d in documents]

    alone = encode_all()
    with ThreadPoolExecutor(threads) as pool:
        runs = [pool.submit(encode_all) for _ in range(threads)]
        assert all(run.result() == alone for run in runs)


def check_foreign_ids(tokenizer: Tokenizer, ids: Sequence[int]) -> None:
    """Any ids decode to bytes or raise DecodeError; out of range they always raise."""
    array = np.array(ids, dtype=np.int32)
    outside = bool(len(array)) and (array.min() < 0 or array.max() >= tokenizer.vocab_size)
    try:
        back = tokenizer.decode(array)
    except DecodeError:
        return
    assert not outside, "ids outside the vocabulary were decoded"
    assert isinstance(back, bytes)


def check_inspection(tokenizer: Tokenizer, document: bytes) -> None:
    """The pieces name the ids of `encode`, in order; elided symbols carry no id."""
    assert isinstance(tokenizer, Inspectable)
    named = [p.token for p in tokenizer.inspect(document) if p.token is not None]
    assert named == tokenizer.encode(document).tolist()


def check_free_mode(tokenizer: Tokenizer, document: bytes) -> None:
    """A document is in free mode exactly where the tokenizer's own grammar refuses its ids."""
    assert isinstance(tokenizer, FreeMode)
    ids = tokenizer.encode(document)
    is_free = tokenizer.is_free(ids)
    assert type(is_free) is bool, f"is_free gave {type(is_free).__name__}"
    if isinstance(tokenizer, Constrainable):
        _, state = tokenizer.constrain().start()
        assert _is_allowed(state, ids.tolist()) != is_free, "the grammar has another verdict"


def _is_allowed(state: GrammarState, ids: Sequence[int]) -> bool:
    try:
        for token in ids:
            state.advance(token)
    except ConstraintError:
        return False
    return state.is_accepting()


def check_token_bytes(tokenizer: Tokenizer, document: bytes) -> None:
    """The bytes of the tokens make the document as it is decoded; begin and end have none."""
    assert isinstance(tokenizer, ByteLevel)
    ids = tokenizer.encode(document)
    joined = b"".join(tokenizer.token_bytes(token) for token in ids.tolist())
    assert joined == tokenizer.decode(ids)
    assert tokenizer.token_bytes(tokenizer.bos) == tokenizer.token_bytes(tokenizer.eos) == b""
    for outside in (-1, tokenizer.vocab_size):
        try:
            tokenizer.token_bytes(outside)
        except DecodeError:
            continue
        raise AssertionError(f"id {outside} is outside the vocabulary and has bytes")


# Artefacts --------------------------------------------------------------------------------------


def check_saved(
    tokenizer: Tokenizer,
    open_: Callable[[Path], Tokenizer],
    documents: Sequence[bytes],
    scratch: Path,
) -> None:
    """What is saved opens as the same tokenizer, saves as the same bytes, and is never replaced."""
    assert isinstance(tokenizer, Saveable)
    tokenizer.save(scratch / "one")
    opened = open_(scratch / "one")
    assert opened.vocab_size == tokenizer.vocab_size
    for document in documents:
        assert opened.encode(document).tolist() == tokenizer.encode(document).tolist()
    assert isinstance(opened, Saveable)
    opened.save(scratch / "two")
    assert _contents(scratch / "one") == _contents(scratch / "two")
    try:
        tokenizer.save(scratch / "one")
    except ArtefactError:
        return
    raise AssertionError("save wrote over a directory that was there")


def check_damage(
    tokenizer: Tokenizer, open_: Callable[[Path], Tokenizer], scratch: Path, seed: int = 0
) -> None:
    """One flipped byte, in any file, is an ArtefactError when the artefact is opened."""
    assert isinstance(tokenizer, Saveable)
    tokenizer.save(scratch / "whole")
    rng = random.Random(seed)
    for name, content in _contents(scratch / "whole").items():
        file = scratch / "whole" / name
        if content:
            at = rng.randrange(len(content))
            flipped = bytes([content[at] ^ 1])
            file.write_bytes(content[:at] + flipped + content[at + 1 :])
            _must_refuse(open_, scratch / "whole", f"byte {at} of {name} was flipped")
            file.write_bytes(content)
        file.unlink()
        _must_refuse(open_, scratch / "whole", f"{name} was removed")
        file.write_bytes(content)


def _contents(directory: Path) -> dict[str, bytes]:
    files = sorted(p for p in directory.rglob("*") if p.is_file())
    return {p.relative_to(directory).as_posix(): p.read_bytes() for p in files}


def _must_refuse(open_: Callable[[Path], Tokenizer], directory: Path, why: str) -> None:
    try:
        open_(directory)
    except ArtefactError:
        return
    raise AssertionError(f"it opened although {why}")
