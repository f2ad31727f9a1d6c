"""Type-constrained tokenization: a JSON Schema, compiled into a token grammar.

grammar = wfgen_tct.compile_schema(schema)
tokenizer = wfgen_tct.learn(grammar, documents, vocab_size=8192)
ids = tokenizer.encode(b'{"on":"push"}')
"""

from __future__ import annotations

from wfgen_tct.compiling import Grammar, GrammarLimits, compile_schema
from wfgen_tct.errors import (
    GrammarLimitError,
    PatternError,
    SchemaError,
    UnsatisfiableSchemaError,
)
from wfgen_tct.schema.report import KeywordRow, Report, UnsupportedSchemaError
from wfgen_tct.tokens.learning import learn, least_vocab_size
from wfgen_tct.tokens.tokenizer import TctTokenizer
from wfgen_tct.tokens.tokenizer import open_tokenizer as open  # noqa: A004

__all__ = [
    "Grammar",
    "GrammarLimitError",
    "GrammarLimits",
    "KeywordRow",
    "PatternError",
    "Report",
    "SchemaError",
    "TctTokenizer",
    "UnsatisfiableSchemaError",
    "UnsupportedSchemaError",
    "compile_schema",
    "learn",
    "least_vocab_size",
    "open",
]
