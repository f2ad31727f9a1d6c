"""Sequences of tokens: what each does to an open document, what may follow, and at what cost."""
