"""Encodes and decodes the same documents with every contender, and says what each refused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from wfgen.api import IdArray, Tokenizer
from wfgen.canonical import Limits, read_json, same_value
from wfgen.corpus import Document, Refusal
from wfgen.errors import WfgenError
from wfgen.evaluate.contenders import (
    Contender,
    ContractError,
    FailedArm,
    attempt,
    check_tokenizer,
    error_text,
)

__all__ = ["Encoded", "Returned", "Shared", "decode_shared", "encode_all", "share"]


@frozen(kw_only=True)
class Encoded:
    """One arm's ids of every document, None where it refused it; and the refusals."""

    contender: Contender
    ids: Sequence[IdArray | None] = field(repr=False)
    refused: tuple[Refusal, ...]


@frozen(kw_only=True)
class Shared:
    """One arm, the documents that all arms encode, and its ids of each."""

    contender: Contender
    documents: Sequence[Document] = field(repr=False)
    ids: Sequence[IdArray] = field(repr=False)

    def num_tokens(self) -> NDArray[np.int64]:
        """Tokens of each document, begin and end not among them; shape [documents]."""
        return np.array([len(ids) for ids in self.ids], dtype=np.int64)

    def num_bytes(self) -> NDArray[np.int64]:
        """Bytes of each document's canonical form; shape [documents]."""
        return np.array([len(d.canonical) for d in self.documents], dtype=np.int64)


@frozen(kw_only=True)
class Returned:
    """What came back of an arm's documents.

    Attributes:
        num_values: documents that are the same value again, types and order of keys included.
        num_bytes: documents that are the same bytes again.
        faults: the documents that are not the same bytes, and how they differ.
    """

    num_values: int
    num_bytes: int
    faults: tuple[Refusal, ...]


def encode_all(
    contender: Contender | FailedArm, documents: Sequence[Document]
) -> Encoded | FailedArm:
    """The ids of all documents, None for those that it refuses.

    A FailedArm where there is no contender, it encodes nothing, or it breaks the contract of a
    tokenizer: then its refusals are none, and take no document from the others.
    """
    if isinstance(contender, FailedArm):
        return contender
    encoded, error = attempt(_encode_all, contender, documents)
    if error is not None:
        failed = error_text(error)
        return FailedArm(arm=contender.arm, error=failed, identity=contender.identity)
    assert encoded is not None
    return encoded


def _encode_all(contender: Contender, documents: Sequence[Document]) -> Encoded | FailedArm:
    check_tokenizer(contender.tokenizer)
    ids: list[IdArray | None] = []
    refused: list[Refusal] = []
    for document in documents:
        result, error = attempt(_checked_ids, contender.tokenizer, document.canonical)
        ids.append(result)
        if error is not None:
            refused.append(_refused(document, error))
    if len(refused) == len(documents):
        first = f"; the first: {refused[0].message}" if refused else ""
        error_of_arm = f"it encodes none of {len(documents):,} documents{first}"
        return FailedArm(arm=contender.arm, error=error_of_arm, identity=contender.identity)
    return Encoded(contender=contender, ids=ids, refused=tuple(refused))


def share(arms: Iterable[Encoded], documents: Sequence[Document]) -> list[Shared]:
    """The arms again, with only the documents that every one of them encodes."""
    arms = list(arms)
    kept = [n for n in range(len(documents)) if all(arm.ids[n] is not None for arm in arms)]
    return [
        Shared(
            contender=arm.contender,
            documents=[documents[n] for n in kept],
            ids=[ids for n in kept if (ids := arm.ids[n]) is not None],
        )
        for arm in arms
    ]


def decode_shared(arm: Shared, limits: Limits) -> Returned:
    """Decode every document of an arm and compare it with what went in."""
    num_values = num_bytes = 0
    faults = []
    for document, ids in zip(arm.documents, arm.ids, strict=True):
        decoded, error = attempt(arm.contender.tokenizer.decode, ids)
        if error is None and isinstance(decoded, bytes) and decoded == document.canonical:
            num_bytes += 1
            num_values += 1
            continue
        same, fault = _compare(document, decoded, error, limits)
        num_values += same
        faults.append(fault)
    return Returned(num_values=num_values, num_bytes=num_bytes, faults=tuple(faults))


def _compare(
    document: Document, decoded: Any, error: BaseException | None, limits: Limits
) -> tuple[bool, Refusal]:
    if error is not None:
        return False, _refusal(document, type(error).__name__, error_text(error))
    value, error = attempt(lambda: read_json(decoded, path=document.name, limits=limits))
    if error is not None:
        return False, _refusal(document, "not-json", error_text(error))
    if same_value(value, read_json(document.canonical, path=document.name, limits=limits)):
        return True, _refusal(document, "other-bytes", "the value is the same, the bytes are not")
    return False, _refusal(document, "other-value", "the value is another one")


def _refusal(document: Document, reason: str, message: str) -> Refusal:
    return Refusal(provenance=document.provenance, reason=reason, message=message)


def _refused(document: Document, error: BaseException) -> Refusal:
    """The refusal of a document; any error but wfgen's own is a fault of the tokenizer instead."""
    if isinstance(error, ContractError):
        raise ContractError(cause=f"{error.cause}, for {document.name}") from error
    if not isinstance(error, WfgenError):
        cause = f"encode raised {error_text(error)}, for {document.name}"
        raise ContractError(cause=cause, hint="a refusal is an EncodeError") from error
    return _refusal(document, type(error).__name__, error_text(error))


def _checked_ids(tokenizer: Tokenizer, document: bytes) -> IdArray:
    """The ids.

    Raises:
        ContractError: they are none; this is found here, before it becomes a figure.
    """
    ids: Any = tokenizer.encode(document)
    if not isinstance(ids, np.ndarray):
        raise ContractError(cause=f"encode gave a {type(ids).__name__}, no array of ids")
    if ids.ndim != 1 or ids.dtype != np.int32:
        cause = f"encode gave {ids.dtype} of shape {ids.shape} for ids, not int32 of one axis"
        raise ContractError(cause=cause)
    if ids.size and not 0 <= int(ids.min()) <= int(ids.max()) < tokenizer.vocab_size:
        outside = int(ids.max()) if int(ids.min()) >= 0 else int(ids.min())
        cause = f"encode gave the id {outside}, outside a vocabulary of {tokenizer.vocab_size:,}"
        raise ContractError(cause=cause)
    return ids
