"""Type-constrained tokenization: a JSON Schema, compiled into a token grammar."""
