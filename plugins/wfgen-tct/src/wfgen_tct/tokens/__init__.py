"""Vocabularies: symbols and merges of symbols, and the tokenizer that writes with them."""
