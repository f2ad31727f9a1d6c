"""llguidance behind wfgen's contract."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import define, frozen

from wfgen.api import MaskRow, Tokenizer
from wfgen.constraining import ByteConstraint, Vocabulary
from wfgen.errors import CapabilityError, ConstraintError
from wfgen_llguidance.rewrite import NAME, rewrite

if TYPE_CHECKING:
    from llguidance import LLMatcher, LLTokenizer

__all__ = ["constrain"]

_COMPACT = {"whitespace_flexible": False, "item_separator": ",", "key_separator": ":"}
# Where only one text can follow, the engine would allow one spelling of it and `advance` all.
_GRAMMAR = '%llguidance {{"no_forcing": true}}\nstart: %json {schema}'


def constrain(
    tokenizer: Tokenizer, schema: Mapping[str, Any], *, any_order: bool = True
) -> ByteConstraint:
    """A constraint of a byte-level tokenizer to what llguidance makes of a schema.

    Args:
        tokenizer: has `token_bytes`, and a token for every byte.
        schema: a JSON Schema; `rewrite` says what of it is checked.
        any_order: as `rewrite` takes it.

    Raises:
        CapabilityError: the tokenizer is not byte-level, or the engine refuses the schema.
    """
    # Imported late: a list of the installed plugins needs no llguidance.
    from llguidance import LLMatcher, LLParserLimits  # noqa: PLC0415

    vocabulary = Vocabulary.of(tokenizer, NAME)
    rewritten, _ = rewrite(schema, any_order=any_order)
    compact = json.dumps(rewritten | {"x-guidance": _COMPACT})
    grammar = LLMatcher.grammar_from_lark(_GRAMMAR.format(schema=compact))
    limits = LLParserLimits(verbose_errors=False)
    first = LLMatcher(_engine_tokenizer(tokenizer, vocabulary), grammar, log_level=0, limits=limits)
    if first.is_error():
        raise CapabilityError(
            name=NAME,
            capability="constrain",
            cause=f"the engine refuses the schema ({first.get_error()})",
            hint="wfgen_llguidance.rewrite shows what it was given",
        )
    return ByteConstraint(
        engine=NAME, tokenizer=tokenizer, vocabulary=vocabulary, begin=_Matcher(first).fork
    )


@define
class _Matcher:
    """A matcher never sees a wrong token: after one it would refuse everything."""

    _inner: LLMatcher

    def fill(self, row: MaskRow) -> None:
        # The engine has room for one more id, and a word more where V is a multiple of 32.
        row[:] = np.frombuffer(self._inner.compute_bitmask(), dtype="<i4")[: len(row)]
        self._check()

    def accept(self, token: int) -> bool:
        is_taken = bool(self._inner.try_consume_tokens([token]))
        self._check()
        return is_taken

    def fork(self) -> _Matcher:
        return _Matcher(self._inner.deep_copy())

    def is_accepting(self) -> bool:
        return self._inner.is_accepting()

    def _check(self) -> None:
        if self._inner.is_error():
            raise ConstraintError(
                cause=f"the engine gave up ({self._inner.get_error()})",
                hint="the schema is too ambiguous for it here; end this document",
            )


@frozen(eq=False)
class _Bytes:
    """The tokenizer, as llguidance wants it."""

    eos_token_id: int
    bos_token_id: int
    special_token_ids: tuple[int, ...]
    tokens: tuple[bytes, ...]
    _vocabulary: Vocabulary

    def __call__(self, text: bytes) -> list[int]:
        return list(self._vocabulary.byte_tokens(text))


def _engine_tokenizer(tokenizer: Tokenizer, vocabulary: Vocabulary) -> LLTokenizer:
    from llguidance import LLTokenizer, TokenizerWrapper  # noqa: PLC0415  as above

    specials = tuple(number for number, text in enumerate(vocabulary.tokens) if not text)
    names = (text or b"<%d>" % number for number, text in enumerate(vocabulary.tokens))
    ours = _Bytes(tokenizer.eos, tokenizer.bos, specials, tuple(names), vocabulary)
    return LLTokenizer(TokenizerWrapper(ours), n_vocab=tokenizer.vocab_size)
