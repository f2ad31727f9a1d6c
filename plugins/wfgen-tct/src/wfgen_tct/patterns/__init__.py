"""ECMA-262 regular expressions, as automata over bytes.

The syntax is that of the flag `u`, with the parts of Annex B that schemas rely on: see
`wfgen_tct.patterns.parsing`. Everything is exact but what no finite automaton can do, which are
back-references; groups that change flags are not read either.

No library does it. Those on PyPI that make automata were measured. outlines-core 0.2.14 (Rust,
fast, over bytes) has no look-arounds, `^` or `\\b`; interegular 0.3.3 has look-aheads, but no
look-behinds, `^`, `\\b` or `\\p`; greenery 4.2.3, automata-lib 9.2.0 and pyformlang 1.0.11 have no
assertions, and the first and last take a minute and more for 300 states; automaton-lib 1.1.0 reads
numbers, and is LGPL; regexsolver 1.1.0 is a web service. Unicode properties come from `regress`,
an ECMAScript engine.
"""

from __future__ import annotations

from wfgen_tct.patterns.compiling import compile_pattern
from wfgen_tct.patterns.dfa import Dfa
from wfgen_tct.patterns.limits import DEFAULT_PATTERN_LIMITS, PatternLimits

__all__ = ["DEFAULT_PATTERN_LIMITS", "Dfa", "PatternLimits", "compile_pattern"]
