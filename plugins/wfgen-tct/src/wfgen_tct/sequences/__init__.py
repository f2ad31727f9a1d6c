"""Sequences of tokens: what each one does to an open document, what may follow, and at what cost."""
