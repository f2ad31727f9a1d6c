"""Vocabularies: symbols and merges of symbols, and the tokenizer that writes documents with them."""
