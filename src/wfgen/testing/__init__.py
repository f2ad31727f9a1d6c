"""What plugin authors import in their tests: the laws, strategies and doubles.

Needs the extra `testing` (pytest and hypothesis).
"""

from __future__ import annotations

from wfgen.testing import laws
from wfgen.testing.constraint_kit import ConstraintLaws
from wfgen.testing.doubles import BitListTokenizer, CyclicModel, open_bit_list
from wfgen.testing.engine_kit import EngineLaws
from wfgen.testing.kit import TokenizerLaws
from wfgen.testing.strategies import canonical_documents, json_values, workflow_values

__all__ = [
    "BitListTokenizer",
    "ConstraintLaws",
    "CyclicModel",
    "EngineLaws",
    "TokenizerLaws",
    "canonical_documents",
    "json_values",
    "laws",
    "open_bit_list",
    "workflow_values",
]
