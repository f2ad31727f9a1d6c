"""A small state before each token, which a model may be given beside the ids: a feature, no mask.

Two sources: the grammar of a tokenizer that has one, and for byte-level tokenizers what a lexer of
JSON knows, so that the worth of such an input can be told from the worth of the tokens.
"""

from __future__ import annotations

from wfgen.states.source import SOURCES, StateSource, StateTracker, open_states

__all__ = ["SOURCES", "StateSource", "StateTracker", "open_states"]
