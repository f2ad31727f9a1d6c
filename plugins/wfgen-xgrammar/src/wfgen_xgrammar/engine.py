"""xgrammar behind wfgen's contract."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import define, field, frozen
from numpy.typing import NDArray

from wfgen.api import MaskRow, Tokenizer
from wfgen.constraining import ByteConstraint, Vocabulary
from wfgen.errors import CapabilityError
from wfgen.masks import pack
from wfgen_xgrammar.rewrite import NAME, rewrite

if TYPE_CHECKING:
    from xgrammar import CompiledGrammar, GrammarMatcher

__all__ = ["constrain"]

_LEAD = b"\xed"
_TRAIL = rb"[\xa0-\xbf]"  # after that lead a surrogate, which no UTF-8 has (RFC 3629, section 4)


def constrain(
    tokenizer: Tokenizer, schema: Mapping[str, Any], *, any_order: bool = True
) -> ByteConstraint:
    """A constraint of a byte-level tokenizer to what xgrammar makes of a schema.

    Args:
        tokenizer: has `token_bytes`, and a token for every byte.
        schema: a JSON Schema; `rewrite` says what of it is checked.
        any_order: whether keys may stand in any order, at the price that `rewrite` names; False
            takes those of the schema's `properties` in its order alone.

    Raises:
        CapabilityError: the tokenizer is not byte-level, or the engine refuses the schema.
    """
    # Imported late: it brings torch and transformers, 1.9 s and 266 MiB.
    from xgrammar import GrammarMatcher  # noqa: PLC0415

    vocabulary = Vocabulary.of(tokenizer, NAME)
    rewritten, _ = rewrite(schema, any_order=any_order)
    compiled = _compiled(vocabulary, rewritten, any_order)
    utf8 = _Utf8.of(vocabulary)
    return ByteConstraint(
        engine=NAME,
        tokenizer=tokenizer,
        vocabulary=vocabulary,
        begin=lambda: _Matcher(GrammarMatcher(compiled), utf8),
    )


def _compiled(
    vocabulary: Vocabulary, rewritten: Mapping[str, Any], any_order: bool
) -> CompiledGrammar:
    from xgrammar import GrammarCompiler, TokenizerInfo, VocabType  # noqa: PLC0415  as above

    # A token without bytes is special to the engine, and never allowed.
    tokens = TokenizerInfo(list(vocabulary.tokens), VocabType.RAW, stop_token_ids=[vocabulary.eos])
    compiler = GrammarCompiler(tokens, max_threads=1, cache_enabled=False)
    try:
        return compiler.compile_json_schema(
            json.dumps(rewritten),
            any_whitespace=False,
            separators=(",", ":"),
            strict_mode=False,
            any_order=any_order,
        )
    except RuntimeError as error:
        raise CapabilityError(
            name=NAME,
            capability="constrain",
            cause=f"the engine refuses the schema ({error})",
            hint="wfgen_xgrammar.rewrite shows what it was given",
        ) from error


@frozen(eq=False)
class _Utf8:
    """Which tokens keep a text UTF-8.

    xgrammar 0.2.8 takes the three bytes of a surrogate for a character: of 800 random walks over
    bytes 56 had one.

    Attributes:
        tokens: the bytes of each.
        anywhere: of each token, whether it holds no surrogate; bool, shape [V].
        after_lead: whether it holds none either where the text ends with the first byte of one.
        rows: of both, by whether the text ends so.
    """

    tokens: tuple[bytes, ...]
    anywhere: NDArray[np.bool_]
    after_lead: NDArray[np.bool_]
    rows: tuple[MaskRow, MaskRow] = field(init=False)

    @rows.default
    def _pack(self) -> tuple[MaskRow, MaskRow]:
        return pack(self.anywhere), pack(self.after_lead)

    @classmethod
    def of(cls, vocabulary: Vocabulary) -> _Utf8:
        tokens = vocabulary.tokens
        anywhere = np.array([not re.search(_LEAD + _TRAIL, token) for token in tokens])
        begins = np.array([bool(re.match(_TRAIL, token)) for token in tokens])
        return cls(tokens, anywhere, anywhere & ~begins)


@define
class _Matcher:
    """A matcher; the engine reports a token that it does not take, and stays where it was."""

    _inner: GrammarMatcher
    _utf8: _Utf8
    _has_lead: bool = False

    def fill(self, row: MaskRow) -> None:
        # The engine fills memory, and takes no notice of strides.
        block = np.ascontiguousarray(row)
        self._inner.fill_next_token_bitmask(block)
        np.bitwise_and(block, self._utf8.rows[self._has_lead], out=row)

    def accept(self, token: int) -> bool:
        keeps = self._utf8.after_lead if self._has_lead else self._utf8.anywhere
        if not keeps[token] or not self._inner.accept_token(token):
            return False
        self._has_lead = self._utf8.tokens[token].endswith(_LEAD)
        return True

    def fork(self) -> _Matcher:
        return _Matcher(self._inner.fork(), self._utf8, self._has_lead)

    def is_accepting(self) -> bool:
        return bool(self._inner.is_completed())
